using System.Runtime.InteropServices;

namespace Chorale.Bench.Interop;

/// <summary>clock_nanosleep(2) of CLOCK_MONOTONIC, absolute.</summary>
internal static unsafe partial class Clock
{
    private const int Monotonic = 1, AbsoluteTime = 1;

    public static void SleepUntil(long stampNs)
    {
        var at = stackalloc nint[2];
        (at[0], at[1]) = ((nint)(stampNs / 1_000_000_000), (nint)(stampNs % 1_000_000_000));
        _ = Sleep(Monotonic, AbsoluteTime, at, null);
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int Sleep(int clock, int flags, nint* until, nint* rest);
}
