namespace Chorale.TestKit;

/// <summary>
/// Time that stands still until the test moves it. <see cref="TimerArmedAsync"/> removes the race: wait until the code under test has
/// armed its timer, then advance.
/// </summary>
public sealed class ManualTime(DateTimeOffset? start = null) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start ?? new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);
    private long _stamp = TimeSpan.TicksPerDay;
    private TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.Utc;

    public override TimeZoneInfo LocalTimeZone => Zone;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long GetTimestamp()
    {
        lock (_gate) return _stamp;
    }

    /// <summary>Moves the wall clock alone, as a person or NTP does.</summary>
    public void Step(TimeSpan by)
    {
        lock (_gate) _now += by;
    }

    /// <summary>Completes when a timer is waiting.</summary>
    public Task TimerArmedAsync(CancellationToken cancel = default)
    {
        lock (_gate) return _timers.Exists(t => t.Due is not null) ? Task.CompletedTask : _armed.Task.WaitAsync(cancel);
    }

    /// <summary>Moves both clocks on, firing what falls due on the way, in order.</summary>
    public void Advance(TimeSpan by)
    {
        var end = GetTimestamp() + by.Ticks;
        while (true)
        {
            ManualTimer? next;
            lock (_gate)
            {
                next = _timers.Where(t => t.Due <= end).MinBy(t => t.Due);
                var to = next?.Due ?? end;
                if (to > _stamp)
                {
                    _now += TimeSpan.FromTicks(to - _stamp);
                    _stamp = to;
                }

                if (next is null) return;
                next.Rearm(_stamp);
            }

            next.Fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        lock (_gate) _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class ManualTimer(ManualTime owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public long? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : owner._stamp + dueTime.Ticks;
                if (Due is null) return true;
                owner._armed.TrySetResult();
                owner._armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                return true;
            }
        }

        public void Rearm(long stamp) => Due = _period == Timeout.InfiniteTimeSpan || _period == TimeSpan.Zero ? null : stamp + _period.Ticks;

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (owner._gate) owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
