using Chorale.Protocol;
using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Spool;

/// <param name="Cause">As <see cref="GapCauses.ToText"/> writes it.</param>
/// <param name="Count">Gaps.</param>
/// <param name="Frames">Frames lost in them; 0 where nothing was captured.</param>
/// <param name="Duration">Their length.</param>
public sealed record LedgerGap(string Cause, int Count, long Frames, TimeSpan Duration);

/// <summary>One run of the period: what was captured, and where it is.</summary>
/// <param name="Run">Run of capture.</param>
/// <param name="CapturedFrames">From the run's first to its last frame that anything speaks of; as the capture told it, where it did.</param>
/// <param name="ChunkFrames">Frames in chunks, wherever they are.</param>
/// <param name="GapFrames">Frames in gaps of the run's count.</param>
/// <param name="Problem">What does not add up, or null.</param>
public sealed record LedgerRun(Guid Run, long CapturedFrames, long ChunkFrames, long GapFrames, string? Problem);

/// <summary>The account of every captured frame of a period.</summary>
public sealed record Ledger(
    DateTimeOffset From, DateTimeOffset To, long ReadyFrames, long UploadedFrames, long QuarantinedFrames, long LostFrames,
    TimeSpan Recorded, IReadOnlyList<LedgerGap> Gaps, IReadOnlyList<LedgerRun> Runs, int OpenChunks)
{
    public long RecordedFrames => ReadyFrames + UploadedFrames + QuarantinedFrames + LostFrames;

    public bool AddsUp => Runs.All(r => r.Problem is null);
}

/// <summary>Computes a <see cref="Ledger"/> from the index. Runs that began before the period are counted from their first chunk in it.</summary>
internal static class SpoolLedger
{
    /// <summary>Causes whose frames were never given a number in their run: they lie before its first frame, or nothing was captured.</summary>
    public static bool IsOutsideTheCount(string cause) => cause is "xrun" or "device_lost" or "not_running" or "outside_schedule";

    /// <summary>The place of a gap that lies directly before <paramref name="firstFrame"/>; null outside the count.</summary>
    public static long? PlaceBefore(GapEntry gap, long firstFrame) =>
        IsOutsideTheCount(gap.Cause) || gap.Frames > firstFrame ? null : firstFrame - gap.Frames;

    public static Ledger Compute(SpoolIndex index, DateTimeOffset from, DateTimeOffset to, int openChunks)
    {
        var (a, b) = (WallTime.ToMicroseconds(from), WallTime.ToMicroseconds(to));
        var runs = new Dictionary<Guid, List<Span>>();
        var frames = new long[4];
        var recorded = TimeSpan.Zero;
        string[] tables = ["audio_chunks", "uploaded_chunks", "quarantined_chunks", "lost_chunks"];
        for (var t = 0; t < tables.Length; t++)
        {
            using var command = index.Command(
                $"SELECT run,first_frame,frames,start_us,end_us,origin FROM {tables[t]} WHERE start_us<$b AND end_us>$a AND frames>0", ("$a", a), ("$b", b));
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var span = new Span(reader.GetInt64(1), reader.GetInt64(2), IsGap: false);
                // Foreign files say nothing of the frames around them: counted, but there is no run to add up.
                if (reader.GetString(5) is "own" or "recovered") Spans(runs, reader.GetString(0)).Add(span);
                frames[t] += span.Frames;
                recorded += TimeSpan.FromMicroseconds(reader.GetInt64(4) - reader.GetInt64(3));
            }
        }

        var gaps = new Dictionary<string, LedgerGap>();
        var unplaced = new Dictionary<Guid, long>();
        using (var command = index.Command("SELECT run,cause,from_us,to_us,frames,first_frame FROM gaps WHERE from_us<$b AND to_us>$a", ("$a", a), ("$b", b)))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var (cause, count) = (reader.GetString(1), reader.GetInt64(4));
                var sum = gaps.GetValueOrDefault(cause) ?? new LedgerGap(cause, 0, 0, TimeSpan.Zero);
                var length = Math.Min(reader.GetInt64(3), b) - Math.Max(reader.GetInt64(2), a);
                gaps[cause] = sum with { Count = sum.Count + 1, Frames = sum.Frames + count, Duration = sum.Duration + TimeSpan.FromMicroseconds(length) };
                if (reader.GetString(0).Length == 0 || count == 0) continue;
                // Where a gap has a place in its run, its frames were captured and numbered, whatever its cause: a window that closed over an open microphone.
                if (reader.IsDBNull(5) && IsOutsideTheCount(cause)) continue;
                if (!reader.IsDBNull(5)) Spans(runs, reader.GetString(0)).Add(new Span(reader.GetInt64(5), count, IsGap: true));
                else if (Guid.TryParse(reader.GetString(0), out var run)) unplaced[run] = unplaced.GetValueOrDefault(run) + count;
            }
        }

        var lines = runs.Select(r => Account(index, r.Key, r.Value, unplaced.GetValueOrDefault(r.Key))).ToList();
        return new Ledger(from, to, frames[0], frames[1], frames[2], frames[3], recorded, [.. gaps.Values.OrderBy(g => g.Cause, StringComparer.Ordinal)], lines, openChunks);
    }

    // Walks the run from front to back: a hole must be told by a gap, and no frame may be in two places.
    private static LedgerRun Account(SpoolIndex index, Guid run, List<Span> spans, long unplacedGapFrames)
    {
        spans.Sort((x, y) => x.First != y.First ? x.First.CompareTo(y.First) : x.Frames.CompareTo(y.Frames));
        var chunks = spans.Where(s => !s.IsGap).Sum(s => s.Frames);
        var gaps = spans.Where(s => s.IsGap).Sum(s => s.Frames) + unplacedGapFrames;
        long holes = 0, twice = 0, end = spans[0].First;
        foreach (var span in spans)
        {
            if (span.First > end) holes += span.First - end;
            else if (span.First < end) twice += Math.Min(end, span.First + span.Frames) - span.First;
            end = Math.Max(end, span.First + span.Frames);
        }

        long? told = null;
        using (var command = index.Command("SELECT captured_frames FROM runs WHERE run=$run", ("$run", run.ToString())))
        {
            if (command.ExecuteScalar() is long captured) told = captured;
        }

        var extent = Math.Max(end, told ?? 0) - spans[0].First;
        var missing = holes + (extent - (end - spans[0].First)) - unplacedGapFrames;
        var problem = twice > 0 ? $"{twice} frames are in two places"
            : missing > 0 ? $"{missing} frames are in no chunk and in no gap"
            : missing < 0 && told is not null ? $"{-missing} frames more are in gaps than were captured" : null;
        return new LedgerRun(run, missing < 0 && told is null ? extent - missing : extent, chunks, gaps, problem);
    }

    private static List<Span> Spans(Dictionary<Guid, List<Span>> runs, string run)
    {
        _ = Guid.TryParse(run, out var id);
        if (!runs.TryGetValue(id, out var spans)) runs[id] = spans = [];
        return spans;
    }

    private readonly record struct Span(long First, long Frames, bool IsGap);
}
