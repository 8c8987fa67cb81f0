using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Recording;

/// <summary>
/// Gaps on their way into the ledger. A gap that goes on is one row, not one a period; while the disk fails, gaps wait here. Used by the
/// recording thread only.
/// </summary>
internal sealed class GapBook(SpoolStore spool, RecorderCounters counters, ILogger log)
{
    /// <summary>A gap that goes on is written at least this often, so that a crash cannot hide hours of it.</summary>
    private const long LongestRowUs = 60_000_000;

    private readonly Queue<(Guid Run, GapEntry Gap, long? FirstFrame)> _waiting = new();
    private readonly Queue<(Guid Run, long Frames)> _endings = new();
    private (Guid Run, GapEntry Gap, long FirstFrame)? _growing;
    private (Guid Run, GapEntry Gap)? _last = spool.GapsAtOpen is [.., var atOpen] ? (Guid.Empty, atOpen) : null;

    /// <summary>A finished gap that lies before a run, outside its count of frames.</summary>
    public void Add(Guid run, GapEntry gap)
    {
        CloseGrowing();
        Book(run, gap, null);
    }

    /// <summary>A piece of a gap within a run, from <paramref name="firstFrame"/> on; joined to the one before it where it continues it.</summary>
    public void Extend(Guid run, GapEntry gap, long firstFrame)
    {
        if (_growing is { } g && g.Run == run && g.Gap.Cause == gap.Cause && gap.ToUs - g.Gap.FromUs <= LongestRowUs)
        {
            _growing = (run, g.Gap with { ToUs = gap.ToUs, Frames = g.Gap.Frames + gap.Frames }, g.FirstFrame);
            return;
        }

        CloseGrowing();
        _growing = (run, gap, firstFrame);
    }

    /// <summary>A run is over: what the capture says it gave, against which the ledger is added up.</summary>
    public void EndRun(Guid run, long capturedFrames) => _endings.Enqueue((run, capturedFrames));

    /// <summary>Writes everything known into the ledger.</summary>
    /// <exception cref="IOException">The disk fails; what is not written stays here.</exception>
    public void Flush()
    {
        CloseGrowing();
        while (_waiting.TryPeek(out var next))
        {
            spool.AddGap(new RunId(next.Run), next.Gap, next.FirstFrame);
            _waiting.Dequeue();
        }

        while (_endings.TryPeek(out var ending))
        {
            spool.EndRun(new RunId(ending.Run), ending.Frames);
            _endings.Dequeue();
        }
    }

    /// <summary>The gap directly before the frames of <paramref name="run"/> that follow now, once.</summary>
    public GapEntry? TakeLast(Guid run)
    {
        var last = _last;
        _last = null;
        return last is { } told && (told.Run == run || told.Run == Guid.Empty) ? told.Gap : null; // the end of the run before is no gap of this one
    }

    private void CloseGrowing()
    {
        if (_growing is not { } g) return;
        _growing = null;
        Book(g.Run, g.Gap, g.FirstFrame);
    }

    private void Book(Guid run, GapEntry gap, long? firstFrame)
    {
        _waiting.Enqueue((run, gap, firstFrame));
        // One gap fits into the tags of the next file: the longest of its run tells most.
        if (_last is not { } last || (last.Run != run && last.Run != Guid.Empty) || gap.ToUs - gap.FromUs >= last.Gap.ToUs - last.Gap.FromUs) _last = (run, gap);
        counters.AddGap(gap);
        if (gap.Frames > 0) Log.Gap(log, gap.Frames, gap.Cause, (gap.ToUs - gap.FromUs) / 1e6);
    }
}
