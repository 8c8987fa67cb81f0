using System.Text.Json.Serialization;
using Chorale.Fleet;
using Chorale.Fleet.Presence;
using Chorale.Fleet.Sessions;
using Chorale.Hub.Book;
using Chorale.Hub.Jobs;
using Chorale.Protocol;
using Chorale.Protocol.Modules;
using Chorale.Show.Room;

namespace Chorale.Hub.Fleet;

/// <summary>A module as the API and events show it. Times are microseconds since 1970 UTC; absent is null.</summary>
internal sealed record ModuleView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("presence")] ModulePresence Presence,
    [property: JsonPropertyName("state")] string? State,
    [property: JsonPropertyName("recording_id")] string? RecordingId,
    [property: JsonPropertyName("recording_since_us")] long? RecordingSinceUs,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("last_seen_us")] long? LastSeenUs,
    [property: JsonPropertyName("silent_ms")] long? SilentMs,
    [property: JsonPropertyName("heartbeat_s")] double? HeartbeatSeconds,
    [property: JsonPropertyName("session")] long? Session,
    [property: JsonPropertyName("version")] string? Version,
    [property: JsonPropertyName("config")] ModuleConfig? Config,
    [property: JsonPropertyName("levels_dbfs")] IReadOnlyList<double>? LevelsDbfs,
    [property: JsonPropertyName("queue_chunks")] long? QueueChunks,
    [property: JsonPropertyName("queue_bytes")] long? QueueBytes,
    [property: JsonPropertyName("queue_oldest_us")] long? QueueOldestUs,
    [property: JsonPropertyName("queue_quarantined")] long? QueueQuarantined,
    [property: JsonPropertyName("durable_lag_ms")] double? DurableLagMs,
    [property: JsonPropertyName("continuous")] bool? IsContinuous,
    [property: JsonPropertyName("next_change_us")] long? NextChangeUs,
    [property: JsonPropertyName("schedule")] ScheduleStatus? Schedule,
    [property: JsonPropertyName("armed_for_us")] long? ArmedForUs,
    [property: JsonPropertyName("muted_until_us")] long? MutedUntilUs,
    [property: JsonPropertyName("clock_offset_us")] double? ClockOffsetUs,
    [property: JsonPropertyName("clock_uncertainty_us")] double? ClockUncertaintyUs,
    [property: JsonPropertyName("clock_measured_us")] long? ClockMeasuredUs,
    [property: JsonPropertyName("clock_source")] string? ClockSource,
    [property: JsonPropertyName("alarms")] IReadOnlyList<string> Alarms,
    [property: JsonPropertyName("dead_channels")] IReadOnlyList<int>? DeadChannels,
    [property: JsonPropertyName("unreadable")] long Unreadable,
    [property: JsonPropertyName("link")] string Link)
{
    public static ModuleView Of(FleetModule module)
    {
        var s = module.Status;
        return new ModuleView(
            module.Id.Value, module.Presence, s?.StateText, s?.RecordingId, Us(module.RecordingSince), s?.Error, Us(module.LastSeenAt), (long?)module.SilentFor?.TotalMilliseconds,
            module.Heartbeat?.TotalSeconds, module.Session, s?.Version, s?.Config, s?.LevelsDbfs, s?.Queue?.Chunks, s?.Queue?.Bytes, Us(s?.Queue?.Oldest), s?.Queue?.Quarantined,
            s?.DurableLagMs, s?.Continuous?.Active, Us(s?.Continuous?.NextChange), s?.Schedule, Us(s?.Armed?.StartAt), Us(s?.MutedUntil), module.Clock?.OffsetUs, module.Clock?.UncertaintyUs,
            Us(module.Clock?.MeasuredAt), s?.Clock?.Source, module.Alarms, s?.DeadChannels, module.Unreadable, module.Link);
    }

    private static long? Us(DateTimeOffset? at) => at is { } time ? WallTime.ToMicroseconds(time) : null;
}

/// <summary>The fleet as it stands.</summary>
internal sealed record ModulesView(
    [property: JsonPropertyName("now_us")] long NowUs,
    [property: JsonPropertyName("broker")] BrokerView Broker,
    [property: JsonPropertyName("modules")] IReadOnlyList<ModuleView> Modules);

