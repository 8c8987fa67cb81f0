using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Files;

/// <summary>
/// Writes FLAC through libFLAC with blocks of 20 ms, so that a killed file is exact up to its last block (libsndfile would hold back up
/// to 520 ms). S16 is stored as 16 bits, everything else as 24: S24 exactly, S32 without its lowest 8 bits, F32 rounded. A cut ends one
/// stream and begins another, which in a lossless codec is exact.
/// </summary>
internal sealed unsafe class FlacChunkEncoder : IChunkEncoder
{
    private const int BlocksPerSecond = 50;

    private readonly EncoderSettings _settings;
    private readonly PcmFormat _input;
    private readonly ChunkCompleted _completed;
    private SafeFlacEncoderHandle? _encoder;
    private FlacOutput? _output;
    private int[] _samples = [];
    private long _framesBefore;
    private long _frames;

    public FlacChunkEncoder(EncoderSettings settings, PcmFormat input, ChunkCompleted completed)
    {
        _settings = settings;
        _input = input;
        _completed = completed;
    }

    public long FramesOut => _framesBefore + (_output?.Frames ?? 0);

    /// <summary>libFLAC writes a block when it has seen the first frame of the next one.</summary>
    public int FramesToNextOutput => BlockFrames - (int)(_frames % BlockFrames) + 1;

    private int BlockFrames => _input.SampleRateHz / BlocksPerSecond;

    public void Begin(Stream output, IReadOnlyList<AudioTag> tags)
    {
        if (_encoder is not null) throw new InvalidOperationException("the run has begun already");
        _framesBefore = 0;
        Open(output, tags);
    }

    public void Write(ReadOnlySpan<byte> interleaved)
    {
        var encoder = Encoder();
        var frames = Math.DivRem(interleaved.Length, _input.BytesPerFrame, out var rest);
        if (rest != 0) throw new ArgumentException($"{interleaved.Length} bytes are not whole frames of {_input.BytesPerFrame} bytes", nameof(interleaved));
        if (frames == 0) return;
        var count = frames * _input.Channels;
        if (_samples.Length < count) _samples = new int[count];
        SampleConversion.ToFlac(interleaved, _input.SampleFormat, _samples);
        _frames += frames;
        fixed (int* samples = _samples) Check(Flac.Process(encoder, samples, (uint)frames), "FLAC__stream_encoder_process_interleaved");
    }

    public void Cut(Stream next, IReadOnlyList<AudioTag> tags)
    {
        foreach (var tag in tags) ChunkEncoders.ThrowIfBadTag(tag);
        End();
        Open(next, tags);
    }

    public void End()
    {
        Check(Flac.Finish(Encoder()), "FLAC__stream_encoder_finish");
        var (stream, frames) = (_output!.Stream, _frames);
        stream.Position = _output.End; // libFLAC ends in the header, which it has just completed
        Dispose();
        _framesBefore += frames;
        _completed(stream, frames);
    }

    public void Dispose()
    {
        if (_encoder is null) return;
        _output!.IsSilenced = true; // deleting an unfinished encoder would write; what is open stays as it is
        _encoder.Dispose();
        _encoder = null;
        _output.Dispose();
        _output = null;
    }

    private SafeFlacEncoderHandle Encoder() => _encoder ?? throw new InvalidOperationException("no run has begun");

