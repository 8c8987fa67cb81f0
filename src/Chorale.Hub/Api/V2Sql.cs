using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Api;

/// <summary>What the pages and lists ask of the index.</summary>
internal static class V2Sql
{
    public static bool HasRecorder(SqliteConnection connection, string recorder) =>
        connection.QueryFirstOrDefault<int?>("SELECT 1 FROM recorders WHERE recorder_id = @recorder", new { recorder }) is not null;

    /// <summary>One look into chunks_by_time per recorder: independent of how much they hold.</summary>
    public static IReadOnlyList<RecorderRow> Recorders(SqliteConnection connection) =>
    [
        .. connection.Query<RecorderRow>(
            """
            SELECT r.recorder_id, r.name, r.last_header, r.first_seen_us, r.last_seen_us, c.end_us AS last_end_us, c.label AS last_label,
                   c.levels AS last_levels, COALESCE(t.chunks, 0) AS chunks, COALESCE(t.bytes, 0) AS bytes, COALESCE(t.covered_us, 0) AS covered_us
            FROM recorders r
            LEFT JOIN totals t ON t.recorder_id = r.recorder_id
            LEFT JOIN chunks c ON c.rowid = (SELECT rowid FROM chunks WHERE recorder_id = r.recorder_id ORDER BY start_us DESC LIMIT 1)
            ORDER BY COALESCE(r.name, r.recorder_id), r.recorder_id
            """),
    ];

    public static StatsRow Stats(SqliteConnection connection) => connection.QuerySingle<StatsRow>(
        """
        SELECT (SELECT COUNT(*) FROM recorders) AS recorders, COALESCE(SUM(chunks), 0) AS chunks, COALESCE(SUM(bytes), 0) AS bytes,
               COALESCE(SUM(covered_us), 0) AS covered_us, (SELECT MIN(start_us) FROM chunks) AS oldest_us,
               (SELECT MAX(start_us) FROM chunks) AS newest_us, (SELECT COUNT(*) FROM refused) AS refused
        FROM totals
        """);

    internal sealed record RecorderRow
    {
        public string RecorderId { get; init; } = "";
        public string? Name { get; init; }
        public string? LastHeader { get; init; }
        public long FirstSeenUs { get; init; }
        public long LastSeenUs { get; init; }
        public long? LastEndUs { get; init; }
        public string? LastLabel { get; init; }
        public string? LastLevels { get; init; }
        public long Chunks { get; init; }
        public long Bytes { get; init; }
        public long CoveredUs { get; init; }
    }

    internal sealed record StatsRow
    {
        public long Recorders { get; init; }
        public long Chunks { get; init; }
        public long Bytes { get; init; }
        public long CoveredUs { get; init; }
        public long? OldestUs { get; init; }
        public long? NewestUs { get; init; }
        public long Refused { get; init; }
    }
}
