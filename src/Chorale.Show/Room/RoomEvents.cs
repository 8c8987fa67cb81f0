using Chorale.Protocol;
using Chorale.Show.Feedback;
using Chorale.Show.Scenes;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Room;

/// <summary>Something that belongs into the story of a place: runs, STOP, what failed, links, players. Not each cue: the trace has those.</summary>
/// <param name="Event">Machine word.</param>
/// <param name="Detail">Topic of a command, or the scene that begins or was cut off.</param>
/// <param name="AtUs">When it happened, by the hub's clock: a run that a dead hub left behind ended with it.</param>
public sealed record RoomHappened(string Room, LogLevel Level, string Event, string Text, string? Reason, string? By, string? Detail, long AtUs) : StageEvent(Room)
{
    /// <summary>What the text is made of, by name.</summary>
    public IReadOnlyDictionary<string, string>? Args { get; init; }
}

/// <summary>Notes as events of the hub's book. Pure.</summary>
internal static class RoomEvents
{
    public const string CutOff = "run_cut";

    public static RoomHappened? Of(string room, RoomNote note, string scene, long nowUs)
    {
        RoomHappened Told(LogLevel level, string name, string text, string? reason = null, string? by = null, string? detail = null, params (string Name, string Value)[] args) =>
            new(room, level, name, text, reason, by, detail, nowUs) { Args = args.ToDictionary(a => a.Name, a => a.Value) };

        return note switch
        {
            RunBegan n => Told(LogLevel.Information, "run_began", $"Scene '{n.Name}' begins", by: n.By, detail: n.IsAmbient ? null : n.Name, args: ("scene", n.Name)),
            RunEnded { IsProblem: true } n => Told(LogLevel.Error, "run_failed", $"Scene '{scene}' was ended by a failure", n.Reason, args: ("scene", scene)),
            RunEnded n => Told(LogLevel.Information, "run_ended", $"Scene '{scene}' has ended", n.Reason, args: ("scene", scene)),
            RunHeld { IsHeld: true } n => Told(LogLevel.Warning, "run_held", $"Scene '{scene}' stands still", n.Reason, args: ("scene", scene)),
            RunHeld n => Told(LogLevel.Information, "run_goes_on", $"Scene '{scene}' goes on", n.Reason, args: ("scene", scene)),
            TriggerAnswered n => Told(LogLevel.Information, "run_asked", $"Scene '{n.Scene}' was asked for", n.What, n.By, args: ("scene", n.Scene)),
            StopSaid { Try: 1 } n => Told(LogLevel.Warning, "stop_said", "STOP", by: n.By),
            StopJudged { Verdict: Verdict.Confirmed } n => Told(LogLevel.Information, "stop_confirmed", $"STOP is confirmed by {n.Confirmed} of {n.Expected}", by: n.By, args: [("confirmed", Text(n.Confirmed)), ("total", Text(n.Expected))]),
            StopJudged n => Told(LogLevel.Error, "stop_unconfirmed", $"STOP is confirmed by {n.Confirmed} of {n.Expected} only", n.Reason ?? Word(n.Verdict), n.By, args: [("confirmed", Text(n.Confirmed)), ("total", Text(n.Expected))]),
            // Those of people always; those of scenes where they failed: the trace has every cue.
            CommandJudged { Verdict: Verdict.Confirmed, Command: var c } when c.Origin == Origin.Person => Told(LogLevel.Information, "command", $"{c.Topic} {PrintableText.Of(c.Payload)}: confirmed", by: c.By, detail: c.Topic, args: [("topic", c.Topic), ("payload", PrintableText.Of(c.Payload)), ("verdict", "confirmed")]),
            CommandJudged { Verdict: Verdict.Superseded or Verdict.Cancelled or Verdict.Simulated or Verdict.Confirmed } => null,
            CommandJudged { Command: var c } n => Told(LogLevel.Warning, "command_failed", $"{c.Topic} {PrintableText.Of(c.Payload)}: {Word(n.Verdict)}", n.Reason, c.By, c.Topic, ("topic", c.Topic), ("payload", PrintableText.Of(c.Payload)), ("verdict", Word(n.Verdict).Replace(' ', '_'))),
            LinkTurned { IsConnected: true } => Told(LogLevel.Information, "room_link_back", "The room has its broker"),
            LinkTurned { IsSimulated: true } n => Told(LogLevel.Warning, "room_simulated", "The room simulates: commands are logged and not sent", n.Reason),
            LinkTurned n => Told(LogLevel.Warning, "room_link_lost", "The room has lost its broker", n.Reason),
            OutputsDiffer n => Told(LogLevel.Warning, "outputs_differ", $"{n.NodeId} came back; {string.Join(", ", n.Topics)} {(n.AreReapplied ? "sent again" : "may not be as wanted")}", args: [("node", n.NodeId), ("topics", string.Join(", ", n.Topics)), ("again", n.AreReapplied ? "yes" : "no")]),
            RecordAnswered n => Told(LogLevel.Information, "scene_recording", $"Recording {(n.IsStart ? "start" : "stop")}: {n.Answer}", args: ("answer", n.Answer)),
            PlayerSaid n => Told(LogLevel.Warning, "player_problem", n.Text, args: ("Problem", n.Text)),
            RoomProblem n => Told(LogLevel.Error, "room_problem", n.Text, args: ("Problem", n.Text)),
            _ => null,
        };
    }

    /// <summary>A run that a hub before this one left without an end.</summary>
    public static RoomHappened Of(TraceRun run) =>
        new(run.Room, LogLevel.Error, CutOff, $"Scene '{run.Scene}' was cut off: the hub ended while it ran", null, null, run.Scene, WallTime.ToMicroseconds(run.EndedAt ?? run.StartedAt))
        {
            Args = new Dictionary<string, string> { ["scene"] = run.Scene },
        };

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Word(Verdict verdict) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.ToString()).Replace('_', ' ');
}
