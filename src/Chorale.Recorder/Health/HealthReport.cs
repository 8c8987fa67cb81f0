using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Recorder.Health;

/// <summary>
/// What <c>GET /health</c> answers. The first ten keys are those of recorder-agent (same names, same types, now truthful), the rest is ours.
/// </summary>
internal sealed record HealthReport
{
    /// <summary><c>ok</c>, <c>degraded</c> (audio is safe, something needs a person soon) or <c>error</c> (audio is being lost, or soon will be).</summary>
    [JsonPropertyName("status")] public required string Status { get; init; }
    [JsonPropertyName("recording")] public required bool Recording { get; init; }
    [JsonPropertyName("in_schedule")] public required bool InSchedule { get; init; }
    [JsonPropertyName("queue_size")] public required int QueueSize { get; init; }
    [JsonPropertyName("uploaded_total")] public required long UploadedTotal { get; init; }
    [JsonPropertyName("upload_errors_total")] public required long UploadErrorsTotal { get; init; }

    /// <summary>Seconds since 1970, null before the first.</summary>
    [JsonPropertyName("last_upload_ts")] public double? LastUploadTs { get; init; }
    [JsonPropertyName("spool_files")] public required int SpoolFiles { get; init; }
    [JsonPropertyName("spool_bytes")] public required long SpoolBytes { get; init; }
    [JsonPropertyName("point_id")] public required string? PointId { get; init; }

    [JsonPropertyName("recorder")] public required string Recorder { get; init; }
    [JsonPropertyName("version")] public required string Version { get; init; }
    [JsonPropertyName("alarms")] public required IReadOnlyList<Alarm> Alarms { get; init; }

    /// <summary>Newest captured frame minus newest frame on the disk, in ms; null while nothing is captured.</summary>
    [JsonPropertyName("durable_lag_ms")] public double? DurableLagMs { get; init; }
    [JsonPropertyName("device")] public string? Device { get; init; }
    [JsonPropertyName("capture_state")] public required string CaptureState { get; init; }
    [JsonPropertyName("captured_frames_total")] public required long CapturedFrames { get; init; }
    [JsonPropertyName("xruns_total")] public required long Xruns { get; init; }
    [JsonPropertyName("gap_frames_total")] public required IReadOnlyDictionary<string, long> GapFrames { get; init; }
    [JsonPropertyName("peak_dbfs")] public IReadOnlyList<double>? PeakDbfs { get; init; }
    [JsonPropertyName("rms_dbfs")] public IReadOnlyList<double>? RmsDbfs { get; init; }
    [JsonPropertyName("clipped_samples_total")] public required long ClippedSamples { get; init; }
    [JsonPropertyName("muted_until")] public string? MutedUntil { get; init; }
    [JsonPropertyName("rate_ppm")] public double? RatePpm { get; init; }
    [JsonPropertyName("uncertainty_us")] public double? UncertaintyUs { get; init; }
    /// <summary>Size of the chunks that wait for upload.</summary>
    [JsonPropertyName("queue_bytes")] public long QueueBytes { get; init; }
    [JsonPropertyName("oldest_waiting")] public string? OldestWaiting { get; init; }
    /// <summary>Channels that are dead while others live, from 1.</summary>
    [JsonPropertyName("dead_channels")] public IReadOnlyList<int> DeadChannels { get; init; } = [];
    [JsonPropertyName("quarantined")] public required int Quarantined { get; init; }
    [JsonPropertyName("lost_chunks_total")] public required long LostChunks { get; init; }
    [JsonPropertyName("free_bytes")] public long? FreeBytes { get; init; }

    /// <summary>Until the free-space floor is reached at the present rate; null when that is not foreseeable.</summary>
    [JsonPropertyName("days_to_full")] public double? DaysToFull { get; init; }
    [JsonPropertyName("written_bytes_total")] public required long WrittenBytes { get; init; }
    /// <summary>Null where there is no broker in the settings.</summary>
    [JsonPropertyName("module")] public ModuleHealth? Module { get; init; }
    [JsonPropertyName("uptime_seconds")] public required double UptimeSeconds { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, HealthJson.Default.HealthReport);
}

/// <summary>Something a person must know of. Ids and what to do about each: guide/alarms.md.</summary>
/// <param name="Id">Stable text id, snake_case.</param>
/// <param name="Level"><c>degraded</c> or <c>error</c>.</param>
/// <param name="Since">RFC 3339 UTC.</param>
/// <param name="Text">One sentence for a person.</param>
internal sealed record Alarm(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("level")] string Level,
    [property: JsonPropertyName("since")] string Since,
    [property: JsonPropertyName("text")] string Text);

/// <summary>The module under its broker.</summary>
/// <param name="Connected">Now.</param>
/// <param name="Session">Number of this start.</param>
/// <param name="Commands">Payloads on the command topic.</param>
/// <param name="BadPayloads">Those that could not be read.</param>
/// <param name="ForeignStatus">Messages on our status topic that were not ours.</param>
/// <param name="Received">Messages read from the broker.</param>
/// <param name="Dropped">Those that came faster than they could be handled.</param>
/// <param name="Reconnects">Connections made after the first.</param>
internal sealed record ModuleHealth(
    [property: JsonPropertyName("connected")] bool Connected,
    [property: JsonPropertyName("session")] long Session,
    [property: JsonPropertyName("commands_total")] long Commands,
    [property: JsonPropertyName("bad_payloads_total")] long BadPayloads,
    [property: JsonPropertyName("foreign_status_total")] long ForeignStatus,
    [property: JsonPropertyName("received_total")] long Received,
    [property: JsonPropertyName("dropped_total")] long Dropped,
    [property: JsonPropertyName("reconnects_total")] long Reconnects);

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HealthJson : JsonSerializerContext;
