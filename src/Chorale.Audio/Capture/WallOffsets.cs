namespace Chorale.Audio.Capture;

/// <summary>
/// What to add to monotonic time to get UTC, by device time: constant until somebody sets the clock. Slewing moves both clocks and
/// leaves it alone. Used by the capture thread; readers are guarded by <see cref="RunClock"/>'s version.
/// </summary>
internal sealed class WallOffsets
{
    private const double StepUs = 50_000;

    /// <summary>A smaller correction, of which the past must know nothing either.</summary>
    private const double NudgeUs = 1_000;

    /// <summary>Observations in a row before a step is believed: being interrupted between the two clocks looks like one, once.</summary>
    private const int StepObservations = 3;

    private const double WindowSeconds = 2;
    private const int PiecesKept = 64;

    private readonly double[] _from = new double[PiecesKept];
    private readonly double[] _offsetUs = new double[PiecesKept];
    private int _oldest;
    private int _count;
    private int _deviating;
    private double _deviatingFrom;
    private double _deviatingUs;
    private double _windowStart;
    private double _windowLowestUs = double.NaN;
    private (double From, double OffsetUs, bool IsStep) _change;
    private bool _isSettled;
    private int _steps;

    public int Steps => Volatile.Read(ref _steps);

    /// <summary>Takes an observation; true when it changes what is known, which <see cref="ApplyChange"/> then does.</summary>
    public bool IsChangedBy(double deviceSeconds, double offsetUs)
    {
        if (_count == 0)
        {
            _change = (0, offsetUs, false);
            _windowStart = deviceSeconds;
            return true;
        }

        var current = _offsetUs[Index(_count - 1)];
        if (Math.Abs(offsetUs - current) > StepUs)
        {
            if (_deviating++ == 0) (_deviatingFrom, _deviatingUs) = (deviceSeconds, offsetUs);
            _deviatingUs = Math.Min(_deviatingUs, offsetUs);
            if (_deviating < StepObservations) return false;
            _change = (_deviatingFrom, _deviatingUs, true);
            (_deviating, _windowStart, _windowLowestUs, _isSettled) = (0, deviceSeconds, double.NaN, true);
            return true;
        }

        _deviating = 0;
        if (!(offsetUs >= _windowLowestUs)) _windowLowestUs = offsetUs; // an interruption between the clocks only ever adds
        if (!_isSettled && offsetUs < current)
        {
            _change = (0, offsetUs, false);
            return true;
        }

        if (deviceSeconds - _windowStart < WindowSeconds) return false;
        _isSettled = true;
        var lowest = _windowLowestUs;
        _change = (_windowStart, lowest, false);
        (_windowStart, _windowLowestUs) = (deviceSeconds, double.NaN);
        return Math.Abs(lowest - current) > NudgeUs;
    }

    public void ApplyChange()
    {
        if (_count == 1 && !_change.IsStep && !_isSettled) _count = 0; // still finding the first piece
        if (_count == PiecesKept) _oldest = (_oldest + 1) % PiecesKept;
        else _count++;
        var last = Index(_count - 1);
        (_from[last], _offsetUs[last]) = (_change.From, _change.OffsetUs);
        if (_change.IsStep) Volatile.Write(ref _steps, _steps + 1);
    }

    public double At(double deviceSeconds)
    {
        for (var i = _count - 1; i > 0; i--)
        {
            if (_from[Index(i)] <= deviceSeconds) return _offsetUs[Index(i)];
        }

        return _offsetUs[_oldest];
    }

    /// <summary>Device time of a wall time, the latest where it came twice.</summary>
    public bool TryFind(double utcUs, in DelayLine line, out double deviceSeconds)
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            deviceSeconds = line.SecondsAt(utcUs - _offsetUs[Index(i)]);
            var isAfterStart = deviceSeconds >= (i == 0 ? 0 : _from[Index(i)]);
            var isBeforeEnd = i == _count - 1 || deviceSeconds < _from[Index(i + 1)];
            if (isAfterStart && isBeforeEnd) return true;
        }

        deviceSeconds = -1;
        return false;
    }

    private int Index(int i) => (_oldest + i) % PiecesKept;
}
