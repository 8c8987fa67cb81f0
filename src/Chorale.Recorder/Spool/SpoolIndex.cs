using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Storage;
using Microsoft.Data.Sqlite;

namespace Chorale.Recorder.Spool;

/// <summary>A row on its way into a table of chunks.</summary>
internal sealed record ChunkRow(SpoolChunk Chunk, string File, string Origin, string? RecordingId, DateTimeOffset EnqueuedAt);

/// <summary>
/// The SQL of the spool over one connection. Not thread-safe: <see cref="SpoolStore"/> holds its lock around every call. Each method is
/// one transaction unless its caller opened one.
/// </summary>
internal sealed class SpoolIndex : IDisposable
{
    private const string Columns =
        "id,timestamp,chunk_number,source_file_id,recording_start,created_at,chunk_id,file,codec,recorder,run,recording_id,first_frame," +
        "frames,rate_hz,channels,start_us,end_us,size_bytes,sha256,rate_ppm,uncertainty_us,levels,gaps,origin,attempts,last_error";

    private readonly SqliteConnection _db;

    private SpoolIndex(SqliteConnection db) => _db = db;

    public static readonly IReadOnlyList<string> Migrations = [SqliteFile.Script(typeof(SpoolIndex).Assembly, "SpoolSchema.sql")];

    public SqliteConnection Connection => _db;

