using Chorale.Protocol.Chunks;
using Chorale.Storage;

namespace Chorale.Recorder.Spool;

/// <summary>What the disk last refused.</summary>
/// <param name="At">When.</param>
/// <param name="Call">The call that failed.</param>
/// <param name="Path">On what.</param>
/// <param name="Detail">In words.</param>
/// <param name="Cause">Under which frames that could not be kept go into the ledger.</param>
public sealed record StorageFault(DateTimeOffset At, string Call, string Path, string Detail, GapCause Cause)
{
    internal static StorageFault Of(IOException e, DateTimeOffset at)
    {
        var disk = e as DiskException ?? e.InnerException as DiskException;
        return new StorageFault(at, disk?.Call ?? "write", disk?.Path ?? "", e.Message, CauseOf(e));
    }

    /// <summary>Disk full or storage failed.</summary>
    public static GapCause CauseOf(IOException e) =>
        (e as DiskException ?? e.InnerException as DiskException) is { IsFull: true }
        || e.InnerException is Microsoft.Data.Sqlite.SqliteException { SqliteErrorCode: SpoolStore.SqliteFull }
            ? GapCause.DiskFull : GapCause.StorageFailed;
}
