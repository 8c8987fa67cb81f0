using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <summary>
/// libpulse: what sources a PulseAudio server (or PipeWire in its name) has, their frames, and word when one goes. A main loop and what
/// hangs on it belong to one thread.
/// </summary>
internal static unsafe partial class Pulse
{
    public const int ContextNoAutospawn = 1;
    public const int ContextReady = 4;
    public const int ContextFailed = 5;
    public const int OperationRunning = 0;
    public const uint SubscribeSources = 2;
    public const uint EventFacilityMask = 0x0F;
    public const uint EventFacilitySource = 1;
    public const uint EventTypeMask = 0x30;
    public const uint EventRemove = 0x20;
    public const uint NoIndex = uint.MaxValue;
    public const int StreamReady = 2;
    public const int StreamFailed = 3;

    /// <summary>The stream ends with its source, instead of hearing another one.</summary>
    public const int StreamDontMove = 0x0200;

    /// <summary>The source works with the latency that <see cref="BufferAttributes.FragmentBytes"/> asks for, else with up to seconds.</summary>
    public const int StreamAdjustLatency = 0x2000;

    /// <summary>Channel names in ALSA's order.</summary>
    public const int ChannelMapAlsa = 1;

    public const int SampleS16 = 3;
    public const int SampleFloat = 5;
    public const int SampleS32 = 7;

    /// <summary>24 bits in the lower bytes of 4.</summary>
    public const int SampleS24 = 11;

    private const string Lib = "libpulse.so.0";

    /// <summary><c>pa_sample_spec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SampleSpec
    {
        public int Format;
        public uint RateHz;
        public byte Channels;
    }

