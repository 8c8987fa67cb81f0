namespace Chorale.Recorder.Spool;

/// <summary>Bytes recorded per day, out of the last day in hours; before an hour has passed, out of what there is. Guarded by the spool's lock.</summary>
internal sealed class RecordedRate(TimeProvider time)
{
    private static readonly TimeSpan Step = TimeSpan.FromHours(1);

    private readonly Queue<(long Stamp, long Bytes)> _hours = new();
    private long _begun = time.GetTimestamp();
    private long _hourStamp = time.GetTimestamp();
    private long _hourBytes;

    /// <summary>0 until something was recorded.</summary>
    public double BytesPerDay
    {
        get
        {
            var days = time.GetElapsedTime(_begun).TotalDays;
            return days <= 0 ? 0 : (_hours.Sum(h => h.Bytes) + _hourBytes) / days;
        }
    }

    public void Add(long bytes)
    {
        if (time.GetElapsedTime(_hourStamp) >= Step)
        {
            _hours.Enqueue((_hourStamp, _hourBytes));
            _hourStamp = time.GetTimestamp();
            _hourBytes = 0;
        }

        while (_hours.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Stamp) > TimeSpan.FromDays(1))
        {
            _hours.Dequeue();
            _begun = _hours.TryPeek(out var next) ? next.Stamp : _hourStamp;
        }

        _hourBytes += bytes;
    }
}
