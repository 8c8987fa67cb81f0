using Chorale.Audio.Files;

namespace Chorale.Archive.Range;

/// <summary>What stands in a range where there is no audio.</summary>
public enum GapFill
{
    /// <summary>Silence of the gap's length: the stream is as long as the period.</summary>
    Silence,

    /// <summary>Nothing: what there is follows at once.</summary>
    Skip,
}

/// <param name="FromUs">Beginning, microseconds since 1970 UTC; the frame nearest to it is the first.</param>
/// <param name="ToUs">End; the frame nearest to it is the first one no longer in the range, so that neighbouring ranges share no frame.</param>
public sealed record RangeRequest(string Recorder, long FromUs, long ToUs, AudioCodec Format, GapFill Gaps);

/// <summary>What a range needs to know of a chunk.</summary>
public sealed record RangeChunk
{
    public required string ChunkId { get; init; }
    public string? RunId { get; init; }
    public long? FirstFrame { get; init; }

    /// <summary>At <see cref="RateHz"/>.</summary>
    public required long Frames { get; init; }

    /// <summary>Captured rate.</summary>
    public required int RateHz { get; init; }
    public required int Channels { get; init; }
    public required string Codec { get; init; }
    public required long StartUs { get; init; }
    public required long EndUs { get; init; }
    public double? RatePpm { get; init; }

    /// <summary>Relative to the archive folder.</summary>
    public required string Path { get; init; }
    public string? Label { get; init; }

    /// <summary>Rate at which the file decodes: Opus has only one.</summary>
    public int DecodedRateHz => Codec == "opus" ? 48_000 : RateHz;

    /// <summary>
    /// Frames the file decodes to up to its <paramref name="captured"/>th captured frame. One resampler runs through a run, so that n of its
    /// frames are ceil(n x 48000 / rate) decoded ones, and a chunk's are the difference between its ends.
    /// </summary>
    public long Decoded(long captured) =>
        RateHz == DecodedRateHz ? captured : CeilToDecoded((FirstFrame ?? 0) + captured) - CeilToDecoded(FirstFrame ?? 0);

    private long CeilToDecoded(long frame) => (frame * DecodedRateHz + RateHz - 1) / RateHz;

    /// <summary>True when this chunk goes on exactly where <paramref name="previous"/> ended, in the same run.</summary>
    public bool Continues(RangeChunk previous) => SameRun(previous) && FirstFrame == previous.FirstFrame + previous.Frames;

    public bool SameRun(RangeChunk other) => RunId is not null && RunId == other.RunId && RateHz == other.RateHz && FirstFrame is not null;

    /// <summary>The captured frame nearest to a wall time, by the device's measured rate; 0 to <see cref="Frames"/>.</summary>
    public long FrameAt(long us) => Math.Clamp(OffsetAt(us), 0, Frames);

    /// <summary>As <see cref="FrameAt"/> without bounds: frames before the start are negative.</summary>
    public long OffsetAt(long us) => (long)Math.Round((us - StartUs) / 1e6 * RateHz * (1 + (RatePpm ?? 0) / 1e6), MidpointRounding.AwayFromZero);
}

/// <summary>A stretch of a range: frames of one file, or frames of silence.</summary>
/// <param name="Chunk">Null for silence.</param>
/// <param name="FromFrame">First frame in the file, at its decoded rate; 0 for silence.</param>
/// <param name="Frames">Length at the chunk's decoded rate, for silence at the rate of the plan.</param>
/// <param name="Joins">True when it continues the piece before it without a frame between them, in one run.</param>
public sealed record RangePiece(RangeChunk? Chunk, long FromFrame, long Frames, bool Joins);

/// <summary>What a range consists of, in order.</summary>
/// <param name="RateHz">Rate of the stream: the highest at which one of the files decodes.</param>
/// <param name="Channels">Channels of the stream: as many as the chunk with most has.</param>
public sealed record RangePlan(RangeRequest Request, int RateHz, int Channels, IReadOnlyList<RangePiece> Pieces)
{
    /// <summary>True when every piece continues the one before it in one run.</summary>
    public bool IsOneRun => Pieces.Count > 0 && Pieces.All(p => p.Chunk is not null) && Pieces.Skip(1).All(p => p.Joins);

    /// <summary>Frames of the whole stream at <see cref="RateHz"/>, if every file holds what its row says.</summary>
    public long Frames => Stretches().Sum(s => s.Frames);

    /// <summary>Pieces that join, taken together: each is brought to the rate of the stream as a whole, so that no rounding adds up.</summary>
    public IEnumerable<(int Pieces, long Frames)> Stretches()
    {
        for (var first = 0; first < Pieces.Count;)
        {
            var end = first + 1;
            while (end < Pieces.Count && Pieces[end].Joins) end++;
            var rate = Pieces[first].Chunk?.DecodedRateHz ?? RateHz;
            var held = Pieces.Skip(first).Take(end - first).Sum(p => p.Frames);
            yield return (end - first, (held * RateHz + rate - 1) / rate);
            first = end;
        }
    }
}
