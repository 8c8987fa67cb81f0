using System.Runtime.InteropServices;
using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Files;

/// <summary>WAV, FLAC and every other file that libsndfile reads.</summary>
internal sealed unsafe class SndFrameSource : IFrameSource
{
    private static readonly string[] StringNames =
        ["TITLE", "COPYRIGHT", "SOFTWARE", "ARTIST", "COMMENT", "DATE", "ALBUM", "LICENSE", "TRACKNUMBER"];

    private readonly NativeStream _io;
    private readonly SafeSndFileHandle _file;
    private readonly string _name;

    public SndFrameSource(Stream stream, string name)
    {
        _name = name;
        _io = new NativeStream(stream);
        var info = default(SndFile.Info);
        _file = SndFile.Open(NativeStream.ForSndFile, SndFile.ModeRead, ref info, _io.Pointer);
        if (_file.IsInvalid || info.Channels <= 0 || info.SampleRateHz <= 0)
        {
            var why = _io.Failure?.Message ?? SndFile.OpenError();
            Dispose();
            throw new AudioFileException($"{name} cannot be read as audio: {why}", _io.Failure);
        }

        Codec = (info.Format & SndFile.TypeMask) switch
        {
            SndFile.TypeWav or SndFile.TypeWavEx or SndFile.TypeRf64 => AudioCodec.Wav,
            SndFile.TypeFlac => AudioCodec.Flac,
            _ => null,
        };
        var position = stream.Position;
        Format = new PcmFormat(info.SampleRateHz, info.Channels, SampleFormat.F32);
        Frames = info.Frames < long.MaxValue ? info.Frames : CountFrames();
        Tags = Codec switch
        {
            AudioCodec.Wav => WavInspection.ReadTags(stream),
            AudioCodec.Flac => FlacInspection.ReadTags(stream),
            _ => ReadTags(),
        };
        stream.Position = position; // libsndfile goes on from where it was
    }

    public PcmFormat Format { get; }

    public long Frames { get; }

    public long Position { get; private set; }

    public AudioCodec? Codec { get; }

    public IReadOnlyList<AudioTag> Tags { get; }

    public int Read(Span<float> interleaved)
    {
        long frames;
        fixed (float* samples = interleaved) frames = SndFile.ReadFloat(_file, samples, interleaved.Length / Format.Channels);
        if (_io.Failure is { } failure) throw new AudioFileException($"{_name} could not be read on: {failure.Message}", failure);
        Position += Math.Max(0, frames);
        return (int)Math.Max(0, frames);
    }

    public void Seek(long frame)
    {
        if (SndFile.Seek(_file, frame, SndFile.SeekSet) != frame) throw new AudioFileException($"{_name} cannot be sought to frame {frame}", _io.Failure);
        Position = frame;
    }

    public void Dispose()
    {
        _file.Dispose();
        _io.Dispose();
    }

    /// <summary>A FLAC file that was killed does not know its length.</summary>
    private long CountFrames()
    {
        var samples = new float[4096 * Format.Channels];
        long frames = 0;
        int read;
        while ((read = Read(samples)) > 0) frames += read;
        Position = 0;
        if (frames > 0) Seek(0);
        return frames;
    }

    /// <summary>What libsndfile knows by name. It passes over most comments of FLAC and long ones of WAV, so those are read by us.</summary>
    private List<AudioTag> ReadTags()
    {
        var tags = new List<AudioTag>();
        for (var i = 0; i < StringNames.Length; i++)
        {
            if (Marshal.PtrToStringUTF8(SndFile.GetString(_file, SndFile.FirstString + i)) is not { Length: > 0 } text) continue;
            tags.Add(new AudioTag(StringNames[i], text));
        }

        return tags;
    }
}
