using System.Collections.Concurrent;
using System.Globalization;
using Chorale.Archive.Index;
using Chorale.Archive.Store;
using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Storage;
using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Copies;

/// <param name="BytesMax">Of all copies together; beyond it the oldest go.</param>
/// <param name="KeepAfter">A copy whose chunk has not come for so long becomes a labelled chunk of the archive.</param>
public sealed record CopyOptions(long BytesMax, TimeSpan KeepAfter)
{
    public static CopyOptions Default { get; } = new(1L << 30, TimeSpan.FromHours(24));

    /// <summary>Of one recorder: a night of minutes whose upload waits; beyond it its oldest go.</summary>
    public int OfOneMax { get; init; } = 600;
}

/// <summary>
/// Second copies of chunks that recorders have not sent yet. A copy lives from the first page until its chunk is durable in the archive, or
/// until it takes that chunk's place there.
/// <para>Invariant: a copy is deleted only when its chunk, or the copy itself, is durable in the archive, or by the bounds, and that is logged.</para>
/// </summary>
/// <remarks>
/// <see cref="Begin"/> and <see cref="HeldCopy.Append"/> are called by whoever reads the stream. Syncs are done by threads of their own, each copy at least
/// every half second; one more thread takes away what has arrived, another looks now and then for what nobody told of. The archive's committing thread
/// only leaves a note.
/// </remarks>
public sealed class CopyFolder : IAsyncDisposable
{
    public const string Folder = "live";
    public const string Suffix = ".ogg";
    private const string FinishedSuffix = ".finished";
    private const int SyncThreads = 8;
    private static readonly TimeSpan SyncEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TidyEvery = TimeSpan.FromSeconds(30);

    private readonly string _root;
    private readonly ArchiveStore _store;
    private readonly ArchiveIndex _index;
    private readonly CopyOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<CopyPlace, HeldCopy> _held = new();
    private readonly BlockingCollection<HeldCopy> _toSync = [];
    private readonly ConcurrentDictionary<HeldCopy, byte> _queued = new();
    private readonly ConcurrentQueue<CopyPlace> _arrived = new();
    private readonly ConcurrentDictionary<string, byte> _newFolders = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Thread> _threads = [];
    private readonly SemaphoreSlim _keeping = new(1);
    private long _dropped;

    private CopyFolder(string dataFolder, ArchiveStore store, ArchiveIndex index, CopyOptions options, TimeProvider time, ILogger log)
    {
        (_root, _store, _index, _options, _time, _log) = (Path.Combine(dataFolder, Folder), store, index, options, time, log);
        Directory.CreateDirectory(_root);
        Reopen();
        store.Committed += TakeNote;
        _threads.AddRange(Enumerable.Range(0, SyncThreads).Select(n => new Thread(SyncAll) { IsBackground = true, Name = $"live-sync-{n}" }));
        _threads.Add(new Thread(Tend) { IsBackground = true, Name = "live-copies" });
        _threads.Add(new Thread(() => Each(TidyEvery, Tidy)) { IsBackground = true, Name = "live-tidy" }); // takes copies into the archive: syncs do not wait for that
        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>Copies that the bounds took.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    public IEnumerable<HeldCopyView> All => _held.Values.Select(c => c.View);

    public static CopyFolder Open(string dataFolder, ArchiveStore store, ArchiveIndex index, CopyOptions options, TimeProvider time, ILoggerFactory logs) =>
        new(dataFolder, store, index, options, time, logs.CreateLogger("Chorale.Archive.Copies"));

    /// <summary>The copy of this chunk, begun or gone on with; null when the archive has the chunk, or the disk refuses.</summary>
    public HeldCopy? Begin(CopyPlace place, OpusStart start, ChunkTags tags)
    {
        if (_held.TryGetValue(place, out var known)) return known.Failure is null ? known : null;
        if (_index.Read(c => ChunkSql.FindByIdentity(c, place.RecorderId, place.Run.ToString(), place.Number)) is { } row && !StoreLayout.IsLiveCopy(row.Path)) return null;
        try
        {
            var folder = Path.Combine(_root, place.RecorderId);
            if (!Directory.Exists(folder)) Directory.CreateDirectory(folder);
            _newFolders.TryAdd(folder, 0);
            var copy = HeldCopy.Create(place, PathOf(place), start, tags);
            if (_held.TryAdd(place, copy)) return copy;
            copy.Dispose();
            return _held.GetValueOrDefault(place);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.CopyFailed(_log, place.RecorderId, e.Message);
            return null;
        }
    }

    /// <summary>Makes chunks of the archive of all copies of a recorder, however young.</summary>
    public async Task<IReadOnlyList<ChunkRow>> KeepAsync(string recorderId, string reason, string? pointId, string? registerId)
    {
        var rows = new List<ChunkRow>();
        foreach (var copy in _held.Values.Where(c => c.Place.RecorderId == recorderId).OrderBy(c => c.Tags.StartUs).ToList())
        {
            if (await KeepAsync(copy, reason, pointId, registerId) is { } row) rows.Add(row);
        }

        return rows;
    }

    /// <summary>What the archive knows of where a recorder's files go; set by the hub, which knows its devices.</summary>
    public Func<string, (string? PointId, string? RegisterId)> Places { get; set; } = static _ => (null, null);

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        _store.Committed -= TakeNote;
        await _stopping.CancelAsync();
        _toSync.CompleteAdding();
        foreach (var thread in _threads) await Task.Run(thread.Join);
        foreach (var copy in _held.Values)
        {
            TrySync(copy);
            copy.Dispose();
        }

        _stopping.Dispose();
    }

