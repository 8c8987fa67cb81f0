using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Show.Interop;

/// <summary>The few calls of libc that .NET does not offer. Errors through <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static unsafe partial class Libc
{
    private const string Lib = "libc";

    public const int Interrupted = 4;

    public const short PollIn = 1;

    /// <summary>O_CLOEXEC | O_NONBLOCK on every architecture we run on: EFD_ and TFD_ are the same bits.</summary>
    public const int CloseOnExecNonBlocking = 0x80000 | 0x800;

    public const int ClockMonotonic = 1;

    /// <summary>TFD_TIMER_ABSTIME.</summary>
    public const int AbsoluteTime = 1;

    public const int SchedulerFifo = 1;

    /// <summary>SCHED_RESET_ON_FORK: children of the thread are ordinary again.</summary>
    public const int SchedulerResetOnFork = 0x40000000;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>timespec where time_t and long are as wide as a pointer: 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct TimerSetting
    {
        public Timespec Interval;
        public Timespec Value;
    }

    [LibraryImport(Lib, EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollEntry* entries, nuint count, int timeoutMs);

    [LibraryImport(Lib, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial SafeFileHandle EventDescriptor(uint initial, int flags);

    [LibraryImport(Lib, EntryPoint = "timerfd_create", SetLastError = true)]
    internal static partial SafeFileHandle TimerDescriptor(int clock, int flags);

    [LibraryImport(Lib, EntryPoint = "timerfd_settime", SetLastError = true)]
    internal static partial int SetTimer(SafeFileHandle timer, int flags, TimerSetting* setting, TimerSetting* before);

    [LibraryImport(Lib, EntryPoint = "clock_gettime")]
    internal static partial int GetTime(int clock, Timespec* now);

    [LibraryImport(Lib, EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(SafeFileHandle file, ulong* value, nuint bytes);

    [LibraryImport(Lib, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(SafeFileHandle file, ulong* value, nuint bytes);

    /// <param name="process">0: the calling thread.</param>
    /// <param name="parameter">struct sched_param: one int, the priority.</param>
    [LibraryImport(Lib, EntryPoint = "sched_setscheduler", SetLastError = true)]
    internal static partial int SetScheduler(int process, int policy, int* parameter);

    [LibraryImport(Lib, EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int process, int signal);
}
