using System.Diagnostics;

namespace Chorale.TestKit;

/// <summary>Waits for something a user would notice, with the reason in the failure.</summary>
public static class Wait
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Polls <paramref name="condition"/> until it holds; fails after <paramref name="limit"/> saying what never came.</summary>
    public static async Task Until(string what, Func<bool> condition, TimeSpan? limit = null)
        => await Until(what, () => Task.FromResult(condition()), limit);

    /// <inheritdoc cref="Until(string, Func{bool}, TimeSpan?)"/>
    public static async Task Until(string what, Func<Task<bool>> condition, TimeSpan? limit = null)
    {
        var patience = limit ?? Patience;
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > patience) throw new TimeoutException($"after {patience.TotalSeconds:0.#} s still not: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }
    }
}
