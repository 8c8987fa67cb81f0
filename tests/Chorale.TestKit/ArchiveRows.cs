using Chorale.Archive.Index;
using Chorale.Storage;
using Microsoft.Data.Sqlite;

namespace Chorale.TestKit;

/// <summary>An <c>archive.db</c> of a test's own, filled row by row, without the files that a real archive has.</summary>
public sealed class ArchiveRows : IDisposable
{
    private int _count;

    public ArchiveRows(string path)
    {
        Connection = SqliteFile.Open(path);
        SqliteFile.Migrate(Connection, ArchiveIndex.Migrations);
    }

    public SqliteConnection Connection { get; }

    public void Recorder(string id) =>
        Execute("INSERT OR IGNORE INTO recorders (recorder_id, first_seen_us, last_seen_us) VALUES ($1, 0, 0)", id);

    public string Chunk(string recorder, long startUs, long endUs, string? label = null, string? path = null, long sizeBytes = 1000)
    {
        Recorder(recorder);
        var id = $"chunk-{recorder}-{_count++}";
        Execute(
            """
            INSERT INTO chunks (chunk_id, recorder_id, frames, rate_hz, channels, codec, start_us, end_us, path, size_bytes, sha256, received_us, label)
            VALUES ($1, $2, $3, 48000, 1, 'opus', $4, $5, $6, $7, '', $5, $8)
            """,
            id, recorder, (endUs - startUs) * 48 / 1000, startUs, endUs, path ?? $"audio/{id}.ogg", sizeBytes, label);
        return id;
    }

    public void Gap(string recorder, long fromUs, long toUs, string cause)
    {
        Recorder(recorder);
        Execute("INSERT INTO gaps VALUES ($1, $2, $3, 0, $4)", recorder, fromUs, toUs, cause);
    }

    /// <summary>Runs SQL with <c>$1</c>, <c>$2</c> ... as parameters; returns the first value of the first row.</summary>
    public object? Execute(string sql, params object?[] values)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue("$" + (i + 1), values[i] ?? DBNull.Value);
        return command.ExecuteScalar();
    }

    public void Dispose() => Connection.Dispose();
}
