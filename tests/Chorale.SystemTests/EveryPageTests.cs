using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Sessions;
using Chorale.Hub.Access;
using Chorale.Hub.Book;
using Chorale.Protocol;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Every page with something on it: at three widths by day and night, in both languages, and without motion where that is asked for.</summary>
public sealed class EveryPageTests : PageOfRooms
{
    private const string Password = "a quiet evening in May";
    private SimulatedModules? _modules;

    /// <summary>Of each page: a name for its picture, its address, what shows that it is there, and where that has to be scrolled to, that.</summary>
    private static readonly (string Name, string Address, string Ready, string? Into)[] Pages =
    [
        ("home", "", "#needs[data-count]", null), ("fleet", "fleet", "[data-module=mic-1] .tile-facts", "[data-module=mic-1]"), ("recorder", "fleet/mic-1", "#history", null),
        ("listen", "listen", "article[data-recorder=mic-1] .sound", null), ("recordings", "recordings", "[data-session=choir]", null), ("recording", "recordings/choir", "#alignment", null),
        ("room", "rooms/foyer", "[data-output='foyer/light/2'][data-state=confirmed]", null), ("room-log", "rooms/foyer/log", "#room-log .line", null), ("room-runs", "rooms/foyer/runs", "[data-run]", null),
        ("trace", "rooms/foyer/runs/RUN", "#trace tbody tr", null), ("editor", "rooms/foyer/scenes/broken", ".problems li[data-rule]", null), ("log", "log", "#events tbody tr", null),
        ("health", "log/health", "#health", null), ("audit", "log/audit", "#audit tbody tr", null), ("jobs", "jobs", "#check", null), ("settings", "settings", "#users tbody tr", null), ("parts", "parts", ".table-frame", null),
    ];

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await using var modules = _modules;
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData(360, 740)]
    [InlineData(768, 1024)]
    [InlineData(1280, 800)]
    public async Task Each_fits_its_width_and_axe_finds_nothing_serious_by_day_and_night(int width, int height)
    {
        await FillAsync();
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            var page = await OpenAsync(width, height, scheme);
            await ForEachAsync(page, async name =>
            {
                await LooksWellAsync(page, $"every-{name}", width, scheme);
                var stop = (await page.Locator("#stop").BoundingBoxAsync())!;
                Assert.True(stop is { X: >= 0, Y: >= 0, Height: >= 36 } && stop.X + stop.Width <= width, $"STOP on {name} at {stop.X} {stop.Y}");
            });
            await page.Context.CloseAsync();
        }
    }

    [Theory]
    [InlineData(360, 740)]
    [InlineData(768, 1024)]
    [InlineData(1280, 800)]
    public async Task What_a_link_opens_fits_its_width_and_axe_finds_nothing_serious_by_day_and_night(int width, int height)
    {
        var link = new Uri(Hub.Host.MakeFirstLink()!);
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            var page = await Browser.OpenAsync(link, width, height, scheme);
            await Assertions.Expect(page.Locator("#welcome")).ToHaveAttributeAsync("data-state", "first");
            await page.Locator("[data-name=use-link]").ClickAsync(); // with nothing typed: the problem is shown as well
            await Assertions.Expect(page.Locator("#welcome .form-problem .icon")).ToBeVisibleAsync();
            await LooksWellAsync(page, "every-welcome", width, scheme);
            await page.Context.CloseAsync();
        }
    }

    [Fact]
    public async Task In_Russian_axe_finds_nothing_serious_either_and_nothing_is_wider_than_the_screen()
    {
        await FillAsync();
        var page = await OpenAsync(360, 740, ColorScheme.Light);
        await page.Locator(".settings button[lang=ru]").ClickAsync();
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "ru");
        await ForEachAsync(page, async name =>
        {
            await LooksWellAsync(page, $"every-ru-{name}", 360, ColorScheme.Light);
            Assert.Matches("[а-яё]{3}", await page.Locator("main").InnerTextAsync());
        });
    }

    [Fact]
    public async Task Where_the_system_asks_for_less_motion_nothing_moves_and_elsewhere_what_waits_does()
    {
        await FillAsync();
        var still = await OpenAsync(1280, 800, ColorScheme.Light, ReducedMotion.Reduce);
        await ForEachAsync(still, async name =>
        {
            await still.EvaluateAsync("() => new Promise(requestAnimationFrame)");
            var moving = await still.EvaluateAsync<string[]>("document.getAnimations().map(a => `${a.animationName ?? a.transitionProperty} of ${a.effect?.target?.outerHTML?.slice(0, 80)}`)");
            Assert.True(moving.Length == 0, $"{name}: {string.Join('\n', moving)}");
        });
        var moved = await OpenAsync(1280, 800, ColorScheme.Light);
        await moved.EvaluateAsync("location.hash = '#/parts'");
        await Browser.UntilAsync(moved, "document.getAnimations().length > 0"); // what turns while it waits
    }

    private static async Task LooksWellAsync(IPage page, string name, int width, ColorScheme scheme)
    {
        await Browser.ShotAsync(page, $"{name}-{width}-{scheme}", isWhole: true);
        Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width, $"{name} is wider than {width}");
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, $"{name} {width} {scheme}:\n" + string.Join('\n', found));
    }

    private static async Task ForEachAsync(IPage page, Func<string, Task> look)
    {
        await page.EvaluateAsync("location.hash = '#/rooms/foyer/runs'");
        var run = (await page.Locator("[data-run] a").First.GetAttributeAsync("href"))!.Split('/')[^1];
        foreach (var (name, address, ready, into) in Pages)
        {
            await page.EvaluateAsync($"location.hash = '#/{address.Replace("RUN", run, StringComparison.Ordinal)}'");
            if (into is not null) await page.Locator(into).ScrollIntoViewIfNeededAsync(); // what is out of sight is not drawn
            await Assertions.Expect(page.Locator(ready).First).ToBeVisibleAsync();
            await look(name);
        }
    }

    private async Task<IPage> OpenAsync(int width, int height, ColorScheme scheme, ReducedMotion motion = ReducedMotion.NoPreference)
    {
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/rooms/foyer"), width, height, scheme, motion: motion);
        await Browser.LogInAsync(page, "tom", Password);
        await Assertions.Expect(page.Locator("#run, [data-scene=storm]").First).ToBeVisibleAsync();
        if (await page.Locator("#run").CountAsync() == 0) await page.Locator("[data-scene=storm] [data-name=run]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-output='foyer/light/2']")).ToHaveAttributeAsync("data-state", "confirmed");
        return page;
    }

    /// <summary>A fleet, a room, a recording, people, a recorder's token and an invitation.</summary>
    private async Task FillAsync()
    {
        Room.StartNodes();
        _modules = new SimulatedModules(Room.Broker);
        await Wait.Until("the modules have their connection", () => _modules.IsConnected);
        foreach (var id in (string[])["mic-1", "mic-2", "mic-of-a-rather-long-name-in-the-attic-of-the-house"]) _modules.Add(id);
        _modules.Change("mic-2", s => s["alarms"] = new System.Text.Json.Nodes.JsonArray("dead_microphone", "disk_low"));
        Hub.Host.Book.Tell(new BookEvent(BookLevel.Error, BookArea.Rooms, "foyer", "run_failed", "Scene 'storm' was ended by a failure") { Reason = "foyer/light/1 ON: timed out", By = "ada" });
        await HubArchive.AddRunAsync(Hub.Host, "mic-1", WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) - 60_000_000, chunks: 3, secondsPerChunk: 10);
        var zero = TimeProvider.System.GetUtcNow().AddHours(-1);
        SessionModule Began(string name, double afterUs) => new()
        {
            Module = new ModuleId(name), Verdict = Verdict.Confirmed, IsSynchronised = true, FirstFrameUtc = zero.AddMicroseconds(afterUs), UncertaintyUs = 310, ClockSource = "agreeing", RatePpm = 12,
            SampleRateHz = 48_000, Channels = 1, Frames = 480_000, Files = [$"recording_choir_{name}.wav"], CompletedAt = zero.AddSeconds(10),
        };
        Hub.Host.Fleet.Store.Save([], [new SessionManifest
        {
            SessionId = "choir", RecordingId = "choir", State = SessionState.Complete, CreatedAt = zero, StartAt = zero, DurationSeconds = 10, SpreadUs = 12_346, SpreadUncertaintyUs = 620,
            Modules = [Began("mic-1", 0), Began("mic-2", 12_346)],
        }], WallTime.ToMicroseconds(zero));
        foreach (var (name, role) in ((string, Role)[])[("tom", Role.Technician), ("vera with a rather long name of the museum", Role.Viewer)]) Hub.Host.Tokens.People.TryAdd(name, role, Passwords.Hash(Password));
        Hub.Host.Tokens.IssueDevice("attic");
        Hub.Host.Tokens.Links.MakeInvite(Role.Viewer, "tom");
        await Wait.Until("the devices are there", () => Hub.Host.Show.Find("foyer")!.View.Nodes.All(n => n.Presence == "online"));
    }
}
