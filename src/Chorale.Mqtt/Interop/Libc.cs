using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Mqtt.Interop;

/// <summary>The few calls of libc that .NET does not offer. Errors through <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static unsafe partial class Libc
{
    private const string Lib = "libc";

    public const int Interrupted = 4;

    public const short PollIn = 1;
    public const short PollOut = 4;
    public const short PollHangUp = 0x10;

    /// <summary>POLLRDHUP of Linux: the other end will send nothing more.</summary>
    public const short PollPeerClosed = 0x2000;

    /// <summary>EFD_CLOEXEC | EFD_NONBLOCK on every architecture we run on.</summary>
    public const int EventCloseOnExecNonBlocking = 0x80000 | 0x800;

    public const int SignalHangUp = 1;
    public const int SignalKill = 9;
    public const int SignalTerminate = 15;
    public const int SignalContinue = 18;
    public const int SignalStop = 19;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport(Lib, EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollEntry* entries, nuint count, int timeoutMs);

    [LibraryImport(Lib, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial SafeFileHandle EventDescriptor(uint initial, int flags);

    [LibraryImport(Lib, EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(SafeFileHandle file, ulong* value, nuint bytes);

    [LibraryImport(Lib, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(SafeFileHandle file, ulong* value, nuint bytes);

    [LibraryImport(Lib, EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int process, int signal);
}
