using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;
using Microsoft.Data.Sqlite;

namespace Chorale.Recorder.Recording;

/// <summary>Tells trouble of the disk, which passes or is mended, from a fault of the program, which must be seen.</summary>
internal static class SpoolFailure
{
    public static bool IsStorage(Exception e) => e is IOException or UnauthorizedAccessException or SqliteException;

    /// <summary>The cause to be written for frames that could not be stored.</summary>
    public static GapCause CauseOf(Exception e) => e is IOException io ? StorageFault.CauseOf(io) : GapCause.StorageFailed;
}
