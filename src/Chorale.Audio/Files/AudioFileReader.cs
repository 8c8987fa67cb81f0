using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Files;

/// <summary>
/// Reads any audio file as float frames: Ogg Opus through libopusfile (pre-skip, end trim and seeking exact), everything else through
/// libsndfile. Used by one thread. For a file whose tail may be torn, <see cref="ChunkFiles"/> comes first.
/// </summary>
public sealed class AudioFileReader : IDisposable
{
    private readonly IFrameSource _source;
    private readonly Stream? _owned;

    private AudioFileReader(IFrameSource source, Stream? owned)
    {
        _source = source;
        _owned = owned;
    }

    /// <summary>Rate and channels of what <see cref="Read"/> gives (48 kHz for Opus); the sample format is always F32.</summary>
    public PcmFormat Format => _source.Format;

    /// <summary>Frames from start to end; holes in an Opus file count, and are read as silence.</summary>
    public long Frames => _source.Frames;

    /// <summary>Tags in the order of the file.</summary>
    public IReadOnlyList<AudioTag> Tags => _source.Tags;

    /// <summary>The frame that the next <see cref="Read"/> begins with.</summary>
    public long Position => _source.Position;

    public AudioCodec? Codec => _source.Codec;

    /// <exception cref="AudioFileException">Not audio that we can read, or a library is missing.</exception>
    public static AudioFileReader Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 16 * 1024);
        try
        {
            return new AudioFileReader(OpenSource(stream, path), stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <param name="stream">Seekable; stays the caller's, who closes it after the reader.</param>
    /// <exception cref="AudioFileException">Not audio that we can read, or a library is missing.</exception>
    public static AudioFileReader Open(Stream stream) => new(OpenSource(stream, "the stream"), null);

    /// <summary>Reads interleaved floats, full scale +-1.0.</summary>
    /// <param name="interleaved">At least one frame long; only whole frames are used.</param>
    /// <returns>Frames read: less than asked for only at the end, 0 there.</returns>
    public int Read(Span<float> interleaved)
    {
        var wanted = interleaved.Length / Format.Channels;
        var read = 0;
        while (read < wanted)
        {
            var got = _source.Read(interleaved[(read * Format.Channels)..(wanted * Format.Channels)]);
            if (got == 0) break;
            read += got;
        }

        return read;
    }

    /// <summary>Goes to a frame, exactly.</summary>
    public void Seek(long frame)
    {
        if (frame < 0 || frame > Frames) throw new ArgumentOutOfRangeException(nameof(frame), frame, $"allowed are 0 to {Frames}");
        _source.Seek(frame);
    }

    public void Dispose()
    {
        _source.Dispose();
        _owned?.Dispose();
    }

    private static IFrameSource OpenSource(Stream stream, string name)
    {
        Span<byte> head = stackalloc byte[64];
        stream.Position = 0;
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        if (length == 0) throw new AudioFileException($"{name} is empty (0 bytes)");
        return head[..length].IndexOf("OpusHead"u8) > 0 && head.StartsWith("OggS"u8)
            ? CodecLibrary.Require<IFrameSource>(OpusFile.Lib, OpusFile.Package, () => new OpusFrameSource(stream, name))
            : CodecLibrary.Require<IFrameSource>(SndFile.Lib, SndFile.Package, () => new SndFrameSource(stream, name));
    }
}

/// <summary>One opened file of one library.</summary>
internal interface IFrameSource : IDisposable
{
    PcmFormat Format { get; }

    long Frames { get; }

    long Position { get; }

    AudioCodec? Codec { get; }

    IReadOnlyList<AudioTag> Tags { get; }

    /// <returns>Frames, at least 1 unless the file has ended.</returns>
    int Read(Span<float> interleaved);

    void Seek(long frame);
}
