namespace Chorale.Show.Room;

/// <summary>How late the cues of a run were: the last 1,024, and the worst of all.</summary>
internal sealed class Lateness
{
    private readonly int[] _microseconds = new int[1_024];
    private long _count;

    public TimeSpan Worst { get; private set; }

    public long Count => _count;

    public void Add(TimeSpan late)
    {
        if (late < TimeSpan.Zero) late = TimeSpan.Zero;
        if (late > Worst) Worst = late;
        _microseconds[_count++ % _microseconds.Length] = (int)Math.Min(late.TotalMicroseconds, int.MaxValue);
    }

    /// <param name="part">0.5 is the median.</param>
    public TimeSpan Quantile(double part)
    {
        var filled = _microseconds.AsSpan(0, (int)Math.Min(_count, _microseconds.Length)).ToArray();
        if (filled.Length == 0) return TimeSpan.Zero;
        Array.Sort(filled);
        return TimeSpan.FromMicroseconds(filled[Math.Min(filled.Length - 1, (int)Math.Ceiling(part * filled.Length) - 1)]);
    }
}
