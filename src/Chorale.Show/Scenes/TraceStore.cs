using Chorale.Protocol;
using Chorale.Storage;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Show.Scenes;

/// <summary>The traces of past runs: <c>trace.db</c>. Bounded; survives a kill at any moment with all that was appended.</summary>
/// <remarks>Thread-safe, one connection; does I/O, so never on the engine's thread.</remarks>
public sealed class TraceStore : IDisposable
{
    public const string FileName = "trace.db";

    /// <summary>Lines kept of one run, the newest: an ambient scene that loops for a month still has its last day.</summary>
    public const int EntriesPerRunMax = 100_000;

    /// <summary>What a line takes with its keys, for the bound on the whole.</summary>
    private const long EntryBytes = 48;

    /// <summary>SQLITE_CORRUPT and SQLITE_NOTADB.</summary>
    private const int DamagedFile = 11, NotADatabase = 26;

    /// <summary>Longest text of a column; a payload that is longer is cut.</summary>
    private const int TextCharsMax = 512;
    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;
    private readonly int _runsMax;
    private readonly long _bytesMax;
    private readonly Lock _gate = new();

    static TraceStore() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    private TraceStore(SqliteConnection connection, TimeProvider time, int runsMax, long bytesMax) =>
        (_connection, _time, _runsMax, _bytesMax) = (connection, time, runsMax, bytesMax);

    /// <summary>Where a damaged file of before was put, so that rooms could go on without it; null = there was none.</summary>
    public string? SetAside { get; private init; }

    /// <summary>Runs that had no end when this was opened, in their order.</summary>
    public IReadOnlyList<TraceRun> CutOff { get; private init; } = [];

