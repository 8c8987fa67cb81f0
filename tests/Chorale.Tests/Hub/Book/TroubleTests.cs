using Chorale.Hub.Book;
using Chorale.Hub.Health;
using Chorale.Hub.Settings;
using Chorale.Protocol;
using Chorale.Show.Room;
using Chorale.Show.Scenes;
using Microsoft.Extensions.Logging;

namespace Chorale.Tests.Hub.Book;

/// <summary>Since when something stands, of modules, rooms and the hub itself.</summary>
public sealed class TroubleTests : IDisposable
{
    private const long Day = 86_400_000_000;
    private readonly TempFolder _folder = new();
    private readonly TestLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_error_and_a_free_clock_of_a_module_stand_since_they_began_however_often_it_is_heard_and_over_a_restart()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var modules = new SimulatedModules(broker);
        await Wait.Until("connected", () => modules.IsConnected);
        Task<TestHub> StartAsync() => TestHub.StartAsync(s => s with { Broker = new HubBroker("127.0.0.1", broker.Port) }, _folder);
        Trouble began;
        await using (var hub = await StartAsync())
        {
            modules.Add("mic-1");
            modules.Change("mic-1", s => s["error"] = "the disk is read-only");
            await Wait.Until("its error stands", () => hub.Host.Book.Troubles.Of("module_error", "mic-1").Count == 1);
            began = hub.Host.Book.Troubles.Of("module_error", "mic-1").Single();
            Assert.Equal("the disk is read-only", began.Reason);
            await Wait.Until("it was heard again", () =>
            {
                modules.Beat();
                return WallTime.ToMicroseconds(hub.Host.Fleet.Fleet.Modules.Values.Single().LastSeenAt!.Value) > began.SinceUs + 200_000;
            });
            Assert.Equal(began.SinceUs, hub.Host.Book.Troubles.Of("module_error", "mic-1").Single().SinceUs);
        }

        await using var again = await StartAsync();
        modules.Beat();
        await Wait.Until("it is heard", () => { modules.Beat(); return again.Host.Fleet.Fleet.Modules.Values.Any(m => m.IsOnline); });
        Assert.Equal(began.SinceUs, again.Host.Book.Troubles.Of("module_error", "mic-1").Single().SinceUs);
        modules.Change("mic-1", _ => { });
        await Wait.Until("it has ended", () => again.Host.Book.Troubles.Of("module_error", "mic-1").Count == 0);
    }

    [Fact]
    public async Task What_is_wrong_with_the_hub_stands_since_it_began_and_ends_when_it_is_mended()
    {
        await using var book = Open();
        var story = new HealthStory(book);
        story.Take(Health(1_000 * Day));
        Assert.Empty(book.Troubles.All());
        var bad = Health(1_001 * Day) with { IsWritable = false, CertificateEndsUs = 1_006 * Day, Disk = Disk(1_001 * Day, fullInDays: 13), Database = [new DatabaseHealth("archive.db", 1, 1, "wrong # of entries", 1, null, 1, 1, 1)] };
        story.Take(bad);
        story.Take(bad with { NowUs = 1_002 * Day, Disk = Disk(1_002 * Day, fullInDays: 15) }); // a forecast wavers
        Assert.Equal(
            [("certificate", 992 * Day), ("database", 1_001 * Day), ("disk_space", 1_001 * Day), ("hub_disk", 1_001 * Day)],
            book.Troubles.All().Select(t => (t.Kind, t.SinceUs)).Order());
        story.Take(Health(1_003 * Day));
        Assert.Empty(book.Troubles.All());
        await Wait.Until("the log has both ends of each", () => book.Read(new BookFilter(), null, 20).Rows.Count == 8);
    }

    [Fact]
    public async Task A_scene_that_a_dead_hub_left_behind_stands_there_by_its_name_until_somebody_runs_one()
    {
        await using var book = Open();
        var run = new TraceRun { Id = "r1", Room = "foyer", Scene = "storm", By = "ada", StartedAt = WallTime.FromMicroseconds(1_000 * Day) };
        using (var store = TraceStore.Open(_folder["show"], TimeProvider.System))
        {
            store.Begin(run);
            store.Append("r1", [new(1, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7), TraceKind.Cue, "p", "w")]);
        }

        using var again = TraceStore.Open(_folder["show"], TimeProvider.System);
        RoomStory.Tell(book, RoomEvents.Of(Assert.Single(again.CutOff)));
        var cut = Assert.Single(book.Troubles.All());
        Assert.Equal(("run_cut", "foyer", "storm", 1_000 * Day + 7_000_000), (cut.Kind, cut.Subject, cut.Detail, cut.SinceUs));
        Assert.True(cut.LastUs > cut.SinceUs); // known since this start: not forgotten at once, however long the hub was away
        RoomStory.Tell(book, Began(null));
        Assert.Single(book.Troubles.All()); // what a room plays by itself
        RoomStory.Tell(book, Began("rain"));
        Assert.Empty(book.Troubles.All());
    }

    private static RoomHappened Began(string? scene) => new("foyer", LogLevel.Information, "run_began", "x", null, "ada", scene, 1);

    private static HealthView Health(long nowUs) => new(
        nowUs, "ok", true, new BrokerHealth(null, false, null, null, 0, 0, 0, 0), [new DatabaseHealth("archive.db", 1, 1, "ok", 1, null, 1, 1, 1)], Disk(nowUs, null),
        new QueueHealth(0, 0, 0, 0, 0, null, 0, 0, 0, 0), new ProcessHealth("1", 1, 1, 1, 1, 1, 1, 1, 1, 1), [], [], new BookHealth(0, 0, null), null);

    private static StorageView Disk(long nowUs, double? fullInDays) =>
        new(nowUs, 1_000, 2_000, 1, 1, 1, fullInDays is { } days ? nowUs + (long)(days * Day) : null, null, 10, null, null, 1, 7, null, null, null, null, null);

    private EventBook Open() => EventBook.Open(_folder["book"], BookLimits.Usual, new Chorale.Storage.AgeClock(TimeProvider.System), TimeProvider.System, _log);
}
