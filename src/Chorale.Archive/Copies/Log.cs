using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Copies;

internal static partial class Log
{
    [LoggerMessage(1150, LogLevel.Information, "{Count} live copies are held whose chunks have not come yet", EventName = "live_copies_found")]
    public static partial void Found(ILogger log, int count);

    [LoggerMessage(1151, LogLevel.Error, "A live copy of {RecorderId} cannot be kept up: {Reason}", EventName = "live_copy_failed")]
    public static partial void CopyFailed(ILogger log, string recorderId, string reason);

    [LoggerMessage(1152, LogLevel.Warning, "The live copy of chunk {Number} of {RecorderId} ({Bytes} bytes) was deleted to keep within the bounds", EventName = "live_copy_dropped")]
    public static partial void Dropped(ILogger log, string recorderId, int number, long bytes);

    [LoggerMessage(1153, LogLevel.Warning, "The live copy of chunk {Number} of {RecorderId} is now a chunk of the archive: {Reason}", EventName = "live_copy_kept")]
    public static partial void Kept(ILogger log, string recorderId, int number, string reason);

    [LoggerMessage(1154, LogLevel.Warning, "The live copy of chunk {Number} of {RecorderId} could not be taken into the archive: {Reason}", EventName = "live_copy_not_kept")]
    public static partial void NotKept(ILogger log, string recorderId, int number, string reason);

    [LoggerMessage(1155, LogLevel.Error, "Live copies could not be tidied; tried again", EventName = "live_tidy_failed")]
    public static partial void TidyFailed(ILogger log, Exception exception);
}
