namespace Chorale.Audio.Capture;

/// <summary>
/// When a frame was captured, in microseconds of monotonic time since the run's first observation: device time plus an excess that
/// grows linearly, since the device's crystal is not ours.
/// </summary>
/// <param name="ExcessUs">Excess over device time at device time 0.</param>
/// <param name="SlopeUsPerSecond">Growth of the excess: minus the device's error in ppm.</param>
/// <param name="CentreSeconds">Device time in the middle of what the line rests on.</param>
/// <param name="NoiseUs">Half-width there; NaN = not known yet.</param>
/// <param name="NoiseUsPerSecond">What it grows by with each second away from there.</param>
/// <param name="RatePpm">Measured rate error; null while the nominal rate is assumed.</param>
internal readonly record struct DelayLine(
    double ExcessUs, double SlopeUsPerSecond, double CentreSeconds, double NoiseUs, double NoiseUsPerSecond, double? RatePpm)
{
    public double MicrosecondsAt(double deviceSeconds) => deviceSeconds * 1e6 + ExcessUs + SlopeUsPerSecond * deviceSeconds;

    public double SecondsAt(double microseconds) => (microseconds - ExcessUs) / (1e6 + SlopeUsPerSecond);

    public double? UncertaintyUsAt(double deviceSeconds)
        => double.IsNaN(NoiseUs) ? null : NoiseUs + NoiseUsPerSecond * Math.Abs(deviceSeconds - CentreSeconds);
}

/// <summary>
/// Finds that line from reads. Whatever happens to a read - a busy core, a pause of the runtime, a server's buffer - makes it late,
/// never early: the truth is the floor under all points. The least late read of every 2 s is kept for the last 8.5 minutes (longer,
/// and the crystal's temperature would bend the line), and the line is the edge of their lower convex hull under their centre: of all lines
/// below every point, the one nearest to them. Used by one thread; allocates only when made.
/// </summary>
internal sealed class DelayFloor
{
    private const double WindowSeconds = 2;
    private const int WindowsKept = 256;

    /// <summary>With fewer windows than this the nominal rate is a better guess than a measured one.</summary>
    private const int WindowsForRate = 4;

    private const int FewWindows = 16;

    /// <summary>Reads before anything is said about how good the guess is.</summary>
    private const int ReadsForUncertainty = 10;

    /// <summary>No crystal in a sound card is further out; a steeper floor is a buffer filling up.</summary>
    private const double SteepestUsPerSecond = 400;

    /// <summary>Assumed of a device whose rate is not measured yet.</summary>
    private const double NominalRateUsPerSecond = 200;

    /// <summary>More than a server's change of mind about its latency usually is.</summary>
    private const double SlipThresholdUs = 250_000;

    private const int SlipWindows = 3;

    /// <summary>Reading two clocks after another, and their own grain.</summary>
    private const double ClockGrainUs = 10;

    private readonly double[] _seconds = new double[WindowsKept];
    private readonly double[] _excess = new double[WindowsKept];
    private readonly double[] _sorted = new double[WindowsKept];
    private readonly int[] _hull = new int[WindowsKept];
    private int _oldest;
    private int _count;
    private double _windowStart = double.NaN;
    private double _lowestSeconds;
    private double _lowestExcess = double.NaN;
    private double _meanExcess;
    private long _reads;
    private long _windowsClosed;
    private int _lateWindows;
    private double _leastSlipUs;

    public DelayLine Line { get; private set; }

    /// <summary>
    /// By how much even the least late read of each of the last windows came after the line, in microseconds; 0 while reads keep to it. A
    /// reader that was only held up catches up with its device sooner or later, so what stays late for so long has been lost on the way.
    /// </summary>
    public double SlipUs { get; private set; }

    /// <param name="deviceSeconds">Frames so far at the nominal rate.</param>
    /// <param name="excessUs">Monotonic time of the read minus that.</param>
    /// <returns>True when <see cref="Line"/> has changed.</returns>
    public bool Add(double deviceSeconds, double excessUs)
    {
        if (double.IsNaN(_windowStart)) _windowStart = deviceSeconds;
        var closed = deviceSeconds - _windowStart >= WindowSeconds;
        if (closed)
        {
            NoteSlip();
            Keep(_lowestSeconds, _lowestExcess);
            _windowsClosed++;
            (_windowStart, _lowestExcess) = (deviceSeconds, double.NaN);
        }

        var slope = Line.SlopeUsPerSecond;
        if (!(excessUs - slope * deviceSeconds >= _lowestExcess - slope * _lowestSeconds)) (_lowestSeconds, _lowestExcess) = (deviceSeconds, excessUs);
        _reads++;
        _meanExcess += (excessUs - _meanExcess) / Math.Min(_reads, 100);
        if (_count < WindowsForRate) Line = FitNominal();
        else if (closed) Line = Fit();
        else return false;
        return true;
    }

