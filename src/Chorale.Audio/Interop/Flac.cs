using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <summary>libFLAC: the stream encoder, which is the same from 1.3 (Debian 11) over 1.4 to 1.5 (Debian 13). Its functions answer 0 for failure.</summary>
internal static unsafe partial class Flac
{
    public const string Lib = "libFLAC";
    public const string Package = "libflac12 (libflac14 on Debian 13)";

    /// <summary>Newest first.</summary>
    public static readonly string[] Names = ["libFLAC.so.14", "libFLAC.so.12", "libFLAC.so.8"];

    private static readonly Lazy<bool> Resolved = new(Resolve);

    /// <summary>Before the first call: the library has another name on every release.</summary>
    public static void EnsureResolved() => _ = Resolved.Value;

    public const int VorbisComment = 4;

    /// <summary><c>FLAC__StreamMetadata_VorbisComment_Entry</c>, passed by value.</summary>
    public struct CommentEntry
    {
        public uint Length;
        public byte* Text;
    }

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_new")]
    internal static partial SafeFlacEncoderHandle EncoderNew();

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_delete")]
    internal static partial void EncoderDelete(nint encoder);

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_set_streamable_subset")]
    internal static partial int SetStreamableSubset(SafeFlacEncoderHandle encoder, int value);

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_set_channels")]
    internal static partial int SetChannels(SafeFlacEncoderHandle encoder, uint value);

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_set_bits_per_sample")]
    internal static partial int SetBitsPerSample(SafeFlacEncoderHandle encoder, uint value);

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_set_sample_rate")]
    internal static partial int SetSampleRate(SafeFlacEncoderHandle encoder, uint valueHz);

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_set_compression_level")]
    internal static partial int SetCompressionLevel(SafeFlacEncoderHandle encoder, uint value);

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_set_blocksize")]
    internal static partial int SetBlockFrames(SafeFlacEncoderHandle encoder, uint value);

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_set_metadata")]
    internal static partial int SetMetadata(SafeFlacEncoderHandle encoder, nint* blocks, uint count);

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_init_stream")]
    internal static partial int Init(
        SafeFlacEncoderHandle encoder,
        delegate* unmanaged<nint, byte*, nuint, uint, uint, nint, int> write,
        delegate* unmanaged<nint, ulong, nint, int> seek,
        delegate* unmanaged<nint, ulong*, nint, int> tell,
        nint metadataCallback,
        nint userData);

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_process_interleaved")]
    internal static partial int Process(SafeFlacEncoderHandle encoder, int* interleaved, uint frames);

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_finish")]
    internal static partial int Finish(SafeFlacEncoderHandle encoder);

    [LibraryImport(Lib, EntryPoint = "FLAC__stream_encoder_get_resolved_state_string")]
    private static partial nint StateText(SafeFlacEncoderHandle encoder);

    [LibraryImport(Lib, EntryPoint = "FLAC__metadata_object_new")]
    internal static partial SafeFlacMetadataHandle MetadataNew(int type);

    [LibraryImport(Lib, EntryPoint = "FLAC__metadata_object_delete")]
    internal static partial void MetadataDelete(nint metadata);

    [LibraryImport(Lib, EntryPoint = "FLAC__metadata_object_vorbiscomment_append_comment")]
    internal static partial int AppendComment(SafeFlacMetadataHandle metadata, CommentEntry entry, int copy);

    private static bool Resolve()
    {
        LibraryNames.Register(Lib, Names);
        return true;
    }

    internal static string StateOf(SafeFlacEncoderHandle encoder) => Marshal.PtrToStringUTF8(StateText(encoder)) ?? "unknown state";
}

/// <summary>Owns a <c>FLAC__StreamEncoder*</c>. Deleting an unfinished one would finish it, so <see cref="Files.FlacChunkEncoder"/> silences its output first.</summary>
internal sealed class SafeFlacEncoderHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Flac.EncoderDelete(handle);
        return true;
    }
}

/// <summary>Owns a <c>FLAC__StreamMetadata*</c>; the encoder reads it only while it is being initialised.</summary>
internal sealed class SafeFlacMetadataHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Flac.MetadataDelete(handle);
        return true;
    }
}
