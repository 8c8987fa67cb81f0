using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Storage;
using Microsoft.Data.Sqlite;

namespace Chorale.Recorder.Spool;

/// <summary>
/// The queue of Mycelia's recorder: a table <c>audio_chunks</c> with whole WAV files in <c>audio_data</c>. Each row becomes a file and a row
/// of ours; a crash between any two steps loses nothing and doubles nothing, because the chunk's identity comes from the row itself and the
/// old row goes only after the new one is committed.
/// </summary>
internal static class MyceliaQueue
{
    /// <summary>Where an old queue found at the place of our index waits until it is taken over.</summary>
    private const string OldTable = "mycelia_chunks";

    /// <summary>At the path of our index: the old table is renamed in one transaction, so that ours can have its name.</summary>
    public static void PutAsideOldTable(string path)
    {
        if (!IsMyceliaQueue(path)) return;
        using var db = SqliteFile.Open(path);
        using var command = db.CreateCommand();
        command.CommandText = $"ALTER TABLE audio_chunks RENAME TO {OldTable}";
        command.ExecuteNonQuery();
    }

    /// <summary>True for a database whose <c>audio_chunks</c> holds audio; false for ours, for anything else and for what cannot be read.</summary>
    public static bool IsMyceliaQueue(string path)
    {
        if (!File.Exists(path)) return false;
        try
        {
            using var db = SqliteFile.Open(path, readOnly: true);
            using var command = db.CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM pragma_table_info('audio_chunks') WHERE name='audio_data'";
            return (long)command.ExecuteScalar()! == 1;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    public static bool HasOldTable(SpoolIndex index) =>
        (long)index.Scalar($"SELECT COUNT(*) FROM sqlite_master WHERE type='table' AND name='{OldTable}'")! > 0;

    /// <summary>Takes over the oldest row of the old table; false when it is empty, which is when the table goes.</summary>
    public static bool AdoptNext(SpoolIndex index, SpoolFolders folders, SpoolOptions options, TimeProvider time)
    {
        if (!HasOldTable(index)) return false;
        if (AdoptNext(index.Connection, OldTable, index, folders, options, time)) return true;
        index.Execute($"DROP TABLE {OldTable}");
        return false;
    }

    /// <summary>Takes over the oldest row of <paramref name="table"/> in <paramref name="source"/>, which may be our own database; false when it is empty.</summary>
    public static bool AdoptNext(SqliteConnection source, string table, SpoolIndex index, SpoolFolders folders, SpoolOptions options, TimeProvider time)
    {
        using var select = source.CreateCommand();
#pragma warning disable CA2100 // one of two constants
        select.CommandText = $"SELECT id,timestamp,chunk_number,source_file_id,recording_start,audio_data FROM {table} ORDER BY id LIMIT 1";
#pragma warning restore CA2100
        long id;
        Row row;
        using (var reader = select.ExecuteReader())
        {
            if (!reader.Read()) return false;
            id = reader.GetInt64(0);
            row = new Row(reader.GetString(1), (int)reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetString(4),
                reader.IsDBNull(5) ? [] : (byte[])reader.GetValue(5));
        }

        var chunkId = SpoolNames.Derive($"mycelia/{row.RecordingStart}/{row.Number}/{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(row.Wav))}");
        if (!index.Knows(chunkId)) Store(row, chunkId, index, folders, options, time);
        using var delete = source.CreateCommand();
#pragma warning disable CA2100 // one of two constants
        delete.CommandText = $"DELETE FROM {table} WHERE id=$id";
#pragma warning restore CA2100
        delete.Parameters.AddWithValue("$id", id);
        delete.ExecuteNonQuery();
        return true;
    }

    private static void Store(Row row, Guid chunkId, SpoolIndex index, SpoolFolders folders, SpoolOptions options, TimeProvider time)
    {
        // A part of this name is rubbish of a try that was cut short: the bytes are still in the old row.
        var part = Path.Combine(folders.Outbox, SpoolNames.ImportPart(chunkId));
        options.Disk.Delete(part);
        using (var file = AppendFile.Create(options.Disk, part))
        {
            file.Write(row.Wav);
            file.Complete();
        }

        var found = Examination.Of(part);
        var now = time.GetUtcNow();
        if (!SpoolNames.TryParseIso(row.RecordingStart, out var recordingStart)) recordingStart = now;
        if (!SpoolNames.TryParseIso(row.Timestamp, out var enqueued)) enqueued = now;
        // The old recorder stamps the time of enqueueing, which is when the chunk ended.
        var duration = found.IsAudio ? SpoolStore.Duration(found.Frames, found.RateHz, null) : TimeSpan.Zero;
        var start = enqueued - duration;
        var name = FreeName(start, folders);
        var digest = FileDigest.Of(part);
        var chunk = new SpoolChunk
        {
            RowId = 0, Id = new ChunkId(chunkId), State = ChunkState.Ready, Path = Path.Combine(folders.Outbox, name), Codec = AudioCodec.Wav,
            Recorder = options.Recorder, Run = SpoolNames.Derive("mycelia/" + row.RecordingStart), Number = Math.Max(0, row.Number),
            FirstFrame = 0, Frames = found.Frames, RateHz = Math.Max(1, found.RateHz),
            Channels = Math.Max(1, found.Inspection.Channels), StartAt = start, EndAt = enqueued, RecordingStartAt = recordingStart,
            SourceFileId = row.SourceFileId, SizeBytes = digest.SizeBytes, Sha256 = digest.Sha256,
        };
        var line = new ChunkRow(chunk, name, "mycelia", null, enqueued);
        // The row first, then the name it gives: recovery finishes the rename by the identity in the part's name. The other way round, a
        // crash would leave a file without a row beside the old row, and the audio twice.
        options.Disk.SyncFolder(folders.Outbox);
        using (var transaction = index.Begin())
        {
            if (found.IsAudio) index.Insert(line);
            else index.InsertMoved(ChunkState.Quarantined, line, found.Inspection.Detail, now);
            transaction.Commit();
        }

        options.Disk.Rename(part, Path.Combine(found.IsAudio ? folders.Outbox : folders.Quarantine, name));
    }

    private static string FreeName(DateTimeOffset start, SpoolFolders folders)
    {
        for (var clash = 0; ; clash++)
        {
            var name = SpoolNames.Chunk(start, AudioCodec.Wav, clash);
            if (folders.IsFree(name)) return name;
        }
    }

    private sealed record Row(string Timestamp, int Number, string? SourceFileId, string RecordingStart, byte[] Wav);
}
