using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Spool;

/// <summary>Rows on their way into the index, committed in one transaction; after a failure they wait for the next try.</summary>
internal sealed class PendingRows
{
    /// <summary>A full disk may last for weeks: gaps beyond this many are joined with the last of their run and cause.</summary>
    private const int GapsMax = 1000;

    private readonly List<ChunkRow> _rows = [];
    private readonly List<(Guid? Run, GapEntry Gap, long? FirstFrame)> _gaps = [];
    private readonly List<(Guid Run, long Frames)> _ends = [];

    public bool IsEmpty => _rows.Count == 0 && _gaps.Count == 0 && _ends.Count == 0;

    /// <summary>What waits, for a log line.</summary>
    public string Describe => _rows.Count > 0 ? _rows[^1].File : $"{_gaps.Count} gaps";

    public void Add(ChunkRow row) => _rows.Add(row);

    public void EndRun(Guid run, long frames) => _ends.Add((run, frames));

    public void Add(Guid? run, GapEntry gap, long? firstFrame)
    {
        var twin = _gaps.Count < GapsMax ? -1 : _gaps.FindLastIndex(g => g.Run == run && g.Gap.Cause == gap.Cause);
        if (twin < 0)
        {
            _gaps.Add((run, gap, firstFrame));
            return;
        }

        var (_, old, place) = _gaps[twin];
        _gaps[twin] = (run, old with { ToUs = gap.ToUs, Frames = old.Frames + gap.Frames }, place);
    }

    /// <returns>The chunks that got their rows.</returns>
    public List<SpoolChunk> Commit(SpoolIndex index)
    {
        var committed = new List<SpoolChunk>(_rows.Count);
        using (var transaction = index.Begin())
        {
            foreach (var row in _rows)
            {
                var c = row.Chunk;
                var told = row with { Chunk = c with { RecordingStartAt = index.RunStart(c.Run, c.RecordingStartAt, c.RateHz) } };
                committed.Add(told.Chunk with { RowId = index.Insert(told) });
            }

            foreach (var (run, gap, place) in _gaps) index.AddGap(run, gap, place);
            foreach (var (run, frames) in _ends) index.EndRun(run, frames);
            transaction.Commit();
        }

        _rows.Clear();
        _gaps.Clear();
        _ends.Clear();
        return committed;
    }
}
