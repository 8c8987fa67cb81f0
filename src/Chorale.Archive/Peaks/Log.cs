using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Peaks;

internal static partial class Log
{
    [LoggerMessage(1150, LogLevel.Warning, "Outlines could not be written; tried again in a minute", EventName = "outlines_failed")]
    public static partial void OutlinesFailed(ILogger log, Exception exception);

    [LoggerMessage(1151, LogLevel.Debug, "The file of chunk {ChunkId} cannot be opened now; its outline is made when somebody looks", EventName = "outline_unreadable")]
    public static partial void OutlineUnreadable(ILogger log, string chunkId);

    [LoggerMessage(1152, LogLevel.Warning, "No outline can be made of chunk {ChunkId}", EventName = "outline_failed")]
    public static partial void OutlineFailed(ILogger log, string chunkId, Exception exception);
}
