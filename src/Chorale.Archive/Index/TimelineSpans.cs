using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Index;

/// <summary>The fine timeline of one recorder after the other: prepared once, used by one thread.</summary>
internal sealed class TimelineSpans(SqliteConnection connection, long fromUs, long toUs, bool withChunks)
{
    // Both orders are that of chunks_by_time; the short list of columns is answered by that index without touching the table.
    private readonly string _chunksSql = withChunks
        ? "SELECT start_us, end_us, chunk_id, run_id, number, label FROM chunks WHERE recorder_id = $r AND start_us >= $back AND start_us < $to AND end_us > $from ORDER BY start_us"
        : "SELECT start_us, end_us FROM chunks WHERE recorder_id = $r AND start_us >= $back AND start_us < $to AND end_us > $from ORDER BY start_us";

    public RecorderTimeline Read(string recorder, long longestUs)
    {
        var chunks = new List<TimelineChunk>();
        var spans = new List<TimelineSpan>();
        using (var command = Command(_chunksSql, recorder, fromUs - longestUs))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var (start, end) = (reader.GetInt64(0), reader.GetInt64(1));
                Append(spans, Math.Max(start, fromUs), Math.Min(end, toUs));
                if (!withChunks) continue;
                chunks.Add(new TimelineChunk(
                    reader.GetString(2), start, end, reader.IsDBNull(3) ? null : reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetInt32(4),
                    reader.IsDBNull(5) ? null : reader.GetString(5)));
            }
        }

        var gaps = KnownGaps(recorder);
        AddUnknown(gaps, spans, recorder);
        return new RecorderTimeline(recorder, spans, gaps, [], chunks);
    }

    private static void Append(List<TimelineSpan> spans, long start, long end)
    {
        if (spans.Count > 0 && start - spans[^1].ToUs <= TimelineQuery.JoinUs)
            spans[^1] = spans[^1] with { ToUs = Math.Max(spans[^1].ToUs, end), Chunks = spans[^1].Chunks + 1 };
        else
            spans.Add(new TimelineSpan(start, end, 1));
    }

    private List<TimelineGap> KnownGaps(string recorder)
    {
        // A gap may be as long as a night or a holiday, so its beginning says nothing; per recorder there are few.
        using var command = Command(
            "SELECT from_us, to_us, cause FROM gaps WHERE recorder_id = $r AND from_us < $to AND to_us > $from ORDER BY from_us, cause",
            recorder, 0);
        using var reader = command.ExecuteReader();
        var gaps = new List<TimelineGap>();
        while (reader.Read())
        {
            var (from, to) = (Math.Max(reader.GetInt64(0), fromUs), Math.Min(reader.GetInt64(1), toUs));
            gaps.Add(new TimelineGap(from, to, reader.GetString(2), to - from, 1));
        }

        return gaps;
    }

    /// <summary>What lies between the first and the last chunk ever, in no span and in no known gap.</summary>
    private void AddUnknown(List<TimelineGap> gaps, List<TimelineSpan> spans, string recorder)
    {
        using var command = Command(
            """
            SELECT (SELECT start_us FROM chunks WHERE recorder_id = $r ORDER BY start_us LIMIT 1),
                   (SELECT end_us FROM chunks WHERE recorder_id = $r ORDER BY start_us DESC LIMIT 1)
            """, recorder, 0);
        using var reader = command.ExecuteReader();
        if (!reader.Read() || reader.IsDBNull(0)) return;
        var (cursor, last) = (Math.Max(fromUs, reader.GetInt64(0)), Math.Min(toUs, reader.GetInt64(1)));
        var told = spans.Select(s => (s.FromUs, s.ToUs)).Concat(gaps.Select(g => (g.FromUs, g.ToUs))).Order().ToList();
        foreach (var (from, to) in told.Append((last, last)))
        {
            var end = Math.Min(from, last);
            if (end - cursor > TimelineQuery.JoinUs) gaps.Add(new TimelineGap(cursor, end, TimelineGap.Unknown, end - cursor, 1));
            cursor = Math.Max(cursor, to);
        }

        gaps.Sort((a, b) => a.FromUs.CompareTo(b.FromUs));
    }

    private SqliteCommand Command(string sql, string recorder, long backUs)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this class
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$r", recorder);
        command.Parameters.AddWithValue("$from", fromUs);
        command.Parameters.AddWithValue("$to", toUs);
        command.Parameters.AddWithValue("$back", backUs);
        return command;
    }
}
