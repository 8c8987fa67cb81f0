using Chorale.Protocol.Chunks;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Index;

/// <summary>Recorders, their gaps, and what was refused: written by ingest.</summary>
public static class RecorderSql
{
    internal const string SeenText =
        """
        INSERT INTO recorders (recorder_id, name, point_id, register_id, first_seen_us, last_seen_us, last_header)
        VALUES (@RecorderId, @Name, @PointId, @RegisterId, @AtUs, @AtUs, @Header)
        ON CONFLICT (recorder_id) DO UPDATE SET
            last_seen_us = max(last_seen_us, excluded.last_seen_us),
            name = coalesce(name, excluded.name),
            point_id = coalesce(excluded.point_id, point_id),
            register_id = coalesce(excluded.register_id, register_id),
            last_header = CASE WHEN excluded.last_header IS NOT NULL AND @StartUs >= coalesce(
                (SELECT max(start_us) FROM chunks WHERE recorder_id = excluded.recorder_id), 0) THEN excluded.last_header ELSE last_header END
        """;

    internal const string GapText =
        """
        INSERT INTO gaps (recorder_id, from_us, to_us, frames, cause) VALUES (@recorderId, @FromUs, @ToUs, @Frames, @Cause)
        ON CONFLICT (recorder_id, from_us, cause) DO UPDATE SET to_us = max(to_us, excluded.to_us), frames = max(frames, excluded.frames)
        """;

    /// <summary>
    /// Notes that a recorder was heard. Its last header is replaced only by one that is not older than the newest chunk: while a backlog
    /// arrives, the page goes on showing now.
    /// </summary>
    public static void Seen(SqliteConnection connection, SqliteTransaction transaction, RecorderSeen seen) => connection.Execute(SeenText, seen, transaction);

    public static void AddGap(SqliteConnection connection, SqliteTransaction transaction, string recorderId, GapEntry gap) => connection.Execute(
        GapText, new { recorderId, gap.FromUs, gap.ToUs, gap.Frames, gap.Cause }, transaction);

    public static void AddRefused(SqliteConnection connection, SqliteTransaction transaction, RefusedRow refused) => connection.Execute(
        "INSERT INTO refused (at_us, recorder_id, reason, size_bytes) VALUES (@AtUs, @RecorderId, @Reason, @SizeBytes)", refused, transaction);

    public static IReadOnlyDictionary<string, long> LastSeen(SqliteConnection connection) =>
        connection.Query<(string Id, long Us)>("SELECT recorder_id, last_seen_us FROM recorders").ToDictionary(r => r.Id, r => r.Us);
}

/// <summary>A chunk of a recorder arrived.</summary>
/// <param name="Header">JSON of the header that came with it; null for foreign clients.</param>
/// <param name="StartUs">Start of that chunk.</param>
public sealed record RecorderSeen(
    string RecorderId, string? Name, string? PointId, string? RegisterId, long AtUs, string? Header, long StartUs);

/// <summary>One row of the table <c>refused</c>.</summary>
public sealed record RefusedRow(long AtUs, string? RecorderId, string Reason, long SizeBytes);
