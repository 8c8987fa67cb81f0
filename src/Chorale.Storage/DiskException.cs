using System.Runtime.InteropServices;
using Chorale.Storage.Interop;

namespace Chorale.Storage;

/// <summary>A call to the file system failed: which one, on what, and with which errno.</summary>
public sealed class DiskException : IOException
{
    public DiskException(string call, string path, int errno)
        : base($"{call} {path}: {Marshal.GetPInvokeErrorMessage(errno)}", errno)
    {
        Call = call;
        Path = path;
        Errno = errno;
    }

    public string Call { get; }

    public string Path { get; }

    public int Errno { get; }

    /// <summary>ENOSPC or EDQUOT: room has to be made.</summary>
    public bool IsFull => Errno is Libc.NoSpace or Libc.QuotaExceeded;

    /// <summary>EROFS: the kernel has given the file system up, or it was mounted so.</summary>
    public bool IsReadOnly => Errno == Libc.ReadOnlyFileSystem;

    /// <summary>True when the same call may succeed later without a person: a full disk empties, a failing one does not.</summary>
    public bool IsTransient => IsFull;

    internal static DiskException Last(string call, string path) => new(call, path, Marshal.GetLastPInvokeError());
}