    private string PathOf(CopyPlace place) =>
        Path.Combine(_root, place.RecorderId, string.Create(CultureInfo.InvariantCulture, $"{place.Run:N}_{place.Number}{Suffix}"));

    private void Reopen()
    {
        foreach (var folder in Directory.EnumerateDirectories(_root))
        {
            var recorder = Path.GetFileName(folder);
            if (!RecorderId.IsValid(recorder)) continue;
            foreach (var left in Directory.EnumerateFiles(folder, "*" + FinishedSuffix)) Delete(left, recorder); // the power went while it was taken in
            foreach (var path in Directory.EnumerateFiles(folder, "*" + Suffix))
            {
                try
                {
                    var copy = HeldCopy.Reopen(recorder, path, WallTime.ToMicroseconds(File.GetLastWriteTimeUtc(path)));
                    if (copy is null) File.Delete(path); // no page of audio had reached the disk
                    else if (!_held.TryAdd(copy.Place, copy)) copy.Dispose();
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    Log.CopyFailed(_log, recorder, e.Message);
                }
            }
        }

        if (!_held.IsEmpty) Log.Found(_log, _held.Count);
    }

    /// <summary>On the committing thread.</summary>
    private void TakeNote(IReadOnlyList<ChunkRow> rows)
    {
        foreach (var row in rows)
        {
            if (row.RunId is { } run && row.Number is { } number && !StoreLayout.IsLiveCopy(row.Path)) _arrived.Enqueue(new CopyPlace(row.RecorderId, Guid.Parse(run), number));
        }
    }

    private void SyncAll()
    {
        foreach (var copy in _toSync.GetConsumingEnumerable())
        {
            _queued.TryRemove(copy, out _);
            TrySync(copy);
        }
    }

    private void TrySync(HeldCopy copy)
    {
        try
        {
            copy.Sync();
            var folder = Path.GetDirectoryName(copy.Path)!;
            if (!_newFolders.TryRemove(folder, out _)) return;
            DurableFile.SyncFolder(folder);
            DurableFile.SyncFolder(_root);
        }
        catch (IOException e)
        {
            Log.CopyFailed(_log, copy.Place.RecorderId, e.Message);
        }
    }

    private void Tend() => Each(SyncEvery, () =>
    {
        foreach (var copy in _held.Values)
        {
            if (copy.IsDirty && _queued.TryAdd(copy, 0) && !_toSync.TryAdd(copy)) return; // it ends
        }

        while (_arrived.TryDequeue(out var place)) Remove(place);
    });

    private void Each(TimeSpan interval, Action round)
    {
        while (!_stopping.Token.WaitHandle.WaitOne(interval))
        {
            try
            {
                round();
            }
            catch (InvalidOperationException) when (_stopping.IsCancellationRequested)
            {
                return; // nothing more is taken to be synced: the end syncs all
            }
            catch (Exception e) // supervisor: nothing is lost, the next round tries again
            {
                Log.TidyFailed(_log, e);
            }
        }
    }

