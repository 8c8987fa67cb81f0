namespace Chorale.Show.Room;

/// <summary>How late the cues of a room were since the hub was started, in buckets. One thread adds, without allocating; any thread reads.</summary>
public sealed class LatenessHistogram
{
    /// <summary>Upper ends in microseconds; what is later than the last is in a bucket of its own.</summary>
    private static readonly long[] Bounds = [50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 250_000, 1_000_000];

    private readonly long[] _counts = new long[Bounds.Length + 1];
    private long _worstUs;

    /// <summary>Upper ends of all buckets but the last, in milliseconds.</summary>
    public static IReadOnlyList<double> BoundsMs { get; } = [.. Bounds.Select(b => b / 1000.0)];

    internal void Add(TimeSpan late)
    {
        var us = Math.Max(0, late.Ticks / TimeSpan.TicksPerMicrosecond);
        if (us > _worstUs) Volatile.Write(ref _worstUs, us);
        var bucket = 0;
        while (bucket < Bounds.Length && us > Bounds[bucket]) bucket++;
        Volatile.Write(ref _counts[bucket], _counts[bucket] + 1);
    }

    /// <summary>Counts of the buckets, in their order.</summary>
    public IReadOnlyList<long> Counts()
    {
        var counts = new long[_counts.Length];
        for (var i = 0; i < counts.Length; i++) counts[i] = Volatile.Read(ref _counts[i]);
        return counts;
    }

    public TimeSpan Worst => TimeSpan.FromMicroseconds(Volatile.Read(ref _worstUs));

    /// <summary>Upper end of the bucket that holds this part; null without a cue.</summary>
    /// <param name="part">0.5 is the median.</param>
    public TimeSpan? AtMost(double part)
    {
        var counts = Counts();
        var (all, seen) = (counts.Sum(), 0L);
        if (all == 0) return null;
        for (var i = 0; i < Bounds.Length; i++)
        {
            seen += counts[i];
            if (seen >= part * all) return TimeSpan.FromMicroseconds(Math.Min(Bounds[i], Volatile.Read(ref _worstUs)));
        }

        return Worst;
    }
}
