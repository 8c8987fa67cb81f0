using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Recorder.Capture;
using Chorale.Recorder.Recording;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Control;

/// <param name="RecordingId">Null: local time as <c>YYYYMMDD_HHMMSS</c>.</param>
/// <param name="Duration">From the start on, the pre-roll not counted. Null: until stopped.</param>
/// <param name="StartAt">Null: now. In the past: from the ring, as far back as it reaches. To come: the recording is armed.</param>
/// <param name="PreRoll">Taken from the ring before the start, as far as it reaches.</param>
public sealed record StartCommand(string? RecordingId = null, TimeSpan? Duration = null, DateTimeOffset? StartAt = null, TimeSpan PreRoll = default)
{
    /// <summary>Null: as configured.</summary>
    internal AudioSetup? Setup { get; init; }
}

/// <param name="Success">What a peer is told.</param>
/// <param name="Message">In words.</param>
/// <param name="RecordingId">Set when it started.</param>
/// <param name="FileName">Set when it started.</param>
public sealed record ControlAnswer(bool Success, string Message, string? RecordingId = null, string? FileName = null)
{
    /// <summary>It begins at a time to come.</summary>
    public bool IsArmed { get; init; }
}

/// <param name="RecordingId">Whose.</param>
/// <param name="FileName">The file it goes to.</param>
/// <param name="FirstFrame">When its first frame was captured.</param>
internal sealed record RecordingStart(string RecordingId, string FileName, FrameTime FirstFrame);

/// <param name="RecordingId">Whose.</param>
/// <param name="FileName">The file it went, or would have gone, to.</param>
/// <param name="Result">Null: there is no finished file.</param>
/// <param name="Error">Why not; null when it was stopped before its time came.</param>
internal sealed record RecordingEnd(string RecordingId, string FileName, RecordingResult? Result, string? Error);

