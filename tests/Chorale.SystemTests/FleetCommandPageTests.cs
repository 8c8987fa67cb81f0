using System.Text.Json;
using Chorale.Mqtt;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Commanding recorders from the page: a real hub, a real broker, real recorder programs on test tones, and modules of the older kind.</summary>
public sealed class FleetCommandPageTests : PageOfFleet
{
    private readonly TempFolder _folder = new();
    private readonly List<ModuleProcess> _recorders = [];

    private Uri Fleet => new(Hub.Address, "#/fleet");

    public override async ValueTask DisposeAsync()
    {
        foreach (var recorder in _recorders) recorder.Dispose();
        await base.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_start_counts_down_to_its_instant_names_the_dead_one_and_shows_the_measured_spread()
    {
        Start("hall-1");
        Start("hall-2");
        using var old = await ContractModule.StartAsync(Broker.Port, "older");
        await using var modules = new SimulatedModules(Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        modules.Add("dead", answers: false);
        var page = await Browser.OpenAsync(Fleet);
        await Assertions.Expect(page.Locator("[data-state=idle]")).ToHaveCountAsync(4);

        await page.Locator("[data-name=panel-start]").ClickAsync();
        await page.Locator("[name=recording_id]").FillAsync("../../etc");
        await Assertions.Expect(page.Locator("[data-name=send-start]")).ToHaveAttributeAsync("aria-disabled", "true");
        await page.Locator("[name=recording_id]").FillAsync("take-1");
        await page.Locator("[name=duration]").FillAsync("1:00:00");
        await page.Locator("[name=lead]").FillAsync("20000");
        await page.Locator("[data-name=send-start]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-session-row] [data-name=countdown]")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"0:\d\d\.\d"));
        await Assertions.Expect(page.Locator("[data-module=hall-1]")).ToHaveAttributeAsync("data-state", "armed");
        await Assertions.Expect(page.Locator("[data-module=hall-1] [data-course=armed]")).ToBeVisibleAsync();
        await Browser.ShotAsync(page, "fleet-countdown", isWhole: true);

        // The older one cannot arm; the dead one never answers. Both are named, with why.
        await Assertions.Expect(page.Locator("[data-session-row]")).ToContainTextAsync("2 of 4 armed");
        await Assertions.Expect(page.Locator("[data-session-row] [data-laggard=older]")).ToContainTextAsync("unsynchronised");
        await Assertions.Expect(page.Locator("[data-session-row] [data-laggard=dead]")).ToContainTextAsync("no answer within 5 s");
        await Assertions.Expect(page.Locator("[data-command=start]")).ToContainTextAsync("3 of 4 confirmed");

        // Recording time counts from the first frame, by the module's own word; the older one says none.
        await Assertions.Expect(page.Locator("[data-module=hall-1] [data-course=recording] strong")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"0:00:0[1-9]"));
        await Assertions.Expect(page.Locator("[data-module=older] [data-course=recording]")).ToContainTextAsync("does not say since when");
        await Assertions.Expect(page.Locator("[data-session-row] [data-name=spread]")).ToContainTextAsync("±");
        await Browser.ShotAsync(page, "fleet-spread", isWhole: true);

