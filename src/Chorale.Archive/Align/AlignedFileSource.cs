using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Archive.Align;

/// <summary>A file that was recorded as a whole: moved by its first frame, to a fraction of a frame, and freed of its crystal's drift.</summary>
internal sealed class AlignedFileSource : IAlignedSource
{
    private readonly AudioFileReader _reader;
    private readonly DriftResampler _resampler;

    /// <param name="track">The file and when it began.</param>
    /// <param name="from">Instant of frame 0 of the stretch.</param>
    /// <param name="rateHz">Of the output.</param>
    /// <param name="fromFrame">First frame of the stretch that is wanted.</param>
    /// <exception cref="AudioFileException">The file cannot be read.</exception>
    public AlignedFileSource(AlignedTrack track, DateTimeOffset from, int rateHz, long fromFrame)
    {
        _reader = AudioFileReader.Open(track.Path);
        try
        {
            Channels = _reader.Format.Channels;
            var rate = track.TrueRate(_reader.Format.SampleRateHz);
            var step = rate / rateHz;
            var first = (from - track.FirstFrameAt).TotalSeconds * rate;
            // What lies before the window is not read at all.
            var skipped = Math.Clamp((long)(first + fromFrame * step) - DriftResampler.Reach(step), 0, _reader.Frames);
            if (skipped > 0) _reader.Seek(skipped);
            _resampler = new DriftResampler(block => _reader.Read(block), Channels, first + fromFrame * step - skipped, step);
        }
        catch
        {
            _reader.Dispose();
            throw;
        }
    }

    public int Channels { get; }

    public void Read(Span<float> interleaved) => _resampler.Read(interleaved);

    public void Dispose() => _reader.Dispose();
}
