using Chorale.Protocol.Chunks;
using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Index;

/// <summary>
/// What ingest asks of and writes to the index for each chunk, as statements prepared once: compiling the insert and its triggers costs
/// more than running them. Bound to the writing connection and used where that is, inside <see cref="ArchiveIndex.Write{T}"/>.
/// </summary>
internal sealed class IngestStatements(SqliteConnection connection)
{
    private readonly Prepared _holder = new(connection, "SELECT chunk_id, path FROM chunks WHERE recorder_id = $1 AND run_id = $2 AND number = $3", 3);
    private readonly Prepared _delete = new(connection, "DELETE FROM chunks WHERE chunk_id = $1", "$1");
    private readonly Prepared _before = new(connection,
        "SELECT chunk_id, run_id, start_us, end_us FROM chunks WHERE recorder_id = $1 AND start_us <= $2 ORDER BY start_us DESC LIMIT 1", 2);

    private readonly Prepared _after = new(connection,
        "SELECT chunk_id, run_id, start_us, end_us FROM chunks WHERE recorder_id = $1 AND start_us > $2 ORDER BY start_us LIMIT 1", 2);

    private readonly Prepared _seen = new(connection, RecorderSql.SeenText, "@RecorderId", "@Name", "@PointId", "@RegisterId", "@AtUs", "@Header", "@StartUs");
    private readonly Prepared _gap = new(connection, RecorderSql.GapText, "@recorderId", "@FromUs", "@ToUs", "@Frames", "@Cause");
    private readonly Prepared _insert = new(connection, ChunkSql.InsertText,
        "@ChunkId", "@RecorderId", "@RunId", "@Number", "@FirstFrame", "@Frames", "@RateHz", "@Channels", "@Codec", "@StartUs", "@EndUs",
        "@UncertaintyUs", "@RatePpm", "@Path", "@SizeBytes", "@Sha256", "@ReceivedUs", "@IdempotencyKey", "@Label", "@Levels", "@SourceId");

    public SqliteConnection Connection => connection;

    /// <summary>Id and path of the chunk that already stands for this place in a run.</summary>
    public (string ChunkId, string Path)? HolderOf(SqliteTransaction transaction, string recorderId, string runId, int number)
    {
        using var reader = _holder.Read(transaction, recorderId, runId, number);
        return reader.Read() ? (reader.GetString(0), reader.GetString(1)) : null;
    }

    /// <summary>The last chunk of a recorder that begins at or before a time.</summary>
    public Neighbour? Before(SqliteTransaction transaction, string recorderId, long startUs) => Neighbour(_before, transaction, recorderId, startUs);

    /// <summary>The first chunk of a recorder that begins after a time.</summary>
    public Neighbour? After(SqliteTransaction transaction, string recorderId, long startUs) => Neighbour(_after, transaction, recorderId, startUs);

    public void Seen(SqliteTransaction transaction, RecorderSeen seen) =>
        _seen.Run(transaction, seen.RecorderId, seen.Name, seen.PointId, seen.RegisterId, seen.AtUs, seen.Header, seen.StartUs);

    public void Insert(SqliteTransaction transaction, ChunkRow row) => _insert.Run(
        transaction, row.ChunkId, row.RecorderId, row.RunId, row.Number, row.FirstFrame, row.Frames, row.RateHz, row.Channels, row.Codec, row.StartUs,
        row.EndUs, row.UncertaintyUs, row.RatePpm, row.Path, row.SizeBytes, row.Sha256, row.ReceivedUs, row.IdempotencyKey, row.Label, row.Levels, row.SourceId);

    public void Delete(SqliteTransaction transaction, string chunkId) => _delete.Run(transaction, chunkId);

    public void AddGap(SqliteTransaction transaction, string recorderId, GapEntry gap) =>
        _gap.Run(transaction, recorderId, gap.FromUs, gap.ToUs, gap.Frames, gap.Cause);

    private static Neighbour? Neighbour(Prepared statement, SqliteTransaction transaction, string recorderId, long startUs)
    {
        using var reader = statement.Read(transaction, recorderId, startUs);
        return reader.Read()
            ? new Neighbour(reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3))
            : null;
    }

    /// <summary>A command that keeps its compiled statement from one use to the next; it ends with its connection.</summary>
    private sealed class Prepared
    {
        private readonly SqliteCommand _command;

        public Prepared(SqliteConnection connection, string sql, params string[] names)
        {
            _command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this namespace
            _command.CommandText = sql;
#pragma warning restore CA2100
            foreach (var name in names) _command.Parameters.Add(new SqliteParameter(name, null));
        }

        public Prepared(SqliteConnection connection, string sql, int count)
            : this(connection, sql, [.. Enumerable.Range(1, count).Select(n => "$" + n.ToString(System.Globalization.CultureInfo.InvariantCulture))])
        {
        }

        public SqliteDataReader Read(SqliteTransaction transaction, params ReadOnlySpan<object?> values)
        {
            Bind(transaction, values);
            return _command.ExecuteReader();
        }

        public void Run(SqliteTransaction transaction, params ReadOnlySpan<object?> values)
        {
            Bind(transaction, values);
            _command.ExecuteNonQuery();
        }

        private void Bind(SqliteTransaction transaction, ReadOnlySpan<object?> values)
        {
            _command.Transaction = transaction;
            for (var i = 0; i < values.Length; i++) _command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }
    }
}

/// <summary>What a new chunk is compared with.</summary>
internal sealed record Neighbour(string ChunkId, string? RunId, long StartUs, long EndUs);
