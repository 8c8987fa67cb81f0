using Chorale.Storage.Interop;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Storage;

/// <summary>How a file is opened.</summary>
public enum DiskOpen
{
    /// <summary>A new file; fails when the name exists.</summary>
    CreateNew,

    /// <summary>An existing file, read and write.</summary>
    Existing,

    /// <summary>An existing file past the page cache: every write is on the device when it returns, and must be aligned.</summary>
    ExistingDirect,
}

/// <summary>
/// Every call by which audio reaches the disk. One instance per spool: it counts what was written, and it is where a test makes one call
/// fail as a real disk does (a subclass that throws <see cref="DiskException"/>). Thread-safe.
/// </summary>
public class DiskCalls
{
    private long _writtenBytes;

    /// <summary>Bytes handed to the file system since this object was made, whole sectors and zero fills counted as written.</summary>
    public long WrittenBytes => Interlocked.Read(ref _writtenBytes);

    /// <exception cref="DiskException">With the errno; EINVAL where the file system knows no direct writing.</exception>
    public virtual SafeFileHandle Open(string path, DiskOpen mode)
    {
        if (!OperatingSystem.IsLinux())
        {
            if (mode == DiskOpen.ExistingDirect) throw new DiskException("open", path, Libc.InvalidArgument);
            return File.OpenHandle(path, mode == DiskOpen.CreateNew ? FileMode.CreateNew : FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }

        var flags = Libc.ReadWrite | Libc.CloseOnExec | mode switch
        {
            DiskOpen.CreateNew => Libc.Create | Libc.Exclusive,
            DiskOpen.ExistingDirect when Libc.Direct == 0 => throw new DiskException("open", path, Libc.InvalidArgument),
            DiskOpen.ExistingDirect => Libc.Direct | Libc.DataSync,
            _ => 0,
        };
        var descriptor = Libc.Open(path, flags, 0x1A4); // rw-r--r--
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw DiskException.Last("open", path);
    }

    /// <summary>Writes all of <paramref name="bytes"/> or throws.</summary>
    public virtual void WriteAt(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        if (OperatingSystem.IsLinux())
        {
            while (!bytes.IsEmpty)
            {
                var written = Libc.WriteAt(file, bytes, (nuint)bytes.Length, offset);
                if (written < 0)
                {
                    var failure = DiskException.Last("write", path);
                    if (failure.Errno == Libc.Interrupted) continue;
                    throw failure;
                }

                if (written == 0) throw new DiskException("write", path, Libc.InputOutput);
                Interlocked.Add(ref _writtenBytes, written);
                bytes = bytes[(int)written..];
                offset += written;
            }

            return;
        }

        RandomAccess.Write(file, bytes, offset);
        Interlocked.Add(ref _writtenBytes, bytes.Length);
    }

    /// <summary>Makes the bytes and the length durable (fdatasync).</summary>
    public virtual void SyncData(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsLinux()) RandomAccess.FlushToDisk(file);
        else if (Libc.SyncData(file) != 0) throw DiskException.Last("fdatasync", path);
    }

    /// <summary>Makes bytes and metadata durable (fsync).</summary>
    public virtual void Sync(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsLinux()) RandomAccess.FlushToDisk(file);
        else if (Libc.Sync(file) != 0) throw DiskException.Last("fsync", path);
    }

    public virtual void Truncate(SafeFileHandle file, long length, string path)
    {
        if (!OperatingSystem.IsLinux()) RandomAccess.SetLength(file, length);
        else if (Libc.Truncate(file, length) != 0) throw DiskException.Last("ftruncate", path);
    }

    /// <summary>Renames within one file system; durable only after <see cref="SyncFolder"/>.</summary>
    public virtual void Rename(string from, string to) => File.Move(from, to, overwrite: false);

    /// <summary>Makes the names in a folder durable.</summary>
    public virtual void SyncFolder(string folder) => DurableFile.SyncFolder(folder);

    public virtual void Delete(string path) => File.Delete(path);

    /// <summary>Bytes this user may still write there.</summary>
    /// <exception cref="IOException">The file system does not say; never a made-up figure.</exception>
    public virtual long FreeBytes(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Size of the file system that holds <paramref name="folder"/>.</summary>
    /// <exception cref="IOException">The file system does not say.</exception>
    public virtual long TotalBytes(string folder) => new DriveInfo(folder).TotalSize;
}
