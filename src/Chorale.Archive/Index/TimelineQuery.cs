using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Index;

/// <summary>
/// Reads timelines on a reading connection, all of one answer from one state of the archive.
/// </summary>
/// <remarks>
/// Cost: chunks and spans are linear in the chunks of the period (spans read the covering index only, about 1 us a chunk);
/// buckets are linear in its hours, whatever the length of the chunks.
/// </remarks>
public static class TimelineQuery
{
    /// <summary>A chunk told by itself is about 130 bytes of JSON: 10 000 are a day of 10 s chunks and 1.3 MB.</summary>
    public const int ChunksMax = 10_000;

    /// <summary>At 1 us each, spans over so many chunks are read in a fifth of a second.</summary>
    public const int SpanChunksMax = 200_000;

    /// <summary>Neighbours closer than this are one span: the measured rate moves starts by microseconds, a person sees no less than this.</summary>
    public const long JoinUs = 50_000;

    private const long HourUs = 3_600_000_000;

    /// <param name="fromUs">Beginning, included.</param>
    /// <param name="toUs">End, excluded.</param>
    /// <param name="recorders">Null for all of them.</param>
    /// <param name="detail">More than the limits allow is told more coarsely; the answer says so.</param>
    /// <param name="bucketsMax">At most so many buckets per recorder.</param>
    public static Timeline Read(
        SqliteConnection connection, long fromUs, long toUs, IReadOnlyList<string>? recorders, TimelineDetail detail, int bucketsMax, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(toUs, fromUs);
        using var snapshot = connection.BeginTransaction(deferred: true);
        var chosen = recorders is null ? null : JsonSerializer.Serialize(recorders);
        var given = Decide(detail, ChunksIn(connection, fromUs, toUs, chosen));
        if (given == TimelineDetail.Buckets)
        {
            var bucketUs = BucketLength(fromUs, toUs, bucketsMax);
            return new Timeline(fromUs, toUs, given, bucketUs, new TimelineBuckets(connection, fromUs, toUs, bucketUs).Read(chosen, cancel));
        }

        var rows = new TimelineSpans(connection, fromUs, toUs, given == TimelineDetail.Chunks);
        var told = new List<RecorderTimeline>();
        foreach (var (id, longestUs) in Recorders(connection, chosen))
        {
            cancel.ThrowIfCancellationRequested();
            told.Add(rows.Read(id, longestUs));
        }

        return new Timeline(fromUs, toUs, given, 0, told);
    }

    /// <summary>Whole hours, from a ladder that reads well, so that the period has at most <paramref name="bucketsMax"/> of them.</summary>
    internal static long BucketLength(long fromUs, long toUs, int bucketsMax)
    {
        foreach (var hours in (ReadOnlySpan<int>)[1, 2, 3, 4, 6, 8, 12, 24, 48, 168])
        {
            if ((toUs - fromUs) / (hours * HourUs) < bucketsMax) return hours * HourUs;
        }

        return ((toUs - fromUs) / HourUs / bucketsMax + 1) * HourUs;
    }

    private static TimelineDetail Decide(TimelineDetail wanted, long chunks) => wanted switch
    {
        TimelineDetail.Buckets => TimelineDetail.Buckets,
        _ when chunks > SpanChunksMax => TimelineDetail.Buckets,
        TimelineDetail.Spans => TimelineDetail.Spans,
        _ => chunks > ChunksMax ? TimelineDetail.Spans : TimelineDetail.Chunks,
    };

    private static long ChunksIn(SqliteConnection connection, long fromUs, long toUs, string? chosen)
    {
        using var command = connection.CreateCommand();
        command.CommandText = chosen is null
            ? "SELECT COALESCE(SUM(c.chunks), 0) FROM recorders r JOIN coverage c ON c.recorder_id = r.recorder_id AND c.hour BETWEEN $first AND $last"
            : "SELECT COALESCE(SUM(chunks), 0) FROM coverage WHERE recorder_id IN (SELECT value FROM json_each($chosen)) AND hour BETWEEN $first AND $last";
        command.Parameters.AddWithValue("$first", fromUs / HourUs);
        command.Parameters.AddWithValue("$last", (toUs - 1) / HourUs);
        if (chosen is not null) command.Parameters.AddWithValue("$chosen", chosen);
        return (long)command.ExecuteScalar()!;
    }

    private static List<(string Id, long LongestUs)> Recorders(SqliteConnection connection, string? chosen)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT r.recorder_id, COALESCE(t.longest_us, 0) FROM recorders r LEFT JOIN totals t USING (recorder_id)
            WHERE $chosen IS NULL OR r.recorder_id IN (SELECT value FROM json_each($chosen)) ORDER BY r.recorder_id
            """;
        command.Parameters.AddWithValue("$chosen", (object?)chosen ?? DBNull.Value);
        var found = new List<(string, long)>();
        using var reader = command.ExecuteReader();
        while (reader.Read()) found.Add((reader.GetString(0), reader.GetInt64(1)));
        return found;
    }
}
