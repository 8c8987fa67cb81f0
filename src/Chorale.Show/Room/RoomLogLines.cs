using System.Globalization;
using Chorale.Show.Feedback;
using Chorale.Show.Scenes;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Room;

/// <summary>One line of a room's log as people read it.</summary>
/// <param name="Logger">Its name: <c>mqtt</c>, <c>mqtt_feedback</c>, <c>scene</c>, <c>room</c>.</param>
public sealed record RoomLogLine(string Room, LogLevel Level, string Logger, string Text);

/// <summary>What each note is in words: the texts and levels that those who know the original controller look for.</summary>
internal static class RoomLogLines
{
    public static RoomLogLine? Of(string room, RoomNote note) => note switch
    {
        CommandSent n => new RoomLogLine(room, LogLevel.Information, "mqtt", $"Publishing to {n.Command.Topic}: {Short(n.Command.Payload)}"),
        CommandJudged n => new RoomLogLine(room, n.Verdict is Verdict.Confirmed ? LogLevel.Information : LogLevel.Warning, "mqtt_feedback", Judged(n)),
        RunBegan n => new RoomLogLine(room, LogLevel.Information, "scene", $"Scene '{n.Name}' begins (by {n.By}, run {n.RunId})"),
        StateEntered n => new RoomLogLine(room, LogLevel.Information, "scene", $"{(n.From is null ? "" : n.From + " -> ")}{n.To}{(n.Cause is null ? "" : $": {n.Cause}")}"),
        CueDone { Action.Kind: not ActionKind.Mqtt } n => new RoomLogLine(room, LogLevel.Information, "scene", $"{n.Action.Kind.ToString().ToLowerInvariant()}: {Short(n.Action.Message)}"),
        RunHeld n => new RoomLogLine(room, LogLevel.Warning, "scene", n.IsHeld ? $"The scene is held: {n.Reason}" : $"The scene goes on: {n.Reason}"),
        RunEnded n => new RoomLogLine(room, n.IsProblem ? LogLevel.Warning : LogLevel.Information, "scene", $"The scene ended after {Seconds(n.Lasted)} s: {n.Reason}"),
        TriggerAnswered n => new RoomLogLine(room, LogLevel.Information, "scene", $"'{n.Scene}' asked for by {n.By}: {n.What}"),
        StopSaid n => new RoomLogLine(room, LogLevel.Information, "mqtt", $"Publishing to {room}/STOP: STOP (by {n.By}, {n.Try} of {RoomStop.Tries}, {n.Expected} to confirm)"),
        StopJudged { Verdict: Verdict.Confirmed } n => new RoomLogLine(room, LogLevel.Information, "mqtt_feedback", $"STOP confirmed ({n.Confirmed} of {n.Expected})"),
        StopJudged n => new RoomLogLine(room, LogLevel.Warning, "mqtt_feedback", $"STOP not confirmed ({n.Confirmed} of {n.Expected}): {n.Reason ?? n.Verdict.ToString()}"),
        LinkTurned { IsConnected: true } => new RoomLogLine(room, LogLevel.Information, "mqtt", "Connected to the broker"),
        LinkTurned { IsSimulated: true } n => new RoomLogLine(room, LogLevel.Warning, "mqtt", $"Simulation mode: commands are logged and not sent, the broker is looked for on ({n.Reason})"),
        LinkTurned n => new RoomLogLine(room, LogLevel.Warning, "mqtt", $"The broker is lost: {n.Reason}"),
        OutputsDiffer n => new RoomLogLine(room, LogLevel.Warning, "room", $"{n.NodeId} came back; {string.Join(", ", n.Topics)} {(n.AreReapplied ? "sent again" : "may not be as wanted")}"),
        RecordAnswered n => new RoomLogLine(room, LogLevel.Information, "scene", $"Recording {(n.IsStart ? "start" : "stop")}: {n.Answer}"),
        PlayerSaid n => new RoomLogLine(room, LogLevel.Warning, "player", n.Text),
        RoomProblem n => new RoomLogLine(room, LogLevel.Error, "room", n.Text),
        _ => null,
    };

    private static string Judged(CommandJudged n) => n.Verdict switch
    {
        Verdict.Confirmed => $"Feedback OK: {n.Command.Topic} ({Exact(n.Took)}s)",
        Verdict.TimedOut => $"Feedback TIMEOUT: {n.Command.Topic} (>{Exact(n.Took)}s)",
        _ => $"{n.Verdict}: {n.Command.Topic} ({Exact(n.Took)}s): {n.Reason}",
    };

    private static string Exact(TimeSpan time) => time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Short(string text) => Feedback.PrintableText.Of(text);
}