/// <summary>
/// Starts and stops recordings on request, and mutes: the door through which commands come, whoever carries them. A refused command
/// changes nothing. Thread-safe.
/// </summary>
/// <param name="moduleId">Recorder id.</param>
/// <param name="setup">Until <see cref="ConfigureAsync"/> says otherwise.</param>
/// <param name="isShared">Continuous chunks come from the same capture: no recording may change how it captures.</param>
internal sealed class RecordingControl(
    string moduleId, AudioSetup setup, bool isShared, TimeSpan syncInterval, MicrophoneLoop microphone, ICaptureInputs inputs,
    MicrophoneDemand demand, RecordingGate gate, TimeProvider time, ILogger log)
{
    /// <summary>For a device that is slow to open; one that says it is not there is believed at once.</summary>
    private static readonly TimeSpan RingPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RingPoll = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private AudioSetup _setup = setup;
    private RequestedRecording? _current;
    private Task<RecordingResult?> _running = Task.FromResult<RecordingResult?>(null);

    /// <summary>Told on the recording's thread before its file is made: from here on there may be a file to tell of.</summary>
    public Action<string>? FileExpected { get; set; }

    /// <summary>Told on the recording's thread when the time of the first frame is known.</summary>
    public Action<RecordingStart>? Started { get; set; }

    /// <summary>Told on the recording's thread when nothing more comes; the next start may follow.</summary>
    public Action<RecordingEnd>? Ended { get; set; }

    /// <summary>What recordings are made with unless a start says otherwise.</summary>
    public AudioSetup Setup
    {
        get { lock (_gate) return _setup; }
    }

    /// <summary>Id of the recording that runs; null when none does.</summary>
    public string? CurrentId
    {
        get { lock (_gate) return _current?.RecordingId; }
    }

    /// <summary>Ends when the recording that runs now has its file complete; null when none runs or it failed.</summary>
    public Task<RecordingResult?> Running
    {
        get { lock (_gate) return _running; }
    }

    public async Task<ControlAnswer> StartAsync(StartCommand command, CancellationToken stopping)
    {
        var id = command.RecordingId ?? RecordingId.Default(time);
        if (RecordingId.Problem(id) is { } problem) return new ControlAnswer(false, problem);
        if (command.Duration is { } duration && duration <= TimeSpan.Zero)
            return new ControlAnswer(false, $"duration {duration.TotalSeconds} s: more than 0 is allowed");
        if (CurrentId is not null) return new ControlAnswer(false, "Already recording");

        var wanted = command.Setup ?? Setup;
        demand.Request();
        var started = false;
        try
        {
            if (await CaptureAsAsync(wanted.Capture, stopping) is { } impossible) return new ControlAnswer(false, impossible);
            var (ring, why) = await RingAsync(stopping);
            if (ring is null) return new ControlAnswer(false, $"the microphone is not there: {why}");
            var start = StartOf(command, ring);
            if (start.Refusal is { } refusal) return new ControlAnswer(false, refusal);
            var length = command.Duration + start.PreRoll;
            var request = new RecordingRequest(id, moduleId, length, wanted.Folder, wanted.Encoder, wanted.Capture.Device, syncInterval);
            if (ChunkEncoders.Problem(wanted.Encoder, ring.Format) is { } cannot) return new ControlAnswer(false, cannot);
            RequestedRecording recording;
            lock (_gate)
            {
                if (_current is not null) return new ControlAnswer(false, "Already recording");
                recording = new RequestedRecording(request, ring, gate, time);
                recording.Started = first => Started?.Invoke(new RecordingStart(id, recording.FileName, first));
                _current = recording;
                var done = new TaskCompletionSource<RecordingResult?>(TaskCreationOptions.RunContinuationsAsynchronously);
                _running = done.Task;
                new Thread(() => Record(recording, start, done)) { Name = "recording " + id, IsBackground = true }.Start();
            }

            started = true;
            Log.Started(log, id, recording.FileName);
            return new ControlAnswer(true, start.IsArmed ? "Armed" : "Recording started", id, recording.FileName) { IsArmed = start.IsArmed };
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return new ControlAnswer(false, e.Message);
        }
        finally
        {
            if (!started) Release();
        }
    }

    public ControlAnswer Stop()
    {
        lock (_gate)
        {
            if (_current is null) return new ControlAnswer(false, "Not recording");
            _current.Stop();
            return new ControlAnswer(true, "Recording stopped", _current.RecordingId, _current.FileName);
        }
    }

    /// <summary>Recordings to come are made with <paramref name="wanted"/>, if the device can do it; the one that runs goes on as it is.</summary>
    /// <returns>Null when it is so now; else why not, and nothing has changed.</returns>
    public async Task<string?> ConfigureAsync(AudioSetup wanted, CancellationToken stopping)
    {
        if (await ProbeAsync(wanted.Capture) is { } problem) return problem;
        if (CurrentId is null && microphone.Request != wanted.Capture)
        {
            var before = microphone.Request;
            microphone.Change(wanted.Capture);
            if (demand.IsNeeded && (await RingAsync(stopping)).Why is { } why && microphone.Status is { State: CaptureState.Failed })
            {
                microphone.Change(before);
                return why;
            }
        }

        lock (_gate) _setup = wanted;
        return null;
    }

    /// <summary>Back to settings that are known to work, without asking.</summary>
    public void Revert(AudioSetup own)
    {
        lock (_gate) _setup = own;
        microphone.Change(own.Capture);
    }

    public void Mute(DateTimeOffset until) => gate.Mute(time.GetUtcNow(), until);

    public void Unmute() => gate.Unmute(time.GetUtcNow());

    /// <returns>Null when the capture is as wanted, or being opened so.</returns>
    private async Task<string?> CaptureAsAsync(CaptureRequest wanted, CancellationToken stopping)
    {
        if (microphone.Request == wanted) return null;
        if (isShared && !IsSameFormat(wanted, microphone.Request))
        {
            var now = microphone.Request;
            return $"the microphone also records continuously with samplerate {now.SampleRateHz}, channels {now.Channels}: a recording takes these, or `config` changes both";
        }

        if (isShared) return null;
        if (await ProbeAsync(wanted) is { } problem) return problem;
        stopping.ThrowIfCancellationRequested();
        microphone.Change(wanted);
        return null;
    }

    private static bool IsSameFormat(CaptureRequest a, CaptureRequest b) => a.Device == b.Device && a.SampleRateHz == b.SampleRateHz && a.Channels == b.Channels;

    /// <summary>Opens the device beside the capture that runs, where it can be opened twice; one that is busy is found out about by changing over.</summary>
    private async Task<string?> ProbeAsync(CaptureRequest wanted)
    {
        if (wanted == microphone.Request) return null;
        try
        {
            await Task.Run(() => inputs.Open(wanted).Dispose());
            return null;
        }
        catch (CaptureException e) when (e.IsTransient && inputs.IsPresent(wanted) != false)
        {
            return null;
        }
        catch (CaptureException e)
        {
            return e.Message;
        }
    }

    private StartPoint StartOf(StartCommand command, CaptureRing ring)
    {
        if (command.StartAt is null && command.PreRoll <= TimeSpan.Zero) return new StartPoint(ring.WrittenFrames);
        var now = time.GetUtcNow();
        var oldest = Math.Max(0, ring.WrittenFrames - ring.CapacityFrames + ring.CapacityFrames / 8);
        if (command.StartAt is { } at && at < now)
        {
            var reach = ring.Format.DurationOf(ring.WrittenFrames - oldest);
            // 100 ms: the microphone's own buffer, of which the newest frames are not in the ring yet.
            if (now - at > reach + TimeSpan.FromMilliseconds(100))
                return StartPoint.Refuse($"start_at is {(now - at).TotalSeconds:0.0} s ago: the last {reach.TotalSeconds:0.0} s are in memory");
        }

        var from = command.StartAt ?? now;
        var preRoll = command.PreRoll;
        if (from <= now && ring.TryFind(from - preRoll, out var position, out _))
        {
            var clipped = Math.Max(position, oldest);
            return new StartPoint(clipped) { PreRoll = preRoll - ring.Format.DurationOf(clipped - position), At = clipped < ring.WrittenFrames ? null : from - preRoll };
        }

        if (from <= now && preRoll > TimeSpan.Zero)
        {
            // The ring does not reach back so far, or the microphone was not there: from the oldest frame it has.
            var had = ring.TryFind(from, out var zero, out _) ? ring.Format.DurationOf(Math.Max(0, zero - oldest)) : TimeSpan.Zero;
            return new StartPoint(oldest) { PreRoll = had };
        }

        return new StartPoint(0) { At = from - preRoll, PreRoll = preRoll, IsArmed = from > now };
    }

    /// <summary>Waits for frames; a device that says that it cannot is not waited for.</summary>
    private async Task<(CaptureRing? Ring, string? Why)> RingAsync(CancellationToken stopping)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            var status = microphone.Status;
            if (microphone.Ring is { IsCompleted: false, WrittenFrames: > 0 } ring && status is { State: CaptureState.Running }) return (ring, null);
            var elapsed = time.GetElapsedTime(since);
            // What an earlier capture said is no answer: a moment for the new one to be tried.
            var isRefused = status is { State: CaptureState.Failed } or { State: CaptureState.Opening, Retries: > 0 } or { State: CaptureState.Lost };
            if (isRefused && elapsed > RingPoll * 20 || elapsed > RingPatience) return (null, status?.LastError ?? "it gives no frames");
            await Task.Delay(RingPoll, time, stopping);
        }
    }

    private void Record(RequestedRecording recording, StartPoint start, TaskCompletionSource<RecordingResult?> done)
    {
        RecordingResult? result = null;
        string? error = null;
        try
        {
            var position = start.At is { } at ? recording.WaitForFrame(at) : start.Position;
            if (position is { } from)
            {
                FileExpected?.Invoke(recording.Path);
                result = recording.Run(from);
                Log.Complete(log, recording.RecordingId, result.Path, result.Sidecar.TotalFrames);
            }
            else
            {
                Log.NeverBegan(log, recording.RecordingId);
                error = recording.IsStopAsked ? null : "no audio of the time asked for came";
            }
        }
        catch (Exception e) when (SpoolFailure.IsStorage(e))
        {
            Log.Failed(log, recording.RecordingId, e.Message);
            error = e.Message;
        }
        catch (Exception e) when (e is Chorale.Audio.Files.AudioFileException or ArgumentException or InvalidOperationException) // the encoder's: continuous recording goes on
        {
            Log.Failed(log, recording.RecordingId, e.Message);
            error = e.Message;
        }
        finally
        {
            lock (_gate) _current = null;
            Release();
            // Before anybody who waits for the end goes on: the program may be about to end.
            Ended?.Invoke(new RecordingEnd(recording.RecordingId, recording.FileName, result, error));
            done.TrySetResult(result);
        }
    }

    /// <summary>Without the recording the microphone is not needed for it, and captures as configured again.</summary>
    private void Release()
    {
        if (CurrentId is null) microphone.Change(Setup.Capture);
        demand.Release();
    }

    /// <param name="Position">Where in the ring, unless <see cref="At"/> says when.</param>
    private sealed record StartPoint(long Position)
    {
        /// <summary>The first frame's time, where it was not yet captured.</summary>
        public DateTimeOffset? At { get; init; }

        public TimeSpan PreRoll { get; init; }

        public bool IsArmed { get; init; }

        public string? Refusal { get; private init; }

        public static StartPoint Refuse(string why) => new(0) { Refusal = why };
    }
}
