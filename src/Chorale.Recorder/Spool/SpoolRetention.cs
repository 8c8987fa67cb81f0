using Chorale.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Spool;

/// <summary>One pass of retention: asks the policy, does its step, at most <see cref="StepsMax"/> times. No folder is ever listed.</summary>
internal sealed class SpoolRetention(SpoolOptions options, SpoolFolders folders, TimeProvider time, ILogger log)
{
    /// <summary>A step is an unlink and a row, under 1 ms: a pass holds the spool for well under a second.</summary>
    public const int StepsMax = 256;

    /// <summary>Old rows deleted per pass: a day has 1440 of one-minute chunks, a pass runs every minute or so.</summary>
    private const int LedgerRowsMax = 64;

    public RetentionReport Pass(SpoolIndex index, SpoolCounts counts, RetentionLimits limits, double recordedBytesPerDay)
    {
        var now = time.GetUtcNow();
        var (deleted, dropped) = (0, 0);
        var deletedBytes = 0L;
        while (true)
        {
            var usage = Usage(index, counts);
            var step = deleted + dropped >= StepsMax ? RetentionStep.Nothing : RetentionPolicy.Next(limits, usage, now);
            if (step is RetentionStep.DeleteOldestUploaded)
            {
                deletedBytes += DeleteOldestUploaded(index, counts);
                deleted++;
                continue;
            }

            if (step is RetentionStep.DropOldestUnsent)
            {
                DropOldestUnsent(index, counts, now);
                dropped++;
                continue;
            }

            if (deleted > 0) log.SpoolCleanup(deleted, deletedBytes);
            if (step is RetentionStep.StopRecording) log.SpoolFull();
            BoundLedger(index, now - limits.LedgerAge);
            return new RetentionReport(deleted, dropped, step == RetentionStep.StopRecording, usage.FreeBytes,
                RetentionPolicy.DaysToFull(limits, usage, counts.Of(ChunkState.Uploaded).Bytes, recordedBytesPerDay), deleted + dropped < StepsMax);
        }
    }

    private SpoolUsage Usage(SpoolIndex index, SpoolCounts counts)
    {
        long? free = null, total = null;
        try
        {
            free = options.Disk.FreeBytes(folders.Outbox);
            total = options.Disk.TotalBytes(folders.Outbox);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.FreeSpaceUnknown(folders.Outbox, e.Message);
        }

        var oldest = index.Scalar("SELECT start_us FROM uploaded_chunks WHERE file IS NOT NULL ORDER BY start_us LIMIT 1");
        return new SpoolUsage(free, total, counts.AllBytes, oldest is long us ? WallTime.FromMicroseconds(us) : null, counts.Of(ChunkState.Ready).Chunks > 0);
    }

    // The file first: where the disk is full to the last block, the row could not be changed before there is room.
    private long DeleteOldestUploaded(SpoolIndex index, SpoolCounts counts)
    {
        using var command = index.Command("SELECT id,file,size_bytes FROM uploaded_chunks WHERE file IS NOT NULL ORDER BY start_us LIMIT 1");
        using var reader = command.ExecuteReader();
        reader.Read();
        var (id, file, size) = (reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2));
        reader.Close();
        options.Disk.Delete(Path.Combine(folders.Uploaded, file));
        index.ForgetFile(id);
        counts.Add(ChunkState.Uploaded, -1, -size);
        return size;
    }

    // The loss is written down before the file goes; only where there is no room for that, after.
    private void DropOldestUnsent(SpoolIndex index, SpoolCounts counts, DateTimeOffset now)
    {
        var chunk = index.Next(folders)!;
        var isDeleted = false;
        try
        {
            index.Move(ChunkState.Ready, "lost_chunks", chunk.RowId, "retention", now, null);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SpoolStore.SqliteFull)
        {
            options.Disk.Delete(chunk.Path);
            isDeleted = true;
            index.Move(ChunkState.Ready, "lost_chunks", chunk.RowId, "retention", now, null);
        }

        if (!isDeleted) options.Disk.Delete(chunk.Path);
        counts.Add(ChunkState.Ready, -1, -chunk.SizeBytes);
        counts.Lost++;
        log.UnsentDropped(chunk.Id.Value, chunk.StartAt, chunk.Frames);
    }

    private static void BoundLedger(SpoolIndex index, DateTimeOffset oldest)
    {
        var us = ("$us", (object?)WallTime.ToMicroseconds(oldest));
        var max = ("$max", (object?)LedgerRowsMax);
        index.Execute("DELETE FROM uploaded_chunks WHERE id IN (SELECT id FROM uploaded_chunks WHERE start_us<$us AND file IS NULL ORDER BY start_us LIMIT $max)", us, max);
        index.Execute("DELETE FROM lost_chunks WHERE id IN (SELECT id FROM lost_chunks WHERE start_us<$us ORDER BY start_us LIMIT $max)", us, max);
        index.Execute("DELETE FROM gaps WHERE id IN (SELECT id FROM gaps WHERE from_us<$us ORDER BY from_us LIMIT $max)", us, max);
    }
}

/// <summary>Chunks and bytes by state, kept beside the index so that nobody has to count rows. Guarded by the spool's lock.</summary>
internal sealed class SpoolCounts
{
    private readonly (int Chunks, long Bytes)[] _states = new (int, long)[3];

    public long Lost { get; set; }

    public long AllBytes => _states.Sum(s => s.Bytes);

    public (int Chunks, long Bytes) Of(ChunkState state) => _states[(int)state];

    public void Add(ChunkState state, int chunks, long bytes)
    {
        var old = _states[(int)state];
        _states[(int)state] = (old.Chunks + chunks, old.Bytes + bytes);
    }

    public void Reload(SpoolIndex index)
    {
        foreach (var state in Enum.GetValues<ChunkState>()) _states[(int)state] = index.Count(state);
        Lost = (long)index.Scalar("SELECT COUNT(*) FROM lost_chunks")!;
    }
}
