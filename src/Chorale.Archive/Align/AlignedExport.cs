using System.Runtime.InteropServices;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Archive.Align;

/// <summary>One file on the common time line.</summary>
/// <param name="Name">Of its module; becomes a file name.</param>
/// <param name="Path">The original; only read.</param>
/// <param name="FirstFrameAt">Instant of its first frame.</param>
/// <param name="RatePpm">How much faster than nominal its frames came, by the clock of <paramref name="FirstFrameAt"/>.</param>
public sealed record AlignedTrack(string Name, string Path, DateTimeOffset FirstFrameAt, double RatePpm)
{
    /// <summary>Frames in a second of the common clock.</summary>
    internal double TrueRate(int nominalHz) => nominalHz * (1 + RatePpm / 1e6);
}

/// <summary>What was written.</summary>
/// <param name="Path">The file.</param>
/// <param name="Tracks">Names, in the order of the channels.</param>
/// <param name="Channels">In all.</param>
/// <param name="Frames">Of each channel.</param>
public sealed record AlignedFile(string Path, IReadOnlyList<string> Tracks, int Channels, long Frames);

/// <summary>
/// Writes files that were recorded together so that frame n of every one is the same instant: each is moved by its first frame, to a
/// fraction of a frame, and resampled by what its crystal ran fast or slow. Originals stay as they are.
/// </summary>
public sealed class AlignedExport
{
    private readonly IReadOnlyList<AlignedTrack> _tracks;
    private readonly DateTimeOffset _from;
    private readonly long _frames;

    /// <param name="tracks">At least one.</param>
    /// <param name="from">Instant of frame 0.</param>
    /// <param name="to">End; null: where the last of the files ends.</param>
    /// <param name="rateHz">Of the output; null: that of the first file.</param>
    /// <exception cref="AudioFileException">A file cannot be read.</exception>
    /// <exception cref="ArgumentException">There is nothing between from and to.</exception>
    public AlignedExport(IReadOnlyList<AlignedTrack> tracks, DateTimeOffset from, DateTimeOffset? to, int? rateHz)
    {
        if (tracks.Count == 0) throw new ArgumentException("there is no file to align", nameof(tracks));
        (_tracks, _from) = (tracks, from);
        var end = DateTimeOffset.MinValue;
        foreach (var track in tracks)
        {
            using var reader = AudioFileReader.Open(track.Path);
            RateHz = RateHz == 0 ? rateHz ?? reader.Format.SampleRateHz : RateHz;
            var trackEnd = track.FirstFrameAt.AddSeconds(reader.Frames / track.TrueRate(reader.Format.SampleRateHz));
            if (trackEnd > end) end = trackEnd;
        }

        _frames = (long)Math.Round(((to ?? end) - from).TotalSeconds * RateHz);
        if (_frames <= 0) throw new ArgumentException($"nothing was recorded between {from:O} and {to ?? end:O}", nameof(to));
    }

    public int RateHz { get; }

    public TimeSpan Duration => TimeSpan.FromSeconds((double)_frames / RateHz);

    /// <summary>One file a track, named after it.</summary>
    public IReadOnlyList<AlignedFile> WriteFolder(string folder, AudioCodec codec, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        return [.. _tracks.Select(t => Write(System.IO.Path.Combine(folder, t.Name + Suffix(codec)), [t], codec, cancel))];
    }

    /// <summary>All tracks in one file, their channels in the order of the tracks.</summary>
    /// <exception cref="AudioFileException">More channels than a file holds; the message says how many.</exception>
    public AlignedFile WriteSingle(string path, AudioCodec codec, CancellationToken cancel) => Write(path, _tracks, codec, cancel);

    private AlignedFile Write(string path, IReadOnlyList<AlignedTrack> tracks, AudioCodec codec, CancellationToken cancel)
    {
        var sources = new List<AlignedFileSource>();
        try
        {
            foreach (var track in tracks) sources.Add(new AlignedFileSource(track, _from, RateHz, 0));
            var channels = sources.Sum(s => s.Channels);
            var part = path + ".part"; // what has its name is whole
            using (var file = new FileStream(part, FileMode.Create, FileAccess.ReadWrite))
            using (var encoder = ChunkEncoders.Create(new EncoderSettings(codec), new PcmFormat(RateHz, channels, SampleFormat.S24), (_, _) => { }))
            {
                encoder.Begin(file, [new("TITLE", string.Join(" ", tracks.Select(t => t.Name))), new("CHORALE_ALIGNED_FROM", _from.UtcDateTime.ToString("O"))]);
                Copy(sources, channels, encoder, cancel);
                encoder.End();
            }

            File.Move(part, path, overwrite: true);
            return new AlignedFile(path, [.. tracks.Select(t => t.Name)], channels, _frames);
        }
        finally
        {
            foreach (var source in sources) source.Dispose();
        }
    }

    private void Copy(List<AlignedFileSource> sources, int channels, IChunkEncoder encoder, CancellationToken cancel)
    {
        var samples = new int[Block * channels];
        var block = new float[Block * sources.Max(s => s.Channels)];
        for (long done = 0; done < _frames; done += Block)
        {
            cancel.ThrowIfCancellationRequested();
            var frames = (int)Math.Min(Block, _frames - done);
            var first = 0;
            foreach (var source in sources)
            {
                var own = source.Channels;
                source.Read(block.AsSpan(0, frames * own));
                for (var i = 0; i < frames * own; i++) samples[i / own * channels + first + i % own] = ToS24(block[i]);
                first += own;
            }

            encoder.Write(MemoryMarshal.AsBytes(samples.AsSpan(0, frames * channels)));
        }
    }

    /// <summary>24 bits in the upper part of 32, as the encoders take them.</summary>
    private static int ToS24(float sample) => (int)Math.Clamp(MathF.Round(sample * 8_388_608f), -8_388_608f, 8_388_607f) << 8;

    private static string Suffix(AudioCodec codec) => codec == AudioCodec.Flac ? ".flac" : ".wav";

    /// <summary>Frames at a time: a third of a second at 48 kHz.</summary>
    private const int Block = 16_384;
}
