using Chorale.Storage;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Tests;

/// <summary>A real disk whose calls fail when the test says so, with the errno a kernel would give.</summary>
internal sealed class FaultyDisk : DiskCalls
{
    public const int Eio = 5;
    public const int Enospc = 28;
    public const int Erofs = 30;

    /// <summary>Given the call and the path: an errno, or 0 to let it pass.</summary>
    public Func<string, string, int> Fails { get; set; } = (_, _) => 0;

    /// <summary>With this errno every opening, write and sync fails; 0: none does.</summary>
    public int Errno
    {
        get => Volatile.Read(ref _errno);
        set => Volatile.Write(ref _errno, value);
    }

    public Func<long>? Free { get; set; }

    /// <summary>Calls made so far, in order: the durability order is read from it.</summary>
    public List<string> Calls { get; } = [];

    private int _errno;
    private int _failing;

    /// <summary>The next openings, writes and syncs fail with an I/O error.</summary>
    public void FailNext(int calls) => Volatile.Write(ref _failing, calls);

    public override SafeFileHandle Open(string path, DiskOpen mode)
    {
        Check(mode == DiskOpen.CreateNew ? "create" : "open", path);
        return base.Open(path, mode);
    }

    public override void WriteAt(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        Check("write", path);
        base.WriteAt(file, bytes, offset, path);
    }

    public override void SyncData(SafeFileHandle file, string path)
    {
        Check("fdatasync", path);
        base.SyncData(file, path);
    }

    public override void Sync(SafeFileHandle file, string path)
    {
        Check("fsync", path);
        base.Sync(file, path);
    }

    public override void Truncate(SafeFileHandle file, long length, string path)
    {
        Check("ftruncate", path);
        base.Truncate(file, length, path);
    }

    public override void Rename(string from, string to)
    {
        Check("rename", from);
        base.Rename(from, to);
    }

    public override void SyncFolder(string folder)
    {
        Check("fsync-folder", folder);
        base.SyncFolder(folder);
    }

    public override long FreeBytes(string folder) => Free?.Invoke() ?? base.FreeBytes(folder);

    private void Check(string call, string path)
    {
        lock (Calls) Calls.Add($"{call} {Path.GetFileName(path)}");
        if (Fails(call, path) is > 0 and var errno) throw new DiskException(call, path, errno);
        if (call is not ("create" or "open" or "write" or "fdatasync" or "fsync")) return;
        if (Errno is > 0 and var standing) throw new DiskException(call, path, standing);
        if (Volatile.Read(ref _failing) > 0 && Interlocked.Decrement(ref _failing) >= 0) throw new DiskException(call, path, Eio);
    }
}
