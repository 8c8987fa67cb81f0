using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Show.Interop;

/// <summary>libgpiod 2.x (Debian 13: package libgpiod3). Enumerations begin at 1.</summary>
internal static unsafe partial class Gpiod2
{
    private const string Lib = "libgpiod.so.3";

    public const int DirectionInput = 2;
    public const int EdgeBoth = 4;
    public const int BiasPullUp = 4;

    [LibraryImport(Lib, EntryPoint = "gpiod_chip_open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial Gpiod2ChipHandle OpenChip(string path);

    [LibraryImport(Lib, EntryPoint = "gpiod_chip_close")]
    internal static partial void CloseChip(nint chip);

    [LibraryImport(Lib, EntryPoint = "gpiod_chip_get_info", SetLastError = true)]
    internal static partial nint GetChipInfo(Gpiod2ChipHandle chip);

    [LibraryImport(Lib, EntryPoint = "gpiod_chip_info_get_label")]
    internal static partial byte* ChipInfoLabel(nint info);

    [LibraryImport(Lib, EntryPoint = "gpiod_chip_info_free")]
    internal static partial void FreeChipInfo(nint info);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_settings_new", SetLastError = true)]
    internal static partial nint NewSettings();

    [LibraryImport(Lib, EntryPoint = "gpiod_line_settings_free")]
    internal static partial void FreeSettings(nint settings);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_settings_set_direction")]
    internal static partial int SetDirection(nint settings, int direction);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_settings_set_edge_detection")]
    internal static partial int SetEdgeDetection(nint settings, int edge);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_settings_set_bias")]
    internal static partial int SetBias(nint settings, int bias);

    /// <param name="isActiveLow">C's bool: one byte, 0 or 1.</param>
    [LibraryImport(Lib, EntryPoint = "gpiod_line_settings_set_active_low")]
    internal static partial void SetActiveLow(nint settings, byte isActiveLow);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_config_new", SetLastError = true)]
    internal static partial nint NewLineConfig();

    [LibraryImport(Lib, EntryPoint = "gpiod_line_config_free")]
    internal static partial void FreeLineConfig(nint config);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_config_add_line_settings", SetLastError = true)]
    internal static partial int AddLineSettings(nint config, uint* offsets, nuint count, nint settings);

    [LibraryImport(Lib, EntryPoint = "gpiod_request_config_new", SetLastError = true)]
    internal static partial nint NewRequestConfig();

    [LibraryImport(Lib, EntryPoint = "gpiod_request_config_free")]
    internal static partial void FreeRequestConfig(nint config);

    [LibraryImport(Lib, EntryPoint = "gpiod_request_config_set_consumer", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void SetConsumer(nint config, string consumer);

    [LibraryImport(Lib, EntryPoint = "gpiod_chip_request_lines", SetLastError = true)]
    internal static partial Gpiod2RequestHandle RequestLines(Gpiod2ChipHandle chip, nint requestConfig, nint lineConfig);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_request_release")]
    internal static partial void ReleaseRequest(nint request);

    /// <returns>1: an event is there, 0: the time is over, -1: errno.</returns>
    [LibraryImport(Lib, EntryPoint = "gpiod_line_request_wait_edge_events", SetLastError = true)]
    internal static partial int WaitEvents(Gpiod2RequestHandle request, long timeoutNs);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_request_read_edge_events", SetLastError = true)]
    internal static partial int ReadEvents(Gpiod2RequestHandle request, Gpiod2EventsHandle buffer, nuint max);

    [LibraryImport(Lib, EntryPoint = "gpiod_line_request_get_value", SetLastError = true)]
    internal static partial int GetValue(Gpiod2RequestHandle request, uint offset);

    [LibraryImport(Lib, EntryPoint = "gpiod_edge_event_buffer_new", SetLastError = true)]
    internal static partial Gpiod2EventsHandle NewEvents(nuint capacity);

    [LibraryImport(Lib, EntryPoint = "gpiod_edge_event_buffer_free")]
    internal static partial void FreeEvents(nint buffer);
}

/// <summary>Owns a <c>struct gpiod_chip*</c> of libgpiod 2. A request outlives it.</summary>
internal sealed class Gpiod2ChipHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Gpiod2.CloseChip(handle);
        return true;
    }
}

/// <summary>Owns a <c>struct gpiod_line_request*</c>.</summary>
internal sealed class Gpiod2RequestHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Gpiod2.ReleaseRequest(handle);
        return true;
    }
}

/// <summary>Owns a <c>struct gpiod_edge_event_buffer*</c>.</summary>
internal sealed class Gpiod2EventsHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Gpiod2.FreeEvents(handle);
        return true;
    }
}
