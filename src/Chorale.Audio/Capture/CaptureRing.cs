using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture;

/// <summary>
/// The last seconds of what the microphone heard, for any number of readers. The capture thread writes and never waits: it overwrites
/// the oldest frames, and a reader that was too slow is told exactly how many it missed.
/// </summary>
/// <remarks>
/// One writer (the capture thread). A reader copies first and checks afterwards that the writer had not begun to overwrite what it
/// copied (a sequence lock), so that neither ever holds the other up. Positions count frames since the ring was made and never wrap.
/// </remarks>
public sealed class CaptureRing
{
    private readonly byte[] _buffer;
    private readonly Lock _runGate = new();
    private readonly object _arrival = new();
    private readonly List<CaptureRun> _runs = [];
    private readonly List<RingReader> _readers = [];
    private int _runsDropped;
    private long _reserved;
    private long _written;
    private bool _completed;

    /// <param name="format">Format of every run in this ring.</param>
    /// <param name="capacityFrames">Frames kept; at least 10 s unless memory forbids.</param>
    public CaptureRing(PcmFormat format, int capacityFrames)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityFrames);
        Format = format;
        CapacityFrames = capacityFrames;
        _buffer = GC.AllocateUninitializedArray<byte>(checked(capacityFrames * format.BytesPerFrame), pinned: true);
    }

    public PcmFormat Format { get; }

    public int CapacityFrames { get; }

    /// <summary>Frames written since the ring was made.</summary>
    public long WrittenFrames => Volatile.Read(ref _written);

    /// <summary>No more frames will come.</summary>
    public bool IsCompleted => Volatile.Read(ref _completed);

    /// <summary>Starts a run at the current position. Capture thread only; allocates, as a run is a rare thing.</summary>
    public void StartRun(CaptureRun run)
    {
        if (run.StartPosition != _written) throw new ArgumentException($"run starts at {run.StartPosition}, ring is at {_written}", nameof(run));
        lock (_runGate)
        {
            _runs.Add(run);
            // A run is of no use once its last frame has left the ring; the newest is always kept.
            while (_runs.Count > 1 && _runs[1].StartPosition < _written - CapacityFrames)
            {
                _runs.RemoveAt(0);
                _runsDropped++;
            }
        }

        Announce();
    }

    /// <summary>Appends whole frames. Capture thread only; never waits for a reader.</summary>
    public void Write(ReadOnlySpan<byte> interleaved)
    {
        var frames = interleaved.Length / Format.BytesPerFrame;
        if (frames > CapacityFrames) throw new ArgumentException("one write is larger than the ring", nameof(interleaved));
        Volatile.Write(ref _reserved, _written + frames);
        Interlocked.MemoryBarrier(); // the reservation is seen before any byte changes
        var offset = (int)(_written % CapacityFrames) * Format.BytesPerFrame;
        var head = Math.Min(interleaved.Length, _buffer.Length - offset);
        interleaved[..head].CopyTo(_buffer.AsSpan(offset));
        interleaved[head..].CopyTo(_buffer);
        Volatile.Write(ref _written, _written + frames);
        Announce();
    }

    /// <summary>Waits until no reader would lose frames by a write of <paramref name="frames"/>; only for inputs that are not paced by the world.</summary>
    /// <returns>False when <paramref name="timeout"/> passed first.</returns>
    public bool WaitForRoom(int frames, TimeSpan timeout)
    {
        lock (_arrival)
        {
            if (HasRoom(frames)) return true;
            Monitor.Wait(_arrival, timeout);
            return HasRoom(frames);
        }
    }

    /// <summary>No more frames will come; readers get what is left, then <see cref="RingReadKind.Completed"/>.</summary>
    public void Complete()
    {
        Volatile.Write(ref _completed, true);
        Announce();
    }

    /// <summary>A reader that begins with the next frame to be written.</summary>
    public RingReader OpenReader() => OpenReader(WrittenFrames);

    /// <summary>A reader that begins at <paramref name="position"/>, or at the oldest frame still there.</summary>
    public RingReader OpenReader(long position)
    {
        var reader = new RingReader(this, Math.Max(position, OldestPosition));
        lock (_arrival) _readers.Add(reader);
        return reader;
    }

    /// <summary>Oldest position that can be read now with a margin of an eighth of the ring, so that reading can keep ahead of writing.</summary>
    internal long OldestPosition => Math.Max(0, Volatile.Read(ref _reserved) - CapacityFrames + CapacityFrames / 8);

    /// <summary>
    /// Position of the frame nearest to <paramref name="utc"/> among those in the ring and the seconds to come.
    /// False when no run covers that time (before the first run, or in a gap between two).
    /// </summary>
    public bool TryFind(DateTimeOffset utc, out long position, out FrameTime time)
    {
        lock (_runGate)
        {
            for (var i = _runs.Count - 1; i >= 0; i--)
            {
                var run = _runs[i];
                var start = run.Clock.At(0);
                if (utc < start.Utc) continue;
                var rate = run.Format.SampleRateHz * (1 + (start.RatePpm ?? 0) * 1e-6);
                var frame = (long)Math.Round((utc - start.Utc).TotalSeconds * rate);
                var end = i + 1 < _runs.Count ? _runs[i + 1].StartPosition : long.MaxValue;
                position = run.StartPosition + frame;
                time = run.Clock.At(frame);
                return position < end;
            }
        }

        position = 0;
        time = default;
        return false;
    }

    internal void Close(RingReader reader)
    {
        lock (_arrival)
        {
            _readers.Remove(reader);
            Monitor.PulseAll(_arrival);
        }
    }

    /// <summary>Run number <paramref name="index"/> counted from the first ever, and where it ends; null when there is none such (yet).</summary>
    internal CaptureRun? RunAt(ref int index, out long endPosition)
    {
        lock (_runGate)
        {
            index = Math.Max(index, _runsDropped);
            var i = index - _runsDropped;
            endPosition = i + 1 < _runs.Count ? _runs[i + 1].StartPosition : long.MaxValue;
            return i < _runs.Count ? _runs[i] : null;
        }
    }

    /// <summary>Copies frames that must have been written. False when the writer had begun to overwrite them.</summary>
    internal bool TryCopy(long position, Span<byte> destination)
    {
        var offset = (int)(position % CapacityFrames) * Format.BytesPerFrame;
        var head = Math.Min(destination.Length, _buffer.Length - offset);
        _buffer.AsSpan(offset, head).CopyTo(destination);
        _buffer.AsSpan(0, destination.Length - head).CopyTo(destination[head..]);
        Interlocked.MemoryBarrier(); // the copy is done before the reservation is looked at
        return position >= Volatile.Read(ref _reserved) - CapacityFrames;
    }

    /// <summary>Waits for anything new after <paramref name="position"/>.</summary>
    internal void WaitForArrival(long position, int runIndex, TimeSpan timeout)
    {
        lock (_arrival)
        {
            Monitor.PulseAll(_arrival); // a writer that waits for room sees that this reader has moved
            if (WrittenFrames > position || IsCompleted) return;
            lock (_runGate)
            {
                if (runIndex < _runsDropped + _runs.Count) return;
            }

            Monitor.Wait(_arrival, timeout);
        }
    }

    private bool HasRoom(int frames) => _readers.TrueForAll(r => _written + frames - r.Position <= CapacityFrames);

    private void Announce()
    {
        lock (_arrival) Monitor.PulseAll(_arrival);
    }
}
