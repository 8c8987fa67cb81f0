namespace Chorale.Audio.Capture;

/// <summary>Where a frame lies in UTC, as well as it is known now.</summary>
/// <param name="Utc">Wall time of the frame.</param>
/// <param name="UncertaintyUs">Half-width in microseconds, without the device's own fixed latency, which nobody can see from here; null = unknown.</param>
/// <param name="RatePpm">How much faster than nominal the device runs, in parts per million; null = not yet known.</param>
public readonly record struct FrameTime(DateTimeOffset Utc, double? UncertaintyUs, double? RatePpm);

/// <summary>
/// Maps the frames of one run to UTC: frames to monotonic time by a line under the least-delayed reads (<see cref="DelayFloor"/>),
/// monotonic time to UTC by an offset that changes only when somebody sets the clock (<see cref="WallOffsets"/>). Wall time never
/// enters the line, so no clock step can bend it.
/// </summary>
/// <remarks>
/// <see cref="Observe"/> belongs to the capture thread; it neither allocates nor waits. Everything else is for any thread: what is
/// known is published under a version number, and a reader that met the writer at it reads again.
/// </remarks>
public sealed class RunClock
{
    private readonly int _sampleRateHz;
    private readonly double _microsecondsPerStamp;
    private readonly DelayFloor _floor = new();
    private readonly WallOffsets _offsets = new();
    private DelayLine _line;
    private long _firstStamp;
    private long _firstUtcTicks; // microseconds since the year 1 would not fit into a double
    private bool _hasObservation;
    private int _version;

    /// <param name="sampleRateHz">Nominal rate of the run.</param>
    /// <param name="stampsPerSecond"><see cref="TimeProvider.TimestampFrequency"/>.</param>
    public RunClock(int sampleRateHz, long stampsPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRateHz);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stampsPerSecond);
        _sampleRateHz = sampleRateHz;
        _microsecondsPerStamp = 1e6 / stampsPerSecond;
    }

    /// <summary>Wall clock steps of more than 50 ms seen since the run began.</summary>
    public int Steps => _offsets.Steps;

    /// <param name="frames">Frames of the run read so far, more than 0.</param>
    /// <param name="stamp">Monotonic stamp taken right after the read (<see cref="TimeProvider.GetTimestamp"/>).</param>
    /// <param name="utc">Wall time taken right after the stamp.</param>
    public void Observe(long frames, long stamp, DateTimeOffset utc)
    {
        if (!_hasObservation) (_firstStamp, _firstUtcTicks) = (stamp, utc.UtcTicks);
        var deviceSeconds = frames / (double)_sampleRateHz;
        var monotonicUs = (stamp - _firstStamp) * _microsecondsPerStamp;
        var lineChanges = _floor.Add(deviceSeconds, monotonicUs - deviceSeconds * 1e6);
        var offsetChanges = _offsets.IsChangedBy(deviceSeconds, (utc.UtcTicks - _firstUtcTicks) / 10.0 - monotonicUs);
        if (!lineChanges && !offsetChanges) return;
        Interlocked.Increment(ref _version); // odd: being written
        if (lineChanges) _line = _floor.Line;
        if (offsetChanges) _offsets.ApplyChange();
        _hasObservation = true;
        Interlocked.Increment(ref _version);
    }

    /// <summary>Wall time of frame <paramref name="frame"/> of the run; default (with unknown uncertainty) before anything was observed.</summary>
    public FrameTime At(long frame)
    {
        while (true)
        {
            var version = BeginRead();
            var seconds = frame / (double)_sampleRateHz;
            var ticks = _firstUtcTicks + (long)((_line.MicrosecondsAt(seconds) + _offsets.At(seconds)) * 10);
            var (uncertaintyUs, ratePpm, known) = (_line.UncertaintyUsAt(seconds), _line.RatePpm, _hasObservation);
            if (!IsUnchanged(version)) continue;
            return known ? new FrameTime(new DateTimeOffset(ticks, TimeSpan.Zero), uncertaintyUs, ratePpm) : default;
        }
    }

    /// <summary>
    /// The frame nearest to <paramref name="utc"/>, which may lie in the future. False before the run's first frame, and for times that
    /// a forward step left out; a time that came twice means its later coming.
    /// </summary>
    public bool TryFrameAt(DateTimeOffset utc, out long frame)
    {
        while (true)
        {
            var version = BeginRead();
            var found = _offsets.TryFind((utc.UtcTicks - _firstUtcTicks) / 10.0, _line, out var seconds) && _hasObservation;
            frame = found ? (long)Math.Round(seconds * _sampleRateHz) : -1;
            if (IsUnchanged(version)) return frame >= 0;
        }
    }

    /// <summary>How many frames the device has captured by a monotonic stamp, past the last observation too. Capture thread only.</summary>
    internal long FramesByStamp(double stamp)
        => _hasObservation ? (long)Math.Round(_line.SecondsAt((stamp - _firstStamp) * _microsecondsPerStamp) * _sampleRateHz) : 0;

    /// <summary>Frames that must have been lost inside the run without a word from the device, found out about 6 s later; 0 = none. Capture thread only.</summary>
    internal long SlippedFrames => (long)(_floor.SlipUs * _sampleRateHz / 1e6);

    private int BeginRead()
    {
        var spin = new SpinWait();
        while (true)
        {
            var version = Volatile.Read(ref _version);
            if (version % 2 == 0) return version;
            spin.SpinOnce();
        }
    }

    private bool IsUnchanged(int version)
    {
        Interlocked.MemoryBarrier(); // everything was read before the version is looked at again
        return Volatile.Read(ref _version) == version;
    }
}
