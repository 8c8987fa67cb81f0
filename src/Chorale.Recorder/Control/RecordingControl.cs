using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Recorder.Capture;
using Chorale.Recorder.Recording;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Control;

/// <param name="RecordingId">Null: local time as <c>YYYYMMDD_HHMMSS</c>.</param>
/// <param name="Duration">Null: until stopped.</param>
/// <param name="StartAt">Null: now. In the past: from the ring, as far back as it reaches.</param>
/// <param name="PreRoll">Taken from the ring before the start.</param>
public sealed record StartCommand(string? RecordingId = null, TimeSpan? Duration = null, DateTimeOffset? StartAt = null, TimeSpan PreRoll = default);

/// <param name="Success">What a peer is told.</param>
/// <param name="Message">In words.</param>
/// <param name="RecordingId">Set when it started.</param>
/// <param name="FileName">Set when it started.</param>
public sealed record ControlAnswer(bool Success, string Message, string? RecordingId = null, string? FileName = null);

/// <summary>
/// Starts and stops recordings on request, and mutes: the door through which commands come, whoever carries them. A refused command
/// changes nothing. Thread-safe.
/// </summary>
internal sealed class RecordingControl(
    string moduleId, string folder, EncoderSettings encoder, string? device, TimeSpan syncInterval, MicrophoneLoop microphone,
    MicrophoneDemand demand, RecordingGate gate, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan RingPatience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private RequestedRecording? _current;
    private Task<RecordingResult?> _running = Task.FromResult<RecordingResult?>(null);

    /// <summary>Told on a thread of the recording when its file is complete.</summary>
    public event Action<RecordingResult>? Completed;

    /// <summary>Id of the recording that runs; null when none does.</summary>
    public string? CurrentId
    {
        get
        {
            lock (_gate) return _current?.RecordingId;
        }
    }

    /// <summary>Ends when the recording that runs now has its file complete; null when none runs or it failed.</summary>
    public Task<RecordingResult?> Running
    {
        get
        {
            lock (_gate) return _running;
        }
    }

    public async Task<ControlAnswer> StartAsync(StartCommand command, CancellationToken stopping)
    {
        var id = command.RecordingId ?? RecordingId.Default(time);
        if (RecordingId.Problem(id) is { } problem) return new ControlAnswer(false, problem);
        if (command.Duration is { } duration && duration <= TimeSpan.Zero)
            return new ControlAnswer(false, $"duration {duration.TotalSeconds} s: more than 0 is allowed");
        if (CurrentId is not null) return new ControlAnswer(false, "Already recording");

        demand.Request();
        var started = false;
        try
        {
            var ring = await RingAsync(stopping);
            if (ring is null) return new ControlAnswer(false, $"the microphone is not there: {microphone.Status?.LastError ?? "no frames yet"}");
            var position = PositionOf(command, ring);
            var request = new RecordingRequest(id, moduleId, command.Duration, folder, encoder, device, syncInterval);
            RequestedRecording recording;
            lock (_gate)
            {
                if (_current is not null) return new ControlAnswer(false, "Already recording");
                recording = new RequestedRecording(request, ring, time);
                _current = recording;
                var done = new TaskCompletionSource<RecordingResult?>(TaskCreationOptions.RunContinuationsAsynchronously);
                _running = done.Task;
                new Thread(() => Record(recording, position, done)) { Name = "recording " + id, IsBackground = true }.Start();
            }

            started = true;
            Log.Started(log, id, recording.FileName);
            return new ControlAnswer(true, "Recording started", id, recording.FileName);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return new ControlAnswer(false, e.Message);
        }
        finally
        {
            if (!started) demand.Release();
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

    public void Mute(DateTimeOffset until) => gate.Mute(until);

    public void Unmute() => gate.Unmute();

    private long PositionOf(StartCommand command, CaptureRing ring)
    {
        if (command.StartAt is not { } at && command.PreRoll <= TimeSpan.Zero) return ring.WrittenFrames;
        var from = (command.StartAt ?? time.GetUtcNow()) - command.PreRoll;
        return ring.TryFind(from, out var position, out _) ? Math.Max(0, position) : ring.WrittenFrames;
    }

    private async Task<CaptureRing?> RingAsync(CancellationToken stopping)
    {
        var since = time.GetTimestamp();
        while (microphone.Ring is null or { IsCompleted: true } or { WrittenFrames: 0 })
        {
            if (time.GetElapsedTime(since) > RingPatience) return null;
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, stopping);
        }

        return microphone.Ring;
    }

    private void Record(RequestedRecording recording, long position, TaskCompletionSource<RecordingResult?> done)
    {
        RecordingResult? result = null;
        try
        {
            result = recording.Run(position);
            Log.Complete(log, recording.RecordingId, result.Path, result.Sidecar.TotalFrames);
        }
        catch (Exception e) when (SpoolFailure.IsStorage(e))
        {
            Log.Failed(log, recording.RecordingId, e.Message);
        }
        finally
        {
            lock (_gate) _current = null;
            demand.Release();
            done.TrySetResult(result);
        }

        if (result is not null) Completed?.Invoke(result);
    }
}
