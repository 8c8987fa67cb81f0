using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Index;

/// <summary>What ingest asks of and writes to the index.</summary>
public static class ChunkSql
{
    private const string Columns =
        "chunk_id, recorder_id, run_id, number, first_frame, frames, rate_hz, channels, codec, start_us, end_us, uncertainty_us, rate_ppm, "
        + "path, size_bytes, sha256, received_us, idempotency_key, label, levels, source_id";

    internal const string InsertText =
        $"""
         INSERT INTO chunks ({Columns}) VALUES (@ChunkId, @RecorderId, @RunId, @Number, @FirstFrame, @Frames, @RateHz, @Channels, @Codec,
         @StartUs, @EndUs, @UncertaintyUs, @RatePpm, @Path, @SizeBytes, @Sha256, @ReceivedUs, @IdempotencyKey, @Label, @Levels, @SourceId)
         """;

    public static ChunkRow? Find(SqliteConnection connection, string chunkId, SqliteTransaction? transaction = null) =>
        connection.QueryFirstOrDefault<ChunkRow>($"SELECT {Columns} FROM chunks WHERE chunk_id = @chunkId", new { chunkId }, transaction);

    /// <summary>The chunk that already stands for this place in a run.</summary>
    public static ChunkRow? FindByIdentity(SqliteConnection connection, string recorderId, string runId, int number) =>
        connection.QueryFirstOrDefault<ChunkRow>(
            $"SELECT {Columns} FROM chunks WHERE recorder_id = @recorderId AND run_id = @runId AND number = @number",
            new { recorderId, runId, number });

    public static bool KnowsSource(SqliteConnection connection, string recorderId, string sourceId) =>
        connection.QueryFirstOrDefault<int?>(
            "SELECT 1 FROM chunks WHERE +recorder_id = @recorderId AND source_id = @sourceId LIMIT 1", new { recorderId, sourceId }) is not null;

    public static void Insert(SqliteConnection connection, SqliteTransaction transaction, ChunkRow row) => connection.Execute(InsertText, row, transaction);

    public static void Label(SqliteConnection connection, SqliteTransaction transaction, string chunkId, string? label) =>
        connection.Execute("UPDATE chunks SET label = @label WHERE chunk_id = @chunkId", new { chunkId, label }, transaction);
}
