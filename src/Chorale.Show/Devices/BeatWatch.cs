namespace Chorale.Show.Devices;

/// <summary>
/// Learns a node's period from its beats, and notices two nodes that beat under one id: their beats come in two interleaved rows. Pure;
/// used under its owner's lock.
/// </summary>
internal sealed class BeatWatch
{
    /// <summary>Real nodes beat every 5 or 15 s; what comes faster than this is chatter, and what comes slower proves nothing in time.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(500), Longest = TimeSpan.FromMinutes(10);

    /// <summary>A regular beat is this many intervals in a row, each within a fifth of their median.</summary>
    private const int Regular = 3;

    /// <summary>Two rows are seen in this many intervals.</summary>
    private const int Interleaved = 8;

    private readonly Queue<TimeSpan> _intervals = new();

    public TimeSpan? Period { get; private set; }

    public bool IsDouble { get; private set; }

    public void Restore(TimeSpan? period) => Period = period is { } p && p >= Shortest && p <= Longest ? p : null;

    public void Observe(TimeSpan interval)
    {
        _intervals.Enqueue(interval);
        if (_intervals.Count > Interleaved) _intervals.Dequeue();
        var all = _intervals.ToArray();
        if (all.Length >= Regular && IsRegular(all[^Regular..], out var median) && median >= Shortest && median <= Longest)
        {
            Period = median;
            IsDouble = false;
        }
        else if (all.Length == Interleaved)
        {
            IsDouble = AreTwoRows(all);
        }
    }

    /// <summary>Whether a beat this long after the one before it belongs to the same row: a multiple of the period, to a tenth.</summary>
    public bool IsInStep(TimeSpan sinceLastBeat)
    {
        if (Period is not { } period) return false;
        var periods = Math.Round(sinceLastBeat / period);
        return periods >= 1 && (sinceLastBeat - period * periods).Duration() <= period / 10;
    }

    /// <summary>The next interval is not one: it was away, or we were.</summary>
    public void Interrupt() => _intervals.Clear();

    private static bool IsRegular(TimeSpan[] some, out TimeSpan median)
    {
        var middle = median = some.Order().ElementAt(some.Length / 2);
        return some.All(i => (i - middle).Duration() <= middle / 5);
    }

    /// <summary>a b a b ...: every other interval agrees, neighbours do not, and two together are a period.</summary>
    private static bool AreTwoRows(TimeSpan[] all)
    {
        var even = all.Where((_, n) => n % 2 == 0).ToArray();
        var odd = all.Where((_, n) => n % 2 == 1).ToArray();
        var period = all.Aggregate(TimeSpan.Zero, (sum, i) => sum + i) / (all.Length / 2);
        var (a, b) = (even.Order().ElementAt(even.Length / 2), odd.Order().ElementAt(odd.Length / 2));
        return period >= Shortest * 2 && (a - b).Duration() > period / 5
            && even.All(i => (i - a).Duration() <= period / 10) && odd.All(i => (i - b).Duration() <= period / 10);
    }
}
