using Chorale.Archive.Index;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Storage;
using Dapper;
using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Retention;

/// <summary>What to keep. Null means without bound.</summary>
public sealed record RetentionLimits(TimeSpan? KeepFor, long? KeepBytes, long FreeBytesFloor);

/// <summary>What one pass did.</summary>
public sealed record RetentionPass(int Chunks, long Bytes, bool IsComplete);

/// <summary>
/// Deletes the oldest audio of the archive by age (<see cref="AgeClock"/>), total size and free space. A pass costs what it deletes, at most
/// <see cref="ChunksPerPass"/>, however much the archive holds: totals are kept by triggers, the oldest come from an index.
/// <para>
/// Order: the row goes and the gap that says why comes in one transaction, then the file. A crash between them leaves a file without a row,
/// which <c>archive check</c> names; never a row that promises audio there is not.
/// </para>
/// </summary>
public sealed class ArchiveRetention(
    ArchiveIndex index, string folder, Func<RetentionLimits> limitsNow, Func<string, long> freeBytesOf, AgeClock ages, TimeProvider time, ILoggerFactory logs)
{
    /// <summary>At most so many at once: about half a second of deleting, while ingest goes on between passes.</summary>
    public const int ChunksPerPass = 500;

    /// <summary>Deleted chunks closer together than this are told as one gap.</summary>
    private const long JoinUs = 2_000_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private readonly ILogger _log = logs.CreateLogger("Chorale.Archive.Retention");
    private bool _isHeld;

    /// <summary>Chunks deleted since the start.</summary>
    public long DeletedChunks { get; private set; }

    /// <summary>Their bytes.</summary>
    public long DeletedBytes { get; private set; }

    /// <summary>Passes that deleted nothing because free space could not be asked for.</summary>
    public long RefusedPasses { get; private set; }

    public static long FreeBytes(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>A pass a minute, and without a pause while there is more to delete than one may.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            var complete = true;
            try
            {
                complete = RunOnce(stopping).IsComplete;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.RetentionFailed(_log, e);
            }

            if (complete) await Task.Delay(Interval, time, stopping);
        }
    }

    public RetentionPass RunOnce(CancellationToken cancel)
    {
        long free;
        try
        {
            free = freeBytesOf(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Unknown is neither full nor endless: a disk that does not answer is no reason to delete from it.
            RefusedPasses++;
            Log.FreeSpaceUnknown(_log, e);
            return new RetentionPass(0, 0, IsComplete: true);
        }

        var limits = limitsNow();
        var total = index.Read(c => c.ExecuteScalar<long>("SELECT COALESCE(SUM(bytes), 0) FROM totals"));
        var tooMany = Math.Max(limits.KeepBytes is { } most ? total - most : 0, limits.FreeBytesFloor - free);
        var beforeUs = limits.KeepFor is { } age ? WallTime.ToMicroseconds(Present() - age) : long.MinValue;
        var oldest = index.Read(c => c.Query<Doomed>(
            "SELECT chunk_id, recorder_id, start_us, end_us, frames, path, size_bytes FROM chunks ORDER BY start_us LIMIT @ChunksPerPass", new { ChunksPerPass }).AsList());
        long bytes = 0;
        var doomed = oldest.TakeWhile(chunk =>
        {
            if (bytes >= tooMany && chunk.EndUs > beforeUs) return false;
            bytes += chunk.SizeBytes;
            return true;
        }).ToList();
        if (doomed.Count == 0) return new RetentionPass(0, 0, IsComplete: true);

        cancel.ThrowIfCancellationRequested();
        index.Write((connection, transaction) =>
        {
            foreach (var chunk in doomed)
            {
                connection.Execute("DELETE FROM chunks WHERE chunk_id = @ChunkId", chunk, transaction);
                AddGap(connection, transaction, chunk);
            }
        });
        foreach (var chunk in doomed) Delete(Path.Combine(folder, chunk.Path));
        (DeletedChunks, DeletedBytes) = (DeletedChunks + doomed.Count, DeletedBytes + bytes);
        Log.Deleted(_log, doomed.Count, bytes, WallTime.ToText(doomed[^1].EndUs));
        return new RetentionPass(doomed.Count, bytes, doomed.Count < ChunksPerPass);
    }

    private DateTimeOffset Present()
    {
        var now = ages.Now;
        if (ages.Leap is { } leap && !_isHeld) Log.ClockLeapt(_log, WallTime.ToText(time.GetUtcNow()), leap.TotalDays, AgeClock.Probation.TotalHours);
        else if (ages.Leap is null && _isHeld) Log.ClockBelieved(_log, WallTime.ToText(now));
        _isHeld = ages.Leap is not null;
        return now;
    }

    /// <summary>Makes the last gap of this cause longer where it joins, so that years of deleting are a few rows.</summary>
    private static void AddGap(Microsoft.Data.Sqlite.SqliteConnection connection, Microsoft.Data.Sqlite.SqliteTransaction transaction, Doomed chunk)
    {
        var values = new { chunk.RecorderId, chunk.StartUs, chunk.EndUs, chunk.Frames, Cause = GapCauses.ToText(GapCause.Retention), JoinUs };
        var joined = connection.Execute(
            """
            UPDATE gaps SET to_us = MAX(to_us, @EndUs), frames = frames + @Frames
            WHERE recorder_id = @RecorderId AND cause = @Cause AND from_us = (
                SELECT from_us FROM gaps WHERE recorder_id = @RecorderId AND cause = @Cause AND from_us <= @StartUs ORDER BY from_us DESC LIMIT 1)
              AND to_us >= @StartUs - @JoinUs
            """, values, transaction);
        if (joined > 0) return;
        connection.Execute(
            """
            INSERT INTO gaps (recorder_id, from_us, to_us, frames, cause) VALUES (@RecorderId, @StartUs, @EndUs, @Frames, @Cause)
            ON CONFLICT DO UPDATE SET to_us = MAX(to_us, excluded.to_us)
            """, values, transaction);
    }

    private void Delete(string path)
    {
        try
        {
            File.Delete(path);
            // The folder of an hour, then of a day, once nothing is left in it; ingest makes it anew if it is needed after all.
            for (var parent = Path.GetDirectoryName(path); parent is not null && !Directory.EnumerateFileSystemEntries(parent).Any(); parent = Path.GetDirectoryName(parent))
            {
                if (Path.GetFileName(parent).Length is not (2 or 10)) break;
                Directory.Delete(parent);
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Gone already: that is what was wanted.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.DeleteFailed(_log, path, e);
        }
    }

    private sealed record Doomed
    {
        public string ChunkId { get; init; } = "";
        public string RecorderId { get; init; } = "";
        public long StartUs { get; init; }
        public long EndUs { get; init; }
        public long Frames { get; init; }
        public string Path { get; init; } = "";
        public long SizeBytes { get; init; }
    }
}
