using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <summary>libasound: the calls that capturing needs. Negative results are -errno.</summary>
internal static unsafe partial class Alsa
{
    public const string Package = "libasound2 (Debian; libasound2t64 on newer releases) or alsa-lib (Fedora)";

    public const int StreamCapture = 1;
    public const int NonBlock = 1;
    public const int AccessInterleaved = 3;

    public const int FormatS16 = 2;
    public const int FormatS24 = 6; // the low three of four bytes
    public const int FormatS32 = 10;
    public const int FormatFloat = 14;
    public const int FormatS24Packed = 32; // three bytes

    private const string Lib = "libasound.so.2";

    private static readonly Lazy<bool> Silenced = new(Silence);

    /// <summary>libasound prints its troubles on stderr; ours are exceptions. Once per process, before the first open.</summary>
    public static void EnsureQuiet() => _ = Silenced.Value;

    private static bool Silence()
    {
        _ = SetErrorHandler(&Ignore);
        return true;
    }

    // The C type is variadic behind fmt; a callee that reads only the fixed arguments is ABI-identical on linux-x64 and linux-arm64.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(byte* file, int line, byte* function, int error, byte* format)
    {
    }

    [LibraryImport(Lib, EntryPoint = "snd_lib_error_set_handler")]
    private static partial int SetErrorHandler(delegate* unmanaged[Cdecl]<byte*, int, byte*, int, byte*, void> handler);

    // strerror for libasound: a static string, not to be freed.
    [LibraryImport(Lib, EntryPoint = "snd_strerror")]
    private static partial nint StrError(int error);

    public static string Describe(int error) => Marshal.PtrToStringUTF8(StrError(error)) ?? $"error {error}";

    // Opening and closing

    [LibraryImport(Lib, EntryPoint = "snd_pcm_open", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(out SafePcmHandle pcm, string name, int stream, int mode);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_open_lconf", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int OpenWith(out SafePcmHandle pcm, string name, int stream, int mode, SafeConfigHandle config);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_close")] // only for ReleaseHandle
    internal static partial int Close(nint pcm);

    [LibraryImport(Lib, EntryPoint = "snd_config_top")]
    internal static partial int ConfigTop(out SafeConfigHandle config);

    [LibraryImport(Lib, EntryPoint = "snd_config_delete")] // only for ReleaseHandle
    internal static partial int ConfigDelete(nint config);

    [LibraryImport(Lib, EntryPoint = "snd_config_load")]
    internal static partial int ConfigLoad(SafeConfigHandle config, SafeInputHandle input);

    [LibraryImport(Lib, EntryPoint = "snd_input_buffer_open")]
    internal static partial int InputBufferOpen(out SafeInputHandle input, ReadOnlySpan<byte> buffer, nint size);

    [LibraryImport(Lib, EntryPoint = "snd_input_close")] // only for ReleaseHandle
    internal static partial int InputClose(nint input);

    /// <summary>Drops libasound's parsed configuration, so that the next open reads the files again.</summary>
    [LibraryImport(Lib, EntryPoint = "snd_config_update_free_global")]
    internal static partial int ForgetConfiguration();

    // Negotiation. A parameter space starts full (Any) and is narrowed by each Set; Test narrows nothing.

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_malloc")]
    internal static partial int HardwareParametersMalloc(out SafeHardwareParametersHandle parameters);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_free")] // only for ReleaseHandle
    internal static partial void HardwareParametersFree(nint parameters);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_any")]
    internal static partial int Any(SafePcmHandle pcm, SafeHardwareParametersHandle parameters);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_set_access")]
    internal static partial int SetAccess(SafePcmHandle pcm, SafeHardwareParametersHandle parameters, int access);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_test_format")]
    internal static partial int TestFormat(SafePcmHandle pcm, SafeHardwareParametersHandle parameters, int format);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_set_format")]
    internal static partial int SetFormat(SafePcmHandle pcm, SafeHardwareParametersHandle parameters, int format);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_test_channels")]
    internal static partial int TestChannels(SafePcmHandle pcm, SafeHardwareParametersHandle parameters, uint channels);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_set_channels")]
    internal static partial int SetChannels(SafePcmHandle pcm, SafeHardwareParametersHandle parameters, uint channels);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_test_rate")]
    internal static partial int TestRate(SafePcmHandle pcm, SafeHardwareParametersHandle parameters, uint rate, int direction);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_set_rate")]
    internal static partial int SetRate(SafePcmHandle pcm, SafeHardwareParametersHandle parameters, uint rate, int direction);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_set_period_time_near")]
    internal static partial int SetPeriodTimeNear(SafePcmHandle pcm, SafeHardwareParametersHandle parameters, ref uint microseconds, ref int direction);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_set_buffer_time_near")]
    internal static partial int SetBufferTimeNear(SafePcmHandle pcm, SafeHardwareParametersHandle parameters, ref uint microseconds, ref int direction);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params")]
    internal static partial int Apply(SafePcmHandle pcm, SafeHardwareParametersHandle parameters);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_get_period_size")]
    internal static partial int GetPeriodSize(SafeHardwareParametersHandle parameters, out nuint frames, out int direction);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_hw_params_get_buffer_size")]
    internal static partial int GetBufferSize(SafeHardwareParametersHandle parameters, out nuint frames);

    // Running. snd_pcm_sframes_t is pointer-sized and signed.

    [LibraryImport(Lib, EntryPoint = "snd_pcm_prepare")]
    internal static partial int Prepare(SafePcmHandle pcm);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_resume")]
    internal static partial int Resume(SafePcmHandle pcm);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_start")]
    internal static partial int Start(SafePcmHandle pcm);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_wait")]
    internal static partial int Wait(SafePcmHandle pcm, int milliseconds);

    [LibraryImport(Lib, EntryPoint = "snd_pcm_readi")]
    internal static partial nint ReadInterleaved(SafePcmHandle pcm, Span<byte> buffer, nuint frames);
}
