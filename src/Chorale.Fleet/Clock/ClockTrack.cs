namespace Chorale.Fleet.Clock;

/// <summary>
/// Estimates of one module's clock over time, and from them its offset at any instant near by, with an uncertainty that grows with the
/// distance. Pure; used under its owner's lock.
/// </summary>
internal sealed class ClockTrack
{
    /// <summary>Two quartz clocks part by at most this much while their rate is not known: 50 ppm each.</summary>
    private const double UnknownPpm = 100;

    /// <summary>Once a rate is measured, what temperature may do to it.</summary>
    private const double WanderPpm = 2;

    private const int Kept = 32;
    private readonly List<ClockEstimate> _estimates = [];

    public ClockEstimate? Newest => _estimates.Count > 0 ? _estimates[^1] : null;

    /// <summary>Our own clock was set: nothing that was measured by it holds.</summary>
    public void Clear() => _estimates.Clear();

    public void Add(ClockEstimate estimate)
    {
        // A clock that was set is a new clock: what was measured before says nothing about it.
        if (Newest is { } last && Math.Abs(estimate.OffsetUs - Predict(last, estimate.MeasuredAt, out var uncertainty)) > uncertainty + estimate.UncertaintyUs)
            _estimates.Clear();
        _estimates.Add(estimate);
        if (_estimates.Count > Kept) _estimates.RemoveAt(0);
    }

    /// <summary>Offset at <paramref name="at"/> (our wall time): carried from the estimate that leaves the least doubt.</summary>
    public ClockEstimate? At(DateTimeOffset at)
    {
        ClockEstimate? best = null;
        foreach (var estimate in _estimates)
        {
            var offset = Predict(estimate, at, out var uncertainty);
            if (best is null || uncertainty < best.UncertaintyUs) best = new ClockEstimate(at, offset, uncertainty, estimate.RoundTripUs);
        }

        return best;
    }

    /// <summary>How much faster than ours their clock runs, from the first and last estimate; null while that is not known to 25 ppm.</summary>
    public double? RatePpm(out double uncertaintyPpm)
    {
        uncertaintyPpm = double.PositiveInfinity;
        if (_estimates.Count < 2) return null;
        var (first, last) = (_estimates[0], _estimates[^1]);
        var seconds = (last.MeasuredAt - first.MeasuredAt).TotalSeconds;
        if (seconds <= 0) return null;
        uncertaintyPpm = (first.UncertaintyUs + last.UncertaintyUs) / seconds;
        return uncertaintyPpm <= 25 ? (last.OffsetUs - first.OffsetUs) / seconds : null;
    }

    private double Predict(ClockEstimate from, DateTimeOffset at, out double uncertaintyUs)
    {
        var seconds = (at - from.MeasuredAt).TotalSeconds;
        var rate = RatePpm(out var ratePpm);
        uncertaintyUs = from.UncertaintyUs + Math.Abs(seconds) * (rate is null ? UnknownPpm : Math.Min(UnknownPpm, ratePpm + WanderPpm));
        return from.OffsetUs + (rate ?? 0) * seconds;
    }
}
