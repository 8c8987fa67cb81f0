using Chorale.Archive.Index;
using Chorale.Archive.Range;
using Chorale.Audio.Files;
using Dapper;

namespace Chorale.Archive.Peaks;

/// <param name="Points">Minimum and maximum of each point in turn, signed bytes.</param>
public sealed record ChunkOutline(string ChunkId, long StartUs, long EndUs, byte[] Points);

/// <summary>
/// The outline of chunks for a person to look at: computed when somebody first looks, then kept. Most audio is never looked at, and
/// decoding it all would cost the hub more than taking it in.
/// </summary>
public static class ChunkPeaks
{
    /// <summary>A minute across 600 points; 1.2 kB a minute in the index.</summary>
    public const int PerSecond = 10;

    /// <summary>Two hours decode in about 10 s on one core the first time.</summary>
    public const long PeriodMaxUs = 2L * 3600 * 1_000_000;

    public static IReadOnlyList<ChunkOutline> Read(ArchiveIndex index, string folder, string recorder, long fromUs, long toUs, CancellationToken cancel)
    {
        var outlines = new List<ChunkOutline>();
        var chunks = index.Read(c => RangeSql.Chunks(c, recorder, fromUs, toUs));
        foreach (var chunk in chunks.Where(c => c.StartUs < toUs && c.EndUs > fromUs))
        {
            cancel.ThrowIfCancellationRequested();
            var points = index.Read(c => c.QueryFirstOrDefault<byte[]>(
                "SELECT points FROM peaks WHERE chunk_id = @ChunkId AND per_second = @PerSecond", new { chunk.ChunkId, PerSecond }));
            if (points is null)
            {
                points = Compute(Path.Combine(folder, chunk.Path), cancel);
                if (points.Length > 0) Keep(index, chunk.ChunkId, points);
            }

            outlines.Add(new ChunkOutline(chunk.ChunkId, chunk.StartUs, chunk.EndUs, points));
        }

        return outlines;
    }

    /// <summary>Empty when the file cannot be read: the page shows a flat line, and looks again next time.</summary>
    internal static byte[] Compute(string path, CancellationToken cancel)
    {
        try
        {
            using var reader = AudioFileReader.Open(path);
            var (channels, perPoint) = (reader.Format.Channels, reader.Format.SampleRateHz / PerSecond);
            var block = new float[perPoint * channels];
            var points = new List<byte>();
            while (reader.Read(block) is > 0 and var read)
            {
                cancel.ThrowIfCancellationRequested();
                var (low, high) = (0f, 0f);
                foreach (var sample in block.AsSpan(0, read * channels)) (low, high) = (Math.Min(low, sample), Math.Max(high, sample));
                points.Add((byte)ToByte(low));
                points.Add((byte)ToByte(high));
            }

            return [.. points];
        }
        catch (Exception e) when (e is AudioFileException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static sbyte ToByte(float sample) => (sbyte)Math.Clamp(MathF.Round(sample * 127), -127, 127);

    // The chunk may have been deleted since it was looked up.
    private static void Keep(ArchiveIndex index, string chunkId, byte[] points) => index.Write((c, t) => c.Execute(
        "INSERT OR REPLACE INTO peaks SELECT chunk_id, @PerSecond, @points FROM chunks WHERE chunk_id = @chunkId",
        new { chunkId, PerSecond, points }, t));
}
