using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <summary>
/// Asks the kernel to run the calling thread before others. Nothing depends on it: without the right (CAP_SYS_NICE or LimitRTPRIO) the
/// device's own buffer of 500 ms has to do, and does.
/// </summary>
internal static partial class CaptureThreadPriority
{
    private const int SchedFifo = 1;
    private const int ResetOnFork = 0x40000000; // a child of ours does not inherit it
    private const int PriorityOfProcess = 0;

    /// <summary>Real time priority 10 where allowed, else a better nice value, else nothing. Linux only.</summary>
    public static void TryRaise()
    {
        if (!OperatingSystem.IsLinux()) return;
        var priority = 10;
        if (SetScheduler(0, SchedFifo | ResetOnFork, in priority) == 0) return;
        _ = SetPriority(PriorityOfProcess, 0, -11); // who = 0: on Linux the calling thread
    }

    // struct sched_param is one int. pid 0 = the calling thread.
    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int pid, int policy, in int priority);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
