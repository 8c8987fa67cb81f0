using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Peaks;

/// <summary>A chunk whose outline is wanted.</summary>
/// <param name="Path">Relative to the archive folder.</param>
internal sealed record OutlineOrder(string ChunkId, string RecorderId, string Path, long StartUs);

/// <summary>Outlines and levels in the index.</summary>
internal static class PeaksSql
{
    public static byte[]? Points(SqliteConnection connection, string chunkId) => connection.QueryFirstOrDefault<byte[]>(
        "SELECT points FROM peaks WHERE chunk_id = @chunkId AND per_second = @PerSecond", new { chunkId, ChunkPeaks.PerSecond });

    /// <summary>Keeps an outline and adds its levels to their hours; not when the chunk has been deleted meanwhile.</summary>
    public static void Keep(SqliteConnection connection, SqliteTransaction transaction, OutlineOrder chunk, Outlined outline)
    {
        var kept = connection.Execute(
            "INSERT OR REPLACE INTO peaks SELECT chunk_id, @PerSecond, @Points FROM chunks WHERE chunk_id = @ChunkId",
            new { chunk.ChunkId, ChunkPeaks.PerSecond, outline.Points }, transaction);
        if (kept == 0) return;
        foreach (var hour in outline.Slots.GroupBy(s => s.Slot / Loudness.SlotsPerHour)) AddLevels(connection, transaction, chunk.RecorderId, hour.Key, hour);
    }

    private static void AddLevels(SqliteConnection connection, SqliteTransaction transaction, string recorder, long hour, IEnumerable<LevelSlot> found)
    {
        var slots = connection.QueryFirstOrDefault<byte[]>("SELECT slots FROM loudness WHERE recorder_id = @recorder AND hour = @hour", new { recorder, hour }, transaction)
            ?? new byte[Loudness.HourBytes];
        foreach (var s in found) Loudness.Merge(slots, (int)(s.Slot % Loudness.SlotsPerHour), s.Peak, s.Rms);
        var sum = new LevelSum();
        for (var n = 0; n < Loudness.SlotsPerHour; n++) sum.Add(slots[2 * n], slots[2 * n + 1], slots[2 * n + 1]);
        connection.Execute(
            """
            INSERT INTO loudness VALUES (@recorder, @hour, @slots) ON CONFLICT (recorder_id, hour) DO UPDATE SET slots = excluded.slots;
            INSERT OR REPLACE INTO loudness_hours VALUES (@recorder, @hour, @Peak, @Rms, @Quietest)
            """,
            new { recorder, hour, slots, sum.Peak, sum.Rms, sum.Quietest }, transaction);
    }

    /// <summary>The next chunks below a row number, newest first, down to what was looked at before.</summary>
    public static IReadOnlyList<SweptRow> Below(SqliteConnection connection, long row, int most) =>
    [
        .. connection.Query<SweptRow>(
            """
            SELECT c.rowid AS row, c.chunk_id, c.recorder_id, c.path, c.start_us, EXISTS (SELECT 1 FROM peaks p WHERE p.chunk_id = c.chunk_id) AS is_done
            FROM chunks c WHERE c.rowid < @row AND c.rowid > (SELECT up_to FROM outlined) ORDER BY c.rowid DESC LIMIT @most
            """, new { row, most }),
    ];

    public static long LastRow(SqliteConnection connection) => connection.ExecuteScalar<long>("SELECT COALESCE(MAX(rowid), 0) FROM chunks");

    /// <summary>Notes that every chunk up to a row has been looked at; 0 has the hub look at all of them again.</summary>
    public static void MarkSwept(SqliteConnection connection, SqliteTransaction transaction, long upTo) =>
        connection.Execute("UPDATE outlined SET up_to = @upTo", new { upTo }, transaction);

    internal sealed record SweptRow
    {
        public long Row { get; init; }
        public string ChunkId { get; init; } = "";
        public string RecorderId { get; init; } = "";
        public string Path { get; init; } = "";
        public long StartUs { get; init; }
        public bool IsDone { get; init; }

        public OutlineOrder Order => new(ChunkId, RecorderId, Path, StartUs);
    }
}
