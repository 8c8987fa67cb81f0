using Microsoft.Extensions.Logging;

namespace Chorale.Show.Feedback;

internal static partial class Log
{
    [LoggerMessage(1420, LogLevel.Information, "Publishing to {Topic}: {Payload}", EventName = "command_publishing")]
    public static partial void Publishing(ILogger log, string topic, string payload);

    [LoggerMessage(1421, LogLevel.Debug, "Sent: {Topic} -> expecting feedback on: {Expected}", EventName = "command_sent")]
    public static partial void Sent(ILogger log, string topic, string expected);

    [LoggerMessage(1422, LogLevel.Information, "Feedback OK: {Topic} ({Took}s)", EventName = "feedback_ok")]
    public static partial void Ok(ILogger log, string topic, string took);

    [LoggerMessage(1423, LogLevel.Warning, "Feedback TIMEOUT: {Topic} (>{Took}s)", EventName = "feedback_timeout")]
    public static partial void TimedOut(ILogger log, string topic, string took);

    [LoggerMessage(1424, LogLevel.Warning, "Feedback ERROR: {Topic} ({Took}s): {Reason}", EventName = "feedback_error")]
    public static partial void Refused(ILogger log, string topic, string took, string reason);

    [LoggerMessage(1425, LogLevel.Warning, "Feedback {Verdict}: {Topic} ({Took}s): {Reason}", EventName = "feedback_ended")]
    public static partial void Ended(ILogger log, string verdict, string topic, string took, string reason);

    [LoggerMessage(1426, LogLevel.Debug, "Feedback {Verdict}: {Topic} ({Took}s): {Reason}", EventName = "feedback_pointless")]
    public static partial void Pointless(ILogger log, string verdict, string topic, string took, string reason);

    [LoggerMessage(1427, LogLevel.Information, "Simulation: {Topic} = {Payload} is not sent: {Reason}", EventName = "command_simulated")]
    public static partial void Simulated(ILogger log, string topic, string payload, string reason);

    [LoggerMessage(1428, LogLevel.Warning, "Odd feedback on {Topic}: '{Text}' is {Kind}{Command} ({Count} so far)", EventName = "feedback_odd")]
    public static partial void Odd(ILogger log, string topic, string text, string kind, string command, long count);

    [LoggerMessage(1429, LogLevel.Warning, "Malformed message on {Topic}: '{Text}' ({Count} so far)", EventName = "message_malformed")]
    public static partial void Malformed(ILogger log, string topic, string text, long count);

    [LoggerMessage(1430, LogLevel.Warning, "Unknown message on {Topic}: '{Text}' ({Count} so far)", EventName = "message_unknown")]
    public static partial void Unknown(ILogger log, string topic, string text, long count);
}
