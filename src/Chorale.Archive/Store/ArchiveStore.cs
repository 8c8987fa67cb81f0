using Chorale.Audio.Files;
using System.Collections.Concurrent;
using System.Threading.Channels;
using Chorale.Archive.Examine;
using Chorale.Archive.Index;
using Chorale.Protocol;
using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Store;

/// <summary>
/// The archive's way in. A chunk is examined, written to <c>incoming/</c>, synced, renamed to its place, its folder synced, its row
/// committed; only then is the receipt given. Many uploads at once share folder syncs and transactions.
/// <para>
/// Invariant: a chunk for which <see cref="AdmitAsync"/> returned Stored or Duplicate survives a power cut at any later instant.
/// Invariant: an attempt that ended anywhere before that leaves nothing behind that a second attempt does not replace: id and path follow
/// from sender, place and bytes.
/// </para>
/// </summary>
public sealed class ArchiveStore : IAsyncDisposable
{
    /// <summary>Waiting chunks. Each is a file already written; the bound holds memory, not the disk: 2048 x ~4 kB.</summary>
    private const int WaitingMax = 2048;

    private readonly ArchiveIndex _index;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly string _incoming;
    private readonly Channel<PendingChunk> _toSync = Channel.CreateBounded<PendingChunk>(
        new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.Wait });
    private readonly Channel<PendingChunk> _toCommit = Channel.CreateBounded<PendingChunk>(
        new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    private readonly ConcurrentDictionary<string, Task<Admission>> _inFlight = new();
    private readonly RefusalMemory _refusals = new();
    private readonly Committer _committer;

    private ArchiveStore(string folder, ArchiveIndex index, TimeProvider time, ILoggerFactory logs, StoreOptions options)
    {
        (Folder, _index, _time, _log) = (folder, index, time, logs.CreateLogger("Chorale.Archive.Store"));
        _incoming = Path.Combine(folder, StoreLayout.Incoming);
        ClearIncoming();
        _ = new SyncCrew(folder, options, _toSync.Reader, _toCommit.Writer);
        _committer = new Committer(folder, index, options, _toCommit.Reader, rows => Committed?.Invoke(rows), _log);
    }

    /// <summary>Rows that were just committed. Called on the committing thread: take note and return, ingest waits.</summary>
    public event Action<IReadOnlyList<ChunkRow>>? Committed;

    /// <summary>Chunks that have arrived and have no receipt yet.</summary>
    public int UnderWay => _inFlight.Count;

    /// <summary>Of these, waiting for the disk and for the index.</summary>
    public (int Disk, int Index) Queues => (_toSync.Reader.Count, _toCommit.Reader.Count);

    /// <summary>Root of everything: paths of rows are relative to it.</summary>
    public string Folder { get; }

    /// <summary>Opens the store of an archive. What was on its way in when the last process ended was never acknowledged, and is cleared.</summary>
    public static ArchiveStore Open(string folder, ArchiveIndex index, TimeProvider time, ILoggerFactory logs, StoreOptions? options = null)
    {
        Directory.CreateDirectory(Path.Combine(folder, StoreLayout.Incoming));
        Directory.CreateDirectory(Path.Combine(folder, StoreLayout.Audio));
        return new ArchiveStore(Path.GetFullPath(folder), index, time, logs, options ?? new StoreOptions());
    }

    /// <summary>Begins to take a body in. The caller disposes the file, whether or not it was admitted.</summary>
    /// <param name="expectedBytes">About how long it will be; 0 when that is not known.</param>
    /// <exception cref="IOException">The disk is full or failing.</exception>
    public IncomingFile Receive(long expectedBytes = 0) => new(Path.Combine(_incoming, $"{Guid.NewGuid():N}.part"), expectedBytes);

    /// <summary>Examines a complete body and, unless it is refused, makes it durable.</summary>
    /// <exception cref="IOException">The disk is full or failing; nothing was acknowledged, sending again is safe.</exception>
    public async Task<Admission> AdmitAsync(IncomingFile file, IncomingChunk said)
    {
        var receivedUs = WallTime.ToMicroseconds(_time.GetUtcNow());
        var received = new ReceivedFile(file.Length, Convert.ToHexStringLower(file.Digest()), receivedUs);
        var finding = Examination.Examine(said, file.Inspect(), received);
        if (finding.Row is not { } row) return Refuse(said.RecorderId, finding.Refusal!, file.Length);

        while (true)
        {
            var mine = new PendingChunk(row, said, file);
            var first = _inFlight.GetOrAdd(row.ChunkId, mine.Done.Task);
            if (first != mine.Done.Task)
            {
                // The same chunk is on its way in through another connection: its receipt is ours, its failure is not.
                if (await SettledAsync(first) is { } other) return other with { Outcome = AdmissionOutcome.Duplicate };
                continue;
            }

            try
            {
                if (_index.Read(c => ChunkSql.Find(c, row.ChunkId)) is { } known)
                {
                    var duplicate = new Admission(AdmissionOutcome.Duplicate, known, null);
                    mine.Done.TrySetResult(duplicate);
                    return duplicate;
                }

                await _toSync.Writer.WriteAsync(mine);
                return await mine.Done.Task;
            }
            catch (Exception e)
            {
                mine.Done.TrySetException(e);
                _ = mine.Done.Task.Exception; // observed: whoever waits for it looks again
                throw;
            }
            finally
            {
                _inFlight.TryRemove(row.ChunkId, out _);
            }
        }
    }

    /// <summary>Notes that something was not taken. A client that sends the same again and again is noted once an hour.</summary>
    public Admission Refuse(string? recorderId, string reason, long sizeBytes)
    {
        var now = WallTime.ToMicroseconds(_time.GetUtcNow());
        if (!_refusals.IsNews((recorderId, reason, sizeBytes), now)) return new Admission(AdmissionOutcome.Refused, null, reason);
        Log.ChunkRefused(_log, recorderId ?? "?", reason, sizeBytes);
        var refused = new RefusedRow(now, recorderId, reason, sizeBytes);
        _index.Write((connection, transaction) => RecorderSql.AddRefused(connection, transaction, refused));
        return new Admission(AdmissionOutcome.Refused, null, reason);
    }

    /// <summary>Commits what has arrived, then ends its threads.</summary>
    public async ValueTask DisposeAsync()
    {
        _toSync.Writer.TryComplete();
        await _committer.Ended;
    }

    private static async Task<Admission?> SettledAsync(Task<Admission> task)
    {
        try
        {
            return await task;
        }
        catch (Exception)
        {
            return null; // logged by its own sender; this one tries for itself
        }
    }

    private void ClearIncoming()
    {
        var cleared = 0;
        foreach (var part in Directory.EnumerateFiles(_incoming, "*.part"))
        {
            File.Delete(part);
            cleared++;
        }

        if (cleared > 0) Log.IncomingCleared(_log, cleared);
    }
}
