using Microsoft.Data.Sqlite;

namespace Chorale.Recorder.Spool;

/// <summary>
/// A file that only takes room, so that a disk filled to its last block by somebody else still lets the index open: it is given up then,
/// and made again when there is room.
/// </summary>
internal static class Ballast
{
    /// <summary>SQLite's shared memory (32 KiB), a WAL of a few pages, and the blocks of a rename.</summary>
    private const int Bytes = 512 * 1024;

    private const string Name = ".ballast";

    /// <summary>Opens the index; on a full disk once more, without the ballast.</summary>
    public static SpoolIndex Spend(SpoolOptions options, Func<SpoolIndex> open)
    {
        var path = Path.Combine(options.Folder, Name);
        try
        {
            return open();
        }
        catch (Exception e) when (e is SqliteException or IOException && File.Exists(path) && IsFull(options))
        {
            options.Disk.Delete(path);
            return open();
        }
    }

    /// <summary>Best effort: without room there is none.</summary>
    public static void Renew(SpoolOptions options)
    {
        var path = Path.Combine(options.Folder, Name);
        try
        {
            if (File.Exists(path) || options.Disk.FreeBytes(options.Folder) < 64L * Bytes) return;
            using var handle = options.Disk.Open(path, Storage.DiskOpen.CreateNew);
            options.Disk.WriteAt(handle, new byte[Bytes], 0, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tried again at the next start.
        }
    }

    private static bool IsFull(SpoolOptions options)
    {
        try
        {
            return options.Disk.FreeBytes(options.Folder) < Bytes;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
