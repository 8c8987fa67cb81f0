namespace Chorale.Recorder.Live;

/// <summary>Until when somebody wants to hear. Set from any thread; monotonic.</summary>
internal sealed class LiveDemand(bool isAlways, TimeProvider time)
{
    private readonly SemaphoreSlim _raised = new(0, 1);
    private long _untilStamp = long.MinValue;

    /// <summary>All the time, whoever listens.</summary>
    public bool IsAlways { get; } = isAlways;

    public bool IsWanted => IsAlways || time.GetTimestamp() < Volatile.Read(ref _untilStamp);

    /// <summary>From now on for so long; zero: no longer.</summary>
    public void Want(TimeSpan length)
    {
        Volatile.Write(ref _untilStamp, time.GetTimestamp() + (long)(length.TotalSeconds * time.TimestampFrequency));
        if (length > TimeSpan.Zero && _raised.CurrentCount == 0) TryRaise();
    }

    /// <summary>Returns at once while it is wanted, else when it is asked for.</summary>
    public async Task WaitAsync(CancellationToken stopping)
    {
        while (!IsWanted) await _raised.WaitAsync(stopping);
    }

    private void TryRaise()
    {
        try
        {
            _raised.Release();
        }
        catch (SemaphoreFullException)
        {
            // Raised by another thread meanwhile.
        }
    }
}
