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
/// hashing a chunk's file. Sealing hashes the file: call it away from the thread that encodes.
/// </remarks>
public sealed class SpoolStore : IDisposable
{
    /// <summary>SQLITE_FULL.</summary>
    internal const int SqliteFull = 13;

    private static readonly TimeSpan FollowDiskEvery = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly SpoolOptions _options;
    private readonly SpoolFolders _folders;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SpoolCounts _counts = new();
    private readonly SpoolRetention _retention;
    private readonly ChunkSealer _sealer;
    private readonly PendingRows _pending = new();
    private readonly HashSet<string> _openParts = [];
    private readonly RecordedRate _rate;
    private List<GapEntry> _gapsSinceBegin = [];
    private FileStream? _owner; // null: another process owns the spool, and keeps recovery to itself
    private TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SpoolIndex _index;
    private SpoolRecovery _recovery;
    private long _dataVersion;
    private long _checkedRow;
    private long _failures;
    private long _nextFollowStamp;
    private bool _isClosed;

    private SpoolStore(SpoolOptions options, TimeProvider time, ILogger log, FileStream? owner, SpoolIndex index)
    {
        _options = options;
        _folders = SpoolFolders.Of(options);
        _time = time;
        _log = log;
        _owner = owner;
        _index = index;
        _rate = new RecordedRate(time);
        _retention = new SpoolRetention(options, _folders, time, log);
        _sealer = new ChunkSealer(options.Disk, _folders, IsOpenPart);
        _recovery = NewRecovery();
    }

    /// <summary>What happened between the last durable frame and this start; belongs before the first chunk (its tags, its row).</summary>
    public IReadOnlyList<GapEntry> GapsAtOpen { get; private set; } = [];

    /// <summary>Completes when every file found at open has its row. Recording and uploading need not wait for it.</summary>
    public Task Recovered { get; private set; } = Task.CompletedTask;

    /// <summary>What the disk last refused, until something succeeds again; null = storage works.</summary>
    public StorageFault? Fault { get; private set; }

    /// <summary>Identity of the chunk <paramref name="number"/> of a run: use it for <see cref="ChunkStart.Id"/>, recovery finds the same.</summary>
    public static ChunkId IdOf(RunId run, int number) => new(SpoolNames.IdOf(run.Value, number));

    /// <summary>Opens the spool and reconciles files and index; what it did is logged and counted.</summary>
    /// <exception cref="SpoolInUseException">Another process owns it.</exception>
    /// <exception cref="IOException">The disk is full, read-only or failing; try again later.</exception>
    public static SpoolStore Open(SpoolOptions options, TimeProvider time, ILogger log)
    {
        SpoolFolders.Of(options).Create();
        var owner = SpoolOwnership.Take(options.Folder) ?? throw new SpoolInUseException(options.Folder);
        SpoolStore? store = null;
        try
        {
            MyceliaQueue.PutAsideOldTable(options.Index);
            store = new SpoolStore(options, time, log, owner, Ballast.Spend(options, () => Damage.Open(options, time, log)));
            store.Recover(isStart: true);
            return store;
        }
        catch (SqliteException e)
        {
            store?._index.Dispose();
            owner.Dispose();
            throw new IOException($"index {options.Index}: {e.Message}", e);
        }
        catch
        {
            store?._index.Dispose();
            owner.Dispose();
            throw;
        }
    }

    /// <summary>For the tools of a person: as the owner when nobody records, else beside the recorder, which keeps recovery to itself.</summary>
    public static SpoolStore OpenOrJoin(SpoolOptions options, TimeProvider time, ILogger log)
    {
        try
        {
            return Open(options, time, log);
        }
        catch (SpoolInUseException)
        {
            return new SpoolStore(options, time, log, null, SpoolIndex.Open(options.Index));
        }
    }

