using Chorale.Hub.Fleet;
using Chorale.Storage;
using Dapper;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>What a page says and does while its way to the hub is cut, silent, or swallows answers; and that no press is lost or done twice.</summary>
public sealed class LinkPageTests : PageOfFleet
{
    private SimulatedModules _modules = null!;
    private TcpFaultProxy _line = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _modules = new SimulatedModules(Broker);
        await Wait.Until("the modules have their connection", () => _modules.IsConnected);
        _modules.Add("mic-1");
        _line = new TcpFaultProxy(Hub.Address.Port);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_line is not null) await _line.DisposeAsync();
        if (_modules is not null) await _modules.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_press_whose_answer_is_lost_is_one_command_and_its_verdict_is_shown_after_the_return()
    {
        var page = await OpenAsync();
        using var losses = Browser.ExpectLosses();
        _line.Fault = LineFault.AnswersLost;
        await page.Locator("[data-module=mic-1] [data-name=start]").ClickAsync();
        await Wait.Until("the module records", () => _modules.BeganAt("mic-1") is not null);
        await Assertions.Expect(page.Locator("#stale")).ToBeVisibleAsync();
        var outcome = page.Locator("[data-module=mic-1] .outcome");
        await Assertions.Expect(outcome).Not.ToContainTextAsync("confirmed"); // nobody has told this page
        await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-state", "idle");

        _line.Fault = LineFault.None;
        _line.CutAll();
        await Assertions.Expect(page.Locator("#stale")).ToHaveCountAsync(0);
        losses.Dispose();
        await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-state", "recording");
        await Assertions.Expect(outcome).ToContainTextAsync("confirmed");
        Assert.Equal(1, Starts());
    }

    [Fact]
    public async Task A_press_that_did_not_reach_the_hub_is_called_so_and_nothing_is_sent_later()
    {
        var page = await OpenAsync();
        var givenUp = new TaskCompletionSource();
        string? pressed = null;
        page.RequestFailed += (_, request) =>
        {
            if (request.Method != "POST" || !request.Url.EndsWith("/api/v2/commands", StringComparison.Ordinal) || request.PostData?.Contains("watch", StringComparison.Ordinal) == true) return;
            pressed = request.PostData;
            givenUp.TrySetResult();
        };
        using var losses = Browser.ExpectLosses();
        _line.Fault = LineFault.HalfOpen;
        await page.Locator("[data-module=mic-1] [data-name=start]").ClickAsync();
        await Assertions.Expect(page.Locator("#stale")).ToBeVisibleAsync();
        // Given up by the page, and by the browser, which sends a request again by itself when its connection is reset before it has heard of that.
        await Assertions.Expect(page.Locator("[data-module=mic-1] .outcome")).ToHaveAttributeAsync("data-asked", "ended");
        await Wait.Until("the browser has let go of it", () => givenUp.Task.IsCompleted);
        _line.CutAll();
        _line.Fault = LineFault.None;
        await Assertions.Expect(page.Locator("#stale")).ToHaveCountAsync(0);
        losses.Dispose();
        await Assertions.Expect(page.Locator("[data-module=mic-1] .outcome")).ToContainTextAsync("did not reach the hub");
        Assert.Equal(0, Starts());
        // The same request, brought by the network after all: the page has said that it will not be done.
        using var http = new HttpClient();
        using var late = await http.PostAsync(new Uri(Hub.Address, "/api/v2/commands"), new StringContent(pressed!, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, late.StatusCode);
        Assert.Null(_modules.BeganAt("mic-1"));
    }

    [Theory]
    [InlineData(LineFault.HalfOpen)]
    [InlineData(LineFault.Refuse)]
    public async Task A_line_that_is_cut_or_silent_is_said_within_seconds_with_how_old_everything_is_and_the_page_returns_by_itself(LineFault fault)
    {
        var page = await OpenAsync();
        // Measured in the page: a test's own clock has the test in it.
        await page.EvaluateAsync("""
            () => { window.cutAt = null; new MutationObserver(() => {
              if (window.cutAt !== null && window.saidAt === undefined && document.querySelector('#stale')) window.saidAt = performance.now();
            }).observe(document.body, { childList: true, subtree: true }); }
            """);
        await page.EvaluateAsync("() => { window.cutAt = performance.now(); }");
        using var losses = Browser.ExpectLosses();
        _line.Fault = fault;
        if (fault == LineFault.Refuse) _line.CutAll();
        await Assertions.Expect(page.Locator("#stale")).ToContainTextAsync("old");
        await Assertions.Expect(page.Locator("main.stale")).ToHaveCountAsync(1);
        Assert.InRange(await page.EvaluateAsync<double>("window.saidAt - window.cutAt"), 0, 30_000); // 3 s are promised
        _modules.Add("mic-2");
        _line.Fault = LineFault.None;
        _line.CutAll();
        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("main.stale")).ToHaveCountAsync(0);
        losses.Dispose();
        await Assertions.Expect(page.Locator("[data-module=mic-2]")).ToHaveAttributeAsync("data-presence", "online");
    }

    [Fact]
    public async Task A_hub_that_is_stopped_and_started_anew_is_followed_and_what_it_forgot_is_not_shown()
    {
        var page = await OpenAsync();
        using var losses = Browser.ExpectLosses();
        await Hub.GoAwayAsync();
        await Assertions.Expect(page.Locator("#stale")).ToBeVisibleAsync();
        await Hub.ComeBackAsync();
        await Assertions.Expect(page.Locator("#stale")).ToHaveCountAsync(0);
        losses.Dispose();
        _modules.Beat();
        await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-presence", "online");
        await page.Locator("[data-module=mic-1] [data-name=start]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-module=mic-1] .outcome")).ToContainTextAsync("confirmed");
        Assert.Equal(1, Starts());
    }

    private async Task<IPage> OpenAsync()
    {
        var page = await Browser.OpenAsync(new Uri($"http://127.0.0.1:{_line.Port}/#/fleet"));
        await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-presence", "online");
        await Assertions.Expect(page.Locator("[data-module=mic-1] [data-name=start]")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        return page;
    }

    private int Starts()
    {
        using var connection = SqliteFile.Open(Path.Combine(Hub.DataFolder, FleetStore.FileName), readOnly: true);
        return connection.ExecuteScalar<int>("""SELECT COUNT(*) FROM commands WHERE request LIKE '%"command":"start"%'""");
    }
}