        await page.Locator("[data-session-row] [data-name=stop-session]").ClickAsync();
        foreach (var id in (string[])["hall-1", "hall-2", "older"]) await Assertions.Expect(page.Locator($"[data-module={id}]")).ToHaveAttributeAsync("data-state", "idle");
        await page.Locator("[data-module=hall-1] .tile-head a").ClickAsync();
        await Assertions.Expect(page.Locator("#history [data-command=start]")).ToContainTextAsync("confirmed");
        await Assertions.Expect(page.Locator("#history [data-command=stop]")).ToContainTextAsync("by this page");
        await Assertions.Expect(page.Locator("#its-sessions")).ToContainTextAsync("take-1");
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Fact]
    public async Task Settings_are_judged_before_they_are_sent_shown_where_they_differ_and_outlive_a_restart()
    {
        Start("hall-1", "capture.sample_rate=48000");
        Start("hall-2", "capture.sample_rate=44100");
        var page = await Browser.OpenAsync(Fleet);
        await Assertions.Expect(page.Locator("[data-state=idle]")).ToHaveCountAsync(2);
        await page.Locator("[data-name=panel-config]").ClickAsync();
        await Assertions.Expect(page.Locator("#config-form [data-mixed=true]").First).ToContainTextAsync("mixed: 44100 (1), 48000 (1)");
        await page.Locator("#config-form [name=samplerate]").FillAsync("7");
        await Assertions.Expect(page.Locator("#config-form .wrong")).ToContainTextAsync("8000 to 192000 are allowed");
        await Assertions.Expect(page.Locator("[data-name=send-config]")).ToHaveAttributeAsync("aria-disabled", "true");
        await page.Locator("#config-form [name=samplerate]").FillAsync("16000");
        await page.Locator("#config-form [name=device]").FillAsync("hw:99,0"); // allowed to ask for, and not there
        await page.Locator("[data-name=send-config]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-command=config] [data-laggard=hall-1]")).ToContainTextAsync("hw:99");
        await Assertions.Expect(page.Locator("[data-command=config]")).ToContainTextAsync("0 of 2 confirmed");

        await page.Locator("#config-form [name=samplerate]").FillAsync("16000");
        await Assertions.Expect(page.Locator("[data-name=send-config]")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await page.Locator("[data-name=send-config]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-module=hall-1]")).ToContainTextAsync("16 kHz");
        await Assertions.Expect(page.Locator("[data-module=hall-2]")).ToContainTextAsync("16 kHz");
        await Assertions.Expect(page.Locator("#config-form [data-mixed=false]").First).ToContainTextAsync("16000");
        await Browser.ShotAsync(page, "fleet-config", isWhole: true);

        _recorders[0].Signal("TERM");
        await _recorders[0].ExitCodeAsync();
        await Assertions.Expect(page.Locator("[data-module=hall-1]")).ToHaveAttributeAsync("data-presence", "offline");
        Start("hall-1", "capture.sample_rate=48000");
        await Assertions.Expect(page.Locator("[data-module=hall-1]")).ToHaveAttributeAsync("data-presence", "online");
        await Assertions.Expect(page.Locator("[data-module=hall-1]")).ToContainTextAsync("16 kHz");
    }

    [Fact]
    public async Task A_schedule_holds_at_once_is_kept_over_a_restart_and_an_older_module_does_not_pretend_to_have_one()
    {
        Start("hall-1", "mode=continuous");
        var page = await Browser.OpenAsync(Fleet);
        await Assertions.Expect(page.Locator("[data-module=hall-1]")).ToContainTextAsync("archives");
        await page.Locator("[data-name=panel-schedule]").ClickAsync();
        await page.Locator("[name=windows]").FillAsync("mon-fri 25:00-26:00");
        await Assertions.Expect(page.Locator("#schedule-form .wrong")).ToContainTextAsync("25:00-26:00");

        // A minute a week that is not now.
        await page.Locator("[name=windows]").FillAsync($"{DateTimeOffset.UtcNow.AddDays(3).DayOfWeek.ToString().ToLowerInvariant()} 00:00-00:01");
        await page.Locator("[name=timezone]").FillAsync("UTC");
        await Browser.ShotAsync(page, "fleet-schedule", isWhole: true);
        await page.Locator("[data-name=send-schedule]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-command=schedule]")).ToContainTextAsync("1 of 1 confirmed");
        await Assertions.Expect(page.Locator("[data-module=hall-1]")).Not.ToContainTextAsync("archives"); // it has closed

        _recorders[0].Kill();
        await Assertions.Expect(page.Locator("[data-module=hall-1]")).ToHaveAttributeAsync("data-presence", "offline");
        Start("hall-1", "mode=continuous");
        await Assertions.Expect(page.Locator("[data-module=hall-1]")).ToHaveAttributeAsync("data-presence", "online");
        await page.Locator("[data-module=hall-1] .tile-head a").ClickAsync();
        await Assertions.Expect(page.Locator("#schedule")).ToContainTextAsync("00:00-00:01");
        await Assertions.Expect(page.Locator("#schedule")).ToContainTextAsync("set from here, kept");

        await page.Locator(".title a").ClickAsync();
        using var old = await ContractModule.StartAsync(Broker.Port, "older");
        await page.Locator("[data-module=older] input[type=checkbox]").CheckAsync();
        await page.Locator("[name=windows]").FillAsync("always");
        await page.Locator("[data-name=send-schedule]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-command=schedule] [data-laggard=older]")).ToContainTextAsync("no answer");
    }

    [Fact]
    public async Task A_mute_is_shown_with_its_end_and_a_shutdown_names_first_what_it_ends()
    {
        Start("hall-1");
        var page = await Browser.OpenAsync(Fleet);
        var tile = page.Locator("[data-module=hall-1]");
        await Assertions.Expect(tile).ToHaveAttributeAsync("data-state", "idle");
        await page.Locator("[data-name=panel-mute]").ClickAsync();
        await page.Locator("[name=minutes]").FillAsync("0");
        await Assertions.Expect(page.Locator("[data-name=send-mute]")).ToHaveAttributeAsync("aria-disabled", "true");
        await page.Locator("[name=minutes]").FillAsync("30");
        await page.Locator("[data-name=send-mute]").ClickAsync();
        await Assertions.Expect(tile).ToContainTextAsync("Muted until");
        await page.Locator("[data-name=send-unmute]").ClickAsync();
        await Assertions.Expect(tile).Not.ToContainTextAsync("Muted until");

        await tile.Locator("[data-name=start]").ClickAsync();
        await Assertions.Expect(tile).ToHaveAttributeAsync("data-state", "recording");
        await page.Locator("[data-name=panel-end]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-name=ask-shutdown]")).ToHaveAttributeAsync("aria-disabled", "true"); // nobody is chosen
        await page.Locator("[data-name=choose-recording]").ClickAsync();
        await page.Locator("[data-name=ask-shutdown]").ClickAsync();
        await Assertions.Expect(page.Locator("#end-question")).ToContainTextAsync("hall-1 its recording");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator("#end-question")).ToHaveCountAsync(0);
        await Assertions.Expect(tile).ToHaveAttributeAsync("data-state", "recording");
        await page.Locator("[data-name=ask-shutdown]").ClickAsync();
        await page.Locator("[data-name=shutdown]").ClickAsync();
        await Assertions.Expect(tile).ToHaveAttributeAsync("data-presence", "offline");
        Assert.Equal(0, await _recorders[0].ExitCodeAsync());
        await page.Locator("#end-form summary").ClickAsync();
        await page.Locator("[data-name=forget]").ClickAsync();
        await Assertions.Expect(tile).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task With_the_keyboard_alone_a_range_is_chosen_and_stopped()
    {
        await using var modules = new SimulatedModules(Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        foreach (var n in Enumerable.Range(1, 6)) modules.Add($"mic-{n}");
        var page = await Browser.OpenAsync(Fleet);
        await Assertions.Expect(page.Locator("[data-state=idle]")).ToHaveCountAsync(6);
        await page.Locator("[data-module=mic-2] input[type=checkbox]").FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("Shift+Space");
        await Assertions.Expect(page.Locator("#whom")).ToHaveTextAsync("3 recorders chosen");
        await page.Locator(".bar [data-name=start]").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-state=recording][data-module]")).ToHaveCountAsync(3);
        await page.Locator("[data-module=mic-6] input[type=checkbox]").FocusAsync();
        await page.Keyboard.PressAsync("Control+a");
        await Assertions.Expect(page.Locator("#whom")).ToHaveTextAsync("6 recorders chosen");
        await page.Locator(".bar [data-name=stop]").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-state=idle][data-module]")).ToHaveCountAsync(6);
    }

    [Fact]
    public async Task A_recorder_that_only_uploads_has_its_tile_and_says_that_no_command_reaches_it()
    {
        Hub.StartRecorder("field-1");
        Start("hall-1");
        var page = await Browser.OpenAsync(Fleet);
        var field = page.Locator(".tile", new() { HasText = "field-1" });
        await Assertions.Expect(field).ToHaveAttributeAsync("data-presence", "upload");
        await Assertions.Expect(field).ToContainTextAsync("cannot be commanded from here");
        await Assertions.Expect(field.Locator(".tile-level")).ToContainTextAsync("dBFS");
        await Assertions.Expect(field.Locator(".tile-level .age")).ToBeVisibleAsync(); // of its last chunk
        await field.Locator("input[type=checkbox]").CheckAsync();
        await Assertions.Expect(page.Locator(".bar [data-name=start]")).ToHaveAttributeAsync("aria-disabled", "true");
        await page.Locator("[data-module=hall-1] input[type=checkbox]").CheckAsync();
        await Assertions.Expect(page.Locator("#whom")).ToContainTextAsync("1 of them only upload");
        await page.Locator(".bar [data-name=start]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-module=hall-1]")).ToHaveAttributeAsync("data-state", "recording");
    }

    [Fact]
    public async Task Whatever_modules_call_things_is_text()
    {
        const string Evil = "<img src=x onerror=document.title='pwned'><b id=pwned>\u202e";
        await using var client = Broker.Client();
        client.Start();
        await Wait.Until("connected", () => client.IsConnected);
        async Task SayAsync(string topic, object body) =>
            await client.PublishAsync(new MqttMessage($"rslogger/audio/{topic}", JsonSerializer.SerializeToUtf8Bytes(body)), TestContext.Current.CancellationToken);
        await SayAsync("evil/status", new
        {
            state = Evil, recording_id = Evil, error = Evil, version = Evil, session = 5, alarms = new[] { Evil }, clock = new { offset_us = 1, source = Evil }, filename = Evil,
            config = new { device = Evil, samplerate = 48000, channels = 2, dtype = Evil, codec = Evil, recording_dir = Evil }, schedule = new { windows = Evil, timezone = Evil, source = Evil },
        });
        client.Subscribe("rslogger/audio/evil/command", 0, m =>
        {
            using var command = JsonDocument.Parse(m.Payload);
            _ = SayAsync("evil/response", new { request_id = command.RootElement.GetProperty("request_id").GetString(), success = false, message = Evil });
        });
        using var http = new HttpClient { BaseAddress = Hub.Address };
        var posted = await http.PostAsync("api/v2/commands", new StringContent(
            JsonSerializer.Serialize(new { id = "x1", command = "mute", seconds = 5, modules = new[] { "evil" }, from = Evil[..40] }), null, "application/json"), TestContext.Current.CancellationToken);
        Assert.True(posted.IsSuccessStatusCode);

        foreach (var (width, scheme) in ((int, ColorScheme)[])[(360, ColorScheme.Dark), (768, ColorScheme.Light), (1440, ColorScheme.Dark)]) await LookAsync(width, scheme);

        async Task LookAsync(int width, ColorScheme scheme)
        {
            var page = await Browser.OpenAsync(Fleet, width: width, scheme: scheme);
            await Assertions.Expect(page.Locator("[data-module=evil] .error-text")).ToContainTextAsync("<img src=x");
            await Assertions.Expect(page.Locator("[data-command=mute]")).ToContainTextAsync("<img src=x");
            await page.Locator("[data-name=panel-config]").ClickAsync();
            await Assertions.Expect(page.Locator("#config-form")).ToContainTextAsync("<img src=x");
            await CleanAsync(page);
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"the page is wider than {width} px");
            await Browser.ShotAsync(page, $"fleet-evil-{width}", isWhole: true);
            var found = await Browser.AxeAsync(page);
            Assert.True(found.Count == 0, string.Join('\n', found));
            await page.Locator("[data-name=panel-schedule]").ClickAsync();
            await CleanAsync(page);
            await page.Locator("[data-module=evil] .tile-head a").ClickAsync();
            await Assertions.Expect(page.Locator("#history [data-command=mute]")).ToContainTextAsync("<img src=x");
            await Assertions.Expect(page.Locator("#schedule")).ToContainTextAsync("<img src=x");
            await CleanAsync(page);
            await Browser.ShotAsync(page, $"recorder-evil-{width}", isWhole: true);
            await page.Context.CloseAsync();
        }

        async Task CleanAsync(IPage page)
        {
            Assert.Equal(0, await page.Locator("#pwned").CountAsync());
            Assert.DoesNotContain("pwned", await page.TitleAsync(), StringComparison.Ordinal);
        }
    }

    private void Start(string id, params string[] settings) => _recorders.Add(ModuleProcess.Start(id, Broker.Port, _folder[id], "tone:", settings));
}
