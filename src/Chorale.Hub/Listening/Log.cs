using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Listening;

internal static partial class Log
{
    [LoggerMessage(1060, LogLevel.Information, "{Recorder} ({DeviceId}) is heard while it records ({Kind})", EventName = "live_begun")]
    public static partial void Begun(ILogger log, string recorder, string deviceId, string kind);

    [LoggerMessage(1061, LogLevel.Information, "{Recorder} is no longer heard after {Pages} pages: {Reason}", EventName = "live_ended")]
    public static partial void Ended(ILogger log, string recorder, long pages, string reason);

    [LoggerMessage(1062, LogLevel.Warning, "The live stream of {Recorder} was refused: {Reason}", EventName = "live_refused")]
    public static partial void Refused(ILogger log, string recorder, string reason);
}
