using System.Runtime.InteropServices;

namespace Chorale.Recorder.Interop;

/// <summary>What the kernel knows of its wall clock: <c>adjtimex(2)</c> with no mode set, which only reads. 64-bit Linux.</summary>
internal static partial class KernelClock
{
    private const int TimexBytes = 256; // struct timex is 208
    private const int OffsetAt = 8, MaxErrorAt = 24, StatusAt = 40;
    private const int StatusUnsynchronised = 0x40, StatusNano = 0x2000;
    private const int TimeError = 5;

    /// <summary>What is left to be corrected and the half-width of the error, in microseconds; null where the clock is not disciplined, or nobody can say.</summary>
    public static (double OffsetUs, double MaxErrorUs)? Read()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return null;
        Span<byte> timex = stackalloc byte[TimexBytes];
        timex.Clear();
        int state;
        try
        {
            state = AdjTimex(timex);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }

        var status = MemoryMarshal.Read<int>(timex[StatusAt..]);
        if (state is < 0 or TimeError || (status & StatusUnsynchronised) != 0) return null;
        var offset = MemoryMarshal.Read<long>(timex[OffsetAt..]) / ((status & StatusNano) != 0 ? 1000.0 : 1.0);
        return (offset, MemoryMarshal.Read<long>(timex[MaxErrorAt..]));
    }

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    private static partial int AdjTimex(Span<byte> timex);
}