    private void NoteSlip()
    {
        var late = _lowestExcess - Line.ExcessUs - Line.SlopeUsPerSecond * _lowestSeconds;
        _lateWindows = _count >= WindowsForRate && late > SlipThresholdUs ? _lateWindows + 1 : 0;
        _leastSlipUs = _lateWindows == 1 ? late : Math.Min(_leastSlipUs, late);
        SlipUs = _lateWindows >= SlipWindows ? _leastSlipUs : 0;
    }

    private void Keep(double seconds, double excess)
    {
        if (_count == WindowsKept) _oldest = (_oldest + 1) % WindowsKept;
        else _count++;
        var last = (_oldest + _count - 1) % WindowsKept;
        (_seconds[last], _excess[last]) = (seconds, excess);
    }

    private double SecondsOf(int i) => _seconds[(_oldest + i) % WindowsKept];

    private double ExcessOf(int i) => _excess[(_oldest + i) % WindowsKept];

    /// <summary>The nominal rate through the least late read so far.</summary>
    private DelayLine FitNominal()
    {
        var (seconds, excess) = (_lowestSeconds, _lowestExcess);
        for (var i = 0; i < _count; i++)
        {
            if (ExcessOf(i) < excess) (seconds, excess) = (SecondsOf(i), ExcessOf(i));
        }

        var noise = _reads < ReadsForUncertainty ? double.NaN : ClockGrainUs + Math.Max(0, _meanExcess - excess);
        return new DelayLine(excess, 0, seconds, noise, NominalRateUsPerSecond, null);
    }

    private DelayLine Fit()
    {
        var hullCount = BuildHull();
        double centre = 0;
        for (var i = 0; i < _count; i++) centre += SecondsOf(i) / _count;
        var edge = 0;
        while (edge + 2 < hullCount && SecondsOf(_hull[edge + 1]) < centre) edge++;
        var (left, right) = (_hull[edge], _hull[edge + 1]);
        var slope = (ExcessOf(right) - ExcessOf(left)) / (SecondsOf(right) - SecondsOf(left));
        var floor = ExcessOf(left) - slope * SecondsOf(left);
        var isPlausible = Math.Abs(slope) <= SteepestUsPerSecond;
        if (!isPlausible)
        {
            slope = Math.Clamp(slope, -SteepestUsPerSecond, SteepestUsPerSecond);
            floor = double.PositiveInfinity;
            for (var i = 0; i < _count; i++) floor = Math.Min(floor, ExcessOf(i) - slope * SecondsOf(i));
        }

        for (var i = 0; i < _count; i++) _sorted[i] = ExcessOf(i) - floor - slope * SecondsOf(i);
        Array.Sort(_sorted, 0, _count);
        // Two measures of how far the least late reads still are from no delay at all: how high they lie above the floor (all of them while
        // there are few, for two always lie on it), and what the least of so many reads has left of their mean delay.
        var newest = SecondsOf(_count - 1);
        var meanDelay = Math.Max(0, _meanExcess - floor - slope * newest);
        var readsPerWindow = Math.Max(1, (double)_reads / _windowsClosed);
        var noise = ClockGrainUs + 3 * _sorted[_count < FewWindows ? _count - 1 : _count * 4 / 5] + 2 * meanDelay / readsPerWindow;
        var span = newest - SecondsOf(0);
        var rateNoise = 2 * noise / span;
        var isRateKnown = isPlausible && rateNoise < NominalRateUsPerSecond;
        return new DelayLine(floor, slope, centre, noise, rateNoise, isRateKnown ? 1e6 / (1e6 + slope) * 1e6 - 1e6 : null);
    }

    /// <summary>Lower convex hull of the kept points, left to right (Andrew's monotone chain).</summary>
    private int BuildHull()
    {
        var count = 0;
        for (var i = 0; i < _count; i++)
        {
            while (count >= 2 && IsAboveOrOn(_hull[count - 1], _hull[count - 2], i)) count--;
            _hull[count++] = i;
        }

        return count;
    }

    private bool IsAboveOrOn(int middle, int left, int right)
        => (ExcessOf(middle) - ExcessOf(left)) * (SecondsOf(right) - SecondsOf(left))
            >= (ExcessOf(right) - ExcessOf(left)) * (SecondsOf(middle) - SecondsOf(left));
}
