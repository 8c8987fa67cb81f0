namespace Chorale.Storage;

/// <summary>How long the last writes to one file took. Any thread may ask; writers of one file are behind a lock of its own.</summary>
public sealed class WriteTimes
{
    private const int Kept = 512;

    private readonly int[] _microseconds = new int[Kept];
    private long _count, _lastStamp;

    public long Count => Volatile.Read(ref _count);

    /// <summary>Since the last write; null before the first.</summary>
    public TimeSpan? LastAge => Volatile.Read(ref _lastStamp) is not 0 and var stamp ? TimeProvider.System.GetElapsedTime(stamp) : null;

    /// <summary>A write lasts until this is disposed.</summary>
    public Timed Begin() => new(this, TimeProvider.System.GetTimestamp());

    /// <param name="part">0.5 is the median.</param>
    /// <returns>Null before the first write.</returns>
    public TimeSpan? Quantile(double part)
    {
        var filled = _microseconds.AsSpan(0, (int)Math.Min(Count, Kept)).ToArray();
        if (filled.Length == 0) return null;
        Array.Sort(filled);
        return TimeSpan.FromMicroseconds(filled[Math.Min(filled.Length - 1, (int)Math.Ceiling(part * filled.Length) - 1)]);
    }

    private void Add(TimeSpan took)
    {
        var count = _count;
        _microseconds[count % Kept] = (int)Math.Min(took.TotalMicroseconds, int.MaxValue);
        Volatile.Write(ref _lastStamp, TimeProvider.System.GetTimestamp());
        Volatile.Write(ref _count, count + 1);
    }

    /// <summary>One write, measured from its making to its disposal.</summary>
    public readonly struct Timed(WriteTimes times, long since) : IDisposable
    {
        public void Dispose() => times.Add(TimeProvider.System.GetElapsedTime(since));
    }
}
