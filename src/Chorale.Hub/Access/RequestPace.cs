namespace Chorale.Hub.Access;

/// <summary>
/// How fast one caller may change things, and ask for what is dear: a bucket for each, filled steadily. Generous for people and their
/// scripts; a loop gone wild is slowed, and nobody else with it. Driven by <see cref="TimeProvider"/>.
/// </summary>
/// <param name="burst">At once.</param>
/// <param name="perSecond">And then.</param>
internal sealed class RequestPace(TimeProvider time, int burst, double perSecond)
{
    private const int CallersMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (double Left, long AtStamp)> _buckets = [];

    /// <summary>Changes: five hundred modules one by one, then as fast as a script that waits for its answers.</summary>
    public static RequestPace OfChanges(TimeProvider time) => new(time, 600, 50);

    /// <summary>Ranges, peaks, timelines, exports: a person who drags over a year, and no more than the disk can do.</summary>
    public static RequestPace OfDearReads(TimeProvider time) => new(time, 300, 25);

    /// <returns>Zero, or how long to wait.</returns>
    public TimeSpan Take(string caller)
    {
        lock (_gate)
        {
            if (_buckets.Count >= CallersMax && !_buckets.ContainsKey(caller)) _buckets.Clear(); // that many callers are not held up by this anyway
            var now = time.GetTimestamp();
            var (left, at) = _buckets.TryGetValue(caller, out var known) ? known : (burst, now);
            left = Math.Min(burst, left + (time.GetElapsedTime(at, now).TotalSeconds * perSecond));
            _buckets[caller] = (left >= 1 ? left - 1 : left, now);
            return left >= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - left) / perSecond);
        }
    }
}
