using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Audio.Interop;

/// <summary>PortAudio 19: listing devices, and blocking reads. Negative results are PaError.</summary>
internal static unsafe partial class PortAudio
{
    public const string Package = "libportaudio2 (Debian), portaudio (Fedora, Homebrew)";

    public const int InputOverflowed = -9981;
    public const int InvalidSampleRate = -9997;
    public const int InvalidChannelCount = -9998;
    public const int FormatNotSupported = -9994;
    public const uint FormatF32 = 1;
    public const uint FormatS32 = 2;
    public const uint FormatS24Packed = 4;
    public const uint FormatS16 = 8;
    public const uint ClipOff = 1;

    private const string Lib = "portaudio";
    private static readonly string[] Names = ["libportaudio.so.2", "libportaudio.2.dylib", "libportaudio.dylib", "portaudio_x64", "portaudio"];
    private static readonly Lazy<bool> Resolved = new(Resolve);

    /// <summary><c>PaDeviceInfo</c>, of version 2.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct DeviceInfo
    {
        public int StructVersion;
        public byte* Name;
        public int HostApi;
        public int MaxInputChannels;
        public int MaxOutputChannels;
        public double DefaultLowInputLatencySeconds;
        public double DefaultLowOutputLatencySeconds;
        public double DefaultHighInputLatencySeconds;
        public double DefaultHighOutputLatencySeconds;
        public double DefaultSampleRateHz;
    }

    /// <summary><c>PaStreamParameters</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct StreamParameters
    {
        public int Device;
        public int Channels;
        public nuint SampleFormat; // unsigned long
        public double SuggestedLatencySeconds;
        public nint HostApiSpecific;
    }

    /// <summary>Before the first call: the library has another name on every system.</summary>
    public static void EnsureResolved() => _ = Resolved.Value;

    public static string Describe(int error) => Marshal.PtrToStringUTF8((nint)GetErrorText(error)) ?? $"error {error}";

    private static bool Resolve()
    {
        LibraryNames.Register(Lib, Names);
        return true;
    }

    [LibraryImport(Lib, EntryPoint = "Pa_Initialize")]
    internal static partial int Initialize();

    [LibraryImport(Lib, EntryPoint = "Pa_Terminate")]
    internal static partial int Terminate();

    [LibraryImport(Lib, EntryPoint = "Pa_GetErrorText")]
    private static partial byte* GetErrorText(int error);

    [LibraryImport(Lib, EntryPoint = "Pa_GetDeviceCount")]
    internal static partial int GetDeviceCount();

    [LibraryImport(Lib, EntryPoint = "Pa_GetDefaultInputDevice")]
    internal static partial int GetDefaultInputDevice();

    [LibraryImport(Lib, EntryPoint = "Pa_GetDeviceInfo")]
    internal static partial DeviceInfo* GetDeviceInfo(int device);

    [LibraryImport(Lib, EntryPoint = "Pa_IsFormatSupported")]
    internal static partial int IsFormatSupported(in StreamParameters input, nint output, double rateHz);

    [LibraryImport(Lib, EntryPoint = "Pa_OpenStream")]
    internal static partial int OpenStream(
        out SafePortAudioStreamHandle stream, in StreamParameters input, nint output, double rateHz, nuint periodFrames, nuint flags, nint callback, nint user);

    [LibraryImport(Lib, EntryPoint = "Pa_CloseStream")] // only for ReleaseHandle
    internal static partial int CloseStream(nint stream);

    [LibraryImport(Lib, EntryPoint = "Pa_StartStream")]
    internal static partial int StartStream(SafePortAudioStreamHandle stream);

    [LibraryImport(Lib, EntryPoint = "Pa_GetStreamReadAvailable")]
    internal static partial nint GetReadAvailable(SafePortAudioStreamHandle stream);

    [LibraryImport(Lib, EntryPoint = "Pa_ReadStream")]
    internal static partial int Read(SafePortAudioStreamHandle stream, Span<byte> buffer, nuint frames);
}

/// <summary>Owns a <c>PaStream*</c>.</summary>
internal sealed class SafePortAudioStreamHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => PortAudio.CloseStream(handle) == 0;
}