    /// <summary>Opens a chunk's file (<c>outbox/chunk_*.part</c>).</summary>
    /// <exception cref="IOException">No room or no disk (<see cref="DiskException"/> says which); nothing was opened.</exception>
    public OpenChunk Begin(ChunkStart start)
    {
        try
        {
            var chunk = _sealer.Open(start);
            lock (_gate)
            {
                _openParts.Add(chunk.PartPath);
                if (start.Tags.GapBefore is { } told)
                {
                    chunk.GapsBefore.Add(told);
                    // Told by the tag alone; what came by AddGap has its run and its place already.
                    if (!_gapsSinceBegin.Contains(told)) _pending.Add(start.Tags.Run, told, SpoolLedger.PlaceBefore(told, start.Tags.FirstFrame));
                }

                chunk.GapsBefore.AddRange(_gapsSinceBegin.Where(g => !chunk.GapsBefore.Contains(g)));
                _gapsSinceBegin = [];
            }

            return chunk;
        }
        catch (IOException e)
        {
            MarkFailure(e);
            throw;
        }
    }

    /// <summary>Makes a complete chunk ready: truncate, fsync, rename, fsync folder, commit row (durability order in design/spool.md).</summary>
    /// <remarks>
    /// A file whose sync has failed is written again under a new name, never believed. Where that fails too the part stays, to be tried
    /// again; the next start recovers it.
    /// </remarks>
    /// <returns>Null when nothing of it could be kept, nor ever will be: its frames are a gap then.</returns>
    /// <exception cref="IOException">The disk refuses now; <see cref="Fault"/> says how.</exception>
    public SpoolChunk? Seal(OpenChunk chunk, ChunkFacts facts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(facts.Frames, 1);
        SpoolChunk? ready;
        _sealer.PrepareSpare(chunk.Start); // before the folder is synced, which then serves both
        try
        {
            ready = SealAndCommit(chunk, facts);
        }
        catch (IOException e)
        {
            chunk.File.Dispose();
            MarkFailure(e);
            throw;
        }

        if (ready is not null) MarkSuccess();
        return ready;
    }

    /// <summary>Deletes an open chunk that holds no frame.</summary>
    public void Discard(OpenChunk chunk)
    {
        chunk.File.Dispose();
        _options.Disk.Delete(chunk.PartPath);
        lock (_gate)
        {
            _openParts.Remove(chunk.PartPath);
            _gapsSinceBegin.InsertRange(0, chunk.GapsBefore);
        }
    }

    /// <summary>Writes a gap into the ledger.</summary>
    /// <param name="run">Run it belongs to, if any.</param>
    /// <param name="gap">What is missing. The same gap told twice (here and in a tag) is one gap.</param>
    /// <param name="firstFrame">Its place in the run's count of frames; null for what lies outside the count (xrun, lost device, not recording).</param>
    public void AddGap(RunId? run, GapEntry gap, long? firstFrame = null)
    {
        lock (_gate)
        {
            _gapsSinceBegin.Add(gap);
            _pending.Add(run?.Value, gap, firstFrame);
            FlushPending();
        }
    }

    /// <summary>The run has ended after <paramref name="capturedFrames"/> frames (counted from its frame 0): what the ledger is checked against.</summary>
    public void EndRun(RunId run, long capturedFrames)
    {
        lock (_gate)
        {
            _pending.EndRun(run.Value, capturedFrames);
            FlushPending();
        }
    }

    /// <summary>The oldest chunk to send, or null. Its file is there and has the bytes of its row: one that has not is repaired, set aside or
    /// written off, and the next one is given.</summary>
    /// <param name="skipped">Row ids that are not to be sent now.</param>
    public SpoolChunk? NextToSend(IReadOnlySet<long>? skipped = null) => Indexed(() =>
    {
        while (_index.Next(_folders, skipped) is { } chunk)
        {
            if (chunk.RowId == _checkedRow && File.Exists(chunk.Path)) return chunk;
            var file = new FileInfo(chunk.Path);
            if (file.Exists && file.Length == chunk.SizeBytes && FileDigest.Of(chunk.Path).Sha256 == chunk.Sha256)
            {
                _checkedRow = chunk.RowId;
                return chunk;
            }

            if (!file.Exists && File.Exists(Path.Combine(_folders.Quarantine, file.Name)))
            {
                _options.Disk.Rename(Path.Combine(_folders.Quarantine, file.Name), chunk.Path); // a retry by another process, under way
                continue;
            }

            _recovery.Reexamine(chunk);
            _dataVersion = -1;
        }

        return null;
    });

