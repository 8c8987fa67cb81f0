using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture;

/// <summary>
/// The last seconds of what the microphone heard, for any number of readers. The capture thread writes and never waits: it overwrites
/// the oldest frames, and a reader that was too slow is told exactly how many it missed.
/// </summary>
/// <remarks>
/// One writer (the capture thread). A reader copies first and checks afterwards that the writer had not begun to overwrite what it
/// copied (a sequence lock), so that neither ever holds the other up. Runs hang in a linked list that only the writer extends: a slow
/// reader keeps the runs alive it has yet to pass, however far the ring has gone on. Positions count frames since the ring was made
/// and never wrap.
/// </remarks>
public sealed class CaptureRing
{
    /// <summary>
    /// Longest sleep of a reader, past the time its frames need to come, before it looks again by itself. The writer only tries the lock that readers sleep on, and when a
    /// reader happens to hold it that one wake-up is not sent: this bounds what it costs.
    /// </summary>
    private const int LongestSleepMs = 50;

    private readonly byte[] _buffer;
    private readonly object _arrival = new();
    private readonly object _room = new();
    private readonly List<RingReader> _readers = [];
    private RunLink _oldestRun = new(null);
    private RunLink _newestRun;
    private long _reserved;
    private long _written;
    private long _unreadFrom;
    private long _wakeAt = long.MaxValue; // least position a sleeping reader waits for; set under _arrival
    private bool _roomWanted;
    private bool _completed;

