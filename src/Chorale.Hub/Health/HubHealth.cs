using Chorale.Archive.Index;
using Chorale.Hub.Book;
using Chorale.Hub.Fleet;
using Chorale.Protocol;
using Chorale.Show.Room;
using Chorale.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Health;

/// <summary>How the hub itself is: measured when somebody asks, and each minute for those troubles that nobody was there to see begin.</summary>
internal sealed class HubHealth
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(1);

    private readonly HubParts _hub;
    private readonly ProcessFigures _process;
    private readonly Lazy<long?> _certificateEndsUs;
    private readonly HealthStory _story;
    private readonly ILogger _log;

    public HubHealth(HubParts hub)
    {
        (_hub, _log) = (hub, hub.Logs.CreateLogger("Chorale.Hub.Health"));
        _process = new ProcessFigures(hub.Time);
        _story = new HealthStory(hub.Book);
        Storage = new StorageWatch(hub.Index, hub.Store.Folder, hub.Settings, hub.Keep, hub.Ages, hub.Time);
        Databases = new DatabaseWatch(
            hub.Settings.DataFolder,
            new Dictionary<string, WriteTimes> { [ArchiveIndex.FileName] = hub.Index.Writes, [FleetStore.FileName] = hub.Fleet.Store.Writes, [EventStore.FileName] = hub.Book.Writes },
            hub.Time);
        _certificateEndsUs = new Lazy<long?>(() => HubLimits.CertificateEnds(hub.Settings) is { } ends ? WallTime.ToMicroseconds(ends) : null);
    }

    public StorageWatch Storage { get; }

    public DatabaseWatch Databases { get; }

    public async Task RunAsync(CancellationToken stopping)
    {
        using var tick = new PeriodicTimer(LookInterval, _hub.Time);
        do
        {
            try
            {
                Look();
            }
            catch (Exception e) // supervisor: the next minute may be a better one
            {
                Hub.Log.StoryFailed(_log, "the hub", e);
            }
        }
        while (await tick.WaitForNextTickAsync(stopping));
    }

    public HealthView Look()
    {
        var (databases, writable) = (Databases.Look(), IsWritable());
        var disk = Disk();
        var degraded = !writable || disk is null || _hub.Book.Problem is not null || databases.Any(d => d.Problem is not null || d.Integrity is not (null or "ok"));
        var view = new HealthView(
            WallTime.ToMicroseconds(_hub.Time.GetUtcNow()), degraded ? "degraded" : "ok", writable, Broker(), databases, disk, Queues(), _process.Look(),
            [.. _hub.Show.Rooms.Select(Cues)], [.. _hub.Show.Views.Select(v => new PlayerHealth(v.Room, v.Player.Kind, v.Player.State, v.Player.Problem))],
            new BookHealth(_hub.Book.Waiting, _hub.Book.Dropped, _hub.Book.Problem), _certificateEndsUs.Value);
        _story.Take(view);
        return view;
    }

    /// <summary>Tried, not asked for: a file system that went read-only answers permission questions as before.</summary>
    public bool IsWritable()
    {
        try
        {
            using var probe = _hub.Store.Receive();
            probe.Append("probe"u8);
            probe.WriteOut();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private StorageView? Disk()
    {
        try
        {
            return Storage.Look();
        }
        catch (SqliteException)
        {
            return null; // the database says why
        }
    }

    private BrokerHealth Broker()
    {
        var (view, counters) = (_hub.Fleet.Broker, _hub.Fleet.Fleet.Counters);
        var lost = !view.IsConnected && _hub.Book.Troubles.Of(FleetStory.Broker, null) is [var standing, ..] ? standing : null;
        return new BrokerHealth(view.Address, view.IsConnected, view.Problem, lost?.SinceUs, counters.Received, counters.Published, counters.Dropped, counters.Reconnects);
    }

    private QueueHealth Queues()
    {
        var (chunks, bytes, recorders, quarantined) = (0L, 0L, 0, 0L);
        DateTimeOffset? oldest = null;
        foreach (var module in _hub.Fleet.Fleet.Modules.Values)
        {
            if (module.Status?.Queue is not { } queue) continue;
            quarantined += queue.Quarantined ?? 0;
            if (queue.Chunks == 0) continue;
            (chunks, bytes, recorders) = (chunks + queue.Chunks, bytes + queue.Bytes, recorders + 1);
            if (queue.Oldest < (oldest ?? DateTimeOffset.MaxValue)) oldest = queue.Oldest;
        }

        var waiting = _hub.Store.Queues;
        return new QueueHealth(
            _hub.Store.UnderWay, waiting.Disk, waiting.Index, chunks, bytes, oldest is { } at ? WallTime.ToMicroseconds(at) : null, recorders, quarantined,
            _hub.Fleet.Live.Listeners, _hub.Fleet.Live.Told);
    }

    private static CueHealth Cues(RoomHost room)
    {
        var counts = room.Lateness.Counts();
        return new CueHealth(
            room.Id, room.Settings.Title, counts.Sum(), LatenessHistogram.BoundsMs, counts, room.Lateness.AtMost(0.5)?.TotalMilliseconds, room.Lateness.AtMost(0.99)?.TotalMilliseconds,
            room.Lateness.Worst.TotalMilliseconds);
    }
}