    /// <summary>The head of <c>pa_source_info</c>, whose layout has only grown at its end; pointers are valid during the callback.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SourceInfo
    {
        public byte* Name;
        public uint Index;
        public byte* Description;
        public SampleSpec Spec;
        public ChannelMap Map;
        public uint OwnerModule;
        public Volume Volume;
        public int Mute;
        public uint MonitorOfSink;
        public byte* MonitorOfSinkName;
        public ulong LatencyUs;
        public byte* Driver;
        public int Flags;
        public nint Properties;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct ChannelMap
    {
        public byte Channels;
        public fixed int Positions[32];
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Volume
    {
        public byte Channels;
        public fixed uint Values[32];
    }

    /// <summary><c>pa_buffer_attr</c>; <see cref="uint.MaxValue"/> leaves a field to the server. The three in the middle are for playing.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct BufferAttributes
    {
        public uint LongestBytes;
        public uint TargetBytes;
        public uint PrebufferBytes;
        public uint LeastRequestBytes;
        public uint FragmentBytes;
    }

    /// <summary>The head of <c>pa_server_info</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ServerInfo
    {
        public byte* UserName;
        public byte* HostName;
        public byte* Version;
        public byte* Name;
        public SampleSpec Spec;
        public byte* DefaultSink;
        public byte* DefaultSource;
    }

    [LibraryImport(Lib, EntryPoint = "pa_mainloop_new")]
    internal static partial SafePulseLoopHandle LoopNew();

    [LibraryImport(Lib, EntryPoint = "pa_mainloop_free")] // only for ReleaseHandle
    internal static partial void LoopFree(nint loop);

    [LibraryImport(Lib, EntryPoint = "pa_mainloop_get_api")]
    internal static partial nint LoopApi(SafePulseLoopHandle loop);

    // One turn of the loop is prepare, poll, dispatch; unlike pa_mainloop_iterate this way takes a timeout, in microseconds.
    [LibraryImport(Lib, EntryPoint = "pa_mainloop_prepare")]
    internal static partial int LoopPrepare(SafePulseLoopHandle loop, int timeoutUs);

    [LibraryImport(Lib, EntryPoint = "pa_mainloop_poll")]
    internal static partial int LoopPoll(SafePulseLoopHandle loop);

    [LibraryImport(Lib, EntryPoint = "pa_mainloop_dispatch")]
    internal static partial int LoopDispatch(SafePulseLoopHandle loop);

    [LibraryImport(Lib, EntryPoint = "pa_context_new", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafePulseContextHandle ContextNew(nint api, string name);

    [LibraryImport(Lib, EntryPoint = "pa_context_unref")] // only for ReleaseHandle
    internal static partial void ContextUnref(nint context);

    [LibraryImport(Lib, EntryPoint = "pa_context_connect", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ContextConnect(SafePulseContextHandle context, string? server, int flags, nint spawn);

    [LibraryImport(Lib, EntryPoint = "pa_context_disconnect")] // only for ReleaseHandle
    internal static partial void ContextDisconnect(nint context);

    [LibraryImport(Lib, EntryPoint = "pa_context_get_state")]
    internal static partial int ContextState(SafePulseContextHandle context);

    [LibraryImport(Lib, EntryPoint = "pa_context_get_source_info_list")]
    internal static partial nint ListSources(SafePulseContextHandle context, delegate* unmanaged[Cdecl]<nint, SourceInfo*, int, nint, void> found, nint user);

    [LibraryImport(Lib, EntryPoint = "pa_context_get_server_info")]
    internal static partial nint GetServer(SafePulseContextHandle context, delegate* unmanaged[Cdecl]<nint, ServerInfo*, nint, void> found, nint user);

    [LibraryImport(Lib, EntryPoint = "pa_context_set_subscribe_callback")]
    internal static partial void OnEvent(SafePulseContextHandle context, delegate* unmanaged[Cdecl]<nint, uint, uint, nint, void> happened, nint user);

    [LibraryImport(Lib, EntryPoint = "pa_context_subscribe")]
    internal static partial nint Subscribe(SafePulseContextHandle context, uint mask, nint done, nint user);

    [LibraryImport(Lib, EntryPoint = "pa_operation_get_state")]
    internal static partial int OperationState(nint operation);

    [LibraryImport(Lib, EntryPoint = "pa_operation_unref")]
    internal static partial void OperationUnref(nint operation);

    [LibraryImport(Lib, EntryPoint = "pa_proplist_gets", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial byte* Property(nint properties, string key);

    [LibraryImport(Lib, EntryPoint = "pa_channel_map_init_extend")]
    internal static partial ChannelMap* NameChannels(ChannelMap* map, uint channels, int order);

    [LibraryImport(Lib, EntryPoint = "pa_stream_new", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafePulseStreamHandle StreamNew(SafePulseContextHandle context, string name, in SampleSpec spec, ChannelMap* map);

    [LibraryImport(Lib, EntryPoint = "pa_stream_unref")] // only for ReleaseHandle
    internal static partial void StreamUnref(nint stream);

    [LibraryImport(Lib, EntryPoint = "pa_stream_disconnect")] // only for ReleaseHandle
    internal static partial int StreamDisconnect(nint stream);

    [LibraryImport(Lib, EntryPoint = "pa_stream_connect_record", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int StreamRecord(SafePulseStreamHandle stream, string? source, in BufferAttributes buffer, int flags);

    [LibraryImport(Lib, EntryPoint = "pa_stream_get_state")]
    internal static partial int StreamState(SafePulseStreamHandle stream);

    [LibraryImport(Lib, EntryPoint = "pa_stream_readable_size")]
    internal static partial nuint ReadableBytes(SafePulseStreamHandle stream);

    /// <summary>The oldest fragment, valid until it is dropped; no data but a length is a hole of that length.</summary>
    [LibraryImport(Lib, EntryPoint = "pa_stream_peek")]
    internal static partial int Peek(SafePulseStreamHandle stream, out byte* data, out nuint bytes);

    [LibraryImport(Lib, EntryPoint = "pa_stream_drop")]
    internal static partial int Drop(SafePulseStreamHandle stream);

    [LibraryImport(Lib, EntryPoint = "pa_context_errno")]
    internal static partial int ContextError(SafePulseContextHandle context);

    [LibraryImport(Lib, EntryPoint = "pa_strerror")]
    internal static partial byte* ErrorText(int error);
}
