using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <summary>libopusenc 0.2: Ogg Opus files that join without a gap.</summary>
internal static unsafe partial class OpusEnc
{
    public const string Lib = "libopusenc.so.0";
    public const string Package = "libopusenc0";

    public const int RequestBitrate = 4002;
    public const int RequestComplexity = 4010;
    public const int RequestLsbDepth = 4036;
    public const int RequestFrameDuration = 4040;
    public const int FrameDuration20Ms = 5004;
    public const int RequestDecisionDelay = 14000;
    public const int RequestMuxingDelay = 14002;
    public const int RequestCommentPadding = 14004;
    public const int RequestSerialNumber = 14006;

    [LibraryImport(Lib, EntryPoint = "ope_comments_create")]
    internal static partial SafeOpusCommentsHandle CommentsCreate();

    [LibraryImport(Lib, EntryPoint = "ope_comments_destroy")]
    internal static partial void CommentsDestroy(nint comments);

    [LibraryImport(Lib, EntryPoint = "ope_comments_add", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int CommentsAdd(SafeOpusCommentsHandle comments, string name, string value);

    /// <summary>Pages are fetched with <see cref="GetPage"/>, those of a stream and of the one that continues it one after the other.</summary>
    [LibraryImport(Lib, EntryPoint = "ope_encoder_create_pull")]
    internal static partial SafeOpusEncoderHandle EncoderCreate(SafeOpusCommentsHandle comments, int sampleRateHz, int channels, int family, out int error);

    /// <param name="encoder">Made to be pulled from.</param>
    /// <param name="page">One whole page, valid until the next call of this library.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="flush">1: packets that are complete make a page, however few they are.</param>
    /// <returns>1 when there was a page, 0 when not, less on failure.</returns>
    [LibraryImport(Lib, EntryPoint = "ope_encoder_get_page")]
    internal static partial int GetPage(SafeOpusEncoderHandle encoder, out byte* page, out int bytes, int flush);

    [LibraryImport(Lib, EntryPoint = "ope_encoder_destroy")]
    internal static partial void EncoderDestroy(nint encoder);

    [LibraryImport(Lib, EntryPoint = "ope_encoder_write")]
    internal static partial int Write(SafeOpusEncoderHandle encoder, short* interleaved, int frames);

    [LibraryImport(Lib, EntryPoint = "ope_encoder_write_float")]
    internal static partial int WriteFloat(SafeOpusEncoderHandle encoder, float* interleaved, int frames);

    /// <summary><c>ope_encoder_continue_new_callbacks</c> for an encoder that is pulled from.</summary>
    [LibraryImport(Lib, EntryPoint = "ope_encoder_chain_current")]
    internal static partial int Continue(SafeOpusEncoderHandle encoder, SafeOpusCommentsHandle comments);

    [LibraryImport(Lib, EntryPoint = "ope_encoder_flush_header")]
    internal static partial int FlushHeader(SafeOpusEncoderHandle encoder);

    [LibraryImport(Lib, EntryPoint = "ope_encoder_drain")]
    internal static partial int Drain(SafeOpusEncoderHandle encoder);

    // C varargs: every request we use takes one int, so a fixed-arity import is ABI-identical on linux-x64 and linux-arm64.
    [LibraryImport(Lib, EntryPoint = "ope_encoder_ctl")]
    internal static partial int Control(SafeOpusEncoderHandle encoder, int request, int value);

    [LibraryImport(Lib, EntryPoint = "ope_strerror")]
    private static partial nint ErrorText(int error);

    /// <exception cref="Files.AudioFileException">The call failed.</exception>
    internal static void ThrowIfFailed(int result, string function)
    {
        if (result == 0) return;
        throw new Files.AudioFileException($"{function} failed with {result}: {Marshal.PtrToStringUTF8(ErrorText(result))}");
    }
}

/// <summary>Owns an <c>OggOpusComments*</c>.</summary>
internal sealed class SafeOpusCommentsHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        OpusEnc.CommentsDestroy(handle);
        return true;
    }
}

/// <summary>Owns an <c>OggOpusEnc*</c>. Pages not fetched go with it.</summary>
internal sealed class SafeOpusEncoderHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        OpusEnc.EncoderDestroy(handle);
        return true;
    }
}
