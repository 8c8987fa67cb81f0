using System.Text.RegularExpressions;
using Chorale.Protocol;
using Chorale.Recorder.Settings;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>
/// Somebody who has never seen the page does what it is for, and finds each thing by the words that stand on it: real recorder programs (one of them
/// with a microphone that gives nothing), a real broker, a room.
/// </summary>
public sealed class FirstVisitPageTests : IAsyncLifetime
{
    private const long Second = 1_000_000;
    private readonly TestLog _log = new();
    private readonly TempFolder _folder = new();
    private readonly List<ModuleProcess> _recorders = [];
    private PageRoom _room = null!;
    private PageHub _hub = null!;
    private Browser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _browser = await Browser.StartAsync();
        _room = await PageRoom.StartAsync();
        _room.StartNodes();
        _hub = await PageHub.StartAsync(_log, _room.Settings);
    }

    public async ValueTask DisposeAsync()
    {
        using var folder = _folder;
        await using var room = _room;
        await using var hub = _hub;
        await using var browser = _browser; // the first to go: it says what the page complained of
        foreach (var recorder in _recorders) recorder.Dispose();
    }

    [Fact]
    public async Task Without_reading_anything_one_sees_the_dead_microphone_starts_all_hears_one_exports_yesterday_and_runs_and_stops_a_scene()
    {
        var silence = _folder["silence.wav"];
        await File.WriteAllBytesAsync(silence, WavFile.Make(48_000 * 5, 48_000, seed: 0), TestContext.Current.CancellationToken);
        var hall = Start("hall", "tone:");
        Start("attic", "file:" + silence);
        var yesterday = TimeProvider.System.GetLocalNow().Date.AddDays(-1).AddHours(14);
        var at = WallTime.ToMicroseconds(new DateTimeOffset(yesterday, TimeProvider.System.LocalTimeZone.GetUtcOffset(yesterday)));
        await HubArchive.AddRunAsync(_hub.Host, "hall", at - 60 * Second, chunks: 24, secondsPerChunk: 10, hall);
        var page = await _browser.OpenAsync(_hub.Address);

        // Which microphone is dead: the first thing on the first page.
        await Assertions.Expect(page.Locator("#needs li h3", new PageLocatorOptions { HasText = "attic" }).First).ToContainTextAsync(new Regex("attic: .*(silent|dead)", RegexOptions.IgnoreCase));
        await Browser.ShotAsync(page, "visit-dead");

        // Start all.
        await Pages(page, "Fleet").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Start 2$") }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-module=hall]")).ToHaveAttributeAsync("data-state", "recording");
        await Assertions.Expect(page.Locator("[data-module=attic]")).ToHaveAttributeAsync("data-state", "recording");
        await Browser.ShotAsync(page, "visit-started");

        // Hear one, now.
        await page.Locator("[data-module=hall]").GetByRole(AriaRole.Button, new() { Name = "Listen live" }).ClickAsync();
        await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "live");
        await Browser.UntilAsync(page, "Number(document.querySelector('#live')?.dataset.rms || -120) > -40");
        await Browser.ShotAsync(page, "visit-live");
        await page.Locator("#live").GetByRole(AriaRole.Button, new() { Name = "Stop listening" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Stop 2$") }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-module=hall]")).ToHaveAttributeAsync("data-state", "idle");

        // Yesterday 14:00, two minutes of it.
        await Pages(page, "Listen").ClickAsync();
        await page.Locator("#day").FillAsync(yesterday.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        await page.Locator("#day").DispatchEventAsync("change");
        await page.Locator("#time").FillAsync("14:00");
        await page.Locator("#time").DispatchEventAsync("change");
        await page.GetByRole(AriaRole.Button, new() { Name = "Export: hall" }).ClickAsync();
        await Assertions.Expect(page.Locator("#export")).ToHaveAttributeAsync("data-covered", $"{120 * Second}");
        var saved = await page.RunAndWaitForDownloadAsync(() => page.Locator("#export-wav").ClickAsync());
        await using (var file = await saved.CreateReadStreamAsync())
        {
            using var whole = new MemoryStream();
            await file.CopyToAsync(whole, TestContext.Current.CancellationToken);
            Assert.Equal(120L * 48_000 * sizeof(short), whole.Length - whole.ToArray().AsSpan().IndexOf("data"u8) - 8);
        }

        await Browser.ShotAsync(page, "visit-export");

        // Run the scene, and stop it.
        await Pages(page, "Rooms").ClickAsync();
        await page.Locator("[data-scene=storm]").GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-output='foyer/light/1']")).ToContainTextAsync("confirmed ON");
        await Browser.ShotAsync(page, "visit-scene");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^STOP") }).First.ClickAsync();
        await Wait.Until("the room is dark", async () => (await _hub.Host.Show.Find("foyer")!.ViewAsync(TestContext.Current.CancellationToken)) is { Run: null, Stop.Verdict: not null } view && view.Outputs.All(o => o.Confirmed is not "ON"));
        await Assertions.Expect(page.Locator("[data-output='foyer/light/1']")).Not.ToContainTextAsync("confirmed ON");
        await Browser.ShotAsync(page, "visit-stopped");
    }

    private static ILocator Pages(IPage page, string name) => page.GetByRole(AriaRole.Navigation, new() { Name = "Pages" }).GetByRole(AriaRole.Link, new() { Name = name });

    /// <returns>Its id in the archive.</returns>
    private string Start(string id, string device)
    {
        var (point, register, sender) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        _recorders.Add(ModuleProcess.Start(id, _room.Broker.Port, _folder[id], device, [.. new (SettingKey Key, string Text)[]
        {
            (SettingKeys.Sink, "ingest"), (SettingKeys.Url, _hub.Address.ToString()), (SettingKeys.Token, _hub.Host.Tokens.IssueDevice(sender, point, register).Secret),
            (SettingKeys.PointId, point), (SettingKeys.RegisterId, register), (SettingKeys.DeviceId, sender), (SettingKeys.ChunkSeconds, "10"), (SettingKeys.Mode, "continuous"),
        }.Select(s => $"{s.Key.Name}={s.Text}")]));
        return sender;
    }
}