    /// <summary>
    /// Opens or creates the store in <paramref name="folder"/>. Runs without an end are given one: the hub ended. Traces are worth less than
    /// an open museum: a damaged file is set aside, and a new one begun.
    /// </summary>
    public static TraceStore Open(string folder, TimeProvider time, int runsMax = 1000, long bytesMax = 200_000_000)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        try
        {
            return new TraceStore(OpenSound(path, out var cutOff), time, runsMax, bytesMax) { CutOff = cutOff };
        }
        catch (SqliteException e) when (e.SqliteErrorCode is DamagedFile or NotADatabase)
        {
            var aside = $"{path}.damaged-{time.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmss'Z'}";
            foreach (var part in new[] { "", "-wal", "-shm" })
            {
                if (File.Exists(path + part)) File.Move(path + part, aside + part, overwrite: true);
            }

            return new TraceStore(OpenSound(path, out _), time, runsMax, bytesMax) { SetAside = aside };
        }
    }

    /// <summary>A run begins; the oldest ended runs beyond the bounds go.</summary>
    public void Begin(TraceRun run)
    {
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            _connection.Execute(
                "INSERT INTO runs (run_id, room, scene, started_by, started_us) VALUES (@Id, @Room, @Scene, @By, @us)",
                new { run.Id, run.Room, run.Scene, run.By, us = WallTime.ToMicroseconds(run.StartedAt) }, transaction);
            Prune(transaction);
            transaction.Commit();
        }
    }

    /// <summary>Appends lines in one transaction; a number that is there already is replaced. Lines of a run that is not kept any more are dropped.</summary>
    public void Append(string runId, IReadOnlyList<TraceEntry> entries)
    {
        if (entries.Count == 0) return;
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            if (_connection.QueryFirstOrDefault<long?>("SELECT sequence FROM runs WHERE run_id = @runId", new { runId }, transaction) is not { } sequence) return;
            _connection.Execute(
                """
                INSERT INTO entries (sequence, number, planned_us, real_us, kind, path, what, verdict, reason, took_us)
                VALUES (@sequence, @number, @planned, @real, @kind, @path, @what, @verdict, @reason, @took)
                ON CONFLICT (sequence, number) DO UPDATE SET planned_us = excluded.planned_us, real_us = excluded.real_us, kind = excluded.kind,
                path = excluded.path, what = excluded.what, verdict = excluded.verdict, reason = excluded.reason, took_us = excluded.took_us
                """,
                entries.Select(e => new
                {
                    sequence, number = e.Number, planned = Us(e.Planned), real = Us(e.Real), kind = e.Kind.ToString(), path = Cut(e.Path), what = Cut(e.What),
                    verdict = Cut(e.Verdict), reason = Cut(e.Reason), took = e.Took is { } took ? Us(took) : (long?)null,
                }), transaction);
            _connection.Execute("DELETE FROM entries WHERE sequence = @sequence AND number <= @last", new { sequence, last = entries.Max(e => e.Number) - EntriesPerRunMax }, transaction);
            var bytes = entries.Sum(e => EntryBytes + e.Path.Length + Math.Min(e.What.Length, TextCharsMax) + (e.Reason?.Length ?? 0));
            _connection.Execute("UPDATE runs SET bytes = min(bytes + @bytes, @most) WHERE sequence = @sequence", new { bytes, sequence, most = 4 * EntryBytes * EntriesPerRunMax }, transaction);
            transaction.Commit();
        }
    }

    public void End(string runId, string reason, long cues, long failed, TimeSpan lateMax)
    {
        lock (_gate)
        {
            _connection.Execute(
                "UPDATE runs SET ended_us = COALESCE(ended_us, @us), end_reason = @reason, cues = @cues, failed = @failed, late_max_us = @late WHERE run_id = @runId",
                new { us = WallTime.ToMicroseconds(_time.GetUtcNow()), reason = Cut(reason), cues, failed, late = Us(lateMax), runId });
        }
    }

    /// <summary>The newest runs first; <paramref name="room"/> null = of all rooms.</summary>
    public IReadOnlyList<TraceRun> List(string? room, int limit)
    {
        lock (_gate)
        {
            return [.. _connection.Query<RunRow>("SELECT * FROM runs WHERE @room IS NULL OR room = @room ORDER BY sequence DESC LIMIT @limit", new { room, limit }).Select(ToRun)];
        }
    }

    /// <summary>A run with its lines in order; null = not kept.</summary>
    public (TraceRun Run, IReadOnlyList<TraceEntry> Entries)? Find(string runId)
    {
        lock (_gate)
        {
            if (_connection.QueryFirstOrDefault<RunRow>("SELECT * FROM runs WHERE run_id = @runId", new { runId }) is not { } row) return null;
            var entries = _connection.Query<EntryRow>("SELECT * FROM entries WHERE sequence = @Sequence ORDER BY number", new { row.Sequence });
            return (ToRun(row), [.. entries.Select(ToEntry)]);
        }
    }

    public void Dispose()
    {
        lock (_gate) _connection.Dispose();
    }

    private static SqliteConnection OpenSound(string path, out IReadOnlyList<TraceRun> cutOff)
    {
        var connection = SqliteFile.Open(path);
        try
        {
            SqliteFile.Migrate(connection, [SqliteFile.Script(typeof(TraceStore).Assembly, "TraceSchema.sql")]);
            var cut = connection.Query<RunRow>(
                "UPDATE runs SET ended_us = started_us + COALESCE((SELECT max(real_us) FROM entries e WHERE e.sequence = runs.sequence), 0), end_reason = 'the hub ended' WHERE ended_us IS NULL RETURNING *");
            cutOff = [.. cut.OrderBy(r => r.Sequence).Select(ToRun)];
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static long Us(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private static TimeSpan Time(long us) => TimeSpan.FromTicks(us * TimeSpan.TicksPerMicrosecond);

    private static string? Cut(string? text) => text is { Length: > TextCharsMax } ? text[..(TextCharsMax - 3)] + "..." : text;

    private static TraceRun ToRun(RunRow row) => new()
    {
        Id = row.RunId, Room = row.Room, Scene = row.Scene, By = row.StartedBy, StartedAt = WallTime.FromMicroseconds(row.StartedUs),
        EndedAt = row.EndedUs is { } us ? WallTime.FromMicroseconds(us) : null, EndReason = row.EndReason, Cues = row.Cues, Failed = row.Failed, LateMax = Time(row.LateMaxUs),
    };

    private static TraceEntry ToEntry(EntryRow row) => new(
        row.Number, Time(row.PlannedUs), Time(row.RealUs), Enum.Parse<TraceKind>(row.Kind), row.Path, row.What, row.Verdict, row.Reason, row.TookUs is { } us ? Time(us) : null);

    private void Prune(SqliteTransaction transaction)
    {
        _connection.Execute("DELETE FROM runs WHERE ended_us IS NOT NULL AND sequence <= (SELECT max(sequence) FROM runs) - @_runsMax", new { _runsMax }, transaction);
        while (_connection.ExecuteScalar<long>("SELECT COALESCE(sum(bytes), 0) FROM runs", transaction: transaction) > _bytesMax)
        {
            if (_connection.Execute("DELETE FROM runs WHERE sequence = (SELECT min(sequence) FROM runs WHERE ended_us IS NOT NULL)", transaction: transaction) == 0) break;
        }
    }

    private sealed record RunRow
    {
        public long Sequence { get; init; }
        public string RunId { get; init; } = "";
        public string Room { get; init; } = "";
        public string Scene { get; init; } = "";
        public string StartedBy { get; init; } = "";
        public long StartedUs { get; init; }
        public long? EndedUs { get; init; }
        public string? EndReason { get; init; }
        public long Cues { get; init; }
        public long Failed { get; init; }
        public long LateMaxUs { get; init; }
    }

    private sealed record EntryRow
    {
        public long Number { get; init; }
        public long PlannedUs { get; init; }
        public long RealUs { get; init; }
        public string Kind { get; init; } = "";
        public string Path { get; init; } = "";
        public string What { get; init; } = "";
        public string? Verdict { get; init; }
        public string? Reason { get; init; }
        public long? TookUs { get; init; }
    }
}
