using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Debian's Chromium, and everything a page of it complains about.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly List<string> _complaints = [];

    private Browser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Warnings and errors of the console, exceptions, requests that failed or were answered with an error.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints) return [.. _complaints];
        }
    }

    public static async Task<Browser> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Program), $"{Program} is missing: install the package chromium");
        Assertions.SetDefaultExpectTimeout(60_000); // cores are shared
        var playwright = await Playwright.CreateAsync();
        return new Browser(playwright, await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            Args =
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required",
            ],
        }));
    }

    public async Task<IPage> OpenAsync(
        Uri address, int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light, HttpCredentials? credentials = null)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height }, ColorScheme = scheme, HttpCredentials = credentials,
        });
        context.SetDefaultTimeout(60_000);
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") Complain($"console: {message.Text}");
        };
        page.PageError += (_, error) => Complain($"exception: {error}");
        page.RequestFailed += (_, request) =>
        {
            // A player that is told to play something else, and a page that is left, let go of what they were loading.
            if (request.Failure != "net::ERR_ABORTED") Complain($"failed: {request.Url} {request.Failure}");
        };
        page.Response += (_, response) =>
        {
            if (response.Status >= 400) Complain($"{response.Status}: {response.Url}");
        };
        await page.GotoAsync(address.ToString());
        return page;
    }

    /// <summary>Waits until an expression holds in the page. (WaitForFunction evaluates inside the page, which its policy rightly forbids.)</summary>
    public static Task UntilAsync(IPage page, string expression) =>
        Wait.Until(expression, () => page.EvaluateAsync<bool>(expression), TimeSpan.FromSeconds(60));

    /// <summary>Beside the test program, for a person to look at.</summary>
    public static async Task ShotAsync(IPage page, string name)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "screenshots");
        Directory.CreateDirectory(folder);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png") });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private void Complain(string what)
    {
        lock (_complaints) _complaints.Add(what);
    }
}
