using Chorale.Protocol;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>The page in a real browser against a real hub.</summary>
public sealed class PageTests : IAsyncLifetime
{
    private readonly TestLog _log = new();
    private readonly List<string> _console = [];
    private HubArchive _archive = null!;
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _archive = await HubArchive.StartAsync(_log);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--headless", "--autoplay-policy=no-user-gesture-required", "--disable-gpu", "--disable-dev-shm-usage"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _archive.DisposeAsync();
    }

    [Fact]
    public async Task A_chunk_that_arrives_appears_plays_from_the_click_and_goes_on_across_chunks()
    {
        var page = await OpenAsync(1200, 800);
        await Assertions.Expect(page.Locator("#empty")).ToBeVisibleAsync();

        await _archive.AddRunAsync("kitchen", Now() - 90_000_000, chunks: 6, secondsPerChunk: 10);
        await Assertions.Expect(page.Locator("article[data-recorder=kitchen] .sound")).ToHaveCountAsync(1, new() { Timeout = 30_000 });
        await Assertions.Expect(page.Locator("article[data-recorder=kitchen] .level")).ToContainTextAsync("-18 dBFS");

        await page.SelectOptionAsync("#zoom", "0.1666666667");
        await page.WaitForFunctionAsync("document.querySelector('.sound').getBoundingClientRect().width > 40", null, new() { Timeout = 30_000 });
        await page.FocusAsync(".track");
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForFunctionAsync("document.getElementById('audio').currentTime > 1.5", null, new() { Timeout = 60_000 });
        await page.EvaluateAsync("document.getElementById('audio').playbackRate = 8");
        await page.WaitForFunctionAsync("document.getElementById('audio').currentTime > 25", null, new() { Timeout = 60_000 }); // three chunks on, one stream
        await ShotAsync(page, "page-playing");
        Assert.Empty(_console);
    }

    [Fact]
    public async Task Names_that_are_markup_stay_text_and_nothing_scrolls_sideways_on_a_telephone()
    {
        await _archive.AddRunAsync("hall", Now() - 600_000_000, chunks: 3, secondsPerChunk: 10);
        _archive.Hub.Index.Write((c, t) => Dapper.SqlMapper.Execute(
            c, "UPDATE recorders SET name = '<img src=x onerror=\"window.broken=1\"><script>window.broken=1</script>'", null, t));
        var page = await OpenAsync(360, 740);
        await Assertions.Expect(page.Locator("article h2")).ToContainTextAsync("<script>", new() { Timeout = 30_000 });
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.broken"));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= 360"));
        await ShotAsync(page, "page-narrow");
        Assert.Empty(_console);
    }

    [Fact]
    public async Task A_hub_that_is_gone_is_said_and_what_is_shown_is_called_old()
    {
        await _archive.AddRunAsync("hall", Now() - 60_000_000, chunks: 1, secondsPerChunk: 10);
        var page = await OpenAsync(1200, 800);
        await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(1, new() { Timeout = 30_000 });
        await page.Context.SetOfflineAsync(true);
        await Assertions.Expect(page.Locator("#stale")).ToContainTextAsync("does not answer", new() { Timeout = 30_000 });
        await page.Context.SetOfflineAsync(false);
        await Assertions.Expect(page.Locator("#stale")).ToBeHiddenAsync(new() { Timeout = 30_000 });
    }

    private static long Now() => WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow());

    private async Task<IPage> OpenAsync(int width, int height)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = height } });
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _console.Add(message.Text);
        };
        page.PageError += (_, error) => _console.Add(error);
        await page.GotoAsync(_archive.Address.ToString());
        return page;
    }

    private static async Task ShotAsync(IPage page, string name)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "screenshots");
        Directory.CreateDirectory(folder);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png") });
    }
}
