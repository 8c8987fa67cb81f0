using System.Text;
using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Files;

/// <summary>Ogg Opus through libopusfile. A hole in the pages is read as silence, so that what follows stays on its time.</summary>
internal sealed unsafe class OpusFrameSource : IFrameSource
{
    public const int SampleRateHz = 48_000;

    /// <summary>The longest packet, 120 ms: libopusfile decodes straight into a buffer of this size.</summary>
    private const int BlockFrames = 5760;

    /// <summary>A file that fails this often in a row has nothing more to say.</summary>
    private const int ErrorsMax = 64;

    private readonly NativeStream _io;
    private readonly SafeOpusFileHandle _file;
    private readonly string _name;
    private readonly float[] _block;
    private long _blockStart;
    private int _blockFrames;

    public OpusFrameSource(Stream stream, string name)
    {
        _name = name;
        _io = new NativeStream(stream);
        _file = OpusFile.Open(_io.Pointer, NativeStream.ForOpusFile, null, 0, out var error);
        if (_file.IsInvalid)
        {
            _io.Dispose();
            throw new AudioFileException($"{name} cannot be read as Ogg Opus: {OpusFile.ErrorText(error)}", _io.Failure);
        }

        Format = new PcmFormat(SampleRateHz, OpusFile.ChannelCount(_file, 0), SampleFormat.F32);
        Frames = Math.Max(0, OpusFile.PcmTotal(_file, -1));
        Tags = ReadTags();
        _block = new float[BlockFrames * Format.Channels];
    }

    public PcmFormat Format { get; }

    public long Frames { get; }

    public long Position { get; private set; }

    public AudioCodec? Codec => AudioCodec.Opus;

    public IReadOnlyList<AudioTag> Tags { get; }

    public int Read(Span<float> interleaved)
    {
        if (Position >= _blockStart + _blockFrames && !NextBlock()) return 0;
        var wanted = interleaved.Length / Format.Channels;
        if (Position < _blockStart)
        {
            var silent = (int)Math.Min(wanted, _blockStart - Position);
            interleaved[..(silent * Format.Channels)].Clear();
            Position += silent;
            return silent;
        }

        var offset = (int)(Position - _blockStart);
        var frames = Math.Min(wanted, _blockFrames - offset);
        _block.AsSpan(offset * Format.Channels, frames * Format.Channels).CopyTo(interleaved);
        Position += frames;
        return frames;
    }

    public void Seek(long frame)
    {
        if (frame < Frames)
        {
            var result = OpusFile.PcmSeek(_file, frame);
            if (result != 0) throw new AudioFileException($"{_name} cannot be sought to frame {frame}: {OpusFile.ErrorText(result)}", _io.Failure);
        }

        Position = _blockStart = frame;
        _blockFrames = 0;
    }

    public void Dispose()
    {
        _file.Dispose();
        _io.Dispose();
    }

    private bool NextBlock()
    {
        if (Position >= Frames) return false;
        for (var errors = 0; errors < ErrorsMax;)
        {
            int frames, link;
            fixed (float* block = _block) frames = OpusFile.ReadFloat(_file, block, _block.Length, &link);
            if (_io.Failure is { } failure) throw new AudioFileException($"{_name} could not be read on: {failure.Message}", failure);
            if (frames == 0) return false;
            if (frames < 0)
            {
                errors++;
                continue;
            }

            if (OpusFile.ChannelCount(_file, link) != Format.Channels)
                throw new AudioFileException($"{_name} changes from {Format.Channels} to {OpusFile.ChannelCount(_file, link)} channels");
            _blockFrames = frames;
            _blockStart = Math.Max(Position, OpusFile.PcmTell(_file) - frames);
            return true;
        }

        return false;
    }

    private List<AudioTag> ReadTags()
    {
        var tags = new List<AudioTag>();
        var found = OpusFile.TagsOf(_file, 0);
        if (found is null) return tags;
        for (var i = 0; i < found->Count; i++)
        {
            var text = Encoding.UTF8.GetString(found->Comments[i], found->Lengths[i]);
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) tags.Add(new AudioTag(text[..equals], text[(equals + 1)..]));
        }

        return tags;
    }
}
