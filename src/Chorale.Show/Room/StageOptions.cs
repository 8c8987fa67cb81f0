using Chorale.Mqtt;
using Chorale.Show.Players;

namespace Chorale.Show.Room;

/// <summary>What a stage is made of.</summary>
public sealed record StageOptions
{
    /// <summary>One folder per room in it.</summary>
    public required string RoomsFolder { get; init; }

    /// <summary>Where devices and traces are kept.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Null: no broker at all, so every room simulates.</summary>
    public MqttOptions? Mqtt { get; init; }

    /// <summary>What there is to show pictures on; found by the entry point.</summary>
    public Displays Displays { get; init; } = Displays.None;

    /// <summary>mpv's --ao; null: whatever it finds.</summary>
    public string? AudioOutput { get; init; }

    /// <summary>A recording of the fleet, asked for by a scene; the answer is for people. Null: this hub has no fleet.</summary>
    public Func<RecordWish, CancellationToken, Task<string>>? Record { get; init; }

    /// <summary>Told off the rooms' threads, one at a time for each room. Keep it short.</summary>
    public Action<StageEvent>? Told { get; init; }

    /// <summary>Instead of the player that the room's file names: for tests and for rooms that are tried at a desk.</summary>
    internal Func<RoomSettings, IRoomPlayer>? PlayerFor { get; init; }
}

/// <param name="Start">False: end it.</param>
/// <param name="RunId">Names the recording.</param>
public sealed record RecordWish(string Room, bool Start, string RunId, string Scene);

/// <summary>Something on the stage that pages are told.</summary>
public abstract record StageEvent(string Room);

public sealed record RoomChanged(RoomView View) : StageEvent(View.Room);

public sealed record RoomLogged(RoomLogLine Line, long AtUs) : StageEvent(Line.Room);

/// <param name="Id">The client's own; null for commands that no person sent.</param>
public sealed record RoomCommandEnded(
    string Room, string? Id, string Topic, string Payload, Feedback.Verdict Verdict, string? Reason, TimeSpan Took, string By, long AtUs) : StageEvent(Room);

/// <param name="What"><c>began</c>, <c>state</c>, <c>ended</c>.</param>
public sealed record RoomRunChanged(string Room, string RunId, string Scene, string What, string? Detail, long AtUs) : StageEvent(Room);
