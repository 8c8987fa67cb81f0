using Chorale.Audio.Capture;
using Chorale.Recorder.Capture;
using Chorale.Recorder.Control;
using Chorale.Recorder.Health;
using Chorale.Recorder.Live;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Spool;
using Chorale.Recorder.Upload;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder;

/// <summary>
/// One recorder, put together by hand in start order: microphone, spool, recording, uploads, health. Capture starts first and waits for
/// nobody: while the spool is being opened (or cannot be) frames gather in the ring. Stop is the reverse.
/// </summary>
public sealed class RecorderHost
{
    /// <summary>The last chunks get so long to be sealed.</summary>
    private static readonly TimeSpan SealGrace = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan SpoolRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>After a stop, the chunk that it finished may still go within this.</summary>
    private static readonly TimeSpan LastUploadGrace = TimeSpan.FromSeconds(1);

    private readonly RecorderSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly ILogger _log;
    private readonly RecordingGate _gate;
    private readonly MicrophoneDemand _demand;
    private readonly MicrophoneLoop _microphone;
    private readonly RecordingStage _recording;
    private readonly HealthWatch _watch;
    private readonly RecorderCounters _counters = new();
    private readonly AlarmBoard _alarms;
    private readonly ModuleFolder _moduleFolder;
    private readonly AudioSetup? _savedOver;
    private readonly RecordingSchedule? _savedSchedule;
    private readonly string _version;
    private readonly LiveStage? _live;
    private Module? _module;
    private readonly TaskCompletionSource<SpoolStore> _spool = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RecorderHost(RecorderSettings settings, ICaptureInputs inputs, TimeProvider time, ILoggerFactory logs, string version)
    {
        (_settings, _time, _logs) = (settings, time, logs);
        _log = logs.CreateLogger("recorder");
        var continuous = settings.Mode == RecordingMode.Continuous;
        _version = version;
        _alarms = new AlarmBoard(time, logs.CreateLogger("health"));
        _moduleFolder = new ModuleFolder(settings.Spool.Folder, time, logs.CreateLogger("control"));
        var setup = AudioSetup.Of(settings);
        if (settings.Mqtt is not null && SavedSetup(setup) is { } saved) (setup, _savedOver) = (saved, setup);
        var levels = new LevelTrack();
        _gate = new RecordingGate(settings.Schedule);
        if (settings.Mqtt is not null && continuous) _savedSchedule = SavedSchedule();
        if (_savedSchedule is not null) _gate.Schedule.Change(_savedSchedule, DateTimeOffset.MinValue);
        _demand = new MicrophoneDemand(continuous ? _gate.Schedule : null, !continuous && settings.Mqtt is not null && settings.Capture.IsArmed, time);
        _microphone = new MicrophoneLoop(
            setup.Capture, new CaptureOptions { RingLength = settings.Capture.Ring }, inputs, _demand, time, logs.CreateLogger("capture"));
        _live = LiveStage.Create(settings, _microphone, _gate, _counters, time, logs.CreateLogger("live"));
        _recording = new RecordingStage(
            new RecordingOptions(settings.Id.Value, settings.Recording.ToEncoder(), settings.Recording.Chunk, settings.Recording.AlignToClock, settings.Spool.SyncInterval) { Live = _live?.Tap },
            _spool.Task, _gate, _counters, levels, time, logs.CreateLogger("recording"));
        _watch = new HealthWatch(settings, _microphone, _gate, _counters, levels, _alarms, version, time);
        Control = new RecordingControl(
            settings.Id.Value, setup, continuous, settings.Spool.SyncInterval, _microphone, inputs, _demand, _gate, time, logs.CreateLogger("control"));
    }

    /// <summary>The spool that settings name.</summary>
    public static SpoolOptions SpoolOptionsOf(RecorderSettings settings, TimeProvider time) => new(
        settings.Spool.Folder, settings.Spool.OutboxFolder, settings.Spool.IndexPath, settings.Id.Value, settings.Schedule.IsAlways ? time.LocalTimeZone : settings.Schedule.Zone)
    {
        ForeignOpenFor = settings.Recording.Chunk + TimeSpan.FromSeconds(10),
        LossBound = settings.Spool.SyncInterval + TimeSpan.FromMilliseconds(100),
    };

