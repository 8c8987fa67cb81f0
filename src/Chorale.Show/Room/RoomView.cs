using System.Text.Json.Serialization;
using Chorale.Show.Feedback;

namespace Chorale.Show.Room;

/// <summary>A room as it stands, for page, API and command line. Times in microseconds UTC unless the name says otherwise.</summary>
public sealed record RoomView
{
    [JsonPropertyName("room")] public required string Room { get; init; }

    [JsonPropertyName("title")] public required string Title { get; init; }

    /// <summary><c>idle</c>, <c>running</c>, <c>held</c> or <c>stopping</c>.</summary>
    [JsonPropertyName("state")] public required string State { get; init; }

    [JsonPropertyName("connected")] public required bool IsConnected { get; init; }

    [JsonPropertyName("simulated")] public required bool IsSimulated { get; init; }

    [JsonPropertyName("link_problem")] public string? LinkProblem { get; init; }

    /// <summary>What is wrong with the room's files.</summary>
    [JsonPropertyName("problems")] public required IReadOnlyList<string> Problems { get; init; }

    [JsonPropertyName("run")] public RunView? Run { get; init; }

    /// <summary>Scenes that wait, in their order.</summary>
    [JsonPropertyName("queue")] public required IReadOnlyList<string> Queue { get; init; }

    [JsonPropertyName("scenes")] public required IReadOnlyList<SceneView> Scenes { get; init; }

    [JsonPropertyName("nodes")] public required IReadOnlyList<NodeView> Nodes { get; init; }

    [JsonPropertyName("outputs")] public required IReadOnlyList<RoomOutputView> Outputs { get; init; }

    [JsonPropertyName("pending")] public required IReadOnlyList<PendingView> Pending { get; init; }

    [JsonPropertyName("stop")] public StopView? Stop { get; init; }

    [JsonPropertyName("player")] public required PlayerPart Player { get; init; }

    [JsonPropertyName("buttons")] public required IReadOnlyList<ButtonView> Buttons { get; init; }

    [JsonPropertyName("policies")] public required PolicyView Policies { get; init; }

    [JsonPropertyName("counters")] public required IReadOnlyDictionary<string, long> Counters { get; init; }
}

/// <summary>A run that goes on. <c>at_us</c> is when its figures were taken: a page counts on from there.</summary>
public sealed record RunView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("scene")] string Scene,
    [property: JsonPropertyName("by")] string By,
    [property: JsonPropertyName("started_us")] long StartedUs,
    [property: JsonPropertyName("at_us")] long AtUs,
    [property: JsonPropertyName("elapsed_ms")] long ElapsedMs,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("state_elapsed_ms")] long StateElapsedMs,
    [property: JsonPropertyName("held")] bool IsHeld,
    [property: JsonPropertyName("pass")] int Pass,
    [property: JsonPropertyName("next")] IReadOnlyList<NextCueView> Next,
    [property: JsonPropertyName("waits")] IReadOnlyList<WaitView> Waits,
    [property: JsonPropertyName("lateness_ms")] LatenessView Lateness);

public sealed record NextCueView(
    [property: JsonPropertyName("in_ms")] long InMs,
    [property: JsonPropertyName("action")] string Action,
    [property: JsonPropertyName("topic")] string? Topic,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("path")] string Path);

/// <summary>What would take the scene on. <c>left_ms</c>: of a time; null where an event is waited for.</summary>
public sealed record WaitView(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("topic")] string? Topic,
    [property: JsonPropertyName("message")] string? Message,
    [property: JsonPropertyName("target")] string? Target,
    [property: JsonPropertyName("left_ms")] long? LeftMs,
    [property: JsonPropertyName("goto")] string GoTo,
    [property: JsonPropertyName("is_global")] bool IsGlobal);

public sealed record LatenessView(
    [property: JsonPropertyName("p50")] double P50, [property: JsonPropertyName("p99")] double P99, [property: JsonPropertyName("max")] double Max,
    [property: JsonPropertyName("cues")] long Cues);

/// <summary>A file in the room's scenes.</summary>
public sealed record SceneView(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("description")] string? Description,
    [property: JsonPropertyName("is_default")] bool IsDefault,
    [property: JsonPropertyName("is_ambient")] bool IsAmbient,
    [property: JsonPropertyName("errors")] int Errors,
    [property: JsonPropertyName("warnings")] int Warnings,
    [property: JsonPropertyName("modified_us")] long ModifiedUs);

/// <summary>A device of the room, or one that was heard and belongs to no room.</summary>
public sealed record NodeView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("class")] string Class,
    [property: JsonPropertyName("presence")] string Presence,
    [property: JsonPropertyName("last_seen_us")] long? LastSeenUs,
    [property: JsonPropertyName("outages")] long Outages,
    [property: JsonPropertyName("outage_seconds")] double OutageSeconds,
    [property: JsonPropertyName("word")] string? Word,
    [property: JsonPropertyName("retained")] bool IsRetainedWord,
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("alarms")] IReadOnlyList<string> Alarms);

/// <summary>One command topic: what it should be and what its device said. <c>words</c>: what the page offers to send.</summary>
public sealed record RoomOutputView(
    [property: JsonPropertyName("topic")] string Topic,
    [property: JsonPropertyName("title")] string Title,
    [property: JsonPropertyName("class")] string Class,
    [property: JsonPropertyName("words")] IReadOnlyList<string> Words,
    [property: JsonPropertyName("desired")] string? Desired,
    [property: JsonPropertyName("confirmed")] string? Confirmed,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("since_us")] long? SinceUs,
    [property: JsonPropertyName("stale")] bool IsStale,
    [property: JsonPropertyName("node")] string? Node,
    [property: JsonPropertyName("differs")] bool Differs,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("motor_direction")] string? MotorDirection,
    [property: JsonPropertyName("motor_speed")] int? MotorSpeed);

public sealed record PendingView(
    [property: JsonPropertyName("key")] long Key,
    [property: JsonPropertyName("topic")] string Topic,
    [property: JsonPropertyName("payload")] string Payload,
    [property: JsonPropertyName("since_us")] long SinceUs,
    [property: JsonPropertyName("deadline_us")] long DeadlineUs);

/// <summary>The last STOP. <c>verdict</c> null: its confirmation is awaited. <c>owed</c>: it is said as soon as there is a broker.</summary>
public sealed record StopView(
    [property: JsonPropertyName("at_us")] long AtUs,
    [property: JsonPropertyName("by")] string By,
    [property: JsonPropertyName("verdict")] Verdict? Verdict,
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("confirmed")] int Confirmed,
    [property: JsonPropertyName("expected")] int Expected,
    [property: JsonPropertyName("tries")] int Tries,
    [property: JsonPropertyName("owed")] bool IsOwed);

public sealed record PlayerPart(
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("problem")] string? Problem,
    [property: JsonPropertyName("playing")] IReadOnlyList<PlayingView> Playing);

public sealed record PlayingView(
    [property: JsonPropertyName("file")] string File, [property: JsonPropertyName("kind")] string Kind, [property: JsonPropertyName("position_s")] double? PositionS);

public sealed record ButtonView(
    [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("title")] string Title,
    [property: JsonPropertyName("topic")] string Topic, [property: JsonPropertyName("message")] string Message);

public sealed record PolicyView(
    [property: JsonPropertyName("on_trigger")] string OnTrigger, [property: JsonPropertyName("on_broker_loss")] string OnBrokerLoss,
    [property: JsonPropertyName("on_feedback_failure")] string OnFeedbackFailure, [property: JsonPropertyName("on_return")] string OnReturn);
