using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Index;

/// <summary>The coarse timeline of all recorders in two queries, from the table that the triggers keep.</summary>
internal sealed class TimelineBuckets(SqliteConnection connection, long fromUs, long toUs, long bucketUs)
{
    private const long HourUs = 3_600_000_000;

    /// <param name="chosen">A JSON list of recorders; null for all.</param>
    public List<RecorderTimeline> Read(string? chosen, CancellationToken cancel)
    {
        var buckets = new Dictionary<string, List<TimelineBucket>>(StringComparer.Ordinal);
        using (var command = Command(
            """
            SELECT r.recorder_id, c.hour / $hours, SUM(MIN(c.covered_us, 3600000000)), SUM(c.chunks), SUM(c.labelled)
            FROM recorders r LEFT JOIN coverage c ON c.recorder_id = r.recorder_id AND c.hour BETWEEN $first AND $last
            WHERE $r IS NULL OR r.recorder_id IN (SELECT value FROM json_each($r))
            GROUP BY 1, 2 ORDER BY 1, 2
            """, chosen))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                cancel.ThrowIfCancellationRequested();
                var id = reader.GetString(0);
                if (!buckets.TryGetValue(id, out var list)) buckets.Add(id, list = []);
                if (reader.IsDBNull(1)) continue;
                list.Add(new TimelineBucket(reader.GetInt64(1) * bucketUs, reader.GetInt64(2), reader.GetInt32(3), reader.GetInt32(4)));
            }
        }

        var gaps = Gaps(chosen, cancel);
        return [.. buckets.Select(b => new RecorderTimeline(b.Key, [], gaps.GetValueOrDefault(b.Key, []), b.Value, []))];
    }

    /// <summary>One entry per recorder, bucket and cause, so that the answer is bounded however often a microphone stutters.</summary>
    private Dictionary<string, List<TimelineGap>> Gaps(string? chosen, CancellationToken cancel)
    {
        using var command = Command(
            """
            SELECT recorder_id, MIN(from_us), MAX(to_us), cause, SUM(MIN(to_us, $to) - MAX(from_us, $from)), COUNT(*) FROM gaps
            WHERE ($r IS NULL OR recorder_id IN (SELECT value FROM json_each($r))) AND from_us < $to AND to_us > $from
            GROUP BY recorder_id, from_us / $hours / 3600000000, cause ORDER BY 1, 2, 4
            """, chosen);
        using var reader = command.ExecuteReader();
        var gaps = new Dictionary<string, List<TimelineGap>>(StringComparer.Ordinal);
        while (reader.Read())
        {
            cancel.ThrowIfCancellationRequested();
            var id = reader.GetString(0);
            if (!gaps.TryGetValue(id, out var list)) gaps.Add(id, list = []);
            list.Add(new TimelineGap(
                Math.Max(reader.GetInt64(1), fromUs), Math.Min(reader.GetInt64(2), toUs), reader.GetString(3), reader.GetInt64(4), reader.GetInt32(5)));
        }

        return gaps;
    }

    private SqliteCommand Command(string sql, string? chosen)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this class
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$r", (object?)chosen ?? DBNull.Value);
        command.Parameters.AddWithValue("$from", fromUs);
        command.Parameters.AddWithValue("$to", toUs);
        command.Parameters.AddWithValue("$first", fromUs / HourUs);
        command.Parameters.AddWithValue("$last", (toUs - 1) / HourUs);
        command.Parameters.AddWithValue("$hours", bucketUs / HourUs);
        return command;
    }
}
