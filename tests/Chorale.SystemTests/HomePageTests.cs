using System.Text.Json.Nodes;
using Chorale.Hub.Settings;
using Chorale.Protocol;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Home: every need comes with its cause and goes with it; a real hub, broker, room and store, modules that say what real ones say.</summary>
public sealed class HomePageTests : IAsyncLifetime
{
    private const string Markup = "<img src=x onerror=\"window.broken=1\">";
    private readonly TestLog _log = new();
    private PageRoom _room = null!;
    private PageHub _hub = null!;
    private Browser _browser = null!;
    private SimulatedModules _modules = null!;

    public async ValueTask InitializeAsync()
    {
        _browser = await Browser.StartAsync();
        _room = await PageRoom.StartAsync(title: Markup + "Foyer", policies: "on_feedback_failure: stop", timeoutMs: 3_000);
        _hub = await PageHub.StartAsync(_log, _room.Settings);
        _modules = new SimulatedModules(_room.Broker);
        await Wait.Until("the modules have their connection", () => _modules.IsConnected);
    }

    public async ValueTask DisposeAsync()
    {
        await using var room = _room;
        await using var hub = _hub;
        await using var modules = _modules;
        await using var browser = _browser; // the first to go: it says what the page complained of
    }

    [Fact]
    public async Task What_a_recorder_lacks_is_named_with_since_when_and_goes_when_it_is_mended()
    {
        _modules.Add("mic-1");
        _modules.Add("mic-2");
        var page = await OpenAsync();
        await GoneAsync(page, "[data-need$=':mic-1']");

        _modules.Change("mic-1", s => s["alarms"] = new JsonArray("dead_microphone"));
        var dead = page.Locator("[data-need='alarm:dead_microphone:mic-1']");
        await Assertions.Expect(dead.Locator("h3")).ToContainTextAsync("mic-1: dead microphone");
        await Assertions.Expect(dead).ToContainTextAsync("Check cable");
        await Assertions.Expect(dead.Locator(".need-since")).ToContainTextAsync("since");
        await Assertions.Expect(dead).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("bad"));
        Assert.Equal("#/fleet/mic-1", await dead.Locator("a").GetAttributeAsync("href"));
        await Assertions.Expect(page.Locator("#needs li").First).ToHaveAttributeAsync("data-kind", "microphone"); // one glance
        await Browser.ShotAsync(page, "home-dead-microphone", isWhole: true);

        _modules.Change("mic-1", s =>
        {
            s["error"] = Markup;
            s["alarms"] = new JsonArray(Markup, "upload_waiting", "quarantine");
            s["queue"] = new JsonObject { ["chunks"] = 12, ["bytes"] = 3_000_000, ["oldest"] = WallTime.ToText(TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(20)), ["quarantined"] = 4 };
            s["durable_lag_ms"] = 70_000;
        });
        await GoneAsync(page, "[data-need='alarm:dead_microphone:mic-1']");
        await Assertions.Expect(page.Locator("[data-kind=backlog]")).ToContainTextAsync("12 chunks, 3 MB, on its disk");
        await Assertions.Expect(page.Locator("[data-kind=quarantine]")).ToContainTextAsync("4 chunks set aside");
        await Assertions.Expect(page.Locator("[data-kind=lag]")).ToContainTextAsync("70 s");
        await Assertions.Expect(page.Locator("[data-kind=module_error]")).ToContainTextAsync("<img");
        await Assertions.Expect(page.Locator("[data-kind=alarm]")).ToContainTextAsync("<img");
        await Browser.ShotAsync(page, "home-recorder-needs", isWhole: true);
        _modules.Change("mic-1", _ => { });
        await GoneAsync(page, "[data-need$=':mic-1']");

