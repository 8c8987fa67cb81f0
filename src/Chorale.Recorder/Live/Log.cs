using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Live;

internal static partial class Log
{
    [LoggerMessage(450, LogLevel.Information, "What is recorded is sent to {Server} while it is recorded ({Kind})", EventName = "live_begun")]
    public static partial void Begun(ILogger log, string server, string kind);

    [LoggerMessage(451, LogLevel.Information, "Live sending ended: {Reason}", EventName = "live_ended")]
    public static partial void Ended(ILogger log, string reason);

    [LoggerMessage(452, LogLevel.Warning, "Live sending does not work: {Reason}; tried again in {Seconds:0.0} s. Recording and upload go on", EventName = "live_failed")]
    public static partial void Failed(ILogger log, string reason, double seconds);

    [LoggerMessage(453, LogLevel.Warning, "What is recorded cannot be encoded for listening: {Reason}", EventName = "live_encoding_failed")]
    public static partial void EncodingFailed(ILogger log, string reason);
}
