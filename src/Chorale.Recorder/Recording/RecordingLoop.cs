using Chorale.Audio.Capture;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Recording;

/// <summary>
/// Reads the ring and turns it into chunks and gaps, so that every frame is in exactly one of them. It may wait for the disk: the ring
/// takes the slack, and what the ring could not hold is a gap with the cause that made us late.
/// </summary>
/// <remarks>One thread at a time calls <see cref="Run"/>; the counters may be read by anybody.</remarks>
internal sealed class RecordingLoop(
    RecordingOptions options, SpoolStore spool, SealLoop seals, RecordingGate gate, RecorderCounters counters,
    LevelTrack levels, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryStorage = TimeSpan.FromMilliseconds(500);

    /// <summary>From the start of the program to the first frame, where nothing is wrong.</summary>
    private static readonly TimeSpan StartUp = TimeSpan.FromSeconds(5);

    /// <summary>How long the end of a capture waits for a disk that fails before it gives the rest up.</summary>
    private static readonly TimeSpan LastChance = TimeSpan.FromSeconds(5);

    private readonly GapBook _gaps = new(spool, counters, log);
    private Stretch? _stretch;
    private CaptureRun? _run; // entered and not ended; its positions are this ring's
    private CaptureRun? _announced;
    private long _announcedFirst;
    private int _nextNumber;
    private long _lastFrame; // frames of _run dealt with, kept or not
    private DateTimeOffset? _knownUntil; // wall time up to which the ledger is complete
    private bool _hasRun;
    private GapCause? _trouble;
    private long _troubleStamp;

    /// <summary>The ledger is complete up to here before the first run: what follows until frames come is a gap.</summary>
    public void ExpectFrom(DateTimeOffset from) => _knownUntil ??= from;

    /// <summary>Records until the ring is completed and everything in it has been dealt with, or until <paramref name="abort"/>.</summary>
    public void Run(CaptureRing ring, CancellationToken abort)
    {
        // One read takes at most 100 ms: short enough that a sync follows soon, long enough to catch up after a stall.
        var buffer = new byte[ring.Format.FramesIn(Poll) * ring.Format.BytesPerFrame];
        using var reader = ring.OpenReader(0);
        _run = null; // of another ring
        long? lastChanceStamp = null;
        try
        {
            while (!abort.IsCancellationRequested)
            {
                try
                {
                    var read = reader.Read(buffer, Poll, _stretch?.FramesToNextOutput ?? 1);
                    if (read.Kind == RingReadKind.Completed && EndOfCapture(ring)) return;
                    Take(read, buffer);
                    counters.SetPosition(ring.WrittenFrames, reader.Position, UnsafeFrames());
                }
                catch (Exception e) when (SpoolFailure.IsStorage(e))
                {
                    reader.Rewind(GiveUpStretch(e, reader.Position));
                    if (ring.IsCompleted)
                    {
                        // From the end of the capture on, however long the disk had been in trouble before.
                        lastChanceStamp ??= time.GetTimestamp();
                        if (time.GetElapsedTime(lastChanceStamp.Value) > LastChance) return;
                    }

                    abort.WaitHandle.WaitOne(RetryStorage);
                }
            }
        }
        finally
        {
            _stretch?.Dispose();
            _stretch = null;
        }
    }

    private void Take(RingRead read, byte[] buffer)
    {
        switch (read.Kind)
        {
            case RingReadKind.RunStarted:
                if (_run?.Id == read.Run!.Id) break; // announced again, as we went back in the ring
                EndStretch();
                EndRun(read.Run.StartPosition);
                (_announced, _announcedFirst, _nextNumber) = (read.Run, read.FirstFrame, 0);
                break;
            case RingReadKind.Missed:
                EndStretch();
                EnterRun(read);
                AddGap(_trouble ?? GapCause.RingFull, read.Run!, read.FirstFrame, read.Frames);
                break;
            case RingReadKind.Frames:
                EnterRun(read);
                TakeFrames(read.Run!, read.FirstFrame, buffer.AsSpan(0, read.Frames * read.Run!.Format.BytesPerFrame));
                break;
            case RingReadKind.Timeout:
            case RingReadKind.Completed:
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>At the first frames of a run its clock knows the time, so the gap before it can be written.</summary>
    private void EnterRun(RingRead read)
    {
        if (_announced is not { } run || run.Id != read.Run!.Id) return;
        _announced = null;
        AddAbsence(run);
        Log.RunOpened(log, run.Source, run.Id);
        (_run, _lastFrame, _hasRun) = (run, 0, true);
        // The ring had already lost the beginning of this run when we came to it.
        if (_announcedFirst > 0) AddGap(_trouble ?? GapCause.StorageFailed, run, 0, _announcedFirst);
    }

    /// <summary>Writes what lies between the last thing known and the first frame of a run, split where the schedule opened or closed.</summary>
    private void AddAbsence(CaptureRun run)
    {
        var start = run.Clock.At(0).Utc;
        var cause = run.Break switch
        {
            RunBreak.Xrun => GapCause.Xrun,
            RunBreak.DeviceLost => GapCause.DeviceLost,
            // Opened for the first time: starting up takes a moment, everything longer was a device that was not there.
            _ when !_hasRun && start - _knownUntil < StartUp => GapCause.NotRunning,
            _ => GapCause.DeviceLost,
        };
        var lost = run.LostFrames;
        foreach (var (from, to, closed) in Absences(_knownUntil ?? start, start))
        {
            var frames = closed is null ? lost : 0;
            lost -= frames;
            _gaps.Add(run.Id, Entry(from, to, frames, closed ?? cause));
        }

        // An xrun shorter than what is known of the clocks still costs its frames.
        if (lost > 0) _gaps.Add(run.Id, Entry(start, start, lost, cause));
    }

    /// <summary>One piece for as long as the gate says the same, however often it has to be asked: a full disk is looked at again each second.</summary>
    private IEnumerable<(DateTimeOffset From, DateTimeOffset To, GapCause? Closed)> Absences(DateTimeOffset from, DateTimeOffset end)
    {
        var (begin, closed) = (from, gate.At(from).Closed);
        while (from < end)
        {
            var state = gate.At(from);
            if (state.Closed != closed)
            {
                yield return (begin, from, closed);
                (begin, closed) = (from, state.Closed);
            }

            from = state.Until < end ? state.Until : end;
        }

        if (begin < end) yield return (begin, end, closed);
    }

    private static GapEntry Entry(DateTimeOffset from, DateTimeOffset to, long frames, GapCause cause) =>
        new(WallTime.ToMicroseconds(from), WallTime.ToMicroseconds(to), frames, GapCauses.ToText(cause));

    private void TakeFrames(CaptureRun run, long firstFrame, ReadOnlySpan<byte> interleaved)
    {
        var bytesPerFrame = run.Format.BytesPerFrame;
        while (!interleaved.IsEmpty)
        {
            var at = run.Clock.At(firstFrame);
            var state = gate.At(at.Utc);
            var frames = FramesUntil(state.Until, at, run, interleaved.Length / bytesPerFrame);
            var part = interleaved[..(frames * bytesPerFrame)];
            if (state.Closed is { } cause)
            {
                EndStretch();
                AddGap(cause, run, firstFrame, frames);
            }
            else
            {
                Keep(run, firstFrame, part);
            }

            firstFrame += frames;
            _lastFrame = firstFrame;
            _knownUntil = run.Clock.At(firstFrame).Utc;
            interleaved = interleaved[part.Length..];
        }
    }

    private void Keep(CaptureRun run, long firstFrame, ReadOnlySpan<byte> interleaved)
    {
        if (_stretch is null)
        {
            _gaps.Flush();
            _stretch = new Stretch(run, firstFrame, _nextNumber, _gaps.TakeLast(run.Id), options, spool, seals, levels, time, log);
        }

        _stretch.Write(interleaved);
        _nextNumber = _stretch.NextNumber;
        counters.SetOpenChunk(_nextNumber - 1);
        counters.AddKept(interleaved.Length / run.Format.BytesPerFrame);
        if (_trouble is null) return;
        Log.StorageBack(log, time.GetElapsedTime(_troubleStamp).TotalSeconds);
        _trouble = null;
        counters.StorageTrouble = null;
    }

    /// <summary>How many of <paramref name="available"/> frames come before <paramref name="until"/>; at least one, so that we always move.</summary>
    private static int FramesUntil(DateTimeOffset until, FrameTime at, CaptureRun run, int available)
    {
        if (until == DateTimeOffset.MaxValue) return available;
        var frames = Math.Ceiling((until - at.Utc).TotalSeconds * run.Format.SampleRateHz);
        return frames >= available ? available : Math.Max(1, (int)frames);
    }

    private void AddGap(GapCause cause, CaptureRun run, long firstFrame, long frames)
    {
        _gaps.Extend(run.Id, Entry(run.Clock.At(firstFrame).Utc, run.Clock.At(firstFrame + frames).Utc, frames, cause), firstFrame);
        _lastFrame = firstFrame + frames;
        _knownUntil = run.Clock.At(_lastFrame).Utc;
    }

    private void EndStretch()
    {
        if (_stretch is null) return;
        _stretch.End();
        _stretch.Dispose();
        _stretch = null;
    }

    private bool EndOfCapture(CaptureRing ring)
    {
        EndStretch();
        EndRun(ring.WrittenFrames);
        _gaps.Flush();
        return true;
    }

    /// <summary>No frame of the run follows: the ledger is told how many the capture delivered, and can be checked against it.</summary>
    /// <param name="endPosition">Ring position behind its last frame.</param>
    private void EndRun(long endPosition)
    {
        if (_run is not null) _gaps.EndRun(_run.Id, endPosition - _run.StartPosition);
        _run = null;
    }

    /// <summary>Frames read from the ring that are not yet on the disk.</summary>
    private long UnsafeFrames() => _stretch is null ? 0 : Math.Max(0, _lastFrame - _stretch.DurableFrame);

    /// <returns>Ring position to go on from: the first frame that is in no file.</returns>
    private long GiveUpStretch(Exception e, long position)
    {
        if (_trouble is null)
        {
            _troubleStamp = time.GetTimestamp();
            Log.StorageFailed(log, e.Message);
        }

        _trouble = SpoolFailure.CauseOf(e);
        counters.StorageTrouble = e.Message;
        if (_stretch is null || _run is null) return _run is null ? position : _run.StartPosition + _lastFrame;
        var frame = _stretch.Abandon(out _nextNumber);
        _stretch = null;
        _lastFrame = frame;
        _knownUntil = _run.Clock.At(frame).Utc;
        return _run.StartPosition + frame;
    }
}
