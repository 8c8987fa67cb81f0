using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Spool;

/// <summary>Events 300 to 399.</summary>
internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Information, "Spool {Folder} opened: {Ready} chunks wait, {Uploaded} uploaded are kept, {Quarantined} in quarantine", EventName = "spool_opened")]
    public static partial void SpoolOpened(this ILogger log, string folder, int ready, int uploaded, int quarantined);

    [LoggerMessage(301, LogLevel.Debug, "Chunk {ChunkId} {File} is ready: {Frames} frames, {Bytes} bytes", EventName = "chunk_spooled")]
    public static partial void ChunkSpooled(this ILogger log, Guid chunkId, string file, long frames, long bytes);

    [LoggerMessage(302, LogLevel.Warning, "Chunk {ChunkId} {File} set aside: {Reason}", EventName = "chunk_quarantined")]
    public static partial void ChunkQuarantined(this ILogger log, Guid chunkId, string file, string reason);

    [LoggerMessage(303, LogLevel.Error, "Storage failed at {Call} of {Path}: {Detail}", EventName = "storage_failed")]
    public static partial void StorageFailed(this ILogger log, string call, string path, string detail);

    [LoggerMessage(304, LogLevel.Information, "Storage works again after {Failures} failures", EventName = "storage_recovered")]
    public static partial void StorageRecovered(this ILogger log, long failures);

    [LoggerMessage(305, LogLevel.Warning, "{File} was open when the recorder ended: {Frames} frames kept ({Detail})", EventName = "chunk_recovered")]
    public static partial void ChunkRecovered(this ILogger log, string file, long frames, string detail);

    [LoggerMessage(306, LogLevel.Information, "{File} held no audio and was removed: {Detail}", EventName = "empty_part_removed")]
    public static partial void EmptyPartRemoved(this ILogger log, string file, string detail);

    [LoggerMessage(307, LogLevel.Warning, "{File} had no row and was taken up: {Frames} frames ({Origin})", EventName = "chunk_adopted")]
    public static partial void ChunkAdopted(this ILogger log, string file, long frames, string origin);

    [LoggerMessage(308, LogLevel.Error, "{File} of chunk {ChunkId} is missing: {Frames} frames are lost", EventName = "chunk_missing")]
    public static partial void ChunkMissing(this ILogger log, string file, Guid chunkId, long frames);

    [LoggerMessage(309, LogLevel.Error, "Index {Path} is damaged ({Detail}); set aside as {Aside}, made again from the files", EventName = "index_damaged")]
    public static partial void IndexDamaged(this ILogger log, string path, string detail, string aside);

    [LoggerMessage(310, LogLevel.Error, "Row of {File} could not be written ({Detail}); the file is safe, the row is tried again", EventName = "row_delayed")]
    public static partial void RowDelayed(this ILogger log, string file, string detail);

    [LoggerMessage(311, LogLevel.Error, "Free space is at its floor: unsent chunk {ChunkId} of {StartAt} with {Frames} frames was deleted", EventName = "unsent_chunk_dropped")]
    public static partial void UnsentDropped(this ILogger log, Guid chunkId, DateTimeOffset startAt, long frames);

    [LoggerMessage(312, LogLevel.Information, "Retention deleted {Chunks} uploaded chunks, {Bytes} bytes", EventName = "spool_cleanup")]
    public static partial void SpoolCleanup(this ILogger log, int chunks, long bytes);

    [LoggerMessage(313, LogLevel.Error, "Free space of {Folder} is unknown: {Detail}", EventName = "free_space_unknown")]
    public static partial void FreeSpaceUnknown(this ILogger log, string folder, string detail);

    [LoggerMessage(314, LogLevel.Information, "{Imported} chunks imported from {Path}", EventName = "spool_imported")]
    public static partial void Imported(this ILogger log, long imported, string path);

    [LoggerMessage(315, LogLevel.Warning, "{File} was repaired: {Detail}", EventName = "chunk_repaired")]
    public static partial void ChunkRepaired(this ILogger log, string file, string detail);

    [LoggerMessage(316, LogLevel.Error, "Recovery of {File} failed and is tried again at the next start: {Detail}", EventName = "recovery_failed")]
    public static partial void RecoveryFailed(this ILogger log, string file, string detail);

    [LoggerMessage(317, LogLevel.Warning, "Ledger: {Cause} from {From} to {To}, {Frames} frames", EventName = "gap_found")]
    public static partial void GapFound(this ILogger log, string cause, DateTimeOffset from, DateTimeOffset to, long frames);

    [LoggerMessage(318, LogLevel.Error, "Free space is at its floor and the policy is to stop: nothing is recorded until there is room", EventName = "spool_full")]
    public static partial void SpoolFull(this ILogger log);

    [LoggerMessage(319, LogLevel.Error, "Nothing of {File} could be kept, its {Frames} frames are a gap: {Detail}", EventName = "chunk_not_kept")]
    public static partial void ChunkNotKept(this ILogger log, string file, long frames, string detail);
}
