using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Store;

internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Information, "{Count} bodies were on their way in when the last process ended; none was acknowledged, all cleared", EventName = "incoming_cleared")]
    public static partial void IncomingCleared(ILogger log, int count);

    [LoggerMessage(1101, LogLevel.Warning, "Refused {SizeBytes} bytes from {RecorderId}: {Reason}", EventName = "chunk_refused")]
    public static partial void ChunkRefused(ILogger log, string recorderId, string reason, long sizeBytes);

    [LoggerMessage(1102, LogLevel.Error, "A batch of {Count} chunks could not be committed; their senders were told", EventName = "commit_failed")]
    public static partial void CommitFailed(ILogger log, int count, Exception exception);

    [LoggerMessage(1104, LogLevel.Warning, "The live copy {Path} could not be deleted although its chunk has come: {Reason}", EventName = "live_copy_not_deleted")]
    public static partial void CopyNotDeleted(ILogger log, string path, string reason);

    [LoggerMessage(1103, LogLevel.Error, "A listener to committed chunks failed; the chunks are safe", EventName = "commit_listener_failed")]
    public static partial void ListenerFailed(ILogger log, Exception exception);
}
