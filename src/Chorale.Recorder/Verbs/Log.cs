using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Verbs;

internal static partial class Log
{
    [LoggerMessage(10, LogLevel.Information, "{signal}: stopping, the open chunk is finished first", EventName = "signal_received")]
    public static partial void SignalReceived(ILogger log, string signal);
}
