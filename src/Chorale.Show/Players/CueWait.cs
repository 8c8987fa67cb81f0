using Chorale.Show.Interop;

namespace Chorale.Show.Players;

/// <summary>
/// Where the engine thread of a room waits: until the next cue is due, to a fraction of a millisecond, or until somebody rings.
/// </summary>
/// <remarks>
/// One thread waits; any thread rings. A ring while nobody waits is kept for the next wait, several are one. No wait allocates.
/// On Linux it is <see cref="PreciseAlarm"/>; elsewhere, and under a clock that tests move, a timer of the <see cref="TimeProvider"/>.
/// </remarks>
internal sealed class CueWait : IDisposable
{
    private readonly PreciseAlarm? _alarm;
    private readonly TimeProvider _time;
    private readonly AutoResetEvent? _wake;
    private readonly ITimer? _pulse;
    private int _isRung;

    public CueWait(TimeProvider time)
    {
        _time = time;
        if (PreciseAlarm.IsClockOf(time))
        {
            _alarm = new PreciseAlarm();
            return;
        }

        _wake = new AutoResetEvent(false);
        _pulse = time.CreateTimer(static wait => ((CueWait)wait!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends the wait of now, or the next one. After <see cref="Dispose"/> it does nothing.</summary>
    public void Ring()
    {
        if (_alarm is not null)
        {
            _alarm.Ring();
            return;
        }

        Volatile.Write(ref _isRung, 1);
        Wake();
    }

    /// <param name="dueStamp">A stamp of <see cref="TimeProvider.GetTimestamp"/>, never returned before; null: only a ring ends it.</param>
    /// <returns>True when somebody rang, whether or not it is due as well.</returns>
    public bool WaitUntil(long? dueStamp)
    {
        if (_alarm is not null) return _alarm.WaitUntil(dueStamp);
        while (true)
        {
            if (Interlocked.Exchange(ref _isRung, 0) != 0) return true;
            if (dueStamp is { } due && !Arm(due)) return false;
            _wake!.WaitOne(); // wakes for nothing when an alarm of an earlier wait goes off: the loop looks again
        }
    }

    public void Dispose()
    {
        _alarm?.Dispose();
        _pulse?.Dispose();
        _wake?.Dispose();
    }

    /// <summary>False: it is due already.</summary>
    private bool Arm(long due)
    {
        while (true)
        {
            var nowStamp = _time.GetTimestamp();
            if (nowStamp >= due) return false;
            _pulse!.Change(_time.GetElapsedTime(nowStamp, due), Timeout.InfiniteTimeSpan);
            // A clock that a test moved between reading it and arming the timer would leave us asleep for as long as it was moved.
            if (ReferenceEquals(_time, TimeProvider.System) || _time.GetTimestamp() == nowStamp) return true;
        }
    }

    private void Wake()
    {
        try
        {
            _wake!.Set();
        }
        catch (ObjectDisposedException)
        {
            // Its room has ended.
        }
    }
}
