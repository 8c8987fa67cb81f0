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
    private CaptureRing.RunLink _run;
    private CaptureRing.RunLink? _passed; // the run before it, which the ring itself may have forgotten
    private bool _runAnnounced;
    private long _position;

    internal RingReader(CaptureRing ring, CaptureRing.RunLink oldestRun, long position)
    {
        _ring = ring;
        _position = position;
        _run = oldestRun;
        while (_run.Next is { } next && next.Run!.StartPosition <= position) _run = next;
    }

    /// <summary>Position of the next frame to be read.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>
    /// Reads what is there, at most what fits into <paramref name="destination"/>, waiting up to <paramref name="timeout"/> for
    /// <paramref name="leastFrames"/> frames of one run; with the timeout, or at a run's end, fewer.
    /// </summary>
    /// <param name="destination">Room for one frame at least.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="leastFrames">What is worth being woken for. No more than fit.</param>
    public RingRead Read(Span<byte> destination, TimeSpan timeout, int leastFrames = 1)
    {
        if (destination.Length < _ring.Format.BytesPerFrame) throw new ArgumentException("not room for one frame", nameof(destination));
        leastFrames = Math.Clamp(leastFrames, 1, destination.Length / _ring.Format.BytesPerFrame);
        if (timeout <= TimeSpan.Zero) leastFrames = 1;
        var read = TryRead(destination, leastFrames);
        if (read.Kind != RingReadKind.Timeout || timeout <= TimeSpan.Zero) return read;
        var deadline = Environment.TickCount64 + (long)Math.Ceiling(timeout.TotalMilliseconds);
        while (read.Kind == RingReadKind.Timeout)
        {
            var left = deadline - Environment.TickCount64;
            if (left <= 0) return TryRead(destination, leastFrames: 1);
            _ring.WaitForArrival(_position, leastFrames, _run, left);
            read = TryRead(destination, leastFrames);
        }

        return read;
    }

    /// <summary>
    /// Goes back to <paramref name="position"/>, in this run or in the one before it, which is announced again. What the ring no longer has
    /// is told as missed, run by run.
    /// </summary>
    public void Rewind(long position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, _position);
        if (_run.Run is { } run && position < run.StartPosition)
        {
            if (_passed?.Run is not { } before || position < before.StartPosition)
                throw new ArgumentOutOfRangeException(nameof(position), position, $"this run began at {run.StartPosition}, the one before it later");
            (_run, _passed) = (_passed, null);
        }

        _runAnnounced = false;
        MoveTo(position);
    }

    public void Dispose() => _ring.Close(this);

    private RingRead TryRead(Span<byte> destination, int leastFrames)
    {
        // The order of these three is what makes it safe: whatever was written before completion is seen, and a run is hung into the
        // chain before its first frame counts as written.
        var completed = _ring.IsCompleted;
        var written = _ring.WrittenFrames;
        var next = _run.Next;

        if (!_runAnnounced && _run.Run is { } current)
        {
            _runAnnounced = true;
            return new RingRead(RingReadKind.RunStarted, current, _position - current.StartPosition);
        }

        if (next is not null && next.Run!.StartPosition <= _position)
        {
            _passed = _run;
            _run = next;
            _runAnnounced = true;
            return new RingRead(RingReadKind.RunStarted, next.Run, _position - next.Run.StartPosition);
        }

        var end = Math.Min(written, next?.Run!.StartPosition ?? long.MaxValue);
        var available = end - _position;
        if (available <= 0 || _run.Run is not { } run || (available < leastFrames && !completed && next is null))
            return new RingRead(completed && next is null ? RingReadKind.Completed : RingReadKind.Timeout);
        var first = _position - run.StartPosition;
        var bytesPerFrame = _ring.Format.BytesPerFrame;
        var frames = (int)Math.Min(available, destination.Length / bytesPerFrame);
        if (_ring.TryCopy(_position, destination[..(frames * bytesPerFrame)]))
        {
            MoveTo(_position + frames);
            return new RingRead(RingReadKind.Frames, run, first, frames);
        }

        // Too slow. What is lost is counted run by run, so that each gap belongs to one run; half a day at 48 kHz fits into one answer.
        var resume = Math.Min(Math.Min(_ring.OldestPosition, end), _position + int.MaxValue);
        var missed = (int)(resume - _position);
        MoveTo(resume);
        return new RingRead(RingReadKind.Missed, run, first, missed);
    }

    private void MoveTo(long position)
    {
        Volatile.Write(ref _position, position);
        _ring.ReaderMoved();
    }
}
