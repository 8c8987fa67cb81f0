using System.Globalization;
using Microsoft.Playwright;

namespace Chorale.Bench.Page;

/// <summary>Debian's Chromium without a screen, and what one measures in it.</summary>
internal sealed class BenchBrowser : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private BenchBrowser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    public static async Task<BenchBrowser> StartAsync()
    {
        if (!File.Exists(Program)) throw new InvalidOperationException($"{Program} is missing: install the package chromium");
        var playwright = await Playwright.CreateAsync();
        return new BenchBrowser(playwright, await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            Args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"],
        }));
    }

    /// <param name="naive">Text of a page to be served instead of the hub's at <c>naive.html</c>.</param>
    public async Task<IPage> OpenAsync(Uri address, string? naive = null)
    {
        var page = await NewPageAsync();
        if (naive is not null) await page.RouteAsync("**/naive.html", r => r.FulfillAsync(new RouteFulfillOptions { ContentType = "text/html; charset=utf-8", Body = naive }));
        await page.GotoAsync(naive is null ? address.ToString() : new Uri(address, "/naive.html").ToString());
        return page;
    }

    /// <summary>In a context of its own, which has seen nothing before.</summary>
    /// <param name="script">Runs in each document before anything of it.</param>
    public async Task<IPage> NewPageAsync(string? script = null)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions { Locale = "en-GB", ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });
        context.SetDefaultTimeout(120_000);
        if (script is not null) await context.AddInitScriptAsync(script);
        return await context.NewPageAsync();
    }

    /// <summary>
    /// From now on <c>window.shownAt[token]</c> is when a text <c>t(number)e</c> was first painted anywhere in the page, in milliseconds of this
    /// machine's wall clock.
    /// </summary>
    public static Task ObserveAsync(IPage page) => page.EvaluateAsync("""
        () => {
          window.shownAt = {};
          const look = () => {
            const found = document.body.innerText.match(/t\d+e/g) ?? [];
            const now = found.filter(t => window.shownAt[t] === undefined);
            if (now.length === 0) return;
            for (const t of now) window.shownAt[t] = null;
            // After the frame that paints it.
            requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => { for (const t of now) window.shownAt[t] = Date.now(); }; channel.port2.postMessage(0); });
          };
          new MutationObserver(records => {
            if (records.some(r => /t\d+e/.test(r.target.textContent ?? '') || [...r.addedNodes].some(n => /t\d+e/.test(n.textContent ?? '')))) look();
          }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }
        """);

    public static async Task<double> ShownAtAsync(IPage page, string token)
    {
        double? at = null;
        await TestKit.Wait.Until($"{token} is on the page", async () => (at = await page.EvaluateAsync<double?>($"window.shownAt['{token}'] ?? null")) is not null, TimeSpan.FromSeconds(60));
        return at!.Value;
    }

    /// <summary>Bytes of JavaScript after a collection, and nodes of the document.</summary>
    public static async Task<(double HeapMb, long Nodes)> MemoryAsync(IPage page)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("HeapProfiler.enable");
        for (var n = 0; n < 3; n++) await session.SendAsync("HeapProfiler.collectGarbage");
        await session.SendAsync("Performance.enable");
        var answer = await session.SendAsync("Performance.getMetrics");
        await session.DetachAsync();
        var metrics = answer!.Value.GetProperty("metrics").EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!, m => m.GetProperty("value").GetDouble());
        return (metrics["JSHeapUsedSize"] / 1e6, (long)metrics["Nodes"]);
    }

    public static string Ms(List<double> values, double quantile)
    {
        values.Sort();
        return values[Math.Min(values.Count - 1, (int)(values.Count * quantile))].ToString("0", CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
