namespace Chorale.Archive.Range;

/// <summary>
/// Decides which frames of which files make up a range. Pure: no I/O, no clock.
/// <list type="bullet">
/// <item>Inside a run frames are counted, not timed: every captured frame between the ends is there once, and a chunk missing from the
/// middle of a run is a gap of exactly its frames.</item>
/// <item>Between runs, and for foreign chunks, wall time decides.</item>
/// <item>Where chunks overlap, the one that starts earlier is heard to its end (then: received earlier, then lower id). This depends on
/// the instant only, not on the range, so that neighbouring ranges always fit together.</item>
/// </list>
/// </summary>
public static class RangePlanner
{
    /// <param name="request">The period.</param>
    /// <param name="chunks">Every chunk with audio in the period and the nearest one on either side, ordered by start, receipt, id.</param>
    public static RangePlan Plan(RangeRequest request, IReadOnlyList<RangeChunk> chunks)
    {
        var heard = chunks.Where(c => c.StartUs < request.ToUs && c.EndUs > request.FromUs).ToList();
        var rate = heard.Count == 0 ? 48_000 : heard.Max(c => c.DecodedRateHz);
        var channels = heard.Count == 0 ? 1 : heard.Max(c => c.Channels);
        var draft = new Draft(request, rate);
        foreach (var chunk in chunks) draft.Add(chunk);
        draft.Finish();
        return new RangePlan(request, rate, channels, draft.Pieces);
    }

    private sealed class Draft(RangeRequest request, int rateHz)
    {
        private RangeChunk? _last;
        private long _reachedUs = request.FromUs;

        public List<RangePiece> Pieces { get; } = [];

        public void Add(RangeChunk chunk)
        {
            if (_last is not null && chunk.SameRun(_last) && chunk.FirstFrame >= _last.FirstFrame + _last.Frames)
            {
                AddOfSameRun(chunk, chunk.FirstFrame!.Value - _last.FirstFrame!.Value - _last.Frames);
                return;
            }

            var from = chunk.FrameAt(_reachedUs);
            var to = chunk.FrameAt(request.ToUs);
            if (from >= to)
            {
                // Over before the range begins: nothing of it is heard, but what continues it is placed by it.
                if (from == chunk.Frames && Pieces.Count == 0) _last = chunk;
                // A range shorter than half a frame may hold none, without there being a gap.
                if (chunk.StartUs >= request.ToUs || chunk.EndUs <= _reachedUs) return;
                AddSilence(_reachedUs, chunk.StartUs);
                _reachedUs = Math.Min(chunk.EndUs, request.ToUs);
                return;
            }

            AddSilence(_reachedUs, chunk.StartUs);
            AddFrames(chunk, from, to, joins: false);
        }

        public void Finish() => AddSilence(_reachedUs, request.ToUs);

        /// <summary>
        /// Two chunks of a run tell the time by two estimates of one clock, which differ by microseconds. An end of the range that lies
        /// after the end of the last chunk by the newer estimate does so for both.
        /// </summary>
        private void AddOfSameRun(RangeChunk chunk, long missing)
        {
            var (from, to) = (chunk.OffsetAt(request.FromUs) + missing, chunk.OffsetAt(request.ToUs) + missing);
            if (to <= 0)
            {
                (_reachedUs, _last) = (request.ToUs, null); // the last chunk reaches the end; what comes later in the run has no say
                return;
            }

            if (from > 0) Pieces.Clear();
            else if (Pieces is [.., { Chunk: { } last } piece]) Pieces[^1] = piece with { Frames = last.Decoded(last.Frames) - piece.FromFrame };

            var silence = Math.Clamp(to, 0, missing) - Math.Clamp(from, 0, missing);
            if (silence > 0 && request.Gaps == GapFill.Silence)
                Pieces.Add(new RangePiece(null, 0, (silence * rateHz + chunk.RateHz - 1) / chunk.RateHz, Joins: false));
            var first = Math.Clamp(from - missing, 0, chunk.Frames);
            var end = Math.Clamp(to - missing, 0, chunk.Frames);
            if (first < end) AddFrames(chunk, first, end, joins: missing == 0 && from <= 0 && Pieces.Count > 0);
            else _last = chunk;
            _reachedUs = Math.Max(_reachedUs, Math.Min(end < chunk.Frames ? request.ToUs : chunk.EndUs, request.ToUs));
        }

        private void AddFrames(RangeChunk chunk, long from, long to, bool joins)
        {
            var first = chunk.Decoded(from);
            Pieces.Add(new RangePiece(chunk, first, chunk.Decoded(to) - first, joins));
            _reachedUs = Math.Max(_reachedUs, Math.Min(to < chunk.Frames ? request.ToUs : chunk.EndUs, request.ToUs));
            _last = chunk;
        }

        /// <summary>Both ends are rounded by themselves, so that silences beside each other add up.</summary>
        private void AddSilence(long fromUs, long toUs)
        {
            if (request.Gaps == GapFill.Skip || toUs <= fromUs) return;
            var frames = At(toUs) - At(fromUs);
            if (frames > 0) Pieces.Add(new RangePiece(null, 0, frames, Joins: false));
        }

        private long At(long us) => (long)((Int128)us * rateHz / 1_000_000);
    }
}
