using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <summary>libopusfile 0.12: decodes Ogg Opus with pre-skip and end trim exact.</summary>
internal static unsafe partial class OpusFile
{
    public const string Lib = "libopusfile.so.0";
    public const string Package = "libopusfile0";

    /// <summary><c>OP_HOLE</c>: pages are missing here; reading goes on after them.</summary>
    public const int Hole = -3;

    public const int ReadError = -128;
    public const int BadPacket = -136;

    /// <summary><c>OpusFileCallbacks</c>; a null close leaves the stream to us.</summary>
    public struct Callbacks
    {
        public delegate* unmanaged<nint, byte*, int, int> Read;
        public delegate* unmanaged<nint, long, int, int> Seek;
        public delegate* unmanaged<nint, long> Tell;
        public delegate* unmanaged<nint, int> Close;
    }

    /// <summary>The head of <c>OpusHead</c>; the mapping that follows is of no use to us.</summary>
    public struct Head
    {
        public int Version;
        public int Channels;
        public uint PreSkip;
        public uint InputRateHz;
        public int OutputGain;
    }

    /// <summary><c>OpusTags</c>.</summary>
    public struct Tags
    {
        public byte** Comments;
        public int* Lengths;
        public int Count;
        public byte* Vendor;
    }

    [LibraryImport(Lib, EntryPoint = "op_open_callbacks")]
    internal static partial SafeOpusFileHandle Open(nint stream, in Callbacks callbacks, byte* initial, nuint initialBytes, out int error);

    [LibraryImport(Lib, EntryPoint = "op_free")]
    internal static partial void Free(nint file);

    [LibraryImport(Lib, EntryPoint = "op_pcm_total")]
    internal static partial long PcmTotal(SafeOpusFileHandle file, int link);

    [LibraryImport(Lib, EntryPoint = "op_head")]
    internal static partial Head* HeadOf(SafeOpusFileHandle file, int link);

    [LibraryImport(Lib, EntryPoint = "op_tags")]
    internal static partial Tags* TagsOf(SafeOpusFileHandle file, int link);

    [LibraryImport(Lib, EntryPoint = "op_channel_count")]
    internal static partial int ChannelCount(SafeOpusFileHandle file, int link);

    [LibraryImport(Lib, EntryPoint = "op_link_count")]
    internal static partial int LinkCount(SafeOpusFileHandle file);

    [LibraryImport(Lib, EntryPoint = "op_pcm_tell")]
    internal static partial long PcmTell(SafeOpusFileHandle file);

    [LibraryImport(Lib, EntryPoint = "op_pcm_seek")]
    internal static partial int PcmSeek(SafeOpusFileHandle file, long frame);

    /// <returns>Frames read, 0 at the end, negative: an error. <paramref name="samples"/> counts every channel.</returns>
    [LibraryImport(Lib, EntryPoint = "op_read_float")]
    internal static partial int ReadFloat(SafeOpusFileHandle file, float* interleaved, int samples, int* link);

    internal static string ErrorText(int error) => error switch
    {
        -1 => "request refused",
        Hole => "pages are missing",
        ReadError => "reading the file failed",
        -129 => "out of memory",
        -130 => "a feature that is not implemented",
        -131 => "bad argument",
        -132 => "not an Ogg Opus file",
        -133 => "bad header",
        -134 => "unknown version",
        BadPacket => "a packet does not decode",
        -137 => "links of the file are broken",
        -138 => "not seekable",
        -139 => "impossible granule positions",
        _ => "unknown error",
    };
}

/// <summary>Owns an <c>OggOpusFile*</c>.</summary>
internal sealed class SafeOpusFileHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        OpusFile.Free(handle);
        return true;
    }
}
