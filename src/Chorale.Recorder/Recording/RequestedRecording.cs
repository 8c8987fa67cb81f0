using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Storage;

namespace Chorale.Recorder.Recording;

/// <param name="RecordingId">Checked name, see <see cref="Recording.RecordingId.Problem"/>.</param>
/// <param name="ModuleId">Recorder id.</param>
/// <param name="Duration">Null: until stopped.</param>
/// <param name="Folder">Where the files go.</param>
/// <param name="Encoder">Codec of the file.</param>
/// <param name="Device">As configured, for the sidecar.</param>
/// <param name="SyncInterval">How often the file is synced.</param>
internal sealed record RecordingRequest(
    string RecordingId, string ModuleId, TimeSpan? Duration, string Folder, EncoderSettings Encoder, string? Device, TimeSpan SyncInterval);

/// <param name="Path">The finished file.</param>
/// <param name="Sidecar">What lies beside it.</param>
internal sealed record RecordingResult(string Path, RecordingSidecar Sidecar);

/// <summary>
/// One recording that somebody asked for: one file from a place in the ring until a duration or a stop, beside the continuous chunks and
/// without disturbing them. While it runs the file ends in <c>.part</c>.
/// </summary>
/// <remarks>Runs on a thread of its own; <see cref="Stop"/> may be called by anybody. Gaps and muted frames are filled with silence of their length,
/// so that every later frame keeps its place; the sidecar names them.</remarks>
internal sealed class RequestedRecording
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>While waiting for its time: how soon a stop is heard. The ring keeps the frames meanwhile.</summary>
    private static readonly TimeSpan StartPoll = TimeSpan.FromMilliseconds(20);

    private readonly RecordingRequest _request;
    private readonly CaptureRing _ring;
    private readonly RecordingGate _gate;
    private readonly TimeProvider _time;
    private readonly long _targetFrames;
    private readonly List<SidecarGap> _gaps = [];
    private readonly LevelMeter _levels;
    private readonly ManualResetEventSlim _stopAsked = new();
    private long _frames;
    private FrameTime? _start;
    private (CaptureRun Run, long Frame) _first;
    private CaptureRun? _run;
    private double? _ratePpm;

    public RequestedRecording(RecordingRequest request, CaptureRing ring, RecordingGate gate, TimeProvider time)
    {
        (_request, _ring, _gate, _time) = (request, ring, gate, time);
        _targetFrames = request.Duration is { } duration ? Math.Max(1, ring.Format.FramesIn(duration)) : long.MaxValue;
        _levels = new LevelMeter(ring.Format);
        FileName = RecordingFiles.FreeName(request.Folder, request.RecordingId, request.ModuleId, request.Encoder.Codec);
    }

    /// <summary>Name of the finished file within the folder.</summary>
    public string FileName { get; }

    public string Path => System.IO.Path.Combine(_request.Folder, FileName);

    public string RecordingId => _request.RecordingId;

    public bool IsStopAsked => _stopAsked.IsSet;

    public long Frames => Volatile.Read(ref _frames);

    /// <summary>Told once, on the recording's thread, when the time of the first frame is known.</summary>
    public Action<FrameTime>? Started { get; set; }

    /// <summary>Ends the recording with the frames captured so far.</summary>
    public void Stop() => _stopAsked.Set();

    /// <summary>
    /// Waits until the frame nearest to <paramref name="at"/> has been captured and says where it lies. Waiting costs nothing: the ring keeps
    /// it, and the clock knows it better afterwards than before. Blocks.
    /// </summary>
    /// <returns>Null: stopped first, or the capture ended, or no frame of the time asked for ever came.</returns>
    public long? WaitForFrame(DateTimeOffset at)
    {
        while (!_stopAsked.IsSet && !_ring.IsCompleted)
        {
            if (_ring.TryFind(at, out var position, out _))
            {
                if (position < _ring.WrittenFrames) return Math.Max(0, position);
            }
            else if (_time.GetUtcNow() - at is var late && late > TimeSpan.Zero && FirstFrameAfter(at, late) is { } next)
            {
                return next; // the microphone was not there at that instant: what came first after it
            }

            if (_request.Duration is { } duration && _time.GetUtcNow() > at + duration + Poll) return null;
            _stopAsked.Wait(StartPoll);
        }

        return null;
    }

    /// <summary>Records until duration, <see cref="Stop"/>, or the end of the capture, then completes file and sidecar. Blocks.</summary>
    /// <param name="position">Ring position of the first frame.</param>
    /// <exception cref="IOException">The disk failed; what was written is in the <c>.part</c> file and is completed at the next start.</exception>
    public RecordingResult Run(long position)
    {
        Directory.CreateDirectory(_request.Folder);
        var part = Path + RecordingFiles.PartSuffix;
        using (var output = new FileStream(part, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, 0))
        using (var encoder = ChunkEncoders.Create(_request.Encoder, _ring.Format, static (_, _) => { }))
        {
            Record(encoder, output, position);
            encoder.End();
            output.Flush(flushToDisk: true);
        }

        var sidecar = Sidecar(part);
        // The sidecar first: a file that has its name has all that belongs to it.
        DurableFile.Write(System.IO.Path.ChangeExtension(Path, ".json"), sidecar.ToBytes());
        DurableFile.Rename(part, Path);
        return new RecordingResult(Path, sidecar);
    }

    /// <summary>The first captured frame of the <paramref name="within"/> after an instant that no run covers; to 10 ms.</summary>
    private long? FirstFrameAfter(DateTimeOffset at, TimeSpan within)
    {
        var ringStart = within - _ring.Format.DurationOf(_ring.CapacityFrames);
        for (var later = ringStart > TimeSpan.Zero ? ringStart : StartPoll / 2; later < within; later += StartPoll / 2)
        {
            if (_ring.TryFind(at + later, out var position, out _)) return position < _ring.WrittenFrames ? Math.Max(0, position) : null;
        }

        return null;
    }

    private void Record(IChunkEncoder encoder, FileStream output, long position)
    {
        using var reader = _ring.OpenReader(position);
        var buffer = new byte[_ring.Format.FramesIn(Poll) * _ring.Format.BytesPerFrame];
        var begun = false;
        var lastSync = _time.GetTimestamp();
        // Where the ring no longer holds the first frames asked for, they are a gap like any other.
        var late = reader.Position - position;
        while (_frames < _targetFrames)
        {
            var stopAt = _stopAsked.IsSet ? _ring.WrittenFrames : long.MaxValue;
            var read = reader.Read(buffer, Poll);
            if (read.Kind == RingReadKind.Completed) break;
            if (read.Run is { } run && !ReferenceEquals(run, _run))
            {
                if (begun) Fill(encoder, run.LostFrames, run.Break == RunBreak.Xrun ? GapCause.Xrun : GapCause.DeviceLost);
                _run = run;
            }

            if (read.Kind == RingReadKind.Missed)
            {
                if (begun) Fill(encoder, read.Frames, GapCause.RingFull);
                else late += read.Frames;
            }

            if (read.Kind == RingReadKind.Frames)
            {
                if (!begun) Begin(encoder, output, read, late);
                begun = true;
                var frames = (int)Math.Min(read.Frames, _targetFrames - _frames);
                Take(encoder, read.Run!, read.FirstFrame, buffer.AsSpan(0, frames * _ring.Format.BytesPerFrame));
            }

            if (_time.GetElapsedTime(lastSync) >= _request.SyncInterval)
            {
                output.Flush(flushToDisk: true);
                lastSync = _time.GetTimestamp();
            }

            if (reader.Position >= stopAt) break;
        }

        if (!begun) encoder.Begin(output, []);
    }

    private void Begin(IChunkEncoder encoder, FileStream output, RingRead read, long late)
    {
        _first = (read.Run!, read.FirstFrame - late);
        _start = read.Run!.Clock.At(_first.Frame);
        encoder.Begin(output, Tags(read.Run, read.FirstFrame));
        if (late > 0) Fill(encoder, late, GapCause.RingFull);
        Started?.Invoke(_start.Value);
    }

    /// <summary>Writes frames, and silence for those that are muted, cut at the frame where a mute begins or ends.</summary>
    private void Take(IChunkEncoder encoder, CaptureRun run, long firstFrame, ReadOnlySpan<byte> interleaved)
    {
        while (!interleaved.IsEmpty)
        {
            var frames = interleaved.Length / _ring.Format.BytesPerFrame;
            var at = run.Clock.At(firstFrame).Utc;
            var muted = _gate.MutedUntil(at);
            if ((muted ?? _gate.NextMute(at)) is { } edge && edge - at < Poll)
                frames = Math.Clamp((int)Math.Ceiling((edge - at).TotalSeconds * _ring.Format.SampleRateHz), 1, frames);
            if (muted is null) Write(encoder, interleaved[..(frames * _ring.Format.BytesPerFrame)]);
            else Fill(encoder, frames, GapCause.Muted);
            firstFrame += frames;
            interleaved = interleaved[(frames * _ring.Format.BytesPerFrame)..];
        }
    }

    private void Write(IChunkEncoder encoder, ReadOnlySpan<byte> interleaved)
    {
        encoder.Write(interleaved);
        _levels.Add(interleaved);
        Volatile.Write(ref _frames, _frames + interleaved.Length / _ring.Format.BytesPerFrame);
    }

    private void Fill(IChunkEncoder encoder, long frames, GapCause cause)
    {
        frames = Math.Min(frames, _targetFrames - _frames);
        if (frames <= 0) return;
        var text = GapCauses.ToText(cause);
        if (_gaps is [.., var last] && last.Cause == text && last.FirstFrame + last.Frames == _frames) _gaps[^1] = last with { Frames = last.Frames + frames };
        else _gaps.Add(new SidecarGap(_frames, frames, text));
        var silence = new byte[Math.Min(frames, _ring.Format.SampleRateHz) * _ring.Format.BytesPerFrame];
        for (var left = frames; left > 0; left -= _ring.Format.SampleRateHz)
            Write(encoder, silence.AsSpan(0, (int)Math.Min(left, _ring.Format.SampleRateHz) * _ring.Format.BytesPerFrame));
    }

    private IReadOnlyList<AudioTag> Tags(CaptureRun run, long firstFrame)
    {
        var tags = new ChunkTags
        {
            Recorder = _request.ModuleId, Run = run.Id, Number = 0, FirstFrame = firstFrame, RateHz = run.Format.SampleRateHz,
            StartUs = WallTime.ToMicroseconds(_start!.Value.Utc), UncertaintyUs = _start.Value.UncertaintyUs, RatePpm = _start.Value.RatePpm,
            RecordingId = _request.RecordingId,
        };
        return [.. tags.ToPairs().Select(p => new AudioTag(p.Key, p.Value))];
    }

    private static ChunkLevels ToChunkLevels(Levels levels) => new(levels.PeakDbfs, levels.RmsDbfs, levels.ClippedSamples);

    /// <summary>The clock has seen more since the recording began: where it knows the first frame better now, that is what is told.</summary>
    private void RefineStart()
    {
        if (_start is not { } atStart) return;
        var now = _first.Run.Clock.At(_first.Frame);
        if (now.UncertaintyUs < (atStart.UncertaintyUs ?? double.PositiveInfinity)) _start = now;
        _ratePpm = _run!.Clock.At(0).RatePpm;
    }

    private RecordingSidecar Sidecar(string part)
    {
        RefineStart();
        var format = _ring.Format;
        return new RecordingSidecar
        {
            Timestamp = WallTime.ToText(_start?.Utc ?? _time.GetUtcNow()), DurationSeconds = _frames / (double)format.SampleRateHz, TotalFrames = _frames,
            Device = new SidecarDevice(_request.Device, _run?.Source ?? "", format.Channels, format.SampleRateHz),
            Config = new SidecarConfig(format.SampleRateHz, format.Channels, RecordingFiles.DType(format.SampleFormat), _request.Folder, _request.Device),
            AudioFile = FileName, RecordingId = _request.RecordingId, ModuleId = _request.ModuleId,
            FirstFrameUtc = _start is { } start ? WallTime.ToText(start.Utc) : null, UncertaintyUs = _start?.UncertaintyUs, RatePpm = _ratePpm,
            Gaps = _gaps, Levels = _frames > 0 ? ToChunkLevels(_levels.Snapshot()) : null, Sha256 = RecordingFiles.Sha256(part),
        };
    }
}