    /// <summary>False when frames or the spool have stood still for so long that only a new process can help.</summary>
    public bool IsAlive => _watch.IsAlive;

    /// <summary>One line for <c>systemctl status</c>.</summary>
    public string StatusLine => _watch.StatusLine;

    /// <summary>Recordings on request, mute.</summary>
    internal RecordingControl Control { get; }

    /// <summary>What <c>/health</c> says now.</summary>
    internal HealthReport Report() => _watch.Report();

    /// <summary>
    /// Records until <paramref name="stopping"/>, or until an input that ends has ended and everything of it has been sent.
    /// On return the last chunk is sealed and the spool closed.
    /// </summary>
    /// <returns>Chunks that still wait for upload.</returns>
    public async Task<int> RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        return await RunUntilAsync(() => Cancel(ending), ending.Token);
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    /// <param name="shutdown">For the command of that name.</param>
    /// <param name="stopping">The end, however it was asked for.</param>
    private async Task<int> RunUntilAsync(Action shutdown, CancellationToken stopping)
    {
        using var finished = new CancellationTokenSource();
        using var serving = new CancellationTokenSource();
        var serve = Task.WhenAll(_watch.RunAsync(serving.Token), ServeHealthAsync(serving.Token));
        var opening = OpenSpoolAsync(stopping);
        RecoverRecordings();
        var listening = Task.Run(() => StartModule(shutdown), CancellationToken.None);
        var keeping = KeepAsync(finished.Token);
        var living = _live is null ? Task.CompletedTask : Task.Run(() => _live.RunAsync(serving.Token), CancellationToken.None);
        try
        {
            await _microphone.RunAsync(CaptureConsumer(stopping), stopping);
            await Control.Running;
        }
        finally
        {
            await _recording.DrainAsync(SealGrace);
            await listening;
            if (_module is not null) await _module.DisposeAsync();
            if (await opening is { } drained) await DrainUploadsAsync(drained, stopping);
            await finished.CancelAsync();
            await keeping;
            await serving.CancelAsync();
            await Task.WhenAll(serve, living);
        }

        var spool = await opening;
        var waiting = spool?.Totals().ReadyChunks ?? 0;
        spool?.Dispose();
        Log.Stopped(_log, waiting);
        return waiting;
    }

    /// <summary>Beside the microphone, which waits for neither disk nor broker; and without it recording goes on all the same.</summary>
    private void StartModule(Action shutdown)
    {
        if (_settings.Mqtt is null) return;
        try
        {
            _module = new Module(
                new ModuleParts(_settings, Control, _microphone, _gate, _counters, _watch, _alarms, _moduleFolder, _version, shutdown, _time, _logs) { Live = _live }, _savedOver, _savedSchedule);
            _watch.Module = _module;
            _module.Start();
        }
        catch (Exception e) when (e is DllNotFoundException or ArgumentException)
        {
            _alarms.Set("module_failed", true, AlarmLevel.Degraded, $"no commands by MQTT: {e.Message}");
        }
    }

    private Func<CaptureRing, Task> CaptureConsumer(CancellationToken stopping) => _settings.Mode == RecordingMode.Continuous
        ? ring => _recording.ConsumeAsync(ring, stopping)
        : static _ => Task.CompletedTask;

    private Task ServeHealthAsync(CancellationToken stopping) => _settings.HealthPort == 0
        ? Task.CompletedTask
        : new HealthServer(_settings.HealthPort, _watch.Report, _logs.CreateLogger("health")).RunAsync(stopping);

    private void RecoverRecordings()
    {
        var recovered = RecordingFiles.Recover(
            _settings.Recording.Folder, _settings.Id.Value, _settings.Capture.Device, (file, message) => Log.RecoveryFailed(_log, file, message));
        foreach (var (path, sidecar) in recovered)
        {
            Log.RecordingRecovered(_log, sidecar.RecordingId, path, sidecar.TotalFrames);
            if (_settings.Mqtt is not null) _moduleFolder.Expect(path);
        }
    }

