using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
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
    }

    [Fact]
    public async Task A_tile_tells_lag_queue_clock_and_when_its_recorder_was_heard()
    {
        await using var modules = new SimulatedModules(Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        modules.Add("mic-1", offsetUs: 40_000);
        modules.Change("mic-1", status =>
        {
            status["durable_lag_ms"] = 1400;
            status["queue"] = new JsonObject { ["chunks"] = 7, ["bytes"] = 3_500_000, ["oldest"] = Chorale.Protocol.WallTime.ToText(TimeProvider.System.GetUtcNow().AddMinutes(-3)) };
        });
        modules.Add("mic-2", answers: false);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/fleet"));
        ILocator Of(string id, string fact) => page.Locator($"[data-module={id}] .tile-facts > div", new() { Has = page.GetByText(fact, new() { Exact = true }) }).Locator("dd");
        await Assertions.Expect(Of("mic-1", "On its disk after")).ToHaveTextAsync("1 s");
        await Assertions.Expect(Of("mic-1", "Waits to upload")).ToHaveTextAsync(new Regex("^7 chunks, 3.5 MB oldest 3 min ago$"));
        await Assertions.Expect(Of("mic-2", "On its disk after")).ToHaveTextAsync("not said");
        await Assertions.Expect(Of("mic-2", "Waits to upload")).ToHaveTextAsync("not said");

        // What nobody renews grows old before one's eyes, and is young again with the next status.
        await Assertions.Expect(Of("mic-2", "Heard")).ToHaveTextAsync(new Regex("^([4-9]|1[0-9]) s ago$"));
        modules.Beat();
        await Assertions.Expect(Of("mic-2", "Heard")).ToHaveTextAsync(new Regex("^(just now|[123] s ago)$"));

        await page.Locator("[data-module=mic-1] [data-name=start]").ClickAsync(); // at a start clocks are measured
        await Assertions.Expect(Of("mic-1", "Clock")).ToHaveTextAsync(new Regex(@"^(39|40)\.\d\d ms ± \d+\.\d\d"));
    }

    [Fact]
    public async Task Tiles_stand_in_the_order_that_is_chosen()
    {
        await using var modules = new SimulatedModules(Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        modules.Add("mic-4", answers: false); // heard first, and never again
        modules.Add("mic-1");
        modules.Add("mic-2");
        modules.Add("mic-3");
        modules.Change("mic-1", status => status["queue"] = new JsonObject { ["chunks"] = 3, ["bytes"] = 1000 });
        modules.Change("mic-2", status => status["queue"] = new JsonObject { ["chunks"] = 12, ["bytes"] = 1000 });
        modules.Change("mic-3", status => status["error"] = "no microphone");
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/fleet"));
        await Assertions.Expect(page.Locator("[data-module=mic-2]")).ToContainTextAsync("12 chunks");
        await Assertions.Expect(page.Locator("[data-module=mic-3] .error-text")).ToBeVisibleAsync();
        foreach (var (sort, order) in ((string, string[])[])
        [
            ("queue", ["mic-2", "mic-1", "mic-3", "mic-4"]), ("state", ["mic-3", "mic-1", "mic-2", "mic-4"]), ("name", ["mic-1", "mic-2", "mic-3", "mic-4"]),
        ])
        {
            await page.Locator(".title select").SelectOptionAsync(sort);
            await Assertions.Expect(page.Locator(".tile h2")).ToHaveTextAsync(order);
        }

        await page.Locator(".title select").SelectOptionAsync("age");
        await Assertions.Expect(page.Locator(".tile h2").First).ToHaveTextAsync("mic-4");
    }

    [Fact]
    public async Task Levels_move_ten_times_a_second_while_one_looks_and_nobody_sends_them_otherwise()
    {
        await using var module = Broker.Client();
        var watchedUntil = 0L;
        module.Subscribe("rslogger/audio/hall/command", 0, m =>
        {
            var command = JsonNode.Parse(m.Payload.Span)!;
            if ((string?)command["command"] == "watch") Volatile.Write(ref watchedUntil, Environment.TickCount64 + (long)((double)command["seconds"]! * 1000));
        });
        module.Start();
        await Wait.Until("the module has its connection", () => module.IsConnected);
        async Task SayAsync(string topic, object body) =>
            await module.PublishAsync(new Chorale.Mqtt.MqttMessage($"rslogger/audio/hall/{topic}", System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(body)), TestContext.Current.CancellationToken);
        bool IsWatched() => Environment.TickCount64 < Volatile.Read(ref watchedUntil);
        await SayAsync("status", new { state = "idle", session = 1, heartbeat = 30, levels = new[] { -50.0 } });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var speaking = Task.Run(async () =>
        {
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            for (var n = 0; await tick.WaitForNextTickAsync(end.Token); n++)
                if (IsWatched()) await SayAsync("levels", new { peak = new[] { -10.0 - n % 7 }, rms = new[] { -20.0 - n % 17 } }); // each another one than before
        }, end.Token);

        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/fleet"));
        await Assertions.Expect(page.Locator("[data-module=hall] .tile-level")).ToHaveAttributeAsync("data-live", "true");
        // The page counts, for this program may not see each of them.
        var perSecond = await page.EvaluateAsync<double>("""
            () => new Promise(done => { let n = 0; const eye = new MutationObserver(() => n++);
              eye.observe(document.querySelector('[data-module=hall] .tile-level'), { subtree: true, attributes: true, characterData: true, childList: true });
              const began = performance.now(); setTimeout(() => { eye.disconnect(); done(n * 1000 / (performance.now() - began)); }, 4000); })
            """);
        Assert.InRange(perSecond, 5, 25);

        await page.EvaluateAsync("location.hash = '#/log'");
        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(0);
        await Wait.Until("nobody watches any more", () => !IsWatched(), TimeSpan.FromMinutes(1)); // twenty seconds were asked for, and no more are
        await page.EvaluateAsync("location.hash = '#/fleet'");
        await Assertions.Expect(page.Locator("[data-module=hall] .tile-level")).ToHaveAttributeAsync("data-live", "true");
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => speaking);
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
        await using var socket = await SocketRecorder.ConnectAsync(Hub.Address, "?id=other"); // needs no broker
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
        await Assertions.Expect(page.Locator("[data-module=other] [data-name=start]")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await Assertions.Expect(page.Locator(".bar [data-name=start]")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await tile.Locator("input[type=checkbox]").CheckAsync();
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
        await Assertions.Expect(page.Locator("#broker-gone")).ToHaveCountAsync(0);
        await Wait.Until("all are heard again", async () =>
        {
            modules.Beat(); // what they say before the hub listens again is lost
            return await page.Locator(".away").CountAsync() == 0;
        });
        await Assertions.Expect(tile.Locator("[data-name=start]")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await tile.Locator("[data-name=start]").ClickAsync(); // and goes on
        await Assertions.Expect(tile).ToHaveAttributeAsync("data-state", "recording");
        Assert.Equal(1, starts.Count);
        await Assertions.Expect(page.Locator("[data-command=start]", new() { HasText = "slow" })).ToHaveCountAsync(1);
    }
}
