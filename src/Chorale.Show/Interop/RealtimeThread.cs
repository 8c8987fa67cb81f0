using System.Runtime.InteropServices;

namespace Chorale.Show.Interop;

/// <summary>SCHED_FIFO for the thread of a room, where the system lets us. Linux.</summary>
internal static unsafe class RealtimeThread
{
    /// <summary>Above every ordinary thread, below the sound server's and the kernel's own (50).</summary>
    private const int Priority = 10;

    /// <summary>For the calling thread; its children and threads are ordinary ones.</summary>
    /// <returns>Null: raised. Else why not, for people; the thread goes on as it was.</returns>
    public static string? TryRaise()
    {
        if (!OperatingSystem.IsLinux()) return "this system has no SCHED_FIFO";
        var priority = Priority;
        return Libc.SetScheduler(0, Libc.SchedulerFifo | Libc.SchedulerResetOnFork, &priority) == 0
            ? null
            : $"SCHED_FIFO: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())} (LimitRTPRIO={Priority} in the unit allows it)";
    }
}
