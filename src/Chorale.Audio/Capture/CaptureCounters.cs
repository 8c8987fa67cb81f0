namespace Chorale.Audio.Capture;

/// <summary>What the capture thread counts and anybody may read. Written by that thread only; each field stands for itself.</summary>
internal sealed class CaptureCounters(TimeProvider time, int restartsBeforeAlarm)
{
    private Trouble? _trouble;
    private CaptureRun? _run;
    private string? _source;
    private int _state;
    private int _restarts;
    private int _retries;
    private long _framesCaptured;
    private long _lostFrames;
    private long _xruns;
    private long _deviceLosses;
    private long _lastFramesStamp = time.GetTimestamp();

    public CaptureState State
    {
        get => (CaptureState)Volatile.Read(ref _state);
        set => Volatile.Write(ref _state, (int)value);
    }

    /// <summary>Restarts in a row of a device that is open and gives no frames.</summary>
    public int Restarts
    {
        get => Volatile.Read(ref _restarts);
        set => Volatile.Write(ref _restarts, value);
    }

    public void AddFrames(int frames, long stamp)
    {
        Volatile.Write(ref _framesCaptured, _framesCaptured + frames);
        Volatile.Write(ref _lastFramesStamp, stamp);
    }

    public void AddXrun() => Volatile.Write(ref _xruns, _xruns + 1);

    public void AddDeviceLoss() => Volatile.Write(ref _deviceLosses, _deviceLosses + 1);

    public void BeginRun(CaptureRun run)
    {
        Volatile.Write(ref _lostFrames, _lostFrames + run.LostFrames);
        Volatile.Write(ref _run, run);
        Volatile.Write(ref _source, run.Source);
    }

    public void SetRetries(int failures) => Volatile.Write(ref _retries, failures);

    public void SetTrouble(string detail, DateTimeOffset at) => Volatile.Write(ref _trouble, new Trouble(detail, at));

    public CaptureStatus ToStatus()
    {
        var trouble = Volatile.Read(ref _trouble);
        return new CaptureStatus(
            State, Volatile.Read(ref _source), Volatile.Read(ref _run), Volatile.Read(ref _framesCaptured), Volatile.Read(ref _lostFrames),
            Volatile.Read(ref _xruns), Volatile.Read(ref _deviceLosses), Volatile.Read(ref _retries),
            time.GetElapsedTime(Volatile.Read(ref _lastFramesStamp)), Restarts >= restartsBeforeAlarm, trouble?.Detail, trouble?.At);
    }

    private sealed record Trouble(string Detail, DateTimeOffset At);
}
