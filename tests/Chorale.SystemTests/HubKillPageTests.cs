using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Chorale.Mqtt;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>The page on <c>chorale hub</c> as a process of its own, which is killed without a word and started again on the same port.</summary>
public sealed class HubKillPageTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _wire = [];
    private int _port;
    private ChildProcess _process = null!;
    private TestBroker _broker = null!;
    private SimulatedModules _modules = null!;
    private MqttClient _witness = null!;
    private Browser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _browser = await Browser.StartAsync();
        _broker = await TestBroker.StartAsync();
        _modules = new SimulatedModules(_broker);
        _witness = _broker.Client();
        _witness.Subscribe("rslogger/audio/+/command", 0, m =>
        {
            using var body = JsonDocument.Parse(m.Payload);
            lock (_wire) _wire.Add($"{m.Topic.Split('/')[2]} {body.RootElement.GetProperty("command").GetString()}");
        });
        _witness.Start();
        await Wait.Until("modules and witness have their connections", () => _modules.IsConnected && _witness.IsConnected);
        await StartHubAsync();
    }

    public async ValueTask DisposeAsync()
    {
        using var folder = _folder;
        await using var broker = _broker;
        using var process = _process;
        await using var modules = _modules;
        await using var witness = _witness;
        await using var browser = _browser; // the first to go: it says what the page complained of
    }

    [Fact]
    public async Task A_hub_that_is_killed_is_said_within_seconds_and_the_page_returns_by_itself_when_it_is_started_again()
    {
        _modules.Add("mic-1");
        var page = await OpenAsync();
        await page.EvaluateAsync("""
            () => { window.cutAt = performance.now(); new MutationObserver(() => {
              if (window.saidAt === undefined && document.querySelector('#stale')) window.saidAt = performance.now();
            }).observe(document.body, { childList: true, subtree: true }); }
            """);
        using (_browser.ExpectLosses())
        {
            _process.Kill();
            await Assertions.Expect(page.Locator("#stale")).ToContainTextAsync("does not answer");
            await Assertions.Expect(page.Locator("main.stale")).ToHaveCountAsync(1);
            await Assertions.Expect(page.Locator("[data-module=mic-1] [data-name=start]")).ToHaveAttributeAsync("aria-disabled", "true");
            var took = await page.EvaluateAsync<double>("window.saidAt - window.cutAt");
            TestContext.Current.TestOutputHelper?.WriteLine($"said after {took:0} ms");
            Assert.InRange(took, 0, 30_000); // 3 s are promised
            await StartHubAsync();
            await Assertions.Expect(page.Locator("#stale")).ToHaveCountAsync(0);
        }

        await HeardAgainAsync(page);
        await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-presence", "online");
        await page.Locator("[data-module=mic-1] [data-name=start]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-module=mic-1] .outcome")).ToContainTextAsync("confirmed");
        Assert.Equal(1, Starts());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_command_under_way_when_the_hub_is_killed_ends_once_and_no_module_is_told_twice(bool wasTold)
    {
        _modules.Add("mic-1", answers: false); // so that it is under way until somebody gives it up
        var page = await OpenAsync();
        var outcome = page.Locator("[data-module=mic-1] .outcome");
        using (_browser.ExpectLosses())
        {
            await page.Locator("[data-module=mic-1] [data-name=start]").ClickAsync();
            if (wasTold) await Wait.Until("the module was told", () => Starts() == 1);
            _process.Kill();
            await Assertions.Expect(page.Locator("#stale")).ToBeVisibleAsync();
            await Assertions.Expect(outcome).Not.ToContainTextAsync("confirmed");
            await StartHubAsync();
            await Assertions.Expect(page.Locator("#stale")).ToHaveCountAsync(0);
            await HeardAgainAsync(page);
            await Assertions.Expect(outcome).ToHaveAttributeAsync("data-asked", "ended");
        }

        await Assertions.Expect(outcome).ToHaveTextAsync(new Regex("not known|did not reach the hub|no answer|cancelled|failed|lost", RegexOptions.IgnoreCase));
        var (said, told) = (await outcome.InnerTextAsync(), Starts());
        TestContext.Current.TestOutputHelper?.WriteLine($"told {told} times: {said}");
        Assert.InRange(told, wasTold ? 1 : 0, 1);
        if (said.Contains("did not reach", StringComparison.Ordinal)) Assert.Equal(0, told);

        // A module that answers, and a new press: what was given up does not come after it.
        _modules.Add("mic-1", session: 2);
        await Assertions.Expect(page.Locator("[data-module=mic-1] [data-name=start]")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await page.Locator("[data-module=mic-1] [data-name=start]").ClickAsync();
        await Assertions.Expect(outcome).ToContainTextAsync("confirmed");
        await page.Locator("[data-module=mic-1] [data-name=stop]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-state", "idle");
        Assert.Equal(told + 1, Starts());
    }

    [Fact]
    public async Task The_first_start_prints_a_link_that_makes_the_first_user_and_after_a_kill_there_is_none_and_the_login_holds()
    {
        var link = new Uri(Link().Match(_process.Output).Groups[1].Value);
        Assert.Equal(_port, link.Port);
        var page = await _browser.OpenAsync(link);
        await Assertions.Expect(page.Locator("#welcome")).ToHaveAttributeAsync("data-state", "first");
        await page.Locator("input[name=username]").FillAsync("Ada");
        await page.Locator("input[type=password]").First.FillAsync("a quiet evening in May");
        await page.Locator("input[type=password]").Last.FillAsync("a quiet evening in May");
        await page.Locator("[data-name=use-link]").ClickAsync();
        await Assertions.Expect(page.Locator("#who")).ToHaveAttributeAsync("data-role", "technician");
        await Assertions.Expect(page.Locator("main")).ToHaveAttributeAsync("data-link", "live");
        using (_browser.ExpectLosses())
        {
            _process.Kill(); // at once: who is told that there is a user has one
            await StartHubAsync();
            await page.ReloadAsync();
            await Assertions.Expect(page.Locator("main")).ToHaveAttributeAsync("data-link", "live");
        }

        await Assertions.Expect(page.Locator("#who")).ToContainTextAsync("Ada");
        Assert.DoesNotContain("This link makes", _process.Output, StringComparison.Ordinal);
        _browser.Expect(404, "/api/v2/welcome/look"); // it is used up
        var late = await _browser.OpenAsync(link);
        await Assertions.Expect(late.Locator("#welcome")).ToHaveAttributeAsync("data-state", "dead");
    }

    /// <summary>A hub that was killed within two seconds of a module's first word hears of it with the next.</summary>
    private Task HeardAgainAsync(IPage page) => Wait.Until("the module is heard", async () =>
    {
        _modules.Beat();
        return await page.Locator("[data-module=mic-1]").CountAsync() == 1;
    });

    private int Starts()
    {
        lock (_wire) return _wire.Count(w => w == "mic-1 start");
    }

    private async Task<IPage> OpenAsync()
    {
        var page = await _browser.OpenAsync(new Uri($"http://127.0.0.1:{_port}/#/fleet"));
        await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-presence", "online");
        await Assertions.Expect(page.Locator("[data-module=mic-1] [data-name=start]")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        return page;
    }

    /// <summary>On any port the first time, then on the same.</summary>
    private async Task StartHubAsync()
    {
        var isFirst = _process is null;
        _process?.Dispose();
        var port = _port.ToString(CultureInfo.InvariantCulture);
        _process = ChildProcess.Chorale(["hub", "--data", _folder["hub"], "--listen", $"127.0.0.1:{port}", "--broker", $"127.0.0.1:{_broker.Port}"]);
        await Wait.Until("the hub listens", () => _process.HasExited || Listens().IsMatch(_process.Output), TimeSpan.FromSeconds(60));
        Assert.False(_process.HasExited, _process.Output);
        _port = int.Parse(Listens().Match(_process.Output).Groups[1].Value, CultureInfo.InvariantCulture);
        if (isFirst) await Wait.Until("it says how to log in", () => Link().IsMatch(_process.Output));
    }

    private static Regex Listens() => new(@"The hub listens on http://127\.0\.0\.1:(\d+)");

    private static Regex Link() => new(@"good once, for a day: (\S+)");
}