    /// <summary>The server has it durably: the file moves to <c>uploaded/</c>.</summary>
    public void MarkUploaded(SpoolChunk chunk, string? remoteId) => MoveOut(chunk, ChunkState.Uploaded, remoteId);

    /// <summary>The server will never take it: the file moves to <c>quarantine/</c> with the reason.</summary>
    public void Quarantine(SpoolChunk chunk, string reason)
    {
        MoveOut(chunk, ChunkState.Quarantined, reason);
        _log.ChunkQuarantined(chunk.Id.Value, Path.GetFileName(chunk.Path), reason);
    }

    /// <summary>Puts a quarantined chunk at the end of the queue again; false when it is not there any more.</summary>
    public bool Retry(SpoolChunk chunk) => Indexed(() =>
    {
        var name = Path.GetFileName(chunk.Path);
        if (!_index.Move(ChunkState.Quarantined, "audio_chunks", chunk.RowId, null, _time.GetUtcNow(), name)) return false;
        _options.Disk.Rename(chunk.Path, Path.Combine(_folders.Outbox, name));
        _dataVersion = -1;
        return true;
    });

    /// <summary>Counts a failed attempt. On a full disk the count is not worth an error.</summary>
    public void MarkAttempt(SpoolChunk chunk, string error) => Indexed(() =>
    {
        try
        {
            _index.MarkAttempt(chunk.RowId, error);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SqliteFull)
        {
            MarkFailure(new IOException(e.Message, e));
        }

        return true;
    });

    /// <summary>Mycelia's source file id of a recording, kept across restarts.</summary>
    public string? SourceIdOf(DateTimeOffset recordingStart) => Indexed(() => _index.SourceId(recordingStart));

    public void SetSourceId(DateTimeOffset recordingStart, string sourceFileId) => Indexed(() =>
    {
        _index.SetSourceId(recordingStart, sourceFileId, _time.GetUtcNow());
        return true;
    });

    /// <summary>The queue in numbers; <see cref="SpoolTotals.FreeBytes"/> is -1 where the file system does not say.</summary>
    public SpoolTotals Totals() => Indexed(() =>
    {
        RefreshCounts();
        var (ready, uploaded, quarantined) = (_counts.Of(ChunkState.Ready), _counts.Of(ChunkState.Uploaded), _counts.Of(ChunkState.Quarantined));
        return new SpoolTotals(ready.Chunks, ready.Bytes, _index.Next(_folders)?.StartAt, uploaded.Chunks, uploaded.Bytes, quarantined.Chunks,
            quarantined.Bytes, _counts.Lost, _options.Disk.WrittenBytes + _index.WrittenBytes(), FreeBytes());
    });

    /// <summary>Chunks of one state, oldest id first.</summary>
    public IReadOnlyList<SpoolChunk> List(ChunkState state, int limit = int.MaxValue) => Indexed(() => _index.List(state, _folders, limit));

    /// <summary>The account of every frame captured in a period.</summary>
    public Ledger Ledger(DateTimeOffset from, DateTimeOffset to) =>
        Indexed(() => SpoolLedger.Compute(_index, from, to, _openParts.Count));

    /// <summary>One pass of retention; run it every minute or so, and again at once while the report is not complete.</summary>
    public RetentionReport Retain(RetentionLimits limits) => Indexed(() =>
    {
        LookAgainAtForeignFiles();
        RefreshCounts();
        var report = _retention.Pass(_index, _counts, limits, _rate.BytesPerDay);
        _dataVersion = _index.DataVersion();
        return report;
    });

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

