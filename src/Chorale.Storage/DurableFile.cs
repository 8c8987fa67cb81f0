using System.Runtime.InteropServices;
using Chorale.Storage.Interop;

namespace Chorale.Storage;

/// <summary>Writing that survives a power cut: write, sync, rename, sync the folder.</summary>
public static class DurableFile
{
    /// <summary>Replaces <paramref name="path"/> as a whole: after a power cut it holds the old bytes or the new ones, never a mixture.</summary>
    /// <exception cref="IOException">The disk is full, read-only or failing; the old file is untouched.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var part = path + ".part";
        using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 0))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        Rename(part, path);
    }

    /// <summary>Renames within one file system and syncs the folder (both folders, where they differ), so that the new name is on the disk.</summary>
    public static void Rename(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        var target = Path.GetDirectoryName(Path.GetFullPath(to))!;
        SyncFolder(target);
        var source = Path.GetDirectoryName(Path.GetFullPath(from))!;
        if (source != target) SyncFolder(source);
    }

    /// <summary>Makes the names in a folder durable.</summary>
    public static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return; // NTFS journals names itself
        var descriptor = Libc.Open(folder, Libc.ReadOnly, 0);
        if (descriptor < 0) throw Failure("open", folder);
        try
        {
            if (Libc.Sync(descriptor) != 0) throw Failure("fsync", folder);
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    private static IOException Failure(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} {path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }
}
