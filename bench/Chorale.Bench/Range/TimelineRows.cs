using System.Diagnostics;
using Chorale.TestKit;

namespace Chorale.Bench.Range;

/// <summary>
/// An index as 100 recorders leave it after 30 days of 60 s chunks, made in SQL without the files. The counting triggers are set aside
/// while it is made and what they keep is written directly: they would take an hour.
/// </summary>
internal static class TimelineRows
{
    public const int Days = 30;
    public const int Recorders = 100;
    private const int ChunksEach = Days * 24 * 60;

    /// <summary>On a machine so busy that this is not enough, the rest of the chunk rows is left out, and the number told says so.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <returns>Rows in the table of chunks.</returns>
    public static long Fill(string path, long startUs)
    {
        using var rows = new ArchiveRows(path);
        rows.Execute("PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; PRAGMA wal_autocheckpoint=100000");
        string[] counting = ["chunk_counted", "day_counted"];
        var triggers = Array.ConvertAll(counting, name => (string)rows.Execute("SELECT sql FROM sqlite_master WHERE name = $1", name)!);
        foreach (var name in counting) rows.Execute($"DROP TRIGGER {name}");
        var watch = Stopwatch.StartNew();
        for (var n = 0; n < Recorders; n++)
        {
            var recorder = $"recorder-{n:000}";
            rows.Recorder(recorder);
            if (watch.Elapsed < Limit) AddChunks(rows, recorder, startUs);
            rows.Execute("""
                WITH RECURSIVE h(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM h WHERE n < $3)
                INSERT INTO coverage SELECT $1, $2 + n, 3600000000, 60, 0 FROM h
                """, recorder, startUs / 3_600_000_000, Days * 24 - 1);
            AddLevels(rows, recorder, startUs / 3_600_000_000);
            rows.Execute("INSERT INTO totals VALUES ($1, $2, $2 * 180000, $2 * 60000000, 60000000)", recorder, ChunksEach);
        }

        foreach (var trigger in triggers) rows.Execute(trigger);
        rows.Execute("INSERT INTO days SELECT hour / 24, SUM(covered_us), SUM(chunks) FROM coverage GROUP BY 1");
        rows.Execute("UPDATE outlined SET up_to = (SELECT MAX(rowid) FROM chunks)"); // there are no files to make outlines of
        return (long)rows.Execute("SELECT count(*) FROM chunks")!;
    }

    private static void AddChunks(ArchiveRows rows, string recorder, long startUs) => rows.Execute(
        """
        WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < $3)
        INSERT INTO chunks (chunk_id, recorder_id, run_id, number, first_frame, frames, rate_hz, channels, codec, start_us, end_us, path, size_bytes, sha256, received_us)
        SELECT printf('%s-%06d', $1, n), $1, $1, n, n * 2880000, 2880000, 48000, 1, 'opus', $2 + n * 60000000, $2 + (n + 1) * 60000000,
               printf('audio/%s/%06d.ogg', $1, n), 180000, printf('%064d', n), $2 + (n + 1) * 60000000 FROM c
        """, recorder, startUs, ChunksEach - 1);

    /// <summary>Quiet nights, loud days: a level for every ten seconds, as the hub keeps them.</summary>
    private static void AddLevels(ArchiveRows rows, string recorder, long firstHour)
    {
        for (var n = 0; n < Days * 24; n++)
        {
            var hour = firstHour + n;
            var (rms, peak) = ((byte)(130 + 50 * Math.Abs(Math.Sin(hour % 24 / 24.0 * Math.PI))), (byte)(170 + 60 * Math.Abs(Math.Sin(hour % 24 / 24.0 * Math.PI))));
            var slots = new byte[720];
            for (var slot = 0; slot < 360; slot++) (slots[2 * slot], slots[2 * slot + 1]) = ((byte)(peak - slot % 17), (byte)(rms - slot % 13));
            rows.Execute("INSERT INTO loudness VALUES ($1, $2, $3)", recorder, hour, slots);
            rows.Execute("INSERT INTO loudness_hours VALUES ($1, $2, $3, $4, $5)", recorder, hour, peak, rms - 6, rms - 12);
        }
    }
}
