using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Range;

internal static partial class Log
{
    [LoggerMessage(1120, LogLevel.Warning, "Chunk {ChunkId} cannot be read, silence stands for it in a range: {Reason}", EventName = "range_chunk_unreadable")]
    public static partial void RangeUnreadable(ILogger log, string chunkId, string reason);

    [LoggerMessage(1121, LogLevel.Warning, "Chunk {ChunkId} ended {Frames} frames early, silence stands for them in a range", EventName = "range_chunk_short")]
    public static partial void RangeShort(ILogger log, string chunkId, long frames);
}
