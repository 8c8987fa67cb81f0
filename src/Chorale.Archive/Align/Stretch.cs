using Chorale.Archive.Index;
using Chorale.Archive.Range;
using Chorale.Audio.Files;
using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Align;

/// <summary>
/// A stretch of time on one common line: frame n of every track is the instant <c>FromUs + n / RateHz</c>, and every track has exactly
/// <see cref="Frames"/> frames. What is not there is silence.
/// </summary>
/// <param name="FromUs">Instant of frame 0, microseconds since 1970 UTC.</param>
public sealed record Stretch(long FromUs, long Frames, int RateHz, IReadOnlyList<StretchTrack> Tracks)
{
    /// <summary>Frames at a time: a third of a second at 48 kHz.</summary>
    private const int BlockFrames = 16_384;

    /// <summary>Writes tracks as one file, their channels in the order given.</summary>
    /// <param name="output">Takes the bytes as they come.</param>
    /// <param name="tracks">One, or several for a file of many channels.</param>
    /// <param name="codec">Form of the file.</param>
    /// <param name="bits">16 or 24.</param>
    /// <param name="fromFrame">First frame of the stretch that is written.</param>
    /// <param name="frames">How many.</param>
    /// <param name="progress">Frames done, after each block.</param>
    /// <exception cref="AudioFileException">The form cannot hold this; the message says what it can.</exception>
    public async Task WriteAsync(
        Stream output, IReadOnlyList<StretchTrack> tracks, AudioCodec codec, int bits, long fromFrame, long frames, Action<long>? progress, CancellationToken cancel)
    {
        var shape = new AudioShape(codec, RateHz, tracks.Sum(t => t.Channels), bits, frames);
        AudioTag[] tags =
        [
            new("TITLE", string.Join(" ", tracks.Select(t => t.Name))),
            new("CHORALE_ALIGNED_FROM", Protocol.WallTime.ToText(FromUs + (long)Math.Round(fromFrame * 1e6 / RateHz))),
        ];
        var sources = new List<IAlignedSource>();
        try
        {
            foreach (var track in tracks) sources.Add(track.Open(fromFrame));
            await AudioStream.WriteAsync(output, shape, tags, Blocks(sources, shape.Channels, frames, progress, cancel), cancel);
        }
        finally
        {
            foreach (var source in sources) source.Dispose();
        }
    }

    /// <summary>One recorder of an archive as a track.</summary>
    public static StretchTrack OfArchive(
        ArchiveIndex index, string folder, string recorder, string name, long fromUs, long toUs, int rateHz, ILogger log)
    {
        var lines = LinesOf(index, recorder, fromUs, toUs);
        var channels = lines.Count == 0 ? 1 : lines.Max(l => l.Chunks.Max(c => c.Channels));
        return new StretchTrack(name, channels, at => new AlignedChunkSource(lines, channels, fromUs, rateHz, at, c => Path.Combine(folder, c.Path), log));
    }

    /// <summary>One whole file as a track.</summary>
    /// <exception cref="AudioFileException">It cannot be read.</exception>
    public static StretchTrack OfFile(AlignedTrack track, long fromUs, int rateHz)
    {
        using var reader = AudioFileReader.Open(track.Path);
        var from = Protocol.WallTime.FromMicroseconds(fromUs);
        return new StretchTrack(track.Name, reader.Format.Channels, at => new AlignedFileSource(track, from, rateHz, at));
    }

    /// <summary>With the neighbours on either side: where the next chunk began tells how fast this one's crystal ran.</summary>
    private static IReadOnlyList<ChunkLine> LinesOf(ArchiveIndex index, string recorder, long fromUs, long toUs) =>
        ChunkLine.Of(index.Read(c => RangeSql.Chunks(c, recorder, fromUs, toUs)));

    /// <summary>The next block overwrites the last one.</summary>
    private static IEnumerable<ReadOnlyMemory<float>> Blocks(
        List<IAlignedSource> sources, int channels, long frames, Action<long>? progress, CancellationToken cancel)
    {
        var mixed = new float[BlockFrames * channels];
        var own = new float[BlockFrames * sources.Max(s => s.Channels)];
        for (long done = 0; done < frames;)
        {
            cancel.ThrowIfCancellationRequested();
            var count = (int)Math.Min(BlockFrames, frames - done);
            if (sources.Count == 1) sources[0].Read(mixed.AsSpan(0, count * channels));
            else Weave(sources, channels, count, own, mixed);
            yield return mixed.AsMemory(0, count * channels);
            done += count;
            progress?.Invoke(done);
        }
    }

    private static void Weave(List<IAlignedSource> sources, int channels, int frames, float[] own, float[] mixed)
    {
        var first = 0;
        foreach (var source in sources)
        {
            var width = source.Channels;
            source.Read(own.AsSpan(0, frames * width));
            for (var i = 0; i < frames * width; i++) mixed[i / width * channels + first + i % width] = own[i];
            first += width;
        }
    }
}
