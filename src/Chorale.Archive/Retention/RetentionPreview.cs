using Chorale.Archive.Index;
using Chorale.Protocol;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Retention;

/// <summary>What a rule would delete at once.</summary>
/// <param name="UntilUs">End of what would go; null: nothing would.</param>
/// <param name="IsExact">False: more than could be counted; reckoned from the hours that the index keeps.</param>
public sealed record RetentionPreview(long Bytes, long? UntilUs, bool IsExact)
{
    /// <summary>Counted one by one as retention itself does, up to so many; it takes some 30 ms.</summary>
    internal const int CountedMax = 20_000;

    /// <param name="limits">The floor of free space is not looked at: below it audio goes whatever the rule.</param>
    /// <param name="now">By which audio is old (<see cref="Chorale.Storage.AgeClock"/>).</param>
    public static RetentionPreview Of(ArchiveIndex index, RetentionLimits limits, DateTimeOffset now, int countedMax = CountedMax)
    {
        var beforeUs = limits.KeepFor is { } age ? WallTime.ToMicroseconds(now - age) : long.MinValue;
        return index.Read(c =>
        {
            var held = c.ExecuteScalar<long>("SELECT COALESCE(SUM(bytes), 0) FROM totals");
            var tooMany = limits.KeepBytes is { } most ? held - most : 0;
            var (count, bytes, until) = (0, 0L, 0L);
            foreach (var chunk in c.Query<Oldest>("SELECT end_us, size_bytes FROM chunks ORDER BY start_us LIMIT @countedMax", new { countedMax }, buffered: false))
            {
                if (bytes >= tooMany && chunk.EndUs > beforeUs) return new RetentionPreview(bytes, count == 0 ? null : until, IsExact: true);
                (count, bytes, until) = (count + 1, bytes + chunk.SizeBytes, Math.Max(until, chunk.EndUs));
            }

            return count < countedMax ? new RetentionPreview(bytes, count == 0 ? null : until, IsExact: true) : Reckoned(c, held, tooMany, beforeUs, WallTime.ToMicroseconds(now));
        });
    }

    private static RetentionPreview Reckoned(SqliteConnection c, long held, long tooMany, long beforeUs, long nowUs)
    {
        var tooOld = beforeUs == long.MinValue ? 0 : (long)c.ExecuteScalar<double>(
            """
            SELECT COALESCE(SUM(CAST(c.covered_us AS REAL) * t.bytes / t.covered_us), 0.0)
            FROM totals t CROSS JOIN coverage c ON c.recorder_id = t.recorder_id AND c.hour < @hour
            WHERE t.covered_us > 0
            """, new { hour = beforeUs / 3_600_000_000 });
        if (tooOld >= tooMany) return new RetentionPreview(tooOld, beforeUs, IsExact: false);

        // Day by day, each second of audio at what one weighs on the whole.
        var days = c.Query<Day>("SELECT day AS number, covered_us FROM days ORDER BY day").AsList();
        var (rest, weight) = ((double)tooMany, held / Math.Max(1.0, days.Sum(d => (double)d.CoveredUs)));
        foreach (var day in days)
        {
            var bytes = day.CoveredUs * weight;
            if (bytes >= rest) return new RetentionPreview(tooMany, Math.Min(nowUs, (long)((day.Number + rest / bytes) * 86_400_000_000)), IsExact: false);
            rest -= bytes;
        }

        return new RetentionPreview(tooMany, nowUs, IsExact: false);
    }

    private sealed record Oldest
    {
        public long EndUs { get; init; }
        public long SizeBytes { get; init; }
    }

    private sealed record Day
    {
        public long Number { get; init; }
        public long CoveredUs { get; init; }
    }
}
