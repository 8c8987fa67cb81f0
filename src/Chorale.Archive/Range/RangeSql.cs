using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Range;

/// <summary>What ranges ask of the index.</summary>
public static class RangeSql
{
    static RangeSql() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    private const string Columns = "chunk_id, run_id, first_frame, frames, rate_hz, channels, codec, start_us, end_us, rate_ppm, path, label, received_us";

    /// <summary>
    /// Every chunk of a recorder with audio in [from, to) and the nearest one on either side, in the order that decides overlaps.
    /// </summary>
    public static IReadOnlyList<RangeChunk> Chunks(SqliteConnection connection, string recorder, long fromUs, long toUs) =>
    [
        .. connection.Query<RangeChunk>(
            $"""
             SELECT {Columns} FROM chunks
             WHERE recorder_id = @recorder AND start_us < @toUs AND end_us > @fromUs
               AND start_us >= @fromUs - (SELECT longest_us FROM totals WHERE recorder_id = @recorder)
             UNION SELECT * FROM (SELECT {Columns} FROM chunks WHERE recorder_id = @recorder AND start_us < @fromUs ORDER BY start_us DESC LIMIT 1)
             UNION SELECT * FROM (SELECT {Columns} FROM chunks WHERE recorder_id = @recorder AND start_us >= @toUs ORDER BY start_us LIMIT 1)
             ORDER BY start_us, received_us, chunk_id
             """,
            new { recorder, fromUs, toUs }),
    ];

    /// <summary>The chunk of the same run that ends where <paramref name="chunk"/> begins; null when it is not here.</summary>
    public static RangeChunk? Before(SqliteConnection connection, string recorder, RangeChunk chunk) =>
        chunk.RunId is null ? null : connection.QueryFirstOrDefault<RangeChunk>(
            $"""
            SELECT {Columns} FROM chunks
            WHERE recorder_id = @recorder AND run_id = @RunId AND first_frame + frames = @FirstFrame AND rate_hz = @RateHz
            """,
            new { recorder, chunk.RunId, chunk.FirstFrame, chunk.RateHz });
}
