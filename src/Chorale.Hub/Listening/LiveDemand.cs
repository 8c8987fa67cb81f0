namespace Chorale.Hub.Listening;

/// <summary>Who wants to hear one recorder: asked for again and again while somebody does, and for ten seconds more.</summary>
/// <param name="recorder">Its name.</param>
/// <param name="ask">Asks the recorder for so long; must not throw for what a network does.</param>
/// <param name="isThere">Whether its stream comes.</param>
/// <param name="stopping">Ends the asking.</param>
internal sealed class LiveDemand(string recorder, Func<string, TimeSpan, CancellationToken, Task> ask, Func<bool> isThere, TimeProvider time, CancellationToken stopping)
{
    /// <summary>How long a stream goes on after the last listener went.</summary>
    public static readonly TimeSpan Lapse = TimeSpan.FromSeconds(10);

    /// <summary>For how long a recorder is asked; we end the stream when nobody listens, and this is for when we are gone.</summary>
    private static readonly TimeSpan AskFor = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(20);

    /// <summary>While it does not come.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private int _count, _waiting;
    private long _leftStamp;
    private bool _hasLeft;
    private TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _asking = Task.CompletedTask;

    public Task Ended => _asking.ContinueWith(static _ => { }, TaskScheduler.Default);

    public bool IsWanted
    {
        get
        {
            lock (_gate) return IsWantedNow;
        }
    }

    /// <summary>Nobody listens, and no recorder waits for somebody to.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate) return !IsWantedNow && _waiting == 0;
        }
    }

    private bool IsWantedNow => _count > 0 || (_hasLeft && time.GetElapsedTime(_leftStamp) < Lapse);

    /// <summary>True while somebody really listens.</summary>
    public bool HasListeners => Volatile.Read(ref _count) > 0;

    public void Add()
    {
        lock (_gate)
        {
            _count++;
            _wanted.TrySetResult();
            if (_asking.IsCompleted) _asking = Task.Run(AskAsync, CancellationToken.None);
        }
    }

    public void Remove()
    {
        lock (_gate)
        {
            if (--_count > 0) return;
            (_hasLeft, _leftStamp) = (true, time.GetTimestamp());
            _wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Waits until somebody listens, at most so long.</summary>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancel)
    {
        Task wanted;
        lock (_gate)
        {
            _waiting++;
            wanted = _count > 0 ? Task.CompletedTask : _wanted.Task;
        }

        await Task.WhenAny(wanted, Task.Delay(atMost, time, cancel));
        lock (_gate) _waiting--;
        return HasListeners;
    }

    private async Task AskAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            lock (_gate)
            {
                if (!IsWantedNow)
                {
                    _asking = Task.CompletedTask;
                    return;
                }
            }

            try
            {
                if (!HasListeners)
                {
                    await Task.Delay(AskAgain / 10, time, stopping);
                    if (!IsWanted) await ask(recorder, TimeSpan.Zero, stopping);
                    continue;
                }

                await ask(recorder, AskFor, stopping);
                var asked = time.GetTimestamp();
                do await Task.Delay(AskAgain, time, stopping);
                while (HasListeners && isThere() && time.GetElapsedTime(asked) < AskEvery);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
