namespace Chorale.Audio.Capture;

public enum RingReadKind
{
    /// <summary>Frames of <see cref="RingRead.Run"/>, from <see cref="RingRead.FirstFrame"/> on.</summary>
    Frames,

    /// <summary><see cref="RingRead.Run"/> begins here; its frames follow.</summary>
    RunStarted,

    /// <summary>This reader was too slow: <see cref="RingRead.Frames"/> captured frames, from <see cref="RingRead.FirstFrame"/> of the run on, are lost to it.</summary>
    Missed,

    /// <summary>Nothing new within the time given.</summary>
    Timeout,

    /// <summary>The capture was closed and everything has been read.</summary>
    Completed,
}

/// <param name="Kind">What came.</param>
/// <param name="Run">The run it belongs to; null with Timeout and Completed.</param>
/// <param name="FirstFrame">Number within the run of the first frame.</param>
/// <param name="Frames">How many.</param>
public readonly record struct RingRead(RingReadKind Kind, CaptureRun? Run = null, long FirstFrame = 0, int Frames = 0);

/// <summary>One reader's place in a <see cref="CaptureRing"/>. Used by one thread; reads never span two runs and allocate nothing.</summary>
public sealed class RingReader : IDisposable
{
    private readonly CaptureRing _ring;
    private int _nextRun;
    private CaptureRun? _run;
    private long _position;

    internal RingReader(CaptureRing ring, long position)
    {
        _ring = ring;
        _position = position;
        SkipToRunOf(position);
    }

    /// <summary>Position of the next frame to be read.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Reads what is there, at most what fits into <paramref name="destination"/>, waiting up to <paramref name="timeout"/> for the first frame.</summary>
    public RingRead Read(Span<byte> destination, TimeSpan timeout)
    {
        var read = TryRead(destination);
        if (read.Kind != RingReadKind.Timeout) return read;
        _ring.WaitForArrival(_position, _nextRun, timeout);
        return TryRead(destination);
    }

    public void Dispose() => _ring.Close(this);

    private RingRead TryRead(Span<byte> destination)
    {
        var completed = _ring.IsCompleted;
        var written = _ring.WrittenFrames;
        var next = _nextRun;
        var upcoming = _ring.RunAt(ref next, out _);
        if (upcoming is not null && upcoming.StartPosition <= _position)
        {
            _run = upcoming;
            _nextRun = next + 1;
            return new RingRead(RingReadKind.RunStarted, _run, _position - _run.StartPosition);
        }

        var end = Math.Min(written, upcoming?.StartPosition ?? long.MaxValue);
        var available = end - _position;
        if (available <= 0 || _run is null) return new RingRead(completed && upcoming is null ? RingReadKind.Completed : RingReadKind.Timeout);
        var first = _position - _run.StartPosition;
        var frames = (int)Math.Min(available, destination.Length / _ring.Format.BytesPerFrame);
        if (_ring.TryCopy(_position, destination[..(frames * _ring.Format.BytesPerFrame)]))
        {
            Volatile.Write(ref _position, _position + frames);
            return new RingRead(RingReadKind.Frames, _run, first, frames);
        }

        // Too slow. What is lost is counted run by run, so that each gap belongs to one run.
        var resume = Math.Min(_ring.OldestPosition, end);
        if (resume <= _position) resume = end;
        var missed = (int)(resume - _position);
        Volatile.Write(ref _position, resume);
        return new RingRead(RingReadKind.Missed, _run, first, missed);
    }

    private void SkipToRunOf(long position)
    {
        while (true)
        {
            var index = _nextRun;
            var run = _ring.RunAt(ref index, out var end);
            if (run is null || end > position) { _nextRun = index; return; }
            _nextRun = index + 1;
        }
    }
}
