using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Holds what several pages send until all of them have pressed: however busy the machine is, none of it is with the hub before.</summary>
internal sealed class Both : IAsyncDisposable
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _path;
    private readonly IPage[] _pages;
    private int _left;

    private Both(string path, IPage[] pages) => (_path, _pages, _left) = (path, pages, pages.Length);

    /// <param name="path">Pattern of addresses.</param>
    /// <param name="part">Of the body of what is held.</param>
    /// <param name="pages">Each sends one.</param>
    public static async Task<Both> HoldAsync(string path, string part, params IPage[] pages)
    {
        var both = new Both(path, pages);
        foreach (var page in pages)
        {
            await page.RouteAsync(path, async route =>
            {
                if (route.Request.Method == "POST" && route.Request.PostData?.Contains(part, StringComparison.Ordinal) == true)
                {
                    if (Interlocked.Decrement(ref both._left) == 0) both._all.TrySetResult();
                    await both._all.Task;
                }

                await route.ContinueAsync();
            });
        }

        return both;
    }

    /// <summary>Both have gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _all.Task.WaitAsync(Wait.Patience);
        foreach (var page in _pages) await page.UnrouteAsync(_path);
    }
}
