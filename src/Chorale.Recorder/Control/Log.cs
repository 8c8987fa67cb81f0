using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Control;

internal static partial class Log
{
    [LoggerMessage(520, LogLevel.Information, "recording {recordingId} started: {file}", EventName = "recording_started")]
    public static partial void Started(ILogger log, string recordingId, string file);

    [LoggerMessage(521, LogLevel.Information, "recording {recordingId} complete: {file}, {frames} frames", EventName = "recording_complete")]
    public static partial void Complete(ILogger log, string recordingId, string file, long frames);

    [LoggerMessage(522, LogLevel.Error, "recording {recordingId} failed: {message}; what was written is completed at the next start", EventName = "recording_error")]
    public static partial void Failed(ILogger log, string recordingId, string message);
}
