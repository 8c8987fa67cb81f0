using System.Globalization;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>A room with a real mpv, which nobody hears, on the page: what plays, how far it is; and afterwards how late each cue was, and when a device was away.</summary>
public sealed class RoomPlayerPageTests : IAsyncLifetime
{
    private const string Evil = "<img src=x onerror=window.broken=1>.wav";
    private const string Music = """
        { "sceneId": "music", "initialState": "playing", "states": { "playing": {
          "onEnter": [ { "action": "audio", "message": "PLAY:EVIL" }, { "action": "mqtt", "topic": "foyer/light/1", "message": "ON" } ],
          "timeline": [ { "at": 0.2, "action": "mqtt", "topic": "foyer/light/2", "message": "ON" }, { "at": 0.4, "action": "mqtt", "topic": "foyer/light/2", "message": "OFF" } ],
          "transitions": [ { "type": "timeout", "delay": 3600, "goto": "END" } ] } } }
        """;

    private readonly TestLog _log = new();
    private PageRoom _room = null!;
    private PageHub _hub = null!;
    private Browser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _browser = await Browser.StartAsync();
        _room = await PageRoom.StartAsync(player: "mpv");
        using (var media = new RoomMedia().Tone(Evil, 600))
        {
            Directory.CreateDirectory(Path.Combine(_room.Media, "audio"));
            File.Copy(media.AudioPath(Evil), Path.Combine(_room.Media, "audio", Evil));
        }

        await File.WriteAllTextAsync(Path.Combine(_room.Scenes, "music.json"), Music.Replace("EVIL", Evil));
        _room.StartNodes();
        _hub = await PageHub.StartAsync(_log, s => _room.Settings(s) with { AudioOutput = "null" });
    }

    public async ValueTask DisposeAsync()
    {
        await using var room = _room;
        await using var hub = _hub;
        await using var browser = _browser; // the first to go: it says what the page complained of
    }

    [Fact]
    public async Task What_plays_is_named_its_playhead_moves_with_the_sound_and_STOP_ends_it()
    {
        var page = await _browser.OpenAsync(new Uri(_hub.Address, "#/rooms/foyer"));
        var card = page.Locator("#player-of-room");
        await Assertions.Expect(card).ToContainTextAsync("Nothing");
        await OnlineAsync(page);
        await page.Locator("[data-scene=music] [data-name=run]").ClickAsync();
        await Assertions.Expect(card.Locator("li .mono")).ToHaveTextAsync(Evil);
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.broken"));
        Assert.Equal(0, await page.Locator("main img").CountAsync());

        // A playhead that stood still, ran away or counted by itself from the press would not keep to the clock.
        await Browser.UntilAsync(page, "(document.querySelector('#player-of-room li .figures')?.textContent ?? '') !== ''");
        var (from, began) = (await HeadAsync(card), TimeProvider.System.GetTimestamp());
        double now = from;
        await Wait.Until("the playhead has moved by five seconds", async () => (now = await HeadAsync(card)) > from + 5, TimeSpan.FromSeconds(60));
        Assert.InRange(now - from, 0, TimeProvider.System.GetElapsedTime(began).TotalSeconds + 2.5);
        await Browser.ShotAsync(page, "room-player", isWhole: true);
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));

        await page.Locator("#stop").ClickAsync();
        await Assertions.Expect(card.Locator("li")).ToHaveCountAsync(0);
        await Assertions.Expect(card).ToContainTextAsync("Nothing");
    }

    [Fact]
    public async Task A_trace_draws_how_late_each_cue_was_and_a_device_lists_when_it_was_away()
    {
        var page = await _browser.OpenAsync(new Uri(_hub.Address, "#/rooms/foyer"));
        await OnlineAsync(page);
        await page.Locator("[data-scene=music] [data-name=run]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-output='foyer/light/2']")).ToContainTextAsync("confirmed OFF");
        await page.Locator("#stop").ClickAsync();
        await Assertions.Expect(page.Locator("[data-room=foyer]")).ToHaveAttributeAsync("data-room-state", "idle");

        await _room.EndNodeAsync(PageRoom.Motors);
        await Assertions.Expect(page.Locator($"[data-node={PageRoom.Motors}]")).ToHaveAttributeAsync("data-presence", "offline");
        _room.Node(PageRoom.Motors, Chorale.Simulate.NodeKind.Motor);
        await OnlineAsync(page);
        var outages = page.Locator($"[data-outages={PageRoom.Motors}]");
        await Assertions.Expect(outages.Locator("summary")).ToContainTextAsync("1 outage");
        await outages.Locator("summary").ClickAsync();
        await Assertions.Expect(outages.Locator("ol li")).ToHaveCountAsync(1);
        await Assertions.Expect(outages.Locator("ol li")).Not.ToContainTextAsync("so far");
        await Browser.ShotAsync(page, "room-outages", isWhole: true);

        await page.EvaluateAsync("location.hash = '#/rooms/foyer/runs'");
        await page.Locator("[data-run] a").First.ClickAsync();
        var dots = page.Locator("svg.lateness circle");
        await Assertions.Expect(dots.Nth(3)).ToBeAttachedAsync(); // two at the beginning, two of the timeline
        var drawn = await page.Locator("svg.lateness").EvaluateAsync<bool>("""
            svg => { const box = svg.viewBox.baseVal; return [...svg.querySelectorAll('circle')].every(c => c.cx.baseVal.value >= 0 && c.cx.baseVal.value <= box.width && c.cy.baseVal.value >= 0 && c.cy.baseVal.value <= box.height); }
            """);
        Assert.True(drawn, "a dot lies beside the drawing");
        await Assertions.Expect(page.Locator("svg.lateness title", new() { HasText = "foyer/light/2" }).First).ToBeAttachedAsync();
        await Browser.ShotAsync(page, "trace-lateness", isWhole: true);
    }

    private static async Task OnlineAsync(IPage page)
    {
        foreach (var node in (string[])[PageRoom.Relays, PageRoom.Motors]) await Assertions.Expect(page.Locator($"[data-node={node}]")).ToHaveAttributeAsync("data-presence", "online");
    }

    /// <summary>Seconds as they stand on the page.</summary>
    private static async Task<double> HeadAsync(ILocator card) =>
        (await card.Locator("li .figures").InnerTextAsync()).Split(':').Aggregate(0.0, (sum, part) => sum * 60 + double.Parse(part, CultureInfo.InvariantCulture));
}