    public static SpoolIndex Open(string path)
    {
        var db = SqliteFile.Open(path);
        try
        {
            SqliteFile.Migrate(db, Migrations);
            return new SpoolIndex(db);
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    /// <exception cref="SqliteException">It cannot be opened, or not be written now.</exception>
    public static SpoolIndex OpenWritable(string path)
    {
        var index = Open(path);
        try
        {
            index.Execute("BEGIN IMMEDIATE; ROLLBACK;"); // SQLite opens a file it may not write without a word
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>For a second process that only looks.</summary>
    public static SpoolIndex OpenReadOnly(string path) => new(SqliteFile.Open(path, readOnly: true));

    public static string Table(ChunkState state) => state switch
    {
        ChunkState.Ready => "audio_chunks",
        ChunkState.Uploaded => "uploaded_chunks",
        ChunkState.Quarantined => "quarantined_chunks",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    public IndexTransaction Begin() => new(this);

    /// <returns>Its row id.</returns>
    public long Insert(ChunkRow row)
    {
        var c = row.Chunk;
        using var command = Command(
            $"""
             INSERT INTO audio_chunks({Columns[3..]}) VALUES
             ($timestamp,$number,$source,$recording,$created,$chunk,$file,$codec,$recorder,$run,$recording_id,$first,$frames,$rate,$channels,
              $start,$end,$size,$sha,$ppm,$uncertainty,$levels,$gaps,$origin,$attempts,$error) RETURNING id
             """);
        Bind(command, row, c);
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>A file found among the uploaded or quarantined without a row: an index made again. It gets an id of the queue's count, so that
    /// no later chunk can have the same.</summary>
    public void InsertMoved(ChunkState state, ChunkRow row, string? note, DateTimeOffset at) =>
        Move(ChunkState.Ready, Table(state), Insert(row), note, at, row.File);

    /// <summary>The oldest unsent chunk whose row is not in <paramref name="skipped"/>; rows are read one by one, so a long queue costs nothing.</summary>
    public SpoolChunk? Next(SpoolFolders folders, IReadOnlySet<long>? skipped = null)
    {
        using var command = Command($"SELECT {Columns} FROM audio_chunks ORDER BY id");
        using var reader = command.ExecuteReader();
        while (reader.Read())
            if (skipped is null || !skipped.Contains(reader.GetInt64(0))) return Read(reader, ChunkState.Ready, folders);
        return null;
    }

    /// <summary>Chunks of one state by id; used by verbs and at recovery.</summary>
    public List<SpoolChunk> List(ChunkState state, SpoolFolders folders, int limit = int.MaxValue)
    {
        using var command = Command($"SELECT {Columns} FROM {Table(state)} WHERE file IS NOT NULL ORDER BY id LIMIT $limit", ("$limit", limit));
        using var reader = command.ExecuteReader();
        var chunks = new List<SpoolChunk>();
        while (reader.Read()) chunks.Add(Read(reader, state, folders));
        return chunks;
    }

    public SpoolChunk? Find(ChunkState state, long id, SpoolFolders folders)
    {
        using var command = Command($"SELECT {Columns} FROM {Table(state)} WHERE id=$id AND file IS NOT NULL", ("$id", id));
        using var reader = command.ExecuteReader();
        return reader.Read() ? Read(reader, state, folders) : null;
    }

    /// <summary>Names of the files of a state that lie on the disk.</summary>
    public List<(long Id, string File, Guid ChunkId)> FilesOf(ChunkState state)
    {
        using var command = Command($"SELECT id,file,chunk_id FROM {Table(state)} WHERE file IS NOT NULL");
        using var reader = command.ExecuteReader();
        var files = new List<(long, string, Guid)>();
        while (reader.Read()) files.Add((reader.GetInt64(0), reader.GetString(1), Guid.TryParse(reader.GetString(2), out var id) ? id : Guid.Empty));
        return files;
    }

    /// <summary>A row for a file that could not be read as audio: counted, with no frames of its own.</summary>
    public void NoteDamaged(string file, long sizeBytes, string recorder, string reason, DateTimeOffset now)
    {
        var text = SpoolNames.IsoText(now);
        var us = WallTime.ToMicroseconds(now);
        using var transaction = Begin();
        // Ids are dealt out by the queue's table alone, so that no two chunks ever share one.
        Execute("INSERT INTO sqlite_sequence(name,seq) SELECT 'audio_chunks',0 WHERE NOT EXISTS(SELECT 1 FROM sqlite_sequence WHERE name='audio_chunks')");
        Execute("UPDATE sqlite_sequence SET seq=seq+1 WHERE name='audio_chunks'");
        Execute(
            """
            INSERT INTO quarantined_chunks(id,timestamp,chunk_number,recording_start,created_at,chunk_id,file,codec,recorder,run,first_frame,frames,
              rate_hz,channels,start_us,end_us,size_bytes,sha256,origin,attempts,reason,moved_us)
            VALUES((SELECT seq FROM sqlite_sequence WHERE name='audio_chunks'),$t,0,$t,$t,$chunk,$file,'wav',$recorder,$chunk,0,0,1,1,$us,$us,$size,'',
              'damaged',0,$reason,$us)
            """,
            ("$t", text), ("$chunk", Guid.NewGuid().ToString()), ("$file", file), ("$recorder", recorder), ("$us", us), ("$size", sizeBytes), ("$reason", reason));
        transaction.Commit();
    }

    /// <summary>True when a chunk of this identity is in any table: an import that was cut short must not double it.</summary>
    public bool Knows(Guid chunkId)
    {
        using var command = Command(
            """
            SELECT EXISTS(SELECT 1 FROM audio_chunks WHERE chunk_id=$c) OR EXISTS(SELECT 1 FROM uploaded_chunks WHERE chunk_id=$c)
              OR EXISTS(SELECT 1 FROM quarantined_chunks WHERE chunk_id=$c) OR EXISTS(SELECT 1 FROM lost_chunks WHERE chunk_id=$c)
            """, ("$c", chunkId.ToString()));
        return (long)command.ExecuteScalar()! != 0;
    }

    /// <summary>Moves a row between tables, all or nothing; false when it is not (any more) in the first.</summary>
    /// <param name="from">Table it is in.</param>
    /// <param name="toTable">Table it goes to; into the queue it gets a new id, at the end.</param>
    /// <param name="id">Its row.</param>
    /// <param name="note">Remote id, reason or cause.</param>
    /// <param name="at">Now.</param>
    /// <param name="file">Its name there; null = no file any more.</param>
    public bool Move(ChunkState from, string toTable, long id, string? note, DateTimeOffset at, string? file)
    {
        Execute("SAVEPOINT move");
        try
        {
            var isMoved = MoveRow(from, toTable, id, note, at, file);
            Execute("RELEASE move");
            return isMoved;
        }
        catch
        {
            TryExecute("ROLLBACK TO move; RELEASE move");
            throw;
        }
    }

    private bool MoveRow(ChunkState from, string toTable, long id, string? note, DateTimeOffset at, string? file)
    {
        var isToQueue = toTable == "audio_chunks";
        using var insert = Command(
            isToQueue
                ? $"INSERT INTO audio_chunks({Columns[3..]}) SELECT {Columns[3..]} FROM {Table(from)} WHERE id=$id"
                : $"INSERT OR REPLACE INTO {toTable}({Columns},{NoteColumn(toTable)},moved_us) SELECT {Columns},$note,$at FROM {Table(from)} WHERE id=$id",
            ("$id", id));
        if (!isToQueue)
        {
            Add(insert, "$note", note);
            Add(insert, "$at", WallTime.ToMicroseconds(at));
        }

        if (insert.ExecuteNonQuery() == 0) return false;
        var moved = isToQueue ? (long)Scalar("SELECT last_insert_rowid()")! : id;
        Execute($"UPDATE {toTable} SET file=$file WHERE id=$id", ("$file", file), ("$id", moved));
        if (isToQueue) Execute("UPDATE audio_chunks SET attempts=0, last_error=NULL WHERE id=$id", ("$id", moved));
        Execute($"DELETE FROM {Table(from)} WHERE id=$id", ("$id", id));
        return true;
    }

    /// <summary>Forgets the file of an uploaded chunk, keeps the account of its frames.</summary>
    public void ForgetFile(long id) =>
        Execute("UPDATE uploaded_chunks SET file=NULL, levels=NULL, gaps=NULL, last_error=NULL WHERE id=$id", ("$id", id));

    public void MarkAttempt(long id, string error) =>
        Execute("UPDATE audio_chunks SET attempts=attempts+1, last_error=$e WHERE id=$id", ("$id", id), ("$e", error));

    public void AddGap(Guid? run, GapEntry gap, long? firstFrame) => Execute(
        "INSERT OR IGNORE INTO gaps(run,cause,from_us,to_us,frames,first_frame) VALUES($run,$cause,$from,$to,$frames,$first)",
        ("$run", run?.ToString() ?? ""), ("$cause", gap.Cause), ("$from", gap.FromUs), ("$to", gap.ToUs), ("$frames", gap.Frames), ("$first", firstFrame));

    /// <summary>The run's start, as its first chunk told it; later chunks of the run keep it whatever the wall clock does.</summary>
    public DateTimeOffset RunStart(Guid run, DateTimeOffset startAt, int rateHz)
    {
        Execute("INSERT OR IGNORE INTO runs(run,recording_start,start_us,rate_hz) VALUES($run,$text,$us,$rate)",
            ("$run", run.ToString()), ("$text", SpoolNames.IsoText(startAt)), ("$us", WallTime.ToMicroseconds(startAt)), ("$rate", rateHz));
        return WallTime.FromMicroseconds((long)Scalar("SELECT start_us FROM runs WHERE run=$run", ("$run", run.ToString()))!);
    }

    public void EndRun(Guid run, long capturedFrames) =>
        Execute("UPDATE runs SET captured_frames=$frames WHERE run=$run", ("$run", run.ToString()), ("$frames", capturedFrames));

    /// <summary>Changes when another process has written.</summary>
    public long DataVersion() => (long)Scalar("PRAGMA data_version")!;

    /// <summary>Bytes this connection has written: every page goes to the WAL, and once more at a checkpoint.</summary>
    public long WrittenBytes() => SqliteFile.WrittenBytes(_db);

    public string? SourceId(DateTimeOffset recordingStart) =>
        (string?)Scalar("SELECT source_file_id FROM sources WHERE recording_start=$r", ("$r", SpoolNames.IsoText(recordingStart)));

    public void SetSourceId(DateTimeOffset recordingStart, string id, DateTimeOffset now) => Execute(
        "INSERT OR REPLACE INTO sources(recording_start,source_file_id,created_us) VALUES($r,$s,$now)",
        ("$r", SpoolNames.IsoText(recordingStart)), ("$s", id), ("$now", WallTime.ToMicroseconds(now)));

    /// <summary>Chunks and bytes of a state that are on the disk.</summary>
    public (int Chunks, long Bytes) Count(ChunkState state)
    {
        using var command = Command($"SELECT COUNT(*), COALESCE(SUM(size_bytes),0) FROM {Table(state)} WHERE file IS NOT NULL");
        using var reader = command.ExecuteReader();
        reader.Read();
        return (reader.GetInt32(0), reader.GetInt64(1));
    }

    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(sql, values);
        return command.ExecuteScalar() is var value and not DBNull ? value : null;
    }

    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>For undoing: on a full disk SQLite has undone everything itself, and then there is nothing to undo.</summary>
    public void TryExecute(string sql)
    {
        try
        {
            Execute(sql);
        }
        catch (SqliteException)
        {
            // The failure that led here is the one to report.
        }
    }

    public SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = _db.CreateCommand();
#pragma warning disable CA2100 // every text is put together from constants of this program; values are bound
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in values) Add(command, name, value);
        return command;
    }

    /// <exception cref="SqliteException">A value is not what the program writes: the same answer as to any other damage of the index.</exception>
    public static SpoolChunk Read(SqliteDataReader r, ChunkState state, SpoolFolders folders)
    {
        try
        {
            return ReadRow(r, state, folders);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException or InvalidCastException or OverflowException)
        {
            throw new SqliteException($"row cannot be read: {e.Message}", Damage.Corrupt);
        }
    }

    private static SpoolChunk ReadRow(SqliteDataReader r, ChunkState state, SpoolFolders folders)
    {
        _ = SpoolNames.TryParseIso(r.GetString(4), out var recordingStart);
        return new SpoolChunk
        {
            RowId = r.GetInt64(0),
            Number = r.GetInt32(2),
            SourceFileId = Text(r, 3),
            RecordingStartAt = recordingStart,
            Id = new ChunkId(Guid.Parse(r.GetString(6))),
            State = state,
            Path = System.IO.Path.Combine(folders.Of(state), FileName(r.GetString(7))),
            Codec = Enum.Parse<AudioCodec>(r.GetString(8), ignoreCase: true),
            Recorder = r.GetString(9),
            Run = Guid.Parse(r.GetString(10)),
            FirstFrame = r.GetInt64(12),
            Frames = r.GetInt64(13),
            RateHz = r.GetInt32(14),
            Channels = r.GetInt32(15),
            StartAt = WallTime.FromMicroseconds(r.GetInt64(16)),
            EndAt = WallTime.FromMicroseconds(r.GetInt64(17)),
            SizeBytes = r.GetInt64(18),
            Sha256 = r.GetString(19),
            RatePpm = r.IsDBNull(20) ? null : r.GetDouble(20),
            UncertaintyUs = r.IsDBNull(21) ? null : r.GetDouble(21),
            Levels = SpoolText.ReadLevels(Text(r, 22)),
            GapsBefore = SpoolText.ReadGaps(Text(r, 23)),
            Attempts = r.GetInt32(25),
            LastError = Text(r, 26),
        };
    }

    // A name out of a damaged row must not lead out of its folder.
    private static string FileName(string name) =>
        name.Length > 0 && System.IO.Path.GetFileName(name) == name ? name : throw new FormatException($"file name {name}");

    private static void Bind(SqliteCommand command, ChunkRow row, SpoolChunk c)
    {
        Add(command, "$timestamp", SpoolNames.IsoText(row.EnqueuedAt));
        Add(command, "$number", c.Number);
        Add(command, "$source", c.SourceFileId);
        Add(command, "$recording", SpoolNames.IsoText(c.RecordingStartAt));
        Add(command, "$created", SpoolNames.IsoText(row.EnqueuedAt));
        Add(command, "$chunk", c.Id.ToString());
        Add(command, "$file", row.File);
        Add(command, "$codec", c.Codec.ToString().ToLowerInvariant());
        Add(command, "$recorder", c.Recorder);
        Add(command, "$run", c.Run.ToString());
        Add(command, "$recording_id", row.RecordingId);
        Add(command, "$first", c.FirstFrame);
        Add(command, "$frames", c.Frames);
        Add(command, "$rate", c.RateHz);
        Add(command, "$channels", c.Channels);
        Add(command, "$start", WallTime.ToMicroseconds(c.StartAt));
        Add(command, "$end", WallTime.ToMicroseconds(c.EndAt));
        Add(command, "$size", c.SizeBytes);
        Add(command, "$sha", c.Sha256);
        Add(command, "$ppm", c.RatePpm);
        Add(command, "$uncertainty", c.UncertaintyUs);
        Add(command, "$levels", SpoolText.Write(c.Levels));
        Add(command, "$gaps", SpoolText.Write(c.GapsBefore));
        Add(command, "$origin", row.Origin);
        Add(command, "$attempts", c.Attempts);
        Add(command, "$error", c.LastError);
    }

    private static string NoteColumn(string table) => table switch
    {
        "uploaded_chunks" => "remote_id",
        "quarantined_chunks" => "reason",
        _ => "cause",
    };

    private static string? Text(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static void Add(SqliteCommand command, string name, object? value) => command.Parameters.AddWithValue(name, value ?? DBNull.Value);

    public void Dispose() => _db.Dispose();
}
