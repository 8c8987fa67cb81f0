using System.Threading.Channels;
using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture;

/// <summary>Figures of the supervision, with the defaults of the product.</summary>
public sealed record CaptureOptions
{
    /// <summary>What the ring holds.</summary>
    public TimeSpan RingLength { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>An open device that gives no frames for so long is closed and opened again.</summary>
    public TimeSpan NoFramesLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Restarts in a row before the device is reported as silent; restarting goes on.</summary>
    public int RestartsBeforeAlarm { get; init; } = 3;

    /// <summary>How often a missing device is looked for while a retry is waited for.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// Keeps one microphone open on a thread of its own and its frames flowing into a <see cref="CaptureRing"/>: starts runs, feeds their
/// clocks, counts what a device lost, and opens a lost device again for as long as it takes.
/// </summary>
/// <remarks>
/// The thread belongs to this class alone. Between opening and losing a device it reads, copies into the ring and stamps the clock; it
/// waits for nobody, logs nothing and allocates nothing. What happened is written to <see cref="Changes"/>, which drops its oldest
/// entry when nobody reads. Every public member may be used from any thread.
/// </remarks>
public sealed class MicrophoneCapture : IAsyncDisposable
{
    /// <summary>A run this long proves that the device works; a shorter one does not reset the retries, so that a flapping device is not hammered.</summary>
    private static readonly TimeSpan ProvenAfter = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RoomPatience = TimeSpan.FromMilliseconds(200);

    private readonly CaptureRequest _request;
    private readonly ICaptureInputs _inputs;
    private readonly CaptureOptions _options;
    private readonly TimeProvider _time;
    private readonly CaptureCounters _counters;
    private readonly DeviceRetrySchedule _retry = new();
    private readonly TaskCompletionSource<CaptureRing> _ringReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<CaptureChange> _changes = Channel.CreateBounded<CaptureChange>(
        new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = false });

    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private bool _stopping;
    private int _started;

    // From here on: the capture thread's own.
    private CaptureRing? _ring;
    private CaptureRun? _run;
    private CaptureRun? _lastRun;
    private long _framesOfRun;
    private long _framesOfSource;
    private RunBreak _nextBreak = RunBreak.Opened;
    private long _countedLoss;
    private bool _isProven;
    private bool _failed;

    public MicrophoneCapture(CaptureRequest request, ICaptureInputs inputs, TimeProvider time, CaptureOptions? options = null)
    {
        (_request, _inputs, _time, _options) = (request, inputs, time, options ?? new CaptureOptions());
        _counters = new CaptureCounters(time, _options.RestartsBeforeAlarm);
        _thread = new Thread(Supervise) { Name = "capture", IsBackground = true };
    }

    /// <summary>
    /// The ring, once the device could be opened for the first time, for its format is what the device gave; it stays the same one
    /// through losses and replugs. Faulted with a <see cref="CaptureException"/> when the request can never be met; cancelled when the
    /// capture is disposed before the device was ever there.
    /// </summary>
    public Task<CaptureRing> Ring => _ringReady.Task;

    /// <summary>Completes when the thread has ended: the input ended, failed for good, or the capture was disposed. Never faulted.</summary>
    public Task Completion => _ended.Task;

    /// <summary>What happened, in order, for logs and alarms. The newest 256 are kept. Completed with the capture.</summary>
    public ChannelReader<CaptureChange> Changes => _changes.Reader;

    /// <summary>Where things stand now.</summary>
    public CaptureStatus Status => _counters.ToStatus();

    private bool IsStopping => Volatile.Read(ref _stopping);

    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0) throw new InvalidOperationException("a capture is started once");
        _thread.Start();
    }

    /// <summary>Stops reading, completes the ring with everything captured, and closes the device. Waits at most 2 s for a device that hangs.</summary>
    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _stopping, true);
        _wake.Set();
        if (Interlocked.Exchange(ref _started, 1) == 0) Finish();
        try
        {
            await _ended.Task.WaitAsync(TimeSpan.FromSeconds(2)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A device hangs inside its driver. The thread is a background one and ends with the process; readers must not wait for it.
            _ringReady.TrySetCanceled();
            if (_ringReady.Task.IsCompletedSuccessfully) (await _ringReady.Task.ConfigureAwait(false)).Complete();
        }
    }

    private void Supervise()
    {
        try
        {
            while (!IsStopping && !_failed)
            {
                if (TryOpen() is not { } source) continue;
                if (ReadUntilLostSafely(source)) break;

                if (ShouldRetryAtOnce()) continue;
                WaitBeforeRetry(_retry.MarkFailure());
            }
        }
        finally
        {
            Finish();
        }
    }

    /// <summary>A device that has proved itself is opened again without delay: an error that is over at once then costs only the reopening.</summary>
    private bool ShouldRetryAtOnce() => _ring is not null && _framesOfSource >= _ring.Format.FramesIn(ProvenAfter);

    /// <summary>Opens the device, or waits as long as the schedule says and returns null.</summary>
    private ICaptureSource? TryOpen()
    {
        try
        {
            var wanted = _ring is null ? _request
                : _request with { SampleRateHz = _ring.Format.SampleRateHz, Channels = _ring.Format.Channels, SampleFormat = _ring.Format.SampleFormat };
            var source = _inputs.Open(wanted);
            if (_ring is null || source.Format == _ring.Format) return source;
            var given = source.Format;
            source.Dispose();
            throw new CaptureException($"the device came back with {given}; this recording goes on only with {_ring.Format}", isTransient: true);
        }
        catch (CaptureException e) when (!e.IsTransient && _ring is null)
        {
            _failed = true;
            _counters.State = CaptureState.Failed;
            Report(CaptureChangeKind.Failed, e.Message);
            _ringReady.TrySetException(e);
        }
        catch (Exception e) // supervisor: whatever a driver throws, the microphone is tried again
        {
            var delay = _retry.MarkFailure();
            _counters.SetRetries(_retry.Failures);
            Report(CaptureChangeKind.OpenFailed, e is CaptureException ? e.Message : $"{e.GetType().Name}: {e.Message}", retryAfter: delay);
            WaitBeforeRetry(delay);
        }

        return null;
    }

    private bool ReadUntilLostSafely(ICaptureSource source)
    {
        try
        {
            using (source) return ReadUntilLost(source);
        }
        catch (Exception e) // supervisor: a source that fails in a way of its own is a device lost in a way of its own
        {
            LoseDevice(CaptureChangeKind.DeviceLost, $"{source.Description}: {e.GetType().Name}: {e.Message}");
            return false;
        }
    }

    /// <returns>True: the input has ended or the capture is stopping. False: the device is lost.</returns>
    private bool ReadUntilLost(ICaptureSource source)
    {
        if (source.IsPaced) CaptureThreadPriority.TryRaise();
        _ring ??= CreateRing(source.Format);
        var buffer = GC.AllocateUninitializedArray<byte>(source.PeriodFrames * source.Format.BytesPerFrame, pinned: true);
        (_run, _framesOfSource, _isProven) = (null, 0, false);
        var idleSince = _time.GetTimestamp();
        while (!IsStopping)
        {
            if (!source.IsPaced && !_ring.WaitForRoom(source.PeriodFrames, RoomPatience)) continue;
            var read = source.Read(buffer);
            var stamp = _time.GetTimestamp();
            var utc = _time.GetUtcNow();
            if (read.Kind == CaptureReadKind.Xrun) BreakRun(RunBreak.Xrun, read.LostFrames);
            if (read.Frames > 0)
            {
                var run = _run ?? StartRun(source, read.Frames, stamp, utc);
                _ring.Write(buffer.AsSpan(0, read.Frames * source.Format.BytesPerFrame));
                _framesOfRun += read.Frames;
                _framesOfSource += read.Frames;
                run.Clock.Observe(_framesOfRun, stamp, utc);
                _counters.AddFrames(read.Frames, stamp);
                if (run.Clock.SlippedFrames is > 0 and var slipped) BreakRun(RunBreak.Xrun, slipped);
                idleSince = stamp;
                if (!_isProven && _framesOfSource >= source.Format.FramesIn(ProvenAfter)) MarkProven();
            }

            switch (read.Kind)
            {
                case CaptureReadKind.Ended:
                    Report(CaptureChangeKind.Ended, read.Detail ?? "the input has ended");
                    return true;
                case CaptureReadKind.Lost:
                    LoseDevice(CaptureChangeKind.DeviceLost, read.Detail ?? "the device is gone");
                    return false;
                case CaptureReadKind.Frames when read.Frames == 0 && _time.GetElapsedTime(idleSince, stamp) >= _options.NoFramesLimit:
                    Restart(source);
                    return false;
            }
        }

        return true;
    }

    private CaptureRing CreateRing(PcmFormat format)
    {
        var ring = new CaptureRing(format, checked((int)format.FramesIn(_options.RingLength)));
        _ringReady.TrySetResult(ring);
        return ring;
    }

    /// <summary>The next frames begin a new run; what was lost until then is the device's own count where it has one.</summary>
    private void BreakRun(RunBreak cause, long countedLoss)
    {
        if (cause == RunBreak.Xrun) _counters.AddXrun();
        if (_run is null && _nextBreak != RunBreak.Xrun) return; // a loss before the first frame belongs to the break already pending
        _countedLoss = cause == RunBreak.Xrun && countedLoss > 0 && (_run is not null || _countedLoss > 0) ? _countedLoss + countedLoss : 0;
        (_run, _nextBreak) = (null, cause);
    }

    private CaptureRun StartRun(ICaptureSource source, int frames, long stamp, DateTimeOffset utc)
    {
        var lost = _nextBreak == RunBreak.Opened ? 0 : _countedLoss > 0 ? _countedLoss : LossByTime(source.Format, frames, stamp);
        var clock = new RunClock(source.Format.SampleRateHz, _time.TimestampFrequency);
        clock.Observe(frames, stamp, utc); // readers that see the run find its clock set
        var run = new CaptureRun(Guid.NewGuid(), _ring!.WrittenFrames, source.Format, clock, _nextBreak, lost, source.Description);
        _ring.StartRun(run);
        _counters.BeginRun(run);
        _counters.State = CaptureState.Running;
        Report(_nextBreak == RunBreak.Xrun ? CaptureChangeKind.Xrun : CaptureChangeKind.Opened, source.Description, run, lost);
        (_run, _lastRun, _framesOfRun, _countedLoss, _nextBreak) = (run, run, 0, 0, RunBreak.DeviceLost);
        return run;
    }

    /// <summary>Frames that would have come between the last one of the old run and the first of the new one, at the old run's own rate.</summary>
    private long LossByTime(PcmFormat format, int frames, long stamp)
    {
        if (_lastRun is null) return 0;
        var first = stamp - frames * (double)_time.TimestampFrequency / format.SampleRateHz;
        return Math.Max(0, _lastRun.Clock.FramesByStamp(first) - _framesOfRun);
    }

    private void LoseDevice(CaptureChangeKind kind, string detail)
    {
        BreakRun(RunBreak.DeviceLost, 0);
        _counters.AddDeviceLoss();
        _counters.State = CaptureState.Lost;
        Report(kind, detail);
    }

    private void Restart(ICaptureSource source)
    {
        LoseDevice(CaptureChangeKind.NoFrames, $"{source.Description} is open but gave no frames for {_options.NoFramesLimit.TotalSeconds:0} s");
        _counters.Restarts++;
        if (_counters.Restarts == _options.RestartsBeforeAlarm)
            Report(CaptureChangeKind.SilentDevice, $"{source.Description} gives no frames after {_counters.Restarts} restarts");
    }

    private void MarkProven()
    {
        _isProven = true;
        _retry.MarkSuccess();
        _counters.SetRetries(0);
        _counters.Restarts = 0;
    }

    /// <summary>Waits, but not past the moment the device appears: it is looked for again and again, and found within a probe's interval.</summary>
    private void WaitBeforeRetry(TimeSpan delay)
    {
        var since = _time.GetTimestamp();
        var wasPresent = Probe();
        while (!IsStopping)
        {
            var left = delay - _time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero) return;
            Sleep(left < _options.ProbeInterval ? left : _options.ProbeInterval);
            var isPresent = Probe();
            if (wasPresent == false && isPresent == true)
            {
                _retry.MarkAppeared();
                return;
            }

            wasPresent = isPresent;
        }
    }

    private bool? Probe()
    {
        try
        {
            return _inputs.IsPresent(_request);
        }
        catch (Exception) // supervisor: opening will meet the same trouble, and reports it
        {
            return null;
        }
    }

    private void Sleep(TimeSpan time)
    {
        using var timer = _time.CreateTimer(static wake => ((AutoResetEvent)wake!).Set(), _wake, time, Timeout.InfiniteTimeSpan);
        _wake.WaitOne();
    }

    private void Report(CaptureChangeKind kind, string detail, CaptureRun? run = null, long lostFrames = 0, TimeSpan retryAfter = default)
    {
        var at = _time.GetUtcNow();
        if (kind is not (CaptureChangeKind.Opened or CaptureChangeKind.Ended)) _counters.SetTrouble(detail, at);
        _changes.Writer.TryWrite(new CaptureChange(kind, at, detail, run, lostFrames, retryAfter));
    }

    private void Finish()
    {
        if (!_failed) _counters.State = CaptureState.Ended; // before anybody can see that no more frames come
        _ring?.Complete();
        _ringReady.TrySetCanceled();
        _changes.Writer.TryComplete();
        _ended.TrySetResult();
    }
}
