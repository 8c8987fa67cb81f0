using Chorale.Archive.Index;
using Chorale.Archive.Range;
using Chorale.Audio.Files;

namespace Chorale.Archive.Peaks;

/// <param name="StartUs">Wall time of the first point.</param>
/// <param name="Points">Minimum and maximum of each point in turn, signed bytes: 127 times the root of the sample.</param>
public sealed record ChunkPart(string ChunkId, long StartUs, long EndUs, byte[] Points);

/// <param name="PerSecond">Points in a second of each part.</param>
public sealed record PeriodPeaks(double PerSecond, IReadOnlyList<ChunkPart> Chunks);

/// <summary>
/// The outline of a period, for a person to look at. Ten points a second are kept for every chunk (<see cref="OutlineLoop"/>) and only read
/// here; more than that, for a minute or less, is decoded when it is asked for.
/// </summary>
public static class ChunkPeaks
{
    /// <summary>A minute across 600 points; 1.2 kB a minute in the index, beside 180 kB of audio.</summary>
    public const int PerSecond = 10;

    /// <summary>Ten seconds across 1000 points.</summary>
    public const int FinePerSecond = 100;

    /// <summary>A minute decodes in about a tenth of a second.</summary>
    private const long FineMaxUs = 60_000_000;

    /// <summary>Longer periods are told as levels.</summary>
    public const long PeriodMaxUs = 2L * 3600 * 1_000_000;

    /// <param name="pointsMax">About so many points over the period are enough.</param>
    /// <param name="isFine">Decode it for <see cref="FinePerSecond"/>, if it is a minute or less.</param>
    public static PeriodPeaks Read(ArchiveIndex index, string folder, string recorder, long fromUs, long toUs, int pointsMax, bool isFine, CancellationToken cancel)
    {
        var seconds = (toUs - fromUs) / 1e6;
        var chunks = index.Read(c => RangeSql.Chunks(c, recorder, fromUs, toUs)).Where(c => c.StartUs < toUs && c.EndUs > fromUs);
        if (isFine && toUs - fromUs <= FineMaxUs)
            return new PeriodPeaks(FinePerSecond, [.. chunks.Select(c => Fine(Path.Combine(folder, c.Path), c, fromUs, toUs, cancel))]);

        var together = Math.Max(1, (int)Math.Ceiling(seconds * PerSecond / pointsMax));
        return new PeriodPeaks((double)PerSecond / together, [.. chunks.Select(c => Kept(index, folder, recorder, c, together, cancel))]);
    }

    /// <summary>Null when the file cannot be opened now; <see cref="Outlined.Nothing"/> when it is no audio and never will be.</summary>
    internal static Outlined? TryMake(string path, long startUs, CancellationToken cancel)
    {
        try
        {
            using var reader = AudioFileReader.Open(path);
            return Outlined.Of(reader, startUs, PerSecond, long.MaxValue, cancel);
        }
        catch (AudioFileException)
        {
            return Outlined.Nothing;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static ChunkPart Kept(ArchiveIndex index, string folder, string recorder, RangeChunk chunk, int together, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var points = index.Read(c => PeaksSql.Points(c, chunk.ChunkId));
        if (points is null && TryMake(Path.Combine(folder, chunk.Path), chunk.StartUs, cancel) is { } made)
        {
            points = made.Points;
            index.Write((c, t) => PeaksSql.Keep(c, t, new OutlineOrder(chunk.ChunkId, recorder, chunk.Path, chunk.StartUs), made));
        }

        return new ChunkPart(chunk.ChunkId, chunk.StartUs, chunk.EndUs, Joined(points ?? [], together));
    }

    private static ChunkPart Fine(string path, RangeChunk chunk, long fromUs, long toUs, CancellationToken cancel)
    {
        var (begin, end) = (Math.Max(fromUs, chunk.StartUs), Math.Min(toUs, chunk.EndUs));
        try
        {
            using var reader = AudioFileReader.Open(path);
            var rate = reader.Format.SampleRateHz;
            reader.Seek(Math.Min((begin - chunk.StartUs) * rate / 1_000_000, reader.Frames));
            var points = Outlined.Of(reader, begin, FinePerSecond, (end - begin) * rate / 1_000_000, cancel).Points;
            return new ChunkPart(chunk.ChunkId, begin, end, points);
        }
        catch (Exception e) when (e is AudioFileException or IOException or UnauthorizedAccessException)
        {
            return new ChunkPart(chunk.ChunkId, begin, end, []);
        }
    }

    /// <summary>Several points as one that spans them all.</summary>
    private static byte[] Joined(byte[] points, int together)
    {
        if (together == 1) return points;
        var joined = new byte[(points.Length / 2 + together - 1) / together * 2];
        for (var n = 0; n < points.Length / 2; n++)
        {
            var at = n / together * 2;
            joined[at] = (byte)Math.Min((sbyte)joined[at], (sbyte)points[2 * n]);
            joined[at + 1] = (byte)Math.Max((sbyte)joined[at + 1], (sbyte)points[2 * n + 1]);
        }

        return joined;
    }
}
