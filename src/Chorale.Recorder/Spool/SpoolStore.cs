using System.Security.Cryptography;
using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Spool;

/// <summary>
/// The durable queue on the recorder. Files are the truth, the index is rebuilt from them. Thread-safe; every method may block on the disk.
/// </summary>
/// <remarks>
/// One process owns a spool (a lock file). The lock of this object is held around the index only, never around writing, syncing or
/// hashing a file.
/// </remarks>
public sealed class SpoolStore : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SpoolOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly FileStream _owner;
    private readonly List<(Guid? Run, GapEntry Gap, long? FirstFrame)> _gapsToCommit = [];
    private readonly List<GapEntry> _gapsSinceBegin = [];
    private readonly List<ChunkRow> _rowsToCommit = [];
    private readonly Dictionary<Guid, DateTimeOffset> _runStarts = [];
    private TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SpoolIndex _index;

    private SpoolStore(SpoolOptions options, TimeProvider time, ILogger log, FileStream owner, SpoolIndex index)
    {
        _options = options;
        _time = time;
        _log = log;
        _owner = owner;
        _index = index;
        Folders = SpoolFolders.Of(options);
    }

    internal SpoolFolders Folders { get; }

    /// <summary>Opens the spool and reconciles files and index; what it did is logged and counted.</summary>
    /// <exception cref="SpoolInUseException">Another process owns it.</exception>
    /// <exception cref="IOException">The disk is full, read-only or failing.</exception>
    public static SpoolStore Open(SpoolOptions options, TimeProvider time, ILogger log)
    {
        Directory.CreateDirectory(options.Folder);
        SpoolFolders.Of(options).Create();
        var owner = TakeOwnership(options);
        try
        {
            var store = new SpoolStore(options, time, log, owner, SpoolIndex.Open(options.Index));
            return store;
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    /// <summary>Opens a chunk's file (<c>outbox/chunk_*.part</c>).</summary>
    /// <exception cref="IOException">No room or no disk (<see cref="DiskException"/> says which); nothing was opened.</exception>
    public OpenChunk Begin(ChunkStart start)
    {
        var path = FreePartPath(start);
        DurableStream file = start.Codec == AudioCodec.Opus
            ? DirectFile.Create(_options.Disk, path, start.ExpectedBytes)
            : AppendFile.Create(_options.Disk, path);
        try
        {
            _options.Disk.SyncFolder(Folders.Outbox);
        }
        catch
        {
            file.Dispose();
            _options.Disk.Delete(path);
            throw;
        }

        var chunk = new OpenChunk(start, path, file);
        lock (_gate)
        {
            if (start.Tags.GapBefore is { } told) chunk.GapsBefore.Add(told);
            chunk.GapsBefore.AddRange(_gapsSinceBegin.Where(g => !chunk.GapsBefore.Contains(g)));
            _gapsSinceBegin.Clear();
        }

        return chunk;
    }

    /// <summary>Makes a complete chunk ready: truncate, fsync, rename, fsync folder, commit row (durability order in design/spool.md).</summary>
    public SpoolChunk Seal(OpenChunk chunk, ChunkFacts facts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(facts.Frames, 1);
        chunk.File.Complete();
        var path = chunk.PartPath[..^SpoolNames.PartSuffix.Length];
        var (size, sha256) = Digest(chunk.PartPath);
        _options.Disk.Rename(chunk.PartPath, path);
        _options.Disk.SyncFolder(Folders.Outbox);
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            var tags = chunk.Start.Tags;
            var start = WallTime.FromMicroseconds(tags.StartUs);
            var row = new ChunkRow(
                new SpoolChunk
                {
                    RowId = 0, Id = chunk.Start.Id, State = ChunkState.Ready, Path = path, Codec = chunk.Start.Codec, Recorder = tags.Recorder,
                    Run = tags.Run, Number = tags.Number, FirstFrame = tags.FirstFrame, Frames = facts.Frames, RateHz = tags.RateHz,
                    Channels = chunk.Start.Channels, StartAt = start, EndAt = start + Duration(facts.Frames, tags.RateHz, facts.RatePpm),
                    RecordingStartAt = start, SizeBytes = size, Sha256 = sha256, RatePpm = facts.RatePpm,
                    UncertaintyUs = facts.UncertaintyUs ?? tags.UncertaintyUs, Levels = facts.Levels, GapsBefore = chunk.GapsBefore,
                },
                Path.GetFileName(path), "own", tags.RecordingId, now);
            var sealedChunk = CommitRow(row);
            _log.ChunkSpooled(chunk.Start.Id.Value, row.File, facts.Frames, size);
            var ready = _ready;
            _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
            ready.TrySetResult();
            return sealedChunk;
        }
    }

    /// <summary>Deletes an open chunk that holds no frame.</summary>
    public void Discard(OpenChunk chunk)
    {
        chunk.File.Dispose();
        _options.Disk.Delete(chunk.PartPath);
        lock (_gate) _gapsSinceBegin.InsertRange(0, chunk.GapsBefore);
    }

    /// <summary>Writes a gap into the ledger.</summary>
    /// <param name="run">Run it belongs to, if any.</param>
    /// <param name="gap">What is missing.</param>
    /// <param name="firstFrame">Its place in the run's count of frames; null for what lies outside the count (xrun, lost device, not recording).</param>
    public void AddGap(RunId? run, GapEntry gap, long? firstFrame = null)
    {
        lock (_gate)
        {
            _gapsSinceBegin.Add(gap);
            _index.AddGap(run?.Value, gap, firstFrame);
        }
    }

    /// <summary>The oldest chunk to send, or null.</summary>
    /// <param name="skipped">Row ids that are not to be sent now.</param>
    public SpoolChunk? NextToSend(IReadOnlySet<long>? skipped = null)
    {
        lock (_gate) return _index.Next(Folders, skipped);
    }

    /// <summary>The server has it durably: the file moves to <c>uploaded/</c>.</summary>
    public void MarkUploaded(SpoolChunk chunk, string? remoteId)
    {
        lock (_gate)
        {
            using var transaction = _index.Begin();
            if (!_index.Move(ChunkState.Ready, "uploaded_chunks", chunk.RowId, remoteId, _time.GetUtcNow(), Path.GetFileName(chunk.Path))) return;
            transaction.Commit();
        }

        _options.Disk.Rename(chunk.Path, Path.Combine(Folders.Uploaded, Path.GetFileName(chunk.Path)));
    }

    /// <summary>The server will never take it: the file moves to <c>quarantine/</c> with the reason.</summary>
    public void Quarantine(SpoolChunk chunk, string reason)
    {
        lock (_gate)
        {
            using var transaction = _index.Begin();
            if (!_index.Move(ChunkState.Ready, "quarantined_chunks", chunk.RowId, reason, _time.GetUtcNow(), Path.GetFileName(chunk.Path))) return;
            transaction.Commit();
        }

        _options.Disk.Rename(chunk.Path, Path.Combine(Folders.Quarantine, Path.GetFileName(chunk.Path)));
        _log.ChunkQuarantined(chunk.Id.Value, Path.GetFileName(chunk.Path), reason);
    }

    /// <summary>Counts a failed attempt.</summary>
    public void MarkAttempt(SpoolChunk chunk, string error)
    {
        lock (_gate) _index.MarkAttempt(chunk.RowId, error);
    }

    /// <summary>Mycelia's source file id of a recording, kept across restarts.</summary>
    public string? SourceIdOf(DateTimeOffset recordingStart)
    {
        lock (_gate) return _index.SourceId(recordingStart);
    }

    public void SetSourceId(DateTimeOffset recordingStart, string sourceFileId)
    {
        lock (_gate) _index.SetSourceId(recordingStart, sourceFileId, _time.GetUtcNow());
    }

    public SpoolTotals Totals()
    {
        lock (_gate)
        {
            var (ready, readyBytes) = _index.Count(ChunkState.Ready);
            var (uploaded, uploadedBytes) = _index.Count(ChunkState.Uploaded);
            var (quarantined, quarantinedBytes) = _index.Count(ChunkState.Quarantined);
            return new SpoolTotals(ready, readyBytes, _index.Next(Folders)?.StartAt, uploaded, uploadedBytes, quarantined, quarantinedBytes,
                0, _options.Disk.WrittenBytes, _options.Disk.FreeBytes(_options.Folder));
        }
    }

    /// <summary>Completes when a chunk becomes ready or <paramref name="timeout"/> has passed.</summary>
    public async Task WaitForReadyAsync(TimeSpan timeout, CancellationToken stopping)
    {
        Task ready;
        lock (_gate) ready = _ready.Task;
        try
        {
            await ready.WaitAsync(timeout, _time, stopping);
        }
        catch (TimeoutException)
        {
            // The caller looks again anyway.
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _index.Dispose();
            _owner.Dispose();
        }
    }

    internal static (long Size, string Sha256) Digest(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16, FileOptions.SequentialScan);
        return (file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    internal static TimeSpan Duration(long frames, int rateHz, double? ratePpm) =>
        TimeSpan.FromTicks((long)(frames * (double)TimeSpan.TicksPerSecond / (rateHz * (1 + (ratePpm ?? 0) * 1e-6))));

    private SpoolChunk CommitRow(ChunkRow row)
    {
        using var transaction = _index.Begin();
        var c = row.Chunk;
        var runStart = c.StartAt - Duration(c.FirstFrame, c.RateHz, null);
        row = row with { Chunk = c with { RecordingStartAt = _index.RunStart(c.Run, runStart, c.RateHz) } };
        var id = _index.Insert(row);
        foreach (var gap in c.GapsBefore) _index.AddGap(c.Run, gap, null);
        transaction.Commit();
        return row.Chunk with { RowId = id };
    }

    private string FreePartPath(ChunkStart start)
    {
        var at = WallTime.FromMicroseconds(start.Tags.StartUs);
        for (var clash = 0; ; clash++)
        {
            var name = SpoolNames.Chunk(at, start.Codec, clash);
            if (Folders.IsFree(name)) return Path.Combine(Folders.Outbox, name + SpoolNames.PartSuffix);
        }
    }

    private static FileStream TakeOwnership(SpoolOptions options)
    {
        try
        {
            return new FileStream(Path.Combine(options.Folder, ".owner"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not DirectoryNotFoundException && e.HResult is 11 or unchecked((int)0x80070020))
        {
            throw new SpoolInUseException(options.Folder);
        }
    }
}
