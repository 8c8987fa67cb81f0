using Chorale.Archive.Range;

namespace Chorale.Archive.Align;

/// <summary>A place in a file against the clock.</summary>
/// <param name="Us">Instant, after the beginning of its line: microseconds since 1970 would be known to a quarter of one only.</param>
/// <param name="Frame">Frame of the decoded line, of any fraction.</param>
internal readonly record struct Anchor(double Us, double Frame);

/// <summary>
/// Chunks that continue one another, as one decoded line. Each chunk brought the run's clock at its first frame: between two of them the
/// crystal is taken as even, behind the last one as the recorder measured it.
/// </summary>
internal sealed class ChunkLine
{
    /// <summary>Crystals are off by up to 100 ppm; more than this between two chunks means that the clock was set meanwhile.</summary>
    private const double OffMax = 1e-3;

    private readonly List<RangeChunk> _chunks = [];
    private readonly List<Anchor> _anchors = [];

    private ChunkLine(RangeChunk first)
    {
        _chunks.Add(first);
        _anchors.Add(new Anchor(0, Exact(first, 0)));
    }

    public IReadOnlyList<RangeChunk> Chunks => _chunks;

    public int RateHz => _chunks[0].DecodedRateHz;

    public long StartUs => _chunks[0].StartUs;

    public double LengthUs { get; private set; }

    /// <summary>Lines of a recorder by their start.</summary>
    /// <param name="chunks">In the order of their starts.</param>
    public static IReadOnlyList<ChunkLine> Of(IEnumerable<RangeChunk> chunks)
    {
        var lines = new List<ChunkLine>();
        foreach (var chunk in chunks.Where(c => c.Frames > 0))
        {
            var before = chunk.RunId is null ? null : lines.FindLast(l => l._chunks[^1].RunId == chunk.RunId);
            if (before is null || !before.TryAppend(chunk)) lines.Add(new ChunkLine(chunk));
        }

        foreach (var line in lines) line.LengthUs = line.UsAt(line._chunks.Sum(c => c.Decoded(c.Frames)));
        return lines;
    }

    /// <summary>The straight piece of this line that holds an instant after its beginning: origin and frames a microsecond, and until when it holds.</summary>
    public (Anchor From, double FramesPerUs, double UntilUs) At(double us)
    {
        var i = _anchors.Count - 1;
        while (i > 0 && _anchors[i].Us > us) i--;
        return i == _anchors.Count - 1
            ? (_anchors[i], Nominal(_chunks[^1]), double.PositiveInfinity)
            : (_anchors[i], (_anchors[i + 1].Frame - _anchors[i].Frame) / (_anchors[i + 1].Us - _anchors[i].Us), _anchors[i + 1].Us);
    }

    private double UsAt(double frame) => _anchors[^1].Us + (frame - _anchors[^1].Frame) / Nominal(_chunks[^1]);

    private bool TryAppend(RangeChunk chunk)
    {
        var last = _chunks[^1];
        if (!chunk.Continues(last)) return false;
        var anchor = new Anchor(chunk.StartUs - StartUs, Exact(_chunks[0], chunk.FirstFrame!.Value - _chunks[0].FirstFrame!.Value));
        var slope = (anchor.Frame - _anchors[^1].Frame) / (anchor.Us - _anchors[^1].Us) / (RateHz / 1e6);
        if (!(Math.Abs(slope - 1) < OffMax)) return false;
        _chunks.Add(chunk);
        _anchors.Add(anchor);
        return true;
    }

    /// <summary>A captured frame of the run in the decoded line: Opus of a run begins at the next whole frame of 48 kHz.</summary>
    private static double Exact(RangeChunk first, long captured)
    {
        if (first.RateHz == first.DecodedRateHz) return captured;
        var scale = (double)first.DecodedRateHz / first.RateHz;
        var begin = (first.FirstFrame ?? 0) * scale;
        return captured * scale + begin - Math.Ceiling(begin - 1e-9);
    }

    private static double Nominal(RangeChunk chunk) => chunk.DecodedRateHz * (1 + (chunk.RatePpm ?? 0) / 1e6) / 1e6;
}