    private void Open(Stream stream, IReadOnlyList<AudioTag> tags)
    {
        if (!stream.CanSeek) throw new ArgumentException("the stream cannot seek, and FLAC writes its length in front at the end", nameof(stream));
        using var metadata = Metadata(tags);
        _frames = 0;
        _output = new FlacOutput(stream);
        var encoder = _encoder = Flac.EncoderNew();
        Check(Flac.SetStreamableSubset(encoder, 0), "FLAC__stream_encoder_set_streamable_subset"); // rates above 65 535 Hz are not all in it
        Check(Flac.SetChannels(encoder, (uint)_input.Channels), "FLAC__stream_encoder_set_channels");
        Check(Flac.SetBitsPerSample(encoder, _input.SampleFormat == SampleFormat.S16 ? 16u : 24u), "FLAC__stream_encoder_set_bits_per_sample");
        Check(Flac.SetSampleRate(encoder, (uint)_input.SampleRateHz), "FLAC__stream_encoder_set_sample_rate");
        Check(Flac.SetCompressionLevel(encoder, (uint)_settings.Complexity), "FLAC__stream_encoder_set_compression_level");
        Check(Flac.SetBlockFrames(encoder, (uint)BlockFrames), "FLAC__stream_encoder_set_blocksize");
        var block = metadata.DangerousGetHandle();
        Check(Flac.SetMetadata(encoder, &block, 1), "FLAC__stream_encoder_set_metadata");
        var status = Flac.Init(encoder, &Write, &Seek, &Tell, 0, _output.Pointer);
        _output.ThrowIfFailed();
        if (status != 0) throw new AudioFileException($"FLAC__stream_encoder_init_stream failed with {status}: {Flac.StateOf(encoder)}");
    }

    private static SafeFlacMetadataHandle Metadata(IReadOnlyList<AudioTag> tags)
    {
        foreach (var tag in tags) ChunkEncoders.ThrowIfBadTag(tag);
        Flac.EnsureResolved();
        var metadata = CodecLibrary.Require(Flac.Lib, Flac.Package, () => Flac.MetadataNew(Flac.VorbisComment));
        foreach (var tag in tags)
        {
            var text = Encoding.UTF8.GetBytes($"{tag.Name}={tag.Value}");
            fixed (byte* bytes = text)
            {
                if (Flac.AppendComment(metadata, new Flac.CommentEntry { Length = (uint)text.Length, Text = bytes }, copy: 1) == 0)
                    throw new AudioFileException($"libFLAC refuses the tag {tag.Name}");
            }
        }

        return metadata;
    }

    private void Check(int succeeded, string function)
    {
        _output!.ThrowIfFailed();
        if (succeeded == 0) throw new AudioFileException($"{function} failed: {Flac.StateOf(Encoder())}");
    }

    private static FlacOutput Of(nint user) => (FlacOutput)GCHandle.FromIntPtr(user).Target!;

    [UnmanagedCallersOnly]
    private static int Write(nint encoder, byte* bytes, nuint count, uint frames, uint block, nint user)
        => Of(user).Try(o => o.Write(new ReadOnlySpan<byte>(bytes, (int)count), (int)frames));

    [UnmanagedCallersOnly]
    private static int Seek(nint encoder, ulong offset, nint user) => Of(user).Try(o => o.Stream.Position = o.Start + (long)offset);

    [UnmanagedCallersOnly]
    private static int Tell(nint encoder, ulong* offset, nint user) => Of(user).Try(o => *offset = (ulong)(o.Stream.Position - o.Start));

    /// <summary>Where one file's blocks go. An exception of the stream is kept until the native call has returned.</summary>
    private sealed class FlacOutput : IDisposable
    {
        private GCHandle _self;
        private ExceptionDispatchInfo? _failure;

        public FlacOutput(Stream stream)
        {
            Stream = stream;
            Start = stream.Position;
            _self = GCHandle.Alloc(this);
        }

        public Stream Stream { get; }

        public long Start { get; }

        /// <summary>Just after the last byte of the file.</summary>
        public long End { get; private set; }

        /// <summary>Frames whose blocks are in the stream.</summary>
        public long Frames { get; private set; }

        public bool IsSilenced { get; set; }

        public nint Pointer => GCHandle.ToIntPtr(_self);

        public void Write(ReadOnlySpan<byte> bytes, int frames)
        {
            if (IsSilenced) return;
            Stream.Write(bytes);
            End = Math.Max(End, Stream.Position);
            Frames += frames;
        }

        /// <returns>0 for success and 1 for failure, in every one of libFLAC's callback enums.</returns>
        public int Try(Action<FlacOutput> action)
        {
            if (IsSilenced) return 1;
            try
            {
                action(this);
                return 0;
            }
            catch (Exception e)
            {
                _failure ??= ExceptionDispatchInfo.Capture(e);
                return 1;
            }
        }

        public void ThrowIfFailed() => _failure?.Throw();

        public void Dispose() => _self.Free();
    }
}
