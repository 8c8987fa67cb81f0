using System.Text.Json.Serialization;
using Chorale.Fleet;
using Chorale.Hub.Book;
using Chorale.Hub.Fleet;
using Chorale.Hub.Live;
using Chorale.Hub.Settings;
using Chorale.Protocol;
using Chorale.Show.Feedback;
using Chorale.Show.Room;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Show;

/// <summary>The rooms in this hub: the stage, what pages are told of it, and the recordings that scenes ask the fleet for.</summary>
internal sealed class ShowDesk : IAsyncDisposable
{
    private readonly FleetDesk _fleet;

    private readonly EventBook _book;

    private ShowDesk(FleetDesk fleet, EventBook book) => (_fleet, _book) = (fleet, book);

    /// <summary>Null: this hub has no rooms.</summary>
    public Stage? Stage { get; private set; }

    public IReadOnlyList<RoomHost> Rooms => Stage?.Rooms ?? [];

    /// <exception cref="HubStartException">The folder of rooms is not there.</exception>
    public static ShowDesk Start(HubSettings settings, FleetDesk fleet, EventBook book, string clientId, TimeProvider time, ILoggerFactory logs)
    {
        var desk = new ShowDesk(fleet, book);
        if (settings.RoomsFolder is not { } rooms) return desk;
        if (!Directory.Exists(rooms)) throw new HubStartException($"rooms: there is no folder {Path.GetFullPath(rooms)}");
        desk.Stage = Stage.Start(
            new StageOptions
            {
                RoomsFolder = rooms, DataFolder = Path.Combine(settings.DataFolder, "show"), Mqtt = settings.Broker?.ToOptions(clientId), Record = desk.RecordAsync, Told = desk.Tell,
                Displays = settings.Displays, AudioOutput = settings.AudioOutput,
            },
            time, logs);
        return desk;
    }

    public RoomHost? Find(string room) => Stage?.Find(room);

    public IReadOnlyList<RoomView> Views => [.. Rooms.Select(r => r.View)];

    /// <summary>The last lines of the rooms' logs, oldest first within a room.</summary>
    public RecentLines Lines { get; } = new();

    public async ValueTask DisposeAsync()
    {
        if (Stage is not null) await Stage.DisposeAsync();
    }

    private void Tell(StageEvent told)
    {
        switch (told)
        {
            case RoomChanged changed:
                _fleet.Live.Tell("room", changed.View);
                RoomStory.Look(_book, changed.View);
                break;
            case RoomCommandEnded e:
                _fleet.Live.Tell("room_command", new RoomCommandView(e.Room, e.Id, e.Topic, e.Payload, e.Verdict, e.Reason, Math.Round(e.Took.TotalMilliseconds, 3), e.By, e.AtUs));
                break;
            case RoomLogged logged:
                var line = new RoomLineView(logged.Room, logged.AtUs, logged.Line.Level.ToString().ToLowerInvariant(), logged.Line.Logger, logged.Line.Text);
                Lines.Add(line);
                _fleet.Live.Tell("room_log", line);
                break;
            case RoomHappened happened:
                RoomStory.Tell(_book, happened);
                break;
            case RoomRunChanged r:
                _fleet.Live.Tell("room_run", new RoomRunView(r.Room, r.RunId, r.Scene, r.What, r.Detail, r.AtUs));
                break;
        }
    }

    /// <summary>A scene is recorded by every recorder that is free; its run names the recording.</summary>
    private async Task<string> RecordAsync(RecordWish wish, CancellationToken cancel)
    {
        var id = Name(wish.RunId);
        if (wish.Start)
        {
            var start = await _fleet.Fleet.StartAsync(new StartRequest { RecordingId = id }, cancel);
            return start.Result.Results.Count == 0 ? "no recorder is known to this hub" : $"{start.Result.Confirmed} of {start.Result.Results.Count} recorders record '{id}'";
        }

        var modules = _fleet.Fleet.Modules.Values.Where(m => m.Status?.RecordingId == id).Select(m => m.Id).ToList();
        if (modules.Count == 0) return $"no recorder records '{id}'";
        var stop = await _fleet.Fleet.StopAsync(modules, cancel);
        return $"{stop.Confirmed} of {stop.Results.Count} recorders ended '{id}'";
    }

    private static string Name(string runId) => runId.Length <= 64 ? runId : runId[^64..];
}

/// <summary>How a command to a device ended.</summary>
internal sealed record RoomCommandView(
    [property: JsonPropertyName("room")] string Room,
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("topic")] string Topic,
    [property: JsonPropertyName("payload")] string Payload,
    [property: JsonPropertyName("verdict")] Verdict Verdict,
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("took_ms")] double TookMs,
    [property: JsonPropertyName("by")] string By,
    [property: JsonPropertyName("ts_us")] long TsUs);

internal sealed record RoomLineView(
    [property: JsonPropertyName("room")] string Room,
    [property: JsonPropertyName("ts_us")] long TsUs,
    [property: JsonPropertyName("level")] string Level,
    [property: JsonPropertyName("logger")] string Logger,
    [property: JsonPropertyName("text")] string Text);

/// <summary>A run began, entered a state, or ended; <c>detail</c> has who, which, or why.</summary>
internal sealed record RoomRunView(
    [property: JsonPropertyName("room")] string Room,
    [property: JsonPropertyName("id")] string RunId,
    [property: JsonPropertyName("scene")] string Scene,
    [property: JsonPropertyName("what")] string What,
    [property: JsonPropertyName("detail")] string? Detail,
    [property: JsonPropertyName("ts_us")] long TsUs);
