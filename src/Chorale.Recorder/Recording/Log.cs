using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Recording;

internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Information, "run opened: {source}, run {runId}", EventName = "run_opened")]
    public static partial void RunOpened(ILogger log, string source, Guid runId);

    [LoggerMessage(202, LogLevel.Error, "cannot seal {file}; trying again every second, the audio is in it", EventName = "chunk_seal_failed")]
    public static partial void SealFailed(ILogger log, string file, Exception exception);

    [LoggerMessage(203, LogLevel.Warning, "{frames} frames lost ({cause}), {seconds:0.###} s", EventName = "gap")]
    public static partial void Gap(ILogger log, long frames, string cause, double seconds);

    [LoggerMessage(204, LogLevel.Error, "storage fails, keeping audio in memory: {message}", EventName = "storage_failed")]
    public static partial void StorageFailed(ILogger log, string message);

    [LoggerMessage(205, LogLevel.Information, "storage works again after {seconds:0.#} s", EventName = "storage_back")]
    public static partial void StorageBack(ILogger log, double seconds);

    [LoggerMessage(206, LogLevel.Error, "{file} cannot be read after the disk failed: {message}; what of it is in memory is written anew", EventName = "salvage_failed")]
    public static partial void SalvageFailed(ILogger log, string file, string message);
}