    /// <summary>What has arrived without our hearing of it, what is too much, and what will not come any more.</summary>
    internal void Tidy()
    {
        var all = _held.Values.Select(c => (Copy: c, c.View)).OrderBy(c => c.View.HeardUs).ToList();
        foreach (var (copy, _) in all)
        {
            var row = _index.Read(c => ChunkSql.FindByIdentity(c, copy.Place.RecorderId, copy.Place.Run.ToString(), copy.Place.Number));
            if (row is not null && !StoreLayout.IsLiveCopy(row.Path)) Remove(copy.Place);
        }

        var bytes = all.Sum(c => c.View.Bytes);
        var tooMany = all.GroupBy(c => c.Copy.Place.RecorderId).SelectMany(g => g.SkipLast(_options.OfOneMax)).Select(c => c.Copy.Place).ToHashSet();
        foreach (var (copy, view) in all)
        {
            if (!_held.ContainsKey(copy.Place) || (bytes <= _options.BytesMax && !tooMany.Contains(copy.Place))) continue;
            bytes -= view.Bytes;
            Interlocked.Increment(ref _dropped);
            Log.Dropped(_log, copy.Place.RecorderId, copy.Place.Number, view.Bytes);
            Remove(copy.Place);
        }

        var before = WallTime.ToMicroseconds(_time.GetUtcNow() - _options.KeepAfter);
        foreach (var (copy, view) in all.Where(c => c.View.HeardUs < before && _held.ContainsKey(c.Copy.Place)))
        {
            if (_stopping.IsCancellationRequested) return;
            var (point, register) = Places(copy.Place.RecorderId);
            KeepAsync(copy, $"its chunk has not come since {WallTime.ToText(view.HeardUs)}", point, register).GetAwaiter().GetResult();
        }
    }

    private async Task<ChunkRow?> KeepAsync(HeldCopy copy, string reason, string? pointId, string? registerId)
    {
        TrySync(copy);
        await _keeping.WaitAsync(); // an operator and the clock may want the same one
        var finished = copy.Path + FinishedSuffix;
        try
        {
            if (copy.View.Bytes == 0 || _held.GetValueOrDefault(copy.Place) != copy) return null;
            // A copy of the copy: should its recorder come back in the middle of this, it finds the pages as it sent them.
            File.Copy(copy.Path, finished, overwrite: true);
            var taken = new FileInfo(finished).Length;
            ChunkFiles.Repair(finished);
            using var file = _store.Receive(copy.View.Bytes);
            foreach (var piece in Pieces(finished)) file.Append(piece.Span);
            var of = copy.Of is null ? "" : $", Opus for listening in place of {copy.Of}";
            var admission = await _store.AdmitAsync(file, new Examine.IncomingChunk
            {
                RecorderId = copy.Place.RecorderId, PointId = pointId ?? "live", RegisterId = registerId ?? copy.Place.RecorderId, StartUs = copy.Tags.StartUs,
                Remark = $"live copy: {reason}{of}", IsLiveCopy = true,
            });
            if (admission.Chunk is null && File.Exists(copy.Path)) Log.NotKept(_log, copy.Place.RecorderId, copy.Place.Number, admission.Refusal ?? "");
            else Log.Kept(_log, copy.Place.RecorderId, copy.Place.Number, reason);
            if (copy.View.Bytes <= taken) Remove(copy.Place); // else it goes on: the longer copy takes the place of this one
            return admission.Chunk is { } row && StoreLayout.IsLiveCopy(row.Path) ? row : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.CopyFailed(_log, copy.Place.RecorderId, e.Message);
            return null;
        }
        finally
        {
            Delete(finished, copy.Place.RecorderId); // never throws: who comes next waits for the turn
            _keeping.Release();
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(string path)
    {
        using var stream = File.OpenRead(path);
        var buffer = new byte[64 * 1024];
        for (var read = stream.Read(buffer); read > 0; read = stream.Read(buffer)) yield return buffer.AsMemory(0, read);
    }

    private void Remove(CopyPlace place)
    {
        if (!_held.TryRemove(place, out var copy)) return;
        copy.Dispose();
        Delete(copy.Path, place.RecorderId);
    }

    private void Delete(string path, string recorder)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.CopyFailed(_log, recorder, e.Message); // found again at the next start, and then taken away
        }
    }
}
