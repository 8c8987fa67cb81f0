using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Debian's Chromium, and everything a page of it complains about.</summary>
internal sealed class Browser : IAsyncDisposable
{
    /// <summary>Cores are shared: what takes a second here took a minute beside other tests.</summary>
    private const int PatienceMs = 180_000;

    private readonly IBrowser _browser;
    private readonly bool _isShared;
    private readonly Complaints _complaints = new();

    private Browser(IBrowser browser, bool isShared) => (_browser, _isShared) = (browser, isShared);

    /// <summary>What pages complained of so far. A test with any fails at its end without asking.</summary>
    public IReadOnlyList<string> Complaints => _complaints.All;

    /// <summary>Until this is disposed requests may fail: the test takes the hub or the line away. Exceptions are complaints all the same.</summary>
    public IDisposable ExpectLosses() => _complaints.ExpectLosses();

    /// <summary>In this test the hub may answer so.</summary>
    /// <param name="status">Of HTTP.</param>
    /// <param name="path">How the path begins.</param>
    public void Expect(int status, string path) => _complaints.Expect(status, path);

    /// <summary>The console may say this: something of the test itself does.</summary>
    public void ExpectWords(string words) => _complaints.ExpectWords(words);

    /// <param name="sound">What it sounds into: a browser of this test's own. By itself one that other tests use before and after, in windows of their own.</param>
    public static async Task<Browser> StartAsync(PulseServer? sound = null)
    {
        Assert.SkipUnless(File.Exists(ChromiumPool.Program), $"{ChromiumPool.Program} is missing: install the package chromium");
        Assertions.SetDefaultExpectTimeout(PatienceMs);
        return new Browser(sound is null ? await ChromiumPool.TakeAsync() : await ChromiumPool.LaunchAsync(sound), isShared: sound is null);
    }

    /// <param name="script">Runs before the page's own.</param>
    public async Task<IPage> OpenAsync(
        Uri address, int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light, HttpCredentials? credentials = null, ReducedMotion motion = ReducedMotion.NoPreference, string? script = null)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            Locale = "en-GB", ViewportSize = new ViewportSize { Width = width, Height = height }, ColorScheme = scheme, HttpCredentials = credentials, ReducedMotion = motion,
        });
        context.SetDefaultTimeout(PatienceMs);
        var page = await context.NewPageAsync();
        if (script is not null) await page.AddInitScriptAsync(script);
        _complaints.Watch(page);
        await page.GotoAsync(address.ToString());
        return page;
    }

    /// <summary>By the form that is there, whether it is the whole page or stands over it.</summary>
    public static async Task LogInAsync(IPage page, string name, string password)
    {
        await page.Locator("form input[name=username]").FillAsync(name);
        await page.Locator("form input[type=password]").FillAsync(password);
        await page.Locator("[data-name=log-in]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-name=log-in]")).ToHaveCountAsync(0);
    }

    /// <summary>Chooses a day and time in a field for both, as somebody does in this browser's zone.</summary>
    public static async Task FillTimeAsync(IPage page, string field, long us) => await page.Locator(field).FillAsync(await FieldOfAsync(page, us));

    /// <summary>A day and time as a field for both gives it back: without seconds at a whole minute. Playwright calls any other writing malformed.</summary>
    /// <param name="us">Microseconds since 1970-01-01 UTC; the field has whole seconds.</param>
    public static Task<string> FieldOfAsync(IPage page, long us) => page.EvaluateAsync<string>("""
        us => {
          const at = new Date(us / 1000), field = document.createElement("input");
          field.type = "datetime-local";
          field.value = new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
          return field.value;
        }
        """, us);

    /// <summary>Waits until an expression holds in the page. (WaitForFunction evaluates inside the page, which its policy rightly forbids.)</summary>
    public static Task UntilAsync(IPage page, string expression) =>
        Wait.Until(expression, () => page.EvaluateAsync<bool>(expression), TimeSpan.FromMilliseconds(PatienceMs));

    /// <summary>Into <c>artifacts/screens</c>, for a person to look at.</summary>
    public static async Task ShotAsync(IPage page, string name, bool isWhole = false)
    {
        var folder = Path.Combine(Root, "artifacts", "screens");
        Directory.CreateDirectory(folder);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png"), FullPage = isWhole });
    }

    /// <summary>Where something drawn is; it may just be drawn anew.</summary>
    public static async Task<LocatorBoundingBoxResult> BoxAsync(ILocator drawn)
    {
        LocatorBoundingBoxResult? box = null;
        await Wait.Until("it is drawn", async () => (box = await drawn.BoundingBoxAsync()) is not null);
        return box!;
    }

    /// <summary>What axe finds against WCAG 2.2 A and AA that is serious or worse; one line each.</summary>
    public static async Task<IReadOnlyList<string>> AxeAsync(IPage page)
    {
        var script = Path.Combine(Root, "src", "web", "node_modules", "axe-core", "axe.min.js");
        Assert.True(File.Exists(script), $"{script} is missing: scripts/build-page installs it");
        // The browser's own debugger evaluates it: the page's policy lets no script in.
        await page.EvaluateAsync(await File.ReadAllTextAsync(script) + ";0");
        return await page.EvaluateAsync<string[]>("""
            async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })).violations
              .filter(v => v.impact === 'serious' || v.impact === 'critical')
              .flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary?.replaceAll('\n', ' ')}`))
            """);
    }

    /// <summary>The folder of the repository that this program was built in.</summary>
    private static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Chorale.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"no Chorale.slnx above {AppContext.BaseDirectory}");
    }

    /// <summary>Fails the test when pages complained; one that has failed says its own reason, and this beside it.</summary>
    public async ValueTask DisposeAsync()
    {
        _complaints.End();
        if (_isShared && TestContext.Current.TestState?.Result != TestResult.Failed) await ChromiumPool.GiveBackAsync(_browser);
        else await _browser.DisposeAsync();
        if (Complaints.Count == 0) return;
        var all = "The page complained:\n" + string.Join('\n', Complaints);
        if (TestContext.Current.TestState?.Result == TestResult.Failed) TestContext.Current.TestOutputHelper?.WriteLine(all);
        else Assert.Fail(all);
    }
}
