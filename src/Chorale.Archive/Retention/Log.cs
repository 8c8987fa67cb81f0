using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Retention;

internal static partial class Log
{
    [LoggerMessage(1140, LogLevel.Information, "Retention deleted {Chunks} chunks, {Bytes} bytes, the last of {NewestEnd}", EventName = "archive_cleanup")]
    public static partial void Deleted(ILogger log, int chunks, long bytes, string newestEnd);

    [LoggerMessage(1141, LogLevel.Error, "Free space of the archive cannot be asked for: nothing is deleted", EventName = "free_space_unknown")]
    public static partial void FreeSpaceUnknown(ILogger log, Exception exception);

    [LoggerMessage(1142, LogLevel.Warning, "{Path} could not be deleted; its row is gone, `chorale archive check` names it", EventName = "archive_delete_failed")]
    public static partial void DeleteFailed(ILogger log, string path, Exception exception);

    [LoggerMessage(1143, LogLevel.Error, "A pass of retention failed; the next one tries again", EventName = "archive_cleanup_failed")]
    public static partial void RetentionFailed(ILogger log, Exception exception);

    [LoggerMessage(1144, LogLevel.Warning, "The clock leapt ahead by {Days:0.#} days, to {Now}: nothing is deleted for its age until it has stood like that for {Hours:0} hours. If it is wrong, set it", EventName = "clock_leapt")]
    public static partial void ClockLeapt(ILogger log, string now, double days, double hours);

    [LoggerMessage(1145, LogLevel.Information, "The clock is believed again, it is {Now}: what is too old is deleted as before", EventName = "clock_believed")]
    public static partial void ClockBelieved(ILogger log, string now);
}