    /// <param name="format">Format of every run in this ring.</param>
    /// <param name="capacityFrames">Frames kept; at least 10 s unless memory forbids.</param>
    public CaptureRing(PcmFormat format, int capacityFrames)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityFrames);
        Format = format;
        CapacityFrames = capacityFrames;
        _newestRun = _oldestRun;
        _buffer = GC.AllocateUninitializedArray<byte>(checked(capacityFrames * format.BytesPerFrame), pinned: true);
    }

    public PcmFormat Format { get; }

    public int CapacityFrames { get; }

    /// <summary>Frames written since the ring was made.</summary>
    public long WrittenFrames => Volatile.Read(ref _written);

    /// <summary>No more frames will come.</summary>
    public bool IsCompleted => Volatile.Read(ref _completed);

    /// <summary>Oldest position that can be read now with a margin of an eighth of the ring, so that reading can keep ahead of writing.</summary>
    internal long OldestPosition => Math.Max(0, Volatile.Read(ref _reserved) - CapacityFrames + CapacityFrames / 8);

    /// <summary>Starts a run at the current position. Capture thread only; allocates, as a run is a rare thing.</summary>
    public void StartRun(CaptureRun run)
    {
        if (run.StartPosition != _written) throw new ArgumentException($"run starts at {run.StartPosition}, ring is at {_written}", nameof(run));
        if (run.Format != Format) throw new ArgumentException($"run has {run.Format}, ring has {Format}", nameof(run));
        var link = new RunLink(run);
        _newestRun.Next = link;
        Volatile.Write(ref _newestRun, link);
        // The ring itself forgets a run once its last frame has been overwritten; readers that are still in it hold it themselves.
        var oldest = _oldestRun;
        while (oldest.Next is { } next && (oldest.Run is null || next.Run!.StartPosition <= _written - CapacityFrames)) oldest = next;
        Volatile.Write(ref _oldestRun, oldest);
        WakeReaders();
    }

    /// <summary>Appends whole frames of the newest run. Capture thread only; never waits for a reader.</summary>
    public void Write(ReadOnlySpan<byte> interleaved)
    {
        var frames = interleaved.Length / Format.BytesPerFrame;
        if (frames * Format.BytesPerFrame != interleaved.Length) throw new ArgumentException("not a whole number of frames", nameof(interleaved));
        if (frames > CapacityFrames) throw new ArgumentException("one write is larger than the ring", nameof(interleaved));
        if (_newestRun.Run is null) throw new InvalidOperationException("frames belong to a run: start one first");
        if (frames == 0) return;
        Volatile.Write(ref _reserved, _written + frames);
        Interlocked.MemoryBarrier(); // the reservation is seen before any byte changes
        var offset = (int)(_written % CapacityFrames) * Format.BytesPerFrame;
        var head = Math.Min(interleaved.Length, _buffer.Length - offset);
        interleaved[..head].CopyTo(_buffer.AsSpan(offset));
        interleaved[head..].CopyTo(_buffer);
        Volatile.Write(ref _written, _written + frames);
        Interlocked.MemoryBarrier(); // the frames are seen before the wish is read, see WaitForArrival
        if (_written >= Volatile.Read(ref _wakeAt)) WakeReaders();
    }

    /// <summary>
    /// Waits until no reader would lose frames by a write of <paramref name="frames"/>; only for inputs that are not paced by the world.
    /// While there is no reader, what was not read by the last one stays: a reader opened at position 0 gets such an input whole.
    /// </summary>
    /// <returns>False when <paramref name="timeout"/> passed first.</returns>
    public bool WaitForRoom(int frames, TimeSpan timeout)
    {
        var deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        lock (_room)
        {
            Volatile.Write(ref _roomWanted, true);
            try
            {
                while (true)
                {
                    Interlocked.MemoryBarrier(); // the wish is seen before positions are read, see ReaderMoved
                    if (HasRoom(frames)) return true;
                    var left = deadline - Environment.TickCount64;
                    if (left <= 0) return false;
                    Monitor.Wait(_room, (int)left);
                }
            }
            finally
            {
                Volatile.Write(ref _roomWanted, false);
            }
        }
    }

    /// <summary>No more frames will come; readers get what is left, then <see cref="RingReadKind.Completed"/>.</summary>
    public void Complete()
    {
        Volatile.Write(ref _completed, true);
        lock (_arrival) Monitor.PulseAll(_arrival);
    }

    /// <summary>A reader that begins with the next frame to be written.</summary>
    public RingReader OpenReader() => OpenReader(WrittenFrames);

    /// <summary>A reader that begins at <paramref name="position"/> if that frame is still there or to come, else at the oldest one that it can hope to keep ahead of.</summary>
    public RingReader OpenReader(long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        lock (_room)
        {
            // A link seen first is never newer than the position chosen after it, so no run is stepped over.
            var oldestRun = Volatile.Read(ref _oldestRun);
            var isThere = position >= Volatile.Read(ref _reserved) - CapacityFrames;
            var reader = new RingReader(this, oldestRun, isThere ? position : OldestPosition);
            _readers.Add(reader);
            return reader;
        }
    }

    /// <summary>
    /// Position of the frame nearest to <paramref name="utc"/> among those in the ring and the seconds to come.
    /// False when no run covers that time (before the oldest frame, or in a gap between two runs).
    /// </summary>
    public bool TryFind(DateTimeOffset utc, out long position, out FrameTime time)
    {
        position = 0;
        time = default;
        var found = false;
        for (var link = Volatile.Read(ref _oldestRun); link is not null; link = link.Next)
        {
            if (link.Run is not { } run || !run.Clock.TryFrameAt(utc, out var frame)) continue;
            var at = run.StartPosition + frame;
            if (at >= (link.Next?.Run!.StartPosition ?? long.MaxValue) || at < WrittenFrames - CapacityFrames) continue;
            (position, time, found) = (at, run.Clock.At(frame), true); // the newest run wins where a stepped clock gave one time twice
        }

        return found;
    }

    internal void Close(RingReader reader)
    {
        lock (_room)
        {
            if (_readers.Remove(reader) && _readers.Count == 0) _unreadFrom = reader.Position;
            Monitor.PulseAll(_room);
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

    /// <summary>
    /// Sleeps until <paramref name="frames"/> frames from <paramref name="position"/> on may be there, or a run or the end has come; never longer
    /// than <paramref name="milliseconds"/>.
    /// </summary>
    internal void WaitForArrival(long position, int frames, RunLink run, long milliseconds)
    {
        lock (_arrival)
        {
            Volatile.Write(ref _wakeAt, Math.Min(_wakeAt, position + frames));
            Interlocked.MemoryBarrier(); // the wish is seen before positions are read, see Write
            if (WrittenFrames >= position + frames || IsCompleted || run.Next is not null) return;
            var longest = LongestSleepMs + frames * 1000L / Format.SampleRateHz;
            Monitor.Wait(_arrival, (int)Math.Min(milliseconds, longest));
        }
    }

    /// <summary>Wakes a writer that waits for room. Called by a reader after it has published its new position.</summary>
    internal void ReaderMoved()
    {
        Interlocked.MemoryBarrier(); // the position is seen before the wish is read, see WaitForRoom
        if (!Volatile.Read(ref _roomWanted)) return;
        lock (_room) Monitor.PulseAll(_room);
    }

    private bool HasRoom(int frames)
    {
        var slowest = _readers.Count == 0 ? _unreadFrom : long.MaxValue;
        foreach (var reader in _readers) slowest = Math.Min(slowest, reader.Position);
        return _written + frames - slowest <= CapacityFrames;
    }

    private void WakeReaders()
    {
        if (!Monitor.TryEnter(_arrival)) return; // a reader holds it just now: it looks again within LongestSleepMs or at the next period
        _wakeAt = long.MaxValue; // those who have not got what they wait for say so again
        Monitor.PulseAll(_arrival);
        Monitor.Exit(_arrival);
    }

    /// <summary>One run in the chain of runs; the first link of a ring holds none.</summary>
    internal sealed class RunLink(CaptureRun? run)
    {
        private RunLink? _next;

        public CaptureRun? Run { get; } = run;

        public RunLink? Next
        {
            get => Volatile.Read(ref _next);
            set => Volatile.Write(ref _next, value);
        }
    }
}
