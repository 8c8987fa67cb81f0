using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <summary>
/// Asks the kernel to run the calling thread before others. Nothing depends on it: without the right (CAP_SYS_NICE or LimitNICE) the
/// device's own buffer of 500 ms has to do, and does. Not a real-time class: a driver that answers "ready" for ever would then take a
/// whole core from everybody, the sound server included.
/// </summary>
internal static partial class CaptureThreadPriority
{
    private const int PriorityOfProcess = 0;
    private const int Nice = -11;

    /// <summary>Linux only, where a thread has a nice value of its own; elsewhere .NET's own priority.</summary>
    public static void TryRaise()
    {
        if (OperatingSystem.IsLinux()) _ = SetPriority(PriorityOfProcess, 0, Nice); // who = 0: the calling thread
        else Thread.CurrentThread.Priority = ThreadPriority.Highest;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
