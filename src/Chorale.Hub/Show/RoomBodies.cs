using System.Text.Json.Serialization;
using Chorale.Protocol;
using Chorale.Show.Room;
using Chorale.Show.Scenes;

namespace Chorale.Hub.Show;

/// <summary>Bodies of /api/v2/rooms. Times are microseconds since 1970 UTC, or milliseconds since a run's start.</summary>
internal sealed record RoomsView(
    [property: JsonPropertyName("now_us")] long NowUs, [property: JsonPropertyName("rooms")] IReadOnlyList<RoomView> Rooms);

internal sealed record RoomLogView([property: JsonPropertyName("lines")] IReadOnlyList<RoomLineView> Lines);

/// <param name="Id">Made by the client.</param>
/// <param name="Scene">Null: the default scene.</param>
internal sealed record RunCommand([property: JsonPropertyName("id")] string? Id, [property: JsonPropertyName("scene")] string? Scene);

internal sealed record StopCommand([property: JsonPropertyName("id")] string? Id);

internal sealed record SendCommand(
    [property: JsonPropertyName("id")] string? Id, [property: JsonPropertyName("topic")] string? Topic, [property: JsonPropertyName("payload")] string? Payload);

internal sealed record ButtonCommand([property: JsonPropertyName("id")] string? Id, [property: JsonPropertyName("name")] string? Name);

/// <param name="Message">As the scene's file has it.</param>
internal sealed record EventCommand(
    [property: JsonPropertyName("id")] string? Id, [property: JsonPropertyName("topic")] string? Topic, [property: JsonPropertyName("message")] string? Message);

/// <param name="Reason">Why it does not happen at once.</param>
internal sealed record RoomAnswer(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("accepted")] bool IsAccepted,
    [property: JsonPropertyName("run_id")] string? RunId,
    [property: JsonPropertyName("reason")] string? Reason);

internal sealed record SceneProblemView(
    [property: JsonPropertyName("severity")] string Severity,
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("line")] int Line,
    [property: JsonPropertyName("rule")] string Rule,
    [property: JsonPropertyName("text")] string Text)
{
    public static SceneProblemView Of(SceneProblem p) => new(p.Severity.ToString().ToLowerInvariant(), p.Path, p.Line, p.RuleId, p.Text);
}

internal sealed record PastRunView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("scene")] string Scene,
    [property: JsonPropertyName("by")] string By,
    [property: JsonPropertyName("started_us")] long StartedUs,
    [property: JsonPropertyName("ended_us")] long? EndedUs,
    [property: JsonPropertyName("end_reason")] string? EndReason,
    [property: JsonPropertyName("cues")] long Cues,
    [property: JsonPropertyName("failed")] long Failed,
    [property: JsonPropertyName("late_max_ms")] double LateMaxMs)
{
    public static PastRunView Of(TraceRun run) => new(
        run.Id, run.Scene, run.By, WallTime.ToMicroseconds(run.StartedAt), run.EndedAt is { } at ? WallTime.ToMicroseconds(at) : null, run.EndReason,
        run.Cues, run.Failed, Math.Round(run.LateMax.TotalMilliseconds, 3));
}

internal sealed record RunsView([property: JsonPropertyName("runs")] IReadOnlyList<PastRunView> Runs);

internal sealed record TraceLineView(
    [property: JsonPropertyName("number")] long Number,
    [property: JsonPropertyName("planned_ms")] double PlannedMs,
    [property: JsonPropertyName("real_ms")] double RealMs,
    [property: JsonPropertyName("late_ms")] double LateMs,
    [property: JsonPropertyName("kind")] TraceKind Kind,
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("what")] string What,
    [property: JsonPropertyName("verdict")] string? Verdict,
    [property: JsonPropertyName("took_ms")] double? TookMs,
    [property: JsonPropertyName("reason")] string? Reason)
{
    public static TraceLineView Of(TraceEntry e) => new(
        e.Number, Ms(e.Planned), Ms(e.Real), Ms(e.Real - e.Planned), e.Kind, e.Path, e.What, e.Verdict, e.Took is { } took ? Ms(took) : null, e.Reason);

    private static double Ms(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}

internal sealed record TraceView(
    [property: JsonPropertyName("run")] PastRunView Run, [property: JsonPropertyName("entries")] IReadOnlyList<TraceLineView> Entries)
{
    public static TraceView Of(TraceRun run, IReadOnlyList<TraceEntry> entries) => new(PastRunView.Of(run), [.. entries.Select(TraceLineView.Of)]);
}
