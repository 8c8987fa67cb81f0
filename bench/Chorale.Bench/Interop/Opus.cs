using System.Runtime.InteropServices;

namespace Chorale.Bench.Interop;

/// <summary>libopus 1.x: the bare encoder, to compare with.</summary>
internal static unsafe partial class Opus
{
    public const int ApplicationAudio = 2049;
    public const int SetBitrate = 4002;
    public const int SetComplexity = 4010;
    private const string Lib = "libopus.so.0";

    [LibraryImport(Lib, EntryPoint = "opus_encoder_create")]
    internal static partial SafeOpusEncoder Create(int sampleRateHz, int channels, int application, out int error);

    [LibraryImport(Lib, EntryPoint = "opus_encoder_destroy")]
    internal static partial void Destroy(nint encoder);

    [LibraryImport(Lib, EntryPoint = "opus_encode")]
    internal static partial int Encode(SafeOpusEncoder encoder, short* samples, int frames, byte* packet, int packetBytesMax);

    /// <summary>Variadic in C: on x86-64 and ARM64 Linux an integer is passed alike, as long as no vector register is in use.</summary>
    [LibraryImport(Lib, EntryPoint = "opus_encoder_ctl")]
    internal static partial int Control(SafeOpusEncoder encoder, int request, int value);

    /// <summary>Number of the calling thread, as <c>/proc/PID/task</c> names it.</summary>
    [LibraryImport("libc", EntryPoint = "gettid")]
    internal static partial int ThreadId();
}

/// <summary>Owns an <c>OpusEncoder*</c>.</summary>
internal sealed class SafeOpusEncoder() : Microsoft.Win32.SafeHandles.SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Opus.Destroy(handle);
        return true;
    }
}
