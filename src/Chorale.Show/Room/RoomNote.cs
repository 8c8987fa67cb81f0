using Chorale.Show.Feedback;
using Chorale.Show.Scenes;

namespace Chorale.Show.Room;

/// <summary>One thing that happened in a room. All of them together are the room's decision log; times are on the room's clock.</summary>
internal abstract record RoomNote(TimeSpan At);

internal sealed record RunBegan(TimeSpan At, string RunId, Scene Scene, string Name, string By, bool IsAmbient) : RoomNote(At);

/// <param name="From">Null at the start of a run.</param>
/// <param name="Cause">What happened, for people: "timeout after 5 s", "room1/button1 = PRESSED".</param>
internal sealed record StateEntered(TimeSpan At, string RunId, TimeSpan Planned, TimeSpan Real, string? From, string To, string Path, string? Cause) : RoomNote(At);

/// <param name="Number">Of the run, from 1.</param>
/// <param name="Planned">Since the run's start, its holds not counted.</param>
/// <param name="Real">The same for the moment at which it was done.</param>
internal sealed record CueDone(TimeSpan At, string RunId, long Number, TimeSpan Planned, TimeSpan Real, SceneAction Action) : RoomNote(At);

internal sealed record RunEnded(TimeSpan At, string RunId, TimeSpan Lasted, string Reason, bool IsProblem) : RoomNote(At);

internal sealed record RunHeld(TimeSpan At, string RunId, bool IsHeld, string Reason) : RoomNote(At);

/// <summary>A trigger that starts nothing now.</summary>
internal sealed record TriggerAnswered(TimeSpan At, string Scene, string By, string What) : RoomNote(At);

/// <summary>Goes out to the broker now.</summary>
internal sealed record CommandSent(TimeSpan At, Sent Command, FeedbackRule Rule) : RoomNote(At);

/// <summary>Its one verdict.</summary>
internal sealed record CommandJudged(TimeSpan At, Sent Command, Verdict Verdict, TimeSpan Took, string? Reason) : RoomNote(At);

internal sealed record OddFeedback(TimeSpan At, FeedbackOddity Odd) : RoomNote(At);

internal sealed record StopSaid(TimeSpan At, string By, int Try, int Expected) : RoomNote(At);

internal sealed record StopJudged(TimeSpan At, string By, Verdict Verdict, int Confirmed, int Expected, string? Reason) : RoomNote(At);

internal sealed record LinkTurned(TimeSpan At, bool IsConnected, bool IsSimulated, string? Reason) : RoomNote(At);

internal sealed record OutputsDiffer(TimeSpan At, string NodeId, IReadOnlyList<string> Topics, bool AreReapplied) : RoomNote(At);

internal sealed record RecordAnswered(TimeSpan At, bool IsStart, string Answer) : RoomNote(At);

internal sealed record PlayerSaid(TimeSpan At, string Text) : RoomNote(At);

/// <summary>Something that a person must know and that fits nowhere else.</summary>
internal sealed record RoomProblem(TimeSpan At, string Text) : RoomNote(At);

/// <summary>Why a command was sent.</summary>
internal enum Origin
{
    Scene,
    Person,

    /// <summary>Again, before a device's own dead-man switches it off.</summary>
    Refresh,

    /// <summary>Again, to a device that came back.</summary>
    Reapply,
}

/// <summary>One command to a device from its birth to its verdict. A retry is the same command.</summary>
internal sealed record Sent(Origin Origin, string Topic, string Payload, string By)
{
    public string? RunId { get; init; }

    /// <summary>Of its cue in the run; 0 outside of one.</summary>
    public long Number { get; init; }

    /// <summary>The client's own, for commands of people.</summary>
    public string? Id { get; init; }

    public TimeSpan FirstSent { get; init; }

    public int Attempt { get; init; } = 1;

    public int Retries { get; init; }

    /// <summary>Its failure ends the scene.</summary>
    public bool StopsScene { get; init; }
}
