namespace Chorale.Show.Devices;

/// <summary>
/// When one node was away: how often, how long altogether, and the last times each. Lengths are monotonic where this process saw both ends,
/// else by the wall clock. Pure; used under its owner's lock.
/// </summary>
internal sealed class OutageBook(TimeProvider time)
{
    private readonly List<DeviceOutage> _last = [];
    private long? _openStamp;

    /// <summary>Of those that have ended.</summary>
    public int Count { get; private set; }

    public TimeSpan Total { get; private set; }

    public DateTimeOffset? OpenAt { get; private set; }

    public IReadOnlyList<DeviceOutage> Last => [.. _last];

    public void Restore(KnownDevice known)
    {
        (Count, Total) = (known.Outages, known.OutageTotal);
        _last.AddRange(known.LastOutages.Where(o => o.EndedAt is not null));
        OpenAt = known.LastOutages.LastOrDefault(o => o.EndedAt is null)?.StartedAt;
    }

    /// <param name="since">When it was heard last; null: now.</param>
    public void Begin(DateTimeOffset? since)
    {
        if (OpenAt is not null) return;
        OpenAt = since ?? time.GetUtcNow();
        _openStamp = time.GetTimestamp() - (long)((time.GetUtcNow() - OpenAt.Value).TotalSeconds * time.TimestampFrequency);
    }

    public void End()
    {
        if (OpenAt is not { } start) return;
        var now = time.GetUtcNow();
        var length = _openStamp is { } stamp ? time.GetElapsedTime(stamp) : now - start;
        if (length < TimeSpan.Zero) length = TimeSpan.Zero;
        Count++;
        Total += length;
        _last.Add(new DeviceOutage(start, now, length));
        if (_last.Count > DeviceStore.OutagesKept) _last.RemoveAt(0);
        TakeBack();
    }

    /// <summary>It was none.</summary>
    public void TakeBack() => (OpenAt, _openStamp) = (null, null);
}
