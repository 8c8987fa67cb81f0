using Microsoft.Extensions.Logging;

namespace Chorale.Recorder;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "recorder {recorder} {version} starts: {source}, chunks of {chunkSeconds} s to {folder}", EventName = "service_starting")]
    public static partial void Starting(ILogger log, string recorder, string version, string source, double chunkSeconds, string folder);

    [LoggerMessage(2, LogLevel.Information, "recorder stopped, {waiting} chunks still wait for upload", EventName = "service_stopped")]
    public static partial void Stopped(ILogger log, int waiting);

    [LoggerMessage(3, LogLevel.Error, "the spool {folder} cannot be opened: {message}; audio is kept in memory meanwhile", EventName = "spool_closed")]
    public static partial void SpoolClosed(ILogger log, string folder, string message);

    [LoggerMessage(4, LogLevel.Warning, "recording {recordingId} was interrupted; completed from what it held: {file}, {frames} frames", EventName = "recording_recovered")]
    public static partial void RecordingRecovered(ILogger log, string recordingId, string file, long frames);

    [LoggerMessage(5, LogLevel.Error, "recording {file} was interrupted and cannot be completed: {message}; tried again at the next start", EventName = "recording_recovery_failed")]
    public static partial void RecoveryFailed(ILogger log, string file, string message);
}
