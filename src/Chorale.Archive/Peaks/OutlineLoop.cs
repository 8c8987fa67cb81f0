using System.Threading.Channels;
using Chorale.Archive.Index;
using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Peaks;

/// <summary>
/// Makes the outline and the levels of each chunk once, after its receipt: first of what has just arrived, then, newest first, of what was
/// left when the last process ended, fell out of the queue, or got its row from a repair beside the hub. One task; ingest does not wait for it, and it
/// rests the more the busier ingest is (<see cref="OutlinePace"/>). What it has not come to yet is made when somebody looks (<see cref="ChunkPeaks"/>).
/// </summary>
/// <param name="underWay">Chunks on their way to a receipt just now.</param>
public sealed class OutlineLoop(ArchiveIndex index, string folder, Func<int> underWay, TimeProvider time, ILoggerFactory logs)
{
    /// <summary>About 300 bytes each. What does not fit is found by the next sweep.</summary>
    private const int NewMax = 1024;

    /// <summary>Outlines written in one transaction, so that the disk is synced once for all of them.</summary>
    private const int BatchMax = 32;

    private const int SweepMax = 256;

    /// <summary>How often it looks for rows that nobody told it of; a look ends where the one before began.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan BatchAge = TimeSpan.FromSeconds(1);
    private readonly ILogger _log = logs.CreateLogger("Chorale.Archive.Peaks");
    private readonly Channel<OutlineOrder> _new = Channel.CreateBounded<OutlineOrder>(
        new BoundedChannelOptions(NewMax) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    private readonly List<(OutlineOrder Chunk, Outlined Outline)> _made = [];
    private long _oldestStamp;
    private volatile bool _missed;

    /// <summary>Outlines made since the start.</summary>
    public long Made { get; private set; }

    /// <summary>Takes note and returns: called on the committing thread.</summary>
    public void Offer(IReadOnlyList<ChunkRow> rows)
    {
        foreach (var row in rows)
        {
            if (!_new.Writer.TryWrite(new OutlineOrder(row.ChunkId, row.RecorderId, row.Path, row.StartUs))) _missed = true;
        }
    }

    /// <summary>Goes on until it is stopped; what fails is said, and tried again after a minute.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await RunOnceAsync(stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.OutlinesFailed(_log, e);
            }

            await Task.Delay(TimeSpan.FromMinutes(1), time, stopping);
        }
    }

    private async Task RunOnceAsync(CancellationToken stopping)
    {
        while (true)
        {
            _missed = false;
            await SweepAsync(stopping);
            while (!_missed)
            {
                await TakeNewAsync(stopping);
                Flush();
                if (!_missed) await WaitAsync(stopping);
            }
        }
    }

    /// <summary>For a chunk, or for the next sweep.</summary>
    private async Task WaitAsync(CancellationToken stopping)
    {
        using var sweep = new CancellationTokenSource(SweepEvery, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, sweep.Token);
        try
        {
            await _new.Reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            _missed = true;
        }
    }

    /// <summary>From the newest chunk down to where the last sweep began; what arrives meanwhile comes first.</summary>
    private async Task SweepAsync(CancellationToken stopping)
    {
        var last = index.Read(PeaksSql.LastRow);
        for (var row = last + 1; ;)
        {
            var page = index.Read(c => PeaksSql.Below(c, row, SweepMax));
            if (page.Count == 0) break;
            foreach (var swept in page.Where(p => !p.IsDone))
            {
                await TakeNewAsync(stopping);
                await MakeAsync(swept.Order, stopping);
            }

            row = page[^1].Row;
        }

        Flush();
        index.Write((c, t) => PeaksSql.MarkSwept(c, t, last));
    }

    private async Task TakeNewAsync(CancellationToken stopping)
    {
        while (_new.Reader.TryRead(out var chunk)) await MakeAsync(chunk, stopping);
    }

    private async Task MakeAsync(OutlineOrder chunk, CancellationToken stopping)
    {
        var began = time.GetTimestamp();
        if (_made.Count == 0) _oldestStamp = began;
        if (TryMake(chunk, stopping) is { } outline) _made.Add((chunk, outline));
        else Log.OutlineUnreadable(_log, chunk.ChunkId);
        if (_made.Count >= BatchMax || time.GetElapsedTime(_oldestStamp) > BatchAge) Flush();
        await Task.Delay(OutlinePace.Rest(time.GetElapsedTime(began), underWay()), time, stopping);
    }

    /// <summary>The boundary of one chunk: whatever is odd about it, those behind it get their outlines.</summary>
    private Outlined? TryMake(OutlineOrder chunk, CancellationToken stopping)
    {
        try
        {
            return ChunkPeaks.TryMake(Path.Combine(folder, chunk.Path), chunk.StartUs, stopping);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.OutlineFailed(_log, chunk.ChunkId, e);
            return null;
        }
    }

    private void Flush()
    {
        if (_made.Count == 0) return;
        index.Write((c, t) =>
        {
            foreach (var (chunk, outline) in _made) PeaksSql.Keep(c, t, chunk, outline);
        });
        Made += _made.Count;
        _made.Clear();
    }
}
