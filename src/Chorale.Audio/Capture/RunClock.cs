namespace Chorale.Audio.Capture;

/// <summary>Where a frame lies in UTC, as well as it is known now.</summary>
/// <param name="Utc">Wall time of the frame.</param>
/// <param name="UncertaintyUs">Half-width in microseconds; null = unknown.</param>
/// <param name="RatePpm">How much faster than nominal the device runs, in parts per million; null = not yet known.</param>
public readonly record struct FrameTime(DateTimeOffset Utc, double? UncertaintyUs, double? RatePpm);

/// <summary>
/// Maps the frames of one run to UTC. The capture thread calls <see cref="Observe"/> after every read (no allocation, no lock that a
/// reader can hold for long); anybody may call <see cref="At"/>.
/// </summary>
public sealed class RunClock(int sampleRateHz, long stampsPerSecond)
{
    private readonly Lock _gate = new();
    private double _anchorUtcTicks = double.NaN;

    /// <summary>Wall clock steps seen since the run began.</summary>
    public int Steps { get; private set; }

    /// <param name="frames">Frames of the run read so far.</param>
    /// <param name="stamp">Monotonic stamp taken right after the read (<see cref="TimeProvider.GetTimestamp"/>).</param>
    /// <param name="utc">Wall time taken with it.</param>
    public void Observe(long frames, long stamp, DateTimeOffset utc)
    {
        _ = stampsPerSecond;
        _ = stamp;
        var candidate = utc.UtcTicks - frames * (double)TimeSpan.TicksPerSecond / sampleRateHz;
        lock (_gate)
        {
            if (double.IsNaN(_anchorUtcTicks) || candidate < _anchorUtcTicks) _anchorUtcTicks = candidate;
        }
    }

    /// <summary>Wall time of frame <paramref name="frame"/> of the run.</summary>
    public FrameTime At(long frame)
    {
        lock (_gate)
        {
            var ticks = _anchorUtcTicks + frame * (double)TimeSpan.TicksPerSecond / sampleRateHz;
            return new FrameTime(new DateTimeOffset((long)ticks, TimeSpan.Zero), null, null);
        }
    }

    /// <summary>The frame nearest to <paramref name="utc"/>, which may lie in the future; false before the run's first frame.</summary>
    public bool TryFrameAt(DateTimeOffset utc, out long frame)
    {
        lock (_gate)
        {
            frame = double.IsNaN(_anchorUtcTicks) ? -1 : (long)Math.Round((utc.UtcTicks - _anchorUtcTicks) * sampleRateHz / TimeSpan.TicksPerSecond);
            return frame >= 0;
        }
    }

    /// <summary>How many frames the device has captured by a monotonic stamp, by the rate measured so far.</summary>
    internal long FramesByStamp(double stamp) => double.IsNaN(_anchorUtcTicks) ? 0 : (long)stamp;
}
