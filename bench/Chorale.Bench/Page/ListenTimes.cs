using Microsoft.Playwright;

namespace Chorale.Bench.Page;

/// <summary>Times of the page Listen, taken inside it by its own clock.</summary>
internal sealed class ListenTimes(BenchBrowser browser, Uri hub)
{
    /// <summary>Notes when rows with their levels are drawn, when a pointer was let go, and when the player's time first moves.</summary>
    private const string Watcher =
        """
        (() => {
          const look = () => {
            if (!window.drawnAt && document.querySelector('#recorders[data-state=ready] .track svg .wave')) window.drawnAt = performance.now();
            const audio = document.getElementById('audio');
            if (window.pressedAt && !window.heardAt && audio && !audio.paused && audio.currentTime > 0) window.heardAt = performance.now();
            requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
          document.addEventListener('pointerup', () => { window.pressedAt = performance.now(); window.heardAt = 0; }, true);
        })();
        """;

    /// <summary>When the answers that an opening waits for were there, one after the other; of each opening.</summary>
    private const string Steps =
        """
        (() => {
          const entries = performance.getEntriesByType('resource').sort((a, b) => a.responseEnd - b.responseEnd);
          const end = part => (entries.find(e => e.name.includes(part)) ?? { responseEnd: 0 }).responseEnd;
          const begin = part => (entries.find(e => e.name.includes(part)) ?? { startTime: 0 }).startTime;
          return [performance.getEntriesByType('navigation')[0].responseEnd, end('/assets/index'), begin('/api/v2/session'), end('/api/v2/session'), begin('/api/v2/recorders'), end('/api/v2/recorders'), begin('/api/v2/timeline'), Math.max(end('/api/v2/timeline'), end('/api/v2/levels'))];
        })()
        """;

    private static readonly string[] StepNames = ["document", "script", "session asked", "session", "recorders asked", "recorders", "timeline asked", "timeline and levels"];

    private List<double[]> _steps = [];

    /// <summary>Of the last openings, the median of each step.</summary>
    public string LastSteps => string.Join(", ", StepNames.Select((name, n) => $"{name} {_steps.Select(s => s[n]).Order().ElementAt(_steps.Count / 2):0}"));

    /// <summary>Each time in a browser that has seen nothing of it before.</summary>
    public async Task<List<double>> OpenAsync(string zoom, int times)
    {
        var found = new List<double>();
        _steps = [];
        for (var n = -1; n < times; n++) // the first is not counted
        {
            var page = await browser.NewPageAsync(Watcher);
            await page.GotoAsync(new Uri(hub, "#/listen/now/" + zoom).ToString());
            var ms = await WaitAsync(page, "window.drawnAt");
            if (n >= 0) found.Add(ms);
            if (n >= 0) _steps.Add(await page.EvaluateAsync<double[]>(Steps));
            await page.Context.CloseAsync();
        }

        return found;
    }

    /// <summary>At places all over an hour, one after the other, while the last one still plays.</summary>
    public async Task<List<double>> ClickAsync(string recorder, DateTimeOffset hour, int times)
    {
        var page = await browser.NewPageAsync(Watcher);
        var found = new List<double>();
        await page.GotoAsync(new Uri(hub, "#/listen").ToString());
        await WaitAsync(page, "window.drawnAt");
        await page.EvaluateAsync($"location.hash = '#/listen/{hour.AddMinutes(30).UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z/1h/{recorder}'");
        await WaitAsync(page, $"document.querySelectorAll('article').length === 1 && document.querySelectorAll('[data-recorder={recorder}] .track .wave').length");
        for (var n = -1; n < times; n++)
        {
            var box = (await page.Locator($".track[data-recorder={recorder}]").BoundingBoxAsync())!;
            await page.EvaluateAsync("window.pressedAt = 0");
            await page.Mouse.ClickAsync(box.X + box.Width * (0.02f + 0.9f * ((n + 1) * 7 % times) / times), box.Y + box.Height / 2);
            var ms = await WaitAsync(page, "window.pressedAt && window.heardAt && window.heardAt - window.pressedAt");
            if (n >= 0) found.Add(ms);
        }

        await page.Context.CloseAsync();
        return found;
    }

    /// <summary>What lies between the frames of three seconds in which something is done at each.</summary>
    public async Task<List<double>> FramesAsync(string zoom, string each)
    {
        var page = await browser.NewPageAsync(Watcher);
        await page.GotoAsync(new Uri(hub, "#/listen/now/" + zoom).ToString());
        await WaitAsync(page, "window.drawnAt");
        var frames = await page.EvaluateAsync<double[]>(
            $$"""
              () => new Promise(done => {
                const times = []; let last = 0, frame = 0; const begin = performance.now();
                const step = now => {
                  if (last) times.push(now - last);
                  last = now; frame++;
                  {{each}};
                  if (now - begin < 3000) requestAnimationFrame(step); else done(times);
                };
                requestAnimationFrame(step);
              })
              """);
        await page.Context.CloseAsync();
        return [.. frames];
    }

    /// <summary>The first value of an expression that is not nothing.</summary>
    private static async Task<double> WaitAsync(IPage page, string expression)
    {
        for (var tries = 0; tries < 6000; tries++)
        {
            if (await page.EvaluateAsync<double>($"Number({expression}) || 0") is > 0 and var value) return value;
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        throw new TimeoutException($"never: {expression}");
    }
}