/// <param name="Address">Null: no broker is set.</param>
/// <param name="Problem">Why there is no connection.</param>
internal sealed record BrokerView(
    [property: JsonPropertyName("address")] string? Address,
    [property: JsonPropertyName("connected")] bool IsConnected,
    [property: JsonPropertyName("problem")] string? Problem);

/// <summary>A session in a list; its manifest has the rest.</summary>
internal sealed record SessionView(
    [property: JsonPropertyName("session_id")] string SessionId,
    [property: JsonPropertyName("recording_id")] string RecordingId,
    [property: JsonPropertyName("state")] SessionState State,
    [property: JsonPropertyName("created_us")] long CreatedUs,
    [property: JsonPropertyName("start_at_us")] long? StartAtUs,
    [property: JsonPropertyName("duration_s")] double? DurationSeconds,
    [property: JsonPropertyName("modules")] int Modules,
    [property: JsonPropertyName("confirmed")] int Confirmed,
    [property: JsonPropertyName("armed")] int Armed,
    [property: JsonPropertyName("complete")] int Complete,
    [property: JsonPropertyName("spread_us")] double? SpreadUs,
    [property: JsonPropertyName("spread_uncertainty_us")] double? SpreadUncertaintyUs)
{
    public static SessionView Of(SessionManifest s) => new(
        s.SessionId, s.RecordingId, s.State, WallTime.ToMicroseconds(s.CreatedAt), s.StartAt is { } at ? WallTime.ToMicroseconds(at) : null, s.DurationSeconds,
        s.Modules.Count, s.Modules.Count(m => m.IsConfirmed), s.Armed, s.Modules.Count(m => m.CompletedAt is not null), s.SpreadUs, s.SpreadUncertaintyUs);
}

internal sealed record SessionsView([property: JsonPropertyName("sessions")] IReadOnlyList<SessionView> Sessions);

/// <summary>A command as it stands.</summary>
/// <param name="State"><c>running</c> or <c>ended</c>.</param>
/// <param name="Modules">Null: all.</param>
/// <param name="By">The operator who asked; null where nobody had to say who they are.</param>
/// <param name="From">What it came from, as that said.</param>
internal sealed record CommandView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("created_us")] long CreatedUs,
    [property: JsonPropertyName("ended_us")] long? EndedUs,
    [property: JsonPropertyName("command")] string? Command,
    [property: JsonPropertyName("modules")] IReadOnlyList<string>? Modules,
    [property: JsonPropertyName("recording_id")] string? RecordingId,
    [property: JsonPropertyName("by")] string? By,
    [property: JsonPropertyName("from")] string? From,
    [property: JsonPropertyName("answer")] FleetAnswer? Answer);

internal sealed record CommandsView([property: JsonPropertyName("commands")] IReadOnlyList<CommandView> Commands);

/// <summary>First event of a listener: everything as it stands.</summary>
internal sealed record SnapshotView(
    [property: JsonPropertyName("now_us")] long NowUs,
    [property: JsonPropertyName("broker")] BrokerView Broker,
    [property: JsonPropertyName("modules")] IReadOnlyList<ModuleView> Modules,
    [property: JsonPropertyName("sessions")] IReadOnlyList<SessionView> Sessions,
    [property: JsonPropertyName("rooms")] IReadOnlyList<RoomView> Rooms,
    [property: JsonPropertyName("troubles")] IReadOnlyList<Trouble> Troubles,
    [property: JsonPropertyName("commands")] IReadOnlyList<CommandView> Commands,
    [property: JsonPropertyName("jobs")] IReadOnlyList<JobView> Jobs);

internal sealed record LevelsView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("peak_dbfs")] IReadOnlyList<double> PeakDbfs,
    [property: JsonPropertyName("rms_dbfs")] IReadOnlyList<double> RmsDbfs);

internal sealed record AlarmView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("alarm")] string Alarm,
    [property: JsonPropertyName("raised")] bool IsRaised);