    /// <summary>What a command saved holds over the settings. A bad file is set aside and never stops a start.</summary>
    private AudioSetup? SavedSetup(AudioSetup own)
    {
        if (_moduleFolder.LoadConfig() is not { } config) return null;
        var reading = Module.RulesOf(_settings).Read(own, config);
        if (reading.Setup is { } saved)
        {
            global::Chorale.Recorder.Control.Log.SavedConfigUsed(_log, config.GetRawText().ReplaceLineEndings(" "));
            return saved;
        }

        _moduleFolder.SetConfigAside(string.Join("; ", reading.Problems));
        return null;
    }

    private RecordingSchedule? SavedSchedule()
    {
        if (_moduleFolder.LoadSchedule() is not var (text, zone)) return null;
        var (schedule, problems) = new CommandedSchedule(_settings.Schedule).Read(text, zone);
        if (schedule is null) _moduleFolder.SetAside("schedule", string.Join("; ", problems));
        else global::Chorale.Recorder.Control.Log.SavedScheduleUsed(_log, schedule.ToString());
        return schedule;
    }

    /// <summary>Tries until the disk lets us; what it says is an alarm.</summary>
    private async Task<SpoolStore?> OpenSpoolAsync(CancellationToken stopping)
    {
        var options = SpoolOptionsOf(_settings, _time);
        while (true)
        {
            try
            {
                var spool = await Task.Run(() => SpoolStore.Open(options, _time, _logs.CreateLogger("spool")), CancellationToken.None);
                (_watch.Spool, _watch.SpoolTrouble) = (spool, null);
                _spool.TrySetResult(spool);
                return spool;
            }
            catch (Exception e) when (SpoolFailure.IsStorage(e))
            {
                if (_watch.SpoolTrouble is null) Log.SpoolClosed(_log, options.Folder, e.Message);
                _watch.SpoolTrouble = e.Message;
            }

            if (stopping.IsCancellationRequested) return null;
            await Task.Delay(SpoolRetry, _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Uploads and makes room, once there is a spool.</summary>
    private async Task KeepAsync(CancellationToken stopping)
    {
        SpoolStore spool;
        try
        {
            spool = await _spool.Task.WaitAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        var retention = new RetentionLoop(spool, _settings.Spool.Retention, _time) { Passed = r => _gate.IsDiskFull = r.MustStop };
        _watch.Retention = retention;
        await Task.WhenAll(Task.Run(() => retention.RunAsync(stopping), CancellationToken.None), UploadAsync(spool, stopping));
    }

    private async Task UploadAsync(SpoolStore spool, CancellationToken stopping)
    {
        using var sink = Sinks.Open(_settings.Upload, spool, _time, _logs.CreateLogger("upload"), RecorderState, _live is null ? null : _live.Offered);
        if (sink is null) return;
        var retry = new RetrySchedule(new RetryOptions(_settings.Upload.RetryMin, _settings.Upload.RetryMax), new Random().NextDouble);
        var uploads = new UploadLoop(spool, sink, retry, _time, _logs.CreateLogger("upload")) { Uploaded = chunk => _module?.Uploaded(chunk) };
        _watch.Uploads = () => uploads.Status;
        await Task.Run(() => uploads.RunAsync(stopping), CancellationToken.None);
    }

    /// <summary>For the header of every chunk: what the hub shows beside its level.</summary>
    private string? RecorderState() => _watch.Report() is { Alarms: var alarms } ? alarms.Count == 0 ? "ok" : string.Join(',', alarms.Select(a => a.Id)) : null;

    /// <summary>An input that ended by itself: what is left is sent before we end. A stop gives the chunk just sealed a moment to go.</summary>
    private async Task DrainUploadsAsync(SpoolStore spool, CancellationToken stopping)
    {
        if (_settings.Upload.Sink == UploadSink.None) return;
        using var patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        await using var farewell = stopping.Register(() => patience.CancelAfter(LastUploadGrace));
        while (spool.Totals().ReadyChunks > 0 && !patience.IsCancellationRequested)
        {
            // While the server does not answer, waiting only delays the stop.
            if (stopping.IsCancellationRequested && _watch.Uploads?.Invoke().FailuresInRow > 0) return;
            await Task.Delay(DrainPoll, _time, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
