namespace Chorale.Fleet.Clock;

/// <summary>One exchange of four timestamps: asked (ours), came (theirs), answered (theirs), heard (ours). Microseconds.</summary>
/// <param name="AskedUs">Our clock as the question left.</param>
/// <param name="CameUs">Their clock as it came.</param>
/// <param name="AnsweredUs">Their clock as the answer left.</param>
/// <param name="HeardUs">Our clock as the answer came.</param>
internal readonly record struct ClockSample(long AskedUs, long CameUs, long AnsweredUs, long HeardUs)
{
    /// <summary>Time on the way, both ways together; their thinking is not in it.</summary>
    public long RoundTripUs => HeardUs - AskedUs - (AnsweredUs - CameUs);

    /// <summary>Their clock minus ours, if both ways took equally long; wrong by at most half the round trip.</summary>
    public double OffsetUs => (CameUs - AskedUs + (AnsweredUs - HeardUs)) / 2.0;

    /// <summary>Nothing arrives before it was sent; a clock that was set on the way shows here.</summary>
    public bool IsSane => RoundTripUs >= 0 && AnsweredUs >= CameUs && HeardUs >= AskedUs;
}

/// <summary>How a module's clock stands to ours.</summary>
/// <param name="MeasuredAt">Our wall time.</param>
/// <param name="OffsetUs">Their clock minus ours, microseconds.</param>
/// <param name="UncertaintyUs">Half-width: the truth is within, whatever the two ways took.</param>
/// <param name="RoundTripUs">Of the best exchange, microseconds.</param>
public sealed record ClockEstimate(DateTimeOffset MeasuredAt, double OffsetUs, double UncertaintyUs, double RoundTripUs)
{
    /// <summary>One exchange at least met no queue on its way; another burst would bring little.</summary>
    internal static bool IsGoodEnough(IReadOnlyCollection<ClockSample> samples) => samples.Any(s => s.IsSane && s.RoundTripUs <= Limits.ClockGoodRoundTrip.TotalMicroseconds);

    /// <summary>The exchange with the shortest round trip wins: waiting only ever adds error.</summary>
    internal static ClockEstimate? Best(IEnumerable<ClockSample> samples, DateTimeOffset now)
    {
        ClockSample? best = null;
        foreach (var sample in samples)
        {
            if (sample.IsSane && (best is null || sample.RoundTripUs < best.Value.RoundTripUs)) best = sample;
        }

        return best is { } b ? new ClockEstimate(now, b.OffsetUs, Math.Max(b.RoundTripUs / 2.0, 1), b.RoundTripUs) : null;
    }
}
