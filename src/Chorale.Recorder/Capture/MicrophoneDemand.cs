using Chorale.Recorder.Recording;

namespace Chorale.Recorder.Capture;

/// <summary>
/// Whether anybody needs the microphone open now: a schedule window (from a little before to a little after, so that its edges can be cut to
/// the frame), a requested recording, or the wish to be ready for one. Thread-safe.
/// </summary>
internal sealed class MicrophoneDemand
{
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    /// <summary>A clock that is set wakes us within this.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private readonly ScheduleInForce? _schedule;
    private readonly bool _isArmed;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _changed = new(0);
    private int _requests;

    /// <param name="schedule">Null: nothing is recorded by itself.</param>
    /// <param name="isArmed">Keep it open for commands.</param>
    /// <param name="time">Wall time for the schedule.</param>
    public MicrophoneDemand(ScheduleInForce? schedule, bool isArmed, TimeProvider time)
    {
        (_schedule, _isArmed, _time) = (schedule, isArmed, time);
        if (schedule is not null) schedule.Changed += () => _changed.Release();
    }

    public bool IsNeeded
    {
        get
        {
            if (_isArmed || Volatile.Read(ref _requests) > 0) return true;
            var now = _time.GetUtcNow();
            return _schedule?.Now is { } schedule && (schedule.IsOpen(now) || schedule.IsOpen(now + Early) || schedule.IsOpen(now - Late));
        }
    }

    /// <summary>A recording needs the microphone until <see cref="Release"/>.</summary>
    public void Request()
    {
        Interlocked.Increment(ref _requests);
        _changed.Release();
    }

    public void Release()
    {
        Interlocked.Decrement(ref _requests);
        _changed.Release();
    }

    /// <summary>Completes when <see cref="IsNeeded"/> is <paramref name="needed"/>.</summary>
    public async Task WaitUntilAsync(bool needed, CancellationToken stopping)
    {
        while (IsNeeded != needed)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var signal = _changed.WaitAsync(either.Token);
            var poll = Task.Delay(Poll, _time, either.Token);
            await Task.WhenAny(signal, poll);
            await either.CancelAsync();
            stopping.ThrowIfCancellationRequested();
        }
    }
}
