using System.Runtime.InteropServices;

namespace Chorale.Show.Interop;

/// <summary>libgpiod 1.x (Debian 12: package libgpiod2).</summary>
internal static unsafe partial class Gpiod1
{
    private const string Lib = "libgpiod.so.2";

    public const int FlagActiveLow = 1 << 2;
    public const int FlagPullUp = 1 << 5;

    /// <summary>struct gpiod_line_event: when (CLOCK_MONOTONIC or realtime, by the kernel's age), which edge, which line.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Event
    {
        public Libc.Timespec At;
        public int Type;
        public int Line;
    }

    [LibraryImport(Lib, EntryPoint = "gpiod_chip_open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial Gpiod1ChipHandle OpenChip(string path);

    [LibraryImport(Lib, EntryPoint = "gpiod_chip_close")]
    internal static partial void CloseChip(nint chip);

    /// <summary>The chip's own text.</summary>
    [LibraryImport(Lib, EntryPoint = "gpiod_chip_label")]
    internal static partial byte* ChipLabel(Gpiod1ChipHandle chip);

    /// <summary>The chip's own, gone with it.</summary>
    [LibraryImport(Lib, EntryPoint = "gpiod_chip_get_line", SetLastError = true)]
    internal static partial nint GetLine(Gpiod1ChipHandle chip, uint offset);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_request_both_edges_events_flags", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int RequestBothEdges(nint line, string consumer, int flags);

    /// <returns>1: an event is there, 0: the time is over, -1: errno.</returns>
    [LibraryImport(Lib, EntryPoint = "gpiod_line_event_wait", SetLastError = true)]
    internal static partial int WaitEvent(nint line, Libc.Timespec* timeout);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_event_read", SetLastError = true)]
    internal static partial int ReadEvent(nint line, Event* happened);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_get_value", SetLastError = true)]
    internal static partial int GetValue(nint line);
}

/// <summary>Owns a <c>struct gpiod_chip*</c> of libgpiod 1 and the lines taken from it.</summary>
internal sealed class Gpiod1ChipHandle() : Microsoft.Win32.SafeHandles.SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Gpiod1.CloseChip(handle);
        return true;
    }
}
