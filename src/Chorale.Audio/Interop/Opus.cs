using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <summary>libopus 1.3: packets to samples, one by one. libopusfile wants a file; what is heard while it is recorded has no end.</summary>
internal static unsafe partial class Opus
{
    public const string Lib = "libopus.so.0";
    public const string Package = "libopus0";

    /// <param name="sampleRateHz">8000, 12000, 16000, 24000 or 48000, whatever was encoded.</param>
    /// <param name="channels">1 or 2, whatever was encoded.</param>
    /// <param name="error">0 when it worked.</param>
    [LibraryImport(Lib, EntryPoint = "opus_decoder_create")]
    internal static partial SafeOpusDecoderHandle DecoderCreate(int sampleRateHz, int channels, out int error);

    [LibraryImport(Lib, EntryPoint = "opus_decoder_destroy")]
    internal static partial void DecoderDestroy(nint decoder);

    /// <returns>Frames decoded, less than 0: an error.</returns>
    [LibraryImport(Lib, EntryPoint = "opus_decode")]
    internal static partial int Decode(SafeOpusDecoderHandle decoder, byte* packet, int bytes, short* interleaved, int framesMax, int forwardErrorCorrection);
}

/// <summary>Owns an <c>OpusDecoder*</c>.</summary>
internal sealed class SafeOpusDecoderHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Opus.DecoderDestroy(handle);
        return true;
    }
}
