using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>The fleet on the page, and the page's own link: a real hub and broker, simulated modules, a line that can be cut.</summary>
public sealed class FleetPageTests : PageOfFleet
{
    [Fact]
    public async Task All_are_started_the_dead_one_is_named_one_is_stopped_and_the_recording_is_listed()
    {
        await using var modules = new SimulatedModules(Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        foreach (var id in (string[])["mic-2", "mic-10"]) modules.Add(id);
        modules.Add("mic-9", answers: false);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/fleet"));
        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(3);
        Assert.Equal(["mic-2", "mic-9", "mic-10"], await page.Locator(".tile h2").AllTextContentsAsync());

        await page.Locator(".bar [data-name=start]").ClickAsync();
        foreach (var id in (string[])["mic-2", "mic-10"])
            await Assertions.Expect(page.Locator($"[data-module={id}]")).ToHaveAttributeAsync("data-state", "recording");
        await Assertions.Expect(page.Locator(".bar [data-asked]")).ToHaveAttributeAsync("data-asked", "ended");
        await Assertions.Expect(page.Locator("[data-command=start]")).ToContainTextAsync("2 of 3 confirmed");
        await Assertions.Expect(page.Locator("[data-command=start] [data-laggard=mic-9]")).ToContainTextAsync("no answer");
        await Browser.ShotAsync(page, "fleet-recording", isWhole: true);

        await page.Locator("[data-module=mic-10] [data-name=stop]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-module=mic-10]")).ToHaveAttributeAsync("data-state", "idle");
        await Assertions.Expect(page.Locator("[data-module=mic-10] .outcome")).ToContainTextAsync("confirmed");
        await Assertions.Expect(page.Locator("[data-module=mic-2]")).ToHaveAttributeAsync("data-state", "recording");

        await page.Locator("input[type=search]").FillAsync("recording");
        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(1);
        await page.EvaluateAsync("location.hash = '#/recordings'");
        await page.Locator("[data-session] a").First.ClickAsync();
        await Assertions.Expect(page.Locator("tr[data-module=mic-9]")).ToContainTextAsync("no answer");
        await Assertions.Expect(page.Locator("tr[data-module=mic-10]")).ToContainTextAsync("ms");
        await Browser.ShotAsync(page, "recording", isWhole: true);
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));
        NoComplaints();
    }

    [Fact]
    public async Task A_commanded_recording_lies_on_the_timeline_of_who_took_part_and_leads_to_its_page()
    {
        await using var modules = new SimulatedModules(Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        modules.Add("mic-2");
        foreach (var id in (string[])["mic-2", "attic"])
            await HubArchive.AddRunAsync(Hub.Host, id, Chorale.Protocol.WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) - 60_000_000, chunks: 6, secondsPerChunk: 10);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/fleet"));
        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(2); // one hears commands, of the other there is only what it sent
        await page.Locator(".bar [data-name=start]").ClickAsync();
        await Assertions.Expect(page.Locator(".bar [data-asked]")).ToHaveAttributeAsync("data-asked", "ended");

        await page.EvaluateAsync("location.hash = '#/listen/now/10m'");
        await Assertions.Expect(page.Locator("article[data-recorder=mic-2] .recorded")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("article[data-recorder=attic] .recorded")).ToHaveCountAsync(0);
        await Browser.ShotAsync(page, "recorded");
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));
        await page.Locator("article .recorded").ClickAsync();
        await Assertions.Expect(page.Locator("#recording")).ToHaveAttributeAsync("data-state", "ready");
        NoComplaints();
    }

    [Fact]
    public async Task A_line_that_is_silent_but_not_closed_is_said_and_the_page_is_back_by_itself_with_what_it_missed()
    {
        await using var modules = new SimulatedModules(Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        modules.Add("mic-1");
        await using var line = new TcpFaultProxy(Hub.Address.Port);
        var page = await Browser.OpenAsync(new Uri($"http://127.0.0.1:{line.Port}/#/fleet"));
        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("main")).ToHaveAttributeAsync("data-link", "live");
        using var losses = Browser.ExpectLosses();

        line.Fault = LineFault.HalfOpen;
        await Assertions.Expect(page.Locator("#stale")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("main.stale")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("[data-module=mic-1] [data-name=start]")).ToHaveAttributeAsync("aria-disabled", "true");
        await Browser.ShotAsync(page, "fleet-stale", isWhole: true);
        modules.Add("mic-2"); // nobody on the page can hear of it now

        line.Fault = LineFault.None;
        line.CutAll();
        await Assertions.Expect(page.Locator("#stale")).ToHaveCountAsync(0);
        losses.Dispose();
        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(2);
        NoComplaints();
    }

    [Fact]
    public async Task Without_a_broker_recorders_are_grey_commands_say_why_not_and_one_under_way_ends_once_and_is_not_sent_again()
    {
        await using var modules = new SimulatedModules(Broker);
        await using var witness = Broker.Client();
        var starts = new HeardMessages();
        witness.Subscribe("rslogger/audio/slow/command", 0, m => { if (Encoding.UTF8.GetString(m.Payload.Span).Contains("\"start\"", StringComparison.Ordinal)) starts.Add(m); });
        witness.Start();
        await Wait.Until("both have their connections", () => modules.IsConnected && witness.IsConnected);
        modules.Add("mic-1");
        modules.Change("mic-1", status => status["levels"] = new JsonArray(-30.0));
        modules.Add("slow", answers: false);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/fleet"));
        var (tile, slow) = (page.Locator("[data-module=mic-1]"), page.Locator("[data-module=slow]"));
        await Assertions.Expect(tile.Locator(".tile-level")).ToContainTextAsync("30 dBFS");
        await Assertions.Expect(tile.Locator(".tile-level .age")).ToHaveCountAsync(1); // of its last status
        await Assertions.Expect(page.Locator(".away")).ToHaveCountAsync(0);
        await slow.Locator("[data-name=start]").ClickAsync();
        await Wait.Until("the start has come", () => starts.Count == 1);
        await Assertions.Expect(slow.Locator(".outcome")).ToHaveAttributeAsync("data-asked", "pending");

        await Broker.KillAsync();
        await Assertions.Expect(page.Locator("#broker-gone")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".tile .away")).ToHaveCountAsync(2);
        await Assertions.Expect(slow.Locator(".outcome")).ToHaveAttributeAsync("data-asked", "ended");
        await Assertions.Expect(slow.Locator(".outcome")).ToContainTextAsync("link lost");
        foreach (var button in (string[])["[data-module=mic-1] [data-name=start]", ".bar [data-name=start]", ".bar [data-name=stop]"])
        {
            await Assertions.Expect(page.Locator(button)).ToHaveAttributeAsync("aria-disabled", "true");
            await Assertions.Expect(page.Locator(button)).ToHaveAttributeAsync("title", "The hub has lost its broker");
        }

        Assert.Equal("grayscale(1)", await tile.Locator(".away").EvaluateAsync<string>("e => getComputedStyle(e).filter"));
        await Browser.ShotAsync(page, "fleet-broker-gone", isWhole: true);
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));

        await Broker.RestartAsync();
        await Wait.Until("both are back", () => modules.IsConnected && witness.IsConnected);
        modules.Beat();
        await Assertions.Expect(page.Locator("#broker-gone")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator(".away")).ToHaveCountAsync(0);
        await Assertions.Expect(tile.Locator("[data-name=start]")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await tile.Locator("[data-name=start]").ClickAsync(); // and goes on
        await Assertions.Expect(tile).ToHaveAttributeAsync("data-state", "recording");
        Assert.Equal(1, starts.Count);
        await Assertions.Expect(page.Locator("[data-command=start]", new() { HasText = "slow" })).ToHaveCountAsync(1);
        NoComplaints();
    }

    private void NoComplaints() => Assert.True(Browser.Complaints.Count == 0, string.Join('\n', Browser.Complaints));
}
