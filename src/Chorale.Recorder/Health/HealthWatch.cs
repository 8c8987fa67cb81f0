using Chorale.Audio.Capture;
using Chorale.Audio.Pcm;
using Chorale.Protocol;
using Chorale.Recorder.Capture;
using Chorale.Recorder.Control;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Spool;
using Chorale.Recorder.Upload;

namespace Chorale.Recorder.Health;

/// <summary>Looks at every part once a second, raises and clears alarms, and makes the report that health, metrics and systemd show.</summary>
internal sealed class HealthWatch(
    RecorderSettings settings, MicrophoneLoop microphone, RecordingGate gate, RecorderCounters counters, LevelTrack levels, AlarmBoard alarms,
    string version, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Chunks wait and none was taken for so long: somebody should know.</summary>
    private static readonly TimeSpan WaitingTooLong = TimeSpan.FromMinutes(10);

    private const double FullSoonDays = 2;

    private readonly long _startStamp = time.GetTimestamp();
    private readonly Liveness _liveness = new(time);
    private SpoolTotals? _totals;

    /// <summary>Set once the spool is open.</summary>
    public SpoolStore? Spool { get; set; }

    /// <summary>Set once uploads run; null with the sink <c>none</c>.</summary>
    public Func<UploadStatus>? Uploads { get; set; }

    /// <summary>Why the spool cannot be opened; null when it is.</summary>
    public string? SpoolTrouble { get; set; }

    /// <summary>Set once the spool is open.</summary>
    public RetentionLoop? Retention { get; set; }

    /// <summary>Set where there is a broker.</summary>
    public Module? Module { get; set; }

    /// <summary>See <see cref="Liveness"/>.</summary>
    public bool IsAlive => _liveness.IsAlive;

    public string StatusLine
    {
        get
        {
            var report = Report();
            var what = report.Recording ? "recording" : report.CaptureState == "running" ? "microphone open" : report.CaptureState;
            var alarms = report.Alarms.Count == 0 ? "" : "; ALARM " + string.Join(", ", report.Alarms.Select(a => a.Id));
            return $"{what} {report.Device}; {report.QueueSize} chunks wait, {report.UploadedTotal} uploaded{alarms}";
        }
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            Look();
            await Task.Delay(Interval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public HealthReport Report()
    {
        var standing = alarms.Snapshot();
        var capture = microphone.Status;
        var now = time.GetUtcNow();
        var open = gate.At(now);
        var rate = capture?.Run?.Format.SampleRateHz ?? settings.Capture.SampleRateHz;
        var running = capture?.State == CaptureState.Running;
        var level = levels.LastSecond;
        var clock = capture?.Run?.Clock.At(0);
        var uploads = Uploads?.Invoke();
        return new HealthReport
        {
            Status = AlarmBoard.Status(standing), Recording = running && open.Closed is null && counters.StorageTrouble is null,
            InSchedule = settings.Mode == RecordingMode.Continuous && gate.Schedule.Now.IsOpen(now),
            QueueSize = _totals?.ReadyChunks ?? 0, UploadedTotal = uploads?.UploadedTotal ?? 0, UploadErrorsTotal = uploads?.ErrorsTotal ?? 0,
            LastUploadTs = uploads?.LastUploadAt is { } last ? WallTime.ToMicroseconds(last) / 1e6 : null,
            SpoolFiles = _totals is null ? 0 : _totals.ReadyChunks + _totals.UploadedChunks + _totals.QuarantinedChunks,
            SpoolBytes = _totals is null ? 0 : _totals.ReadyBytes + _totals.UploadedBytes + _totals.QuarantinedBytes,
            PointId = settings.Upload.Ids?.PointId.ToString(), Recorder = settings.Id.Value, Version = version, Alarms = standing,
            DurableLagMs = running ? counters.DurableLagFrames * 1000.0 / rate : null, Device = capture?.Source,
            CaptureState = (capture?.State.ToString() ?? "Idle").ToLowerInvariant(), CapturedFrames = capture?.FramesCaptured ?? 0,
            Xruns = capture?.Xruns ?? 0, GapFrames = counters.GapFrames, DeadChannels = running ? levels.DeadChannels : [], PeakDbfs = level?.PeakDbfs, RmsDbfs = level?.RmsDbfs,
            ClippedSamples = levels.ClippedSamples, MutedUntil = gate.MutedUntil(now) is { } muted ? WallTime.ToText(muted) : null,
            RatePpm = clock?.RatePpm, UncertaintyUs = clock?.UncertaintyUs,
            Module = Module is { } module ? ReportOf(module) : null,
            QueueBytes = _totals?.ReadyBytes ?? 0, OldestWaiting = _totals?.OldestReadyAt is { } oldest ? WallTime.ToText(oldest) : null, Quarantined = _totals?.QuarantinedChunks ?? 0,
            LostChunks = _totals?.LostChunks ?? 0, FreeBytes = _totals?.FreeBytes is >= 0 and var free ? free : null, DaysToFull = Retention?.Last?.DaysToFull, WrittenBytes = _totals?.WrittenBytes ?? 0,
            UptimeSeconds = Math.Round(time.GetElapsedTime(_startStamp).TotalSeconds, 1),
        };
    }

    private static ModuleHealth ReportOf(Module module) => new(
        module.IsConnected, module.Session, module.Counters.Commands, module.Counters.Bad, module.Counters.ForeignStatus, module.Link.Received, module.Link.Dropped,
        module.Link.Reconnects);

    private void Look()
    {
        _totals = Spool?.Totals() ?? _totals;
        LookAtMicrophone();
        LookAtStorage();
        LookAtRoom();
        LookAtUploads();
        var capture = microphone.Status;
        _liveness.Look(capture?.State == CaptureState.Running, capture?.FramesCaptured ?? 0, counters.ReadFrames, counters.StorageTrouble is not null || Spool is null);
    }

    private void LookAtMicrophone()
    {
        var capture = microphone.Status;
        var needed = capture is not null;
        alarms.Set("microphone_failed", capture?.State == CaptureState.Failed, AlarmLevel.Error, capture?.LastError ?? "");
        var lost = needed && (capture!.State == CaptureState.Lost || (capture.State == CaptureState.Opening && capture.Retries > 0));
        alarms.Set("microphone_lost", lost, AlarmLevel.Error, $"the microphone is not there: {capture?.LastError}");
        alarms.Set("no_frames", capture?.IsSilentDevice == true, AlarmLevel.Error, "the microphone is open but gives no frames");
        var running = capture?.State == CaptureState.Running;
        var verdict = levels.Verdict;
        alarms.Set("digital_silence", running && verdict == MicrophoneVerdict.DigitalSilence, AlarmLevel.Error, "every sample has been zero for 10 s");
        alarms.Set("dead_microphone", running && verdict == MicrophoneVerdict.Dead, AlarmLevel.Error,
            "the level has been under any living room's for 10 s: dead, muted or unplugged microphone");
        var dead = levels.DeadChannels;
        alarms.Set("dead_channel", running && dead.Count > 0, AlarmLevel.Error, $"channel {string.Join(", ", dead)} of the microphone is dead, muted or unplugged; the others live");
    }

    private void LookAtStorage()
    {
        var trouble = counters.StorageTrouble ?? Spool?.Fault?.Detail ?? SpoolTrouble;
        alarms.Set("storage_failed", trouble is not null, AlarmLevel.Error, $"the disk refuses, audio is kept in memory: {trouble}");
        alarms.Set("quarantine", _totals?.QuarantinedChunks > 0, AlarmLevel.Degraded, $"{_totals?.QuarantinedChunks} chunks are set aside");
    }

    private void LookAtRoom()
    {
        if (Retention?.Last is not { } room) return;
        alarms.Set("disk_floor", room.MustStop || room.DroppedUnsent > 0, AlarmLevel.Error, room.MustStop
            ? "free space is under its floor: recording has stopped until there is room"
            : "free space is under its floor: the oldest unsent chunks are being deleted");
        alarms.Set("disk_low", room.DaysToFull < FullSoonDays, AlarmLevel.Degraded, $"the disk will be full in {room.DaysToFull:0.#} days");
    }

    private void LookAtUploads()
    {
        if (Uploads?.Invoke() is not { } uploads) return;
        alarms.Set("upload_refused", uploads.CredentialsRefused, AlarmLevel.Degraded, $"the server refuses our credentials: {uploads.LastError}");
        alarms.Set("uploads_rejected", uploads.RejectedInRow >= UploadStatus.RejectedInRowMax, AlarmLevel.Degraded,
            $"the server refused {uploads.RejectedInRow} chunks in a row for good: {uploads.LastError}");
        alarms.Set("upload_passed_over", uploads.RestingChunks > 0, AlarmLevel.Degraded, $"{uploads.RestingChunks} chunks fail where others pass");
        var quiet = uploads.LastUploadAt is { } last ? time.GetUtcNow() - last : time.GetElapsedTime(_startStamp);
        alarms.Set("upload_waiting", _totals?.ReadyChunks > 0 && quiet > WaitingTooLong, AlarmLevel.Degraded,
            $"{_totals?.ReadyChunks} chunks wait, none was taken for {(int)quiet.TotalMinutes} min: {uploads.LastError}");
    }
}
