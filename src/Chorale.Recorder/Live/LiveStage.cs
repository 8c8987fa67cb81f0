using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Capture;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Upload;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Live;

/// <summary>
/// Being heard while recording: from the tap at the recording thread to the hub, and the question who wants to hear. Its tasks depend on
/// nobody and nobody on them; see design/live.md for which thread does what.
/// </summary>
internal sealed class LiveStage
{
    /// <summary>Between two questions to a hub that says no at once.</summary>
    private static readonly TimeSpan AskPause = TimeSpan.FromMilliseconds(250);

    /// <summary>A hub that refuses us, or that is none, is tried again after this.</summary>
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMinutes(1);

    /// <summary>While it is wanted: the hub answers at once and says for how long.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    private static readonly RetryOptions Retry = new(TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(15));

    private readonly RecorderSettings _settings;
    private readonly LiveDemand _demand;
    private readonly LiveWindow _window;
    private readonly LiveRing? _ring;
    private readonly Func<string?> _quiet;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _offered = new(0, 1);
    private volatile bool _isPolled;

    private LiveStage(RecorderSettings settings, MicrophoneLoop microphone, RecordingGate gate, RecorderCounters counters, TimeProvider time, ILogger log)
    {
        (_settings, _time, _log) = (settings, time, log);
        var isRecording = settings.Mode == RecordingMode.Continuous;
        _demand = new LiveDemand(settings.Live == LiveMode.Always, time);
        _window = new LiveWindow(isWhole: settings.Live == LiveMode.Always && isRecording, time);
        var encoding = new LiveEncoding(_window, time, log);
        Tap = new LiveTap(_window, encoding);
        _ring = isRecording ? null : new LiveRing(settings.Id.Value, microphone, gate, _demand, encoding);
        _quiet = () => Quiet(microphone, gate, counters);
    }

    /// <summary>For the recording thread.</summary>
    public LiveTap Tap { get; }

    /// <summary>Pages that the network was too slow for.</summary>
    public long DroppedPages => _window.Dropped;

    /// <summary>Null where nobody can listen.</summary>
    public static LiveStage? Create(RecorderSettings settings, MicrophoneLoop microphone, RecordingGate gate, RecorderCounters counters, TimeProvider time, ILogger log) =>
        Problem(settings) is null ? new LiveStage(settings, microphone, gate, counters, time, log) : null;

    /// <summary>Why nobody can listen, in words for who asks; null when one can.</summary>
    public static string? Problem(RecorderSettings settings) => settings switch
    {
        { Live: LiveMode.Off } => "live: this recorder's settings say off (upload.live)",
        { Upload.Sink: not UploadSink.Ingest } => "live: this recorder uploads to no hub (upload.sink ingest)",
        _ => null,
    };

    /// <summary>Somebody wants to hear, for so long. Any thread.</summary>
    public void Want(TimeSpan length) => _demand.Want(length);

    /// <summary>An answer to an upload said how to learn that somebody wants to hear (<see cref="LiveWire.Header"/>). Any thread.</summary>
    public void Offered(string how)
    {
        var poll = how == LiveWire.Poll;
        if (poll == _isPolled) return;
        _isPolled = poll;
        if (poll && _offered.CurrentCount == 0) _offered.Release();
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        using var link = new LiveLink(
            new ServerOptions(_settings.Upload.Url!.ToString(), _settings.Upload.CaFile), _settings.Id.Value, _settings.Upload.Token!, _time);
        await Task.WhenAll(SendAsync(link, stopping), _demand.IsAlways ? Task.CompletedTask : AskAsync(link, stopping));
    }

    private async Task SendAsync(LiveLink link, CancellationToken stopping)
    {
        var retry = new RetrySchedule(Retry, new Random().NextDouble);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await _demand.WaitAsync(stopping);
                var reading = _ring is null ? null : StartRing(stopping);
                Log.Begun(_log, link.Address.ToString(), _demand.IsAlways ? LiveWire.Copy : LiveWire.Listen);
                var outcome = await link.SendAsync(_window, _demand, _quiet, stopping);
                if (outcome.Lasted) retry.MarkSuccess();
                if (outcome.End == LiveEnd.NotWanted) _demand.Want(TimeSpan.Zero);
                if (reading is not null && !_demand.IsWanted) await reading;
                await PauseAsync(outcome, retry, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) // supervisor: recording goes on, the next round may work
            {
                Log.Failed(_log, e.Message, RefusedPause.TotalSeconds);
                await Task.Delay(RefusedPause, _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PauseAsync(LiveOutcome outcome, RetrySchedule retry, CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested) return;
        if (outcome.End == LiveEnd.NotWanted)
        {
            Log.Ended(_log, outcome.Detail);
            if (!_demand.IsAlways) return;
        }

        var pause = outcome.End == LiveEnd.Refused ? RefusedPause : retry.MarkFailure();
        if (outcome.End != LiveEnd.NotWanted) Log.Failed(_log, outcome.Detail, pause.TotalSeconds);
        await Task.Delay(pause, _time, stopping);
    }

    private Task _reading = Task.CompletedTask;

    private Task StartRing(CancellationToken stopping)
    {
        if (!_reading.IsCompleted) return _reading;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                _ring!.Run(stopping);
                done.TrySetResult();
            }
            catch (Exception e) // the thread's boundary
            {
                done.TrySetException(e);
            }
        })
        { Name = "live-ring", IsBackground = true };
        thread.Start();
        return _reading = done.Task;
    }

    /// <summary>Where the hub cannot command us: one long question after another, begun when an answer to an upload has offered it.</summary>
    private async Task AskAsync(LiveLink link, CancellationToken stopping)
    {
        var retry = new RetrySchedule(new RetryOptions(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)), new Random().NextDouble);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (!_isPolled) await _offered.WaitAsync(stopping);
                if (await link.AskAsync(stopping) is { } answer)
                {
                    retry.MarkSuccess();
                    if (!answer.Wanted)
                    {
                        _demand.Want(TimeSpan.Zero);
                        await Task.Delay(AskPause, _time, stopping);
                        continue;
                    }

                    _demand.Want(TimeSpan.FromSeconds(Math.Clamp(answer.Seconds, 1, 60)));
                    await Task.Delay(AskAgain, _time, stopping);
                }
                else
                {
                    await Task.Delay(retry.MarkFailure(), _time, stopping);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private string? Quiet(MicrophoneLoop microphone, RecordingGate gate, RecorderCounters counters)
    {
        var now = _time.GetUtcNow();
        if (gate.MutedUntil(now) is not null) return "muted";
        if (_ring is null && gate.At(now).Closed == GapCause.OutsideSchedule) return "outside_schedule";
        if (microphone.Status is not { State: Audio.Capture.CaptureState.Running }) return "no_microphone";
        return _ring is null && counters.StorageTrouble is not null ? "storage_failed" : null;
    }
}
