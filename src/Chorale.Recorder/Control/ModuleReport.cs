using Chorale.Protocol;
using Chorale.Protocol.Modules;
using Chorale.Recorder.Capture;
using Chorale.Recorder.Health;
using Chorale.Recorder.Interop;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Control;

/// <summary>Puts the status together from what every part of the recorder knows. Used under the module's lock.</summary>
internal sealed class ModuleReport(
    RecorderSettings settings, long session, string version, ModulePolicy policy, CommandedSchedule schedule, RecordingControl control, MicrophoneLoop microphone, RecordingGate gate,
    RecorderCounters counters, HealthWatch watch, TimeProvider time)
{
    private static readonly TimeSpan LevelsOver = TimeSpan.FromSeconds(1);

    /// <summary>While one of these stands, there is nothing to record with, or nowhere to put it.</summary>
    private static readonly string[] Disabling = ["microphone_failed", "microphone_lost", "no_frames", "storage_failed"];

    private readonly RingLevels _levels = new(gate, time);

    public ModuleStatus Now()
    {
        var report = watch.Report();
        var now = time.GetUtcNow();
        var disabling = report.Alarms.FirstOrDefault(a => Disabling.Contains(a.Id));
        // A recording may also have been asked for on the command line.
        var isRecording = policy.Phase is ModulePhase.Recording or ModulePhase.Ending || (policy.Phase == ModulePhase.Idle && control.CurrentId is not null);
        var isArmed = policy.Phase == ModulePhase.Armed;
        var isContinuous = settings.Mode == RecordingMode.Continuous;
        return new ModuleStatus
        {
            ModuleId = settings.Id.Value,
            StateText = ModuleStatus.ToText(isRecording ? ModuleState.Recording : disabling is not null ? ModuleState.Error : ModuleState.Idle),
            Timestamp = now, Config = policy.Setup.ToConfig(), RecordingId = isRecording ? policy.RecordingId ?? control.CurrentId : null,
            FileName = isRecording ? policy.FileName : null, Error = disabling?.Text ?? policy.Error, Session = session, Version = version,
            Armed = isArmed ? new ArmedStatus(policy.RecordingId!, policy.ArmedFor) : null,
            Continuous = new ContinuousStatus(
                isContinuous && report.Recording, isContinuous && report.Recording ? counters.OpenChunkNumber : null, isContinuous ? gate.Schedule.Now.NextChange(now) : null),
            Schedule = schedule.Status,
            Queue = new QueueStatus(report.QueueSize, report.QueueBytes, WallTime.TryParse(report.OldestWaiting, out var us) ? WallTime.FromMicroseconds(us) : null, report.Quarantined),
            DurableLagMs = isContinuous && report.DurableLagMs is { } lag ? Math.Round(lag, 1) : null,
            LevelsDbfs = _levels.Newest(microphone.Ring, LevelsOver)?.RmsDbfs.Select(l => Math.Round(l, 1)).ToList(),
            Alarms = [.. report.Alarms.Select(a => a.Id)], DeadChannels = report.DeadChannels.Count > 0 ? report.DeadChannels : null, Clock = Clock(),
            MutedUntil = gate.MutedUntil(now), HeartbeatSeconds = settings.Mqtt!.Heartbeat ? settings.Mqtt.HeartbeatInterval.TotalSeconds : 0,
        };
    }

    /// <summary>What masters must hear of at once; the figures of a status change all the time.</summary>
    public static string Essence(ModuleStatus status) =>
        string.Join('|', status.StateText, status.RecordingId, status.Error, string.Join(',', status.Alarms ?? []), status.MutedUntil?.Ticks, status.Continuous?.Active, status.Schedule);

    private static ClockStatus Clock() =>
        KernelClock.Read() is { } kernel ? new ClockStatus(Math.Round(kernel.OffsetUs, 1), kernel.MaxErrorUs, "host") : new ClockStatus(null, null, "none");
}