    /// <summary>Commits what waits and lets the spool go. Chunks still open stay parts, and are recovered at the next open.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            FlushPending();
            if (_owner is not null) _sealer.DropSpare();
            _index.Dispose();
            _owner?.Dispose();
        }
    }

    internal static TimeSpan Duration(long frames, int rateHz, double? ratePpm) =>
        TimeSpan.FromTicks((long)(frames * (double)TimeSpan.TicksPerSecond / (rateHz * (1 + (ratePpm ?? 0) * 1e-6))));

    /// <summary>Runs <paramref name="work"/> on the index and inside the lock; for imports.</summary>
    internal T WithIndex<T>(Func<SpoolIndex, SpoolFolders, SpoolRecovery, T> work) => Indexed(() =>
    {
        _dataVersion = -1;
        var result = work(_index, _folders, _recovery);
        SignalReady();
        return result;
    });

    private SpoolChunk? SealAndCommit(OpenChunk chunk, ChunkFacts facts)
    {
        var file = _sealer.Seal(chunk, facts);
        lock (_gate)
        {
            _openParts.Remove(chunk.PartPath);
            if (file.Frames == 0)
            {
                _pending.Add(chunk.Start.Tags.Run, file.Missing!, chunk.Start.Tags.FirstFrame);
                FlushPending();
                _log.ChunkNotKept(Path.GetFileName(chunk.PartPath), facts.Frames, chunk.File.Failure?.Message ?? "its file is gone");
                return null;
            }

            var row = _sealer.Row(chunk, facts, file, _time.GetUtcNow());
            if (file.Missing is { } missing) _pending.Add(row.Chunk.Run, missing, row.Chunk.FirstFrame + row.Chunk.Frames);
            _pending.Add(row);
            var rows = FlushPending();
            _rate.Add(file.SizeBytes);
            _log.ChunkSpooled(row.Chunk.Id.Value, row.File, row.Chunk.Frames, file.SizeBytes);
            SignalReady();
            return rows.Find(r => r.Id == row.Chunk.Id) ?? row.Chunk;
        }
    }

    private void MoveOut(SpoolChunk chunk, ChunkState to, string? note)
    {
        var name = Path.GetFileName(chunk.Path);
        // The receipt first: were the file moved first and the row lost, the chunk would be looked for and sent again.
        var isMoved = Indexed(() =>
        {
            if (!_index.Move(ChunkState.Ready, SpoolIndex.Table(to), chunk.RowId, note, _time.GetUtcNow(), name)) return false;
            _counts.Add(ChunkState.Ready, -1, -chunk.SizeBytes);
            _counts.Add(to, 1, chunk.SizeBytes);
            return true;
        });
        if (!isMoved) return;
        try
        {
            // Not synced: a name that comes back after a cut of the power is moved again by its row.
            _options.Disk.Rename(chunk.Path, Path.Combine(_folders.Of(to), name));
        }
        catch (IOException e)
        {
            MarkFailure(e); // the row stands, the next start moves the file
        }
    }

    private T Indexed<T>(Func<T> work)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            FlushPending();
            try
            {
                return work();
            }
            catch (SqliteException e) when (Damage.Is(e) && _owner is not null)
            {
                _index.Dispose();
                _index = Damage.Replace(_options, e.Message, _time, _log);
                FlushPending(); // before files without a row are looked for
                Recover(isStart: false);
                return work();
            }
            catch (SqliteException e) when (FollowDisk(e))
            {
                return work();
            }
        }
    }

    /// <summary>
    /// The disk under the index failed. One that was plugged in again is another device, while this connection is bound to the one that
    /// has gone: where the same path can be written again, the index there is ours from now on.
    /// </summary>
    /// <returns>Whether it is worth trying again.</returns>
    private bool FollowDisk(SqliteException e)
    {
        if (_owner is null || !Damage.IsDisk(e) || _time.GetTimestamp() < _nextFollowStamp) return false;
        _nextFollowStamp = _time.GetTimestamp() + (long)(FollowDiskEvery.TotalSeconds * _time.TimestampFrequency);
        SpoolIndex found;
        try
        {
            found = SpoolIndex.OpenWritable(_options.Index);
        }
        catch (SqliteException)
        {
            return false; // not there yet
        }

        _index.Dispose();
        _index = found;
        // On the device we know the lock is ours already, on another one it is to be had.
        if (SpoolOwnership.Take(_options.Folder) is { } owner)
        {
            _owner.Dispose();
            _owner = owner;
        }

        FlushPending();
        Recover(isStart: false);
        return true;
    }

    // Rows and gaps that could not be committed (a full disk) wait in memory; files and tags hold the same facts, should the process end.
    private List<SpoolChunk> FlushPending()
    {
        if (_pending.IsEmpty) return [];
        try
        {
            var committed = _pending.Commit(_index);
            foreach (var chunk in committed) _counts.Add(ChunkState.Ready, 1, chunk.SizeBytes);
            return committed;
        }
        catch (SqliteException e)
        {
            if (FollowDisk(e)) return FlushPending();
            MarkFailure(new IOException($"index: {e.Message}", e));
            _log.RowDelayed(_pending.Describe, e.Message);
            return [];
        }
    }

    private void Recover(bool isStart)
    {
        _checkedRow = 0;
        _recovery = NewRecovery();
        _recovery.Reconcile();
        var backlog = _recovery.Backlog;
        // The newest file is looked at before the ledger is closed: it says where recording ended.
        if (backlog.Count > 0 && backlog.Count <= RecoveryAtOnceMax) AdoptSome(int.MaxValue);
        else if (backlog.Count > 0) _recovery.PeekNewest();
        if (isStart) CloseLedger();
        _dataVersion = -1;
        RefreshCounts();
        _log.SpoolOpened(_options.Folder, _counts.Of(ChunkState.Ready).Chunks, _counts.Of(ChunkState.Uploaded).Chunks, _counts.Of(ChunkState.Quarantined).Chunks);
        var imports = MyceliaQueue.HasOldTable(_index);
        if (backlog.Count > 0 || imports) Recovered = Task.Factory.StartNew(AdoptInBackground, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Ballast.Renew(_options);
    }

    /// <summary>At the start only: while we record, what follows the last sealed chunk is in the open one.</summary>
    private void CloseLedger()
    {
        _recovery.CloseLedger();
        GapsAtOpen = _recovery.Gaps;
        _gapsSinceBegin.AddRange(_recovery.Gaps);
    }

    /// <summary>Looking into a one-minute chunk takes 1 to 5 ms; this many at most before recording may begin.</summary>
    private const int RecoveryAtOnceMax = 50;

    private void AdoptInBackground()
    {
        try
        {
            while (true)
            {
                lock (_gate)
                {
                    if (_isClosed) return;
                    _dataVersion = -1;
                    var isMore = AdoptSome(1) || MyceliaQueue.AdoptNext(_index, _folders, _options, _time);
                    SignalReady();
                    if (!isMore) return;
                }
            }
        }
        catch (Exception e) when (e is IOException or SqliteException or UnauthorizedAccessException)
        {
            _log.RecoveryFailed(_options.Index, e.Message); // the rest waits for the next start
        }
    }

    private bool AdoptSome(int count)
    {
        while (count-- > 0 && _recovery.Backlog.TryDequeue(out var file)) _recovery.Adopt(file.Path, file.State);
        return _recovery.Backlog.Count > 0;
    }

    private void LookAgainAtForeignFiles()
    {
        var waiting = _recovery.MaybeOpen.ToArray();
        _recovery.MaybeOpen.Clear();
        foreach (var path in waiting.Where(File.Exists)) _recovery.LookAgain(path);
        if (waiting.Length == _recovery.MaybeOpen.Count) return;
        _dataVersion = -1;
        SignalReady();
    }

    private bool IsOpenPart(string path)
    {
        lock (_gate) return _openParts.Contains(path);
    }

    private void RefreshCounts()
    {
        var version = _index.DataVersion();
        if (version == _dataVersion) return;
        _counts.Reload(_index);
        _dataVersion = version;
    }

    private long FreeBytes()
    {
        try
        {
            return _options.Disk.FreeBytes(_folders.Outbox);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return -1;
        }
    }

    private SpoolRecovery NewRecovery() => new(_options, _folders, _index, _time, _log, _openParts);

    private void SignalReady()
    {
        var ready = _ready;
        _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ready.TrySetResult();
    }

    private void MarkFailure(IOException e)
    {
        lock (_gate)
        {
            var isNew = Fault is null;
            _failures++;
            Fault = StorageFault.Of(e, _time.GetUtcNow());
            if (isNew) _log.StorageFailed(Fault.Call, Fault.Path, Fault.Detail);
        }
    }

    private void MarkSuccess()
    {
        lock (_gate)
        {
            if (Fault is null) return;
            _log.StorageRecovered(_failures);
            Fault = null;
            _failures = 0;
        }
    }
}
