using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Storage.Interop;

/// <summary>
/// The few calls of libc that .NET does not offer, or offers without the errno. Errors through <see cref="Marshal.GetLastPInvokeError"/>.
/// <c>open</c> is variadic in C; a fixed third argument is ABI-identical on linux-x64 and linux-arm64, the only places it is called on.
/// </summary>
internal static partial class Libc
{
    private const string Lib = "libc";

    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int DataSync = 0x1000;
    public const int CloseOnExec = 0x80000;

    public const int InvalidArgument = 22;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int QuotaExceeded = 122;
    public const int Interrupted = 4;
    public const int InputOutput = 5;

    /// <summary>O_DIRECT is one of the few flags that differ by architecture (asm/fcntl.h); 0 where we do not know it.</summary>
    public static int Direct => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 or Architecture.X86 or Architecture.RiscV64 or Architecture.LoongArch64 or Architecture.S390x => 0x4000,
        Architecture.Arm64 or Architecture.Arm or Architecture.Armv6 => 0x10000,
        _ => 0,
    };

    [LibraryImport(Lib, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, int mode);

    [LibraryImport(Lib, EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Sync(int descriptor);

    [LibraryImport(Lib, EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Sync(SafeFileHandle file);

    [LibraryImport(Lib, EntryPoint = "fdatasync", SetLastError = true)]
    internal static partial int SyncData(SafeFileHandle file);

    [LibraryImport(Lib, EntryPoint = "pwrite", SetLastError = true)]
    internal static partial nint WriteAt(SafeFileHandle file, ReadOnlySpan<byte> bytes, nuint count, long offset);

    [LibraryImport(Lib, EntryPoint = "ftruncate", SetLastError = true)]
    internal static partial int Truncate(SafeFileHandle file, long length);

    [LibraryImport(Lib, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);
}