        _modules.Change("mic-2", s => s["state"] = "disconnected");
        await Assertions.Expect(page.Locator("[data-need='lost:mic-2']")).ToContainTextAsync("mic-2 is gone");
        _modules.Change("mic-2", _ => { });
        await GoneAsync(page, "[data-need='lost:mic-2']");
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.broken"));
    }

    [Fact]
    public async Task A_silent_microphone_of_a_recorder_that_only_uploads_is_named_and_stands_over_a_restart_of_the_hub()
    {
        using var folder = new TempFolder();
        await File.WriteAllBytesAsync(folder["silence.wav"], WavFile.Make(48_000 * 5, 48_000, seed: 0), TestContext.Current.CancellationToken);
        _hub.StartRecorder("attic", "file:" + folder["silence.wav"]);
        var page = await OpenAsync();
        var silent = page.Locator("[data-kind=microphone]");
        await Assertions.Expect(silent.Locator("h3")).ToContainTextAsync(new System.Text.RegularExpressions.Regex("attic: .*(silent|dead)"), new() { Timeout = 60_000 });
        await Assertions.Expect(silent.Locator(".need-since")).ToContainTextAsync("since");
        Assert.Matches("^#/fleet/", await silent.Locator("a").GetAttributeAsync("href"));
        await Browser.ShotAsync(page, "home-upload-only", isWhole: true);
        var since = await silent.Locator(".need-since").InnerTextAsync();
        await silent.Locator("a").ClickAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("attic");
        await page.GoBackAsync();

        _browser.ExpectLosses();
        await _hub.GoAwayAsync();
        await Assertions.Expect(page.Locator("#stale")).ToBeVisibleAsync();
        await _hub.ComeBackAsync();
        await Assertions.Expect(page.Locator("#stale")).ToHaveCountAsync(0);
        Assert.StartsWith(since.Split(',')[0], await silent.Locator(".need-since").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_a_module_did_not_obey_stands_there_until_one_is_confirmed_also_over_a_restart_of_the_hub()
    {
        _modules.Add("mic-9", answers: false);
        var page = await OpenAsync();
        await Wait.Until("the hub knows it", () => _hub.Host.Fleet.Fleet.Modules.Count == 1);
        using var http = new HttpClient { BaseAddress = _hub.Address };
        await PostAsync(http, "a1", "start");
        var need = page.Locator("[data-need='command:mic-9']");
        await Assertions.Expect(need).ToContainTextAsync("Start: no answer");
        await Wait.Until("the book has it on the disk", () => _hub.Host.Book.Waiting == 0);
        using (_browser.ExpectLosses())
        {
            await _hub.GoAwayAsync();
            await Assertions.Expect(page.Locator("#stale")).ToBeVisibleAsync();
            await _hub.ComeBackAsync();
            await Assertions.Expect(page.Locator("#stale")).ToHaveCountAsync(0);
        }

        await Assertions.Expect(need).ToBeVisibleAsync();

        _modules.Add("mic-9", session: 2);
        await Wait.Until("it is heard again", () => _hub.Host.Fleet.Fleet.Modules.Values.All(m => m.IsOnline));
        await PostAsync(http, "a2", "start");
        await GoneAsync(page, "[data-need='command:mic-9']");
    }

    [Fact]
    public async Task What_a_room_lacks_is_named_and_goes_when_it_is_mended()
    {
        var page = await OpenAsync();
        using var http = new HttpClient { BaseAddress = _hub.Address };
        await Assertions.Expect(page.Locator("[data-kind=scene]")).ToContainTextAsync("broken");
        File.Delete(Path.Combine(_room.Scenes, "broken.json"));
        await GoneAsync(page, "[data-kind=scene]");

        // No device answers: the first cue fails, and the scene is ended by it.
        (await http.PostAsync("/api/v2/rooms/foyer/run", Json("""{"id":"r1","scene":"storm"}"""))).EnsureSuccessStatusCode();
        await Assertions.Expect(page.Locator("[data-kind=run_failed]")).ToContainTextAsync("<img");
        await Assertions.Expect(page.Locator("[data-kind=command]").First).ToContainTextAsync("Ceiling");
        await Browser.ShotAsync(page, "home-room-needs", isWhole: true);

        _room.StartNodes();
        await Wait.Until("the devices are there", () => _hub.Host.Show.Find("foyer")!.View.Nodes.All(n => n.Presence == "online"));
        (await http.PostAsync("/api/v2/rooms/foyer/run", Json("""{"id":"r2","scene":"storm"}"""))).EnsureSuccessStatusCode();
        await GoneAsync(page, "[data-kind=run_failed]");
        await Assertions.Expect(page.Locator("[data-need='command:foyer:foyer/light/1']")).ToHaveCountAsync(0); // the scene lit it, and it was confirmed

        await _room.Broker.KillAsync();
        await Assertions.Expect(page.Locator("[data-need=broker]")).ToContainTextAsync("Start the broker");
        await Assertions.Expect(page.Locator("[data-need=broker] .need-since")).ToContainTextAsync("since");
        await _room.Broker.RestartAsync();
        await GoneAsync(page, "[data-need=broker]");
        await GoneAsync(page, "[data-kind=room_link], [data-kind=room_simulated]");
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.broken"));
    }

    [Fact]
    public async Task A_scene_that_ran_when_the_hub_died_is_named_with_its_room_and_since_when_until_one_is_run()
    {
        _browser.ExpectLosses();
        await _hub.GoAwayAsync();
        using (var traces = Chorale.Show.Scenes.TraceStore.Open(Path.Combine(_hub.DataFolder, "show"), TimeProvider.System))
            traces.Begin(new() { Id = "r0", Room = "foyer", Scene = "storm", By = "ada", StartedAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(30) });
        await _hub.ComeBackAsync();
        var page = await OpenAsync();
        var cut = page.Locator("[data-kind=run_cut]");
        await Assertions.Expect(cut.Locator("h3")).ToContainTextAsync("Foyer: scene storm was cut off");
        await Assertions.Expect(cut.Locator(".need-since")).ToContainTextAsync("30.");
        await Browser.ShotAsync(page, "home-scene-cut", isWhole: true);

        _room.StartNodes();
        await Wait.Until("the devices are there", () => _hub.Host.Show.Find("foyer")!.View.Nodes.All(n => n.Presence == "online"));
        using var http = new HttpClient { BaseAddress = _hub.Address };
        (await http.PostAsync("/api/v2/rooms/foyer/run", Json("""{"id":"r2","scene":"storm"}"""))).EnsureSuccessStatusCode();
        await GoneAsync(page, "[data-kind=run_cut]");
    }

    [Fact]
    public async Task What_was_refused_is_named_with_whom_how_often_and_why()
    {
        var page = await OpenAsync();
        _hub.Host.Store.Refuse("mic-7", Markup, 12);
        var refused = page.Locator("[data-kind=refused]");
        await Assertions.Expect(refused).ToContainTextAsync("mic-7");
        await Assertions.Expect(refused).ToContainTextAsync("<img");
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.broken"));
    }

    [Theory]
    [InlineData(360, 740)]
    [InlineData(768, 1024)]
    [InlineData(1280, 800)]
    public async Task Home_is_read_at_any_width_by_day_and_night_well_or_not_and_by_ear(int width, int height)
    {
        File.Delete(Path.Combine(_room.Scenes, "broken.json"));
        _room.StartNodes();
        _modules.Add("mic-1");
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            _modules.Change("mic-1", _ => { });
            var page = await _browser.OpenAsync(_hub.Address, width, height, scheme);
            await Assertions.Expect(page.Locator("[data-state=all-well]")).ToContainTextAsync("as of");
            foreach (var card in (string[])["#home-archive", "#home-hub"]) await Assertions.Expect(page.Locator($"{card} .aside time")).ToBeVisibleAsync(); // how old what is asked for now and then is
            await Browser.ShotAsync(page, $"home-well-{width}-{scheme}", isWhole: true);
            _modules.Change("mic-1", s =>
            {
                s["alarms"] = new JsonArray("dead_microphone", "disk_low");
                s["queue"] = new JsonObject { ["chunks"] = 12, ["bytes"] = 3_000_000, ["oldest"] = WallTime.ToText(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(2)), ["quarantined"] = 1 };
            });
            await Assertions.Expect(page.Locator("#needs li")).ToHaveCountAsync(4);
            await Browser.ShotAsync(page, $"home-needs-{width}-{scheme}", isWhole: true);
            Assert.True(await page.EvaluateAsync<bool>($"document.documentElement.scrollWidth <= {width}"));
            var found = await Browser.AxeAsync(page);
            Assert.True(found.Count == 0, string.Join('\n', found));
            await page.Locator(".settings button").First.ClickAsync();
            await Assertions.Expect(page.Locator("[data-kind=microphone] h3")).ToContainTextAsync("мёртвый микрофон");
            await Browser.ShotAsync(page, $"home-needs-ru-{width}-{scheme}", isWhole: true);
            await page.Locator(".settings button").First.ClickAsync();
            await page.Context.CloseAsync();
        }
    }

    private Task<IPage> OpenAsync() => _browser.OpenAsync(_hub.Address);

    private static Task GoneAsync(IPage page, string selector) => Assertions.Expect(page.Locator(selector)).ToHaveCountAsync(0);

    private static async Task PostAsync(HttpClient http, string id, string command) =>
        (await http.PostAsync("/api/v2/commands", Json($$"""{"id":"{{id}}","command":"{{command}}","modules":["mic-9"]}"""))).EnsureSuccessStatusCode();

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
