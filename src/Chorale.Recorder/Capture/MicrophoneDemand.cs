using Chorale.Recorder.Recording;

namespace Chorale.Recorder.Capture;

/// <summary>
/// Whether anybody needs the microphone open now: a schedule window (from a little before to a little after, so that its edges can be cut to
/// the frame), a requested recording, or the wish to be ready for one. Thread-safe.
/// </summary>
/// <param name="schedule">Null: nothing is recorded by itself.</param>
/// <param name="isArmed">Keep it open for commands.</param>
internal sealed class MicrophoneDemand(RecordingSchedule? schedule, bool isArmed, TimeProvider time)
{
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    /// <summary>A clock that is set wakes us within this.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _changed = new(0);
    private int _requests;

    public bool IsNeeded
    {
        get
        {
            if (isArmed || Volatile.Read(ref _requests) > 0) return true;
            var now = time.GetUtcNow();
            return schedule is not null && (schedule.IsOpen(now) || schedule.IsOpen(now + Early) || schedule.IsOpen(now - Late));
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
            var poll = Task.Delay(Poll, time, either.Token);
            await Task.WhenAny(signal, poll);
            await either.CancelAsync();
            stopping.ThrowIfCancellationRequested();
        }
    }
}
