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
}
