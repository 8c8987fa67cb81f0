using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Protocol.Modules;

/// <summary>State of the commanded recording, and only of that: continuous chunks run beside it.</summary>
public enum ModuleState
{
    /// <summary>A word we do not know.</summary>
    Unknown,
    Idle,
    Recording,

    /// <summary>The microphone or the storage cannot be used at all; clears by itself.</summary>
    Error,
    Disconnected,
}

/// <summary>
/// What a module says of itself, retained: at birth, at every change, every 30 s, and as its Will (<c>disconnected</c>). The first seven
/// keys are those every module has; the rest is ours and null where it is not known.
/// </summary>
public sealed record ModuleStatus
{
    [JsonPropertyName("module_id"), JsonPropertyOrder(-10)] public string? ModuleId { get; init; }

    /// <summary><c>idle</c>, <c>recording</c>, <c>error</c>, <c>disconnected</c>.</summary>
    [JsonPropertyName("state"), JsonPropertyOrder(-9)] public required string StateText { get; init; }
    [JsonIgnore] public ModuleState State => StateOf(StateText);
    [JsonPropertyName("timestamp"), JsonPropertyOrder(-8), JsonConverter(typeof(WireTimeConverter))] public DateTimeOffset? Timestamp { get; init; }
    [JsonPropertyName("config"), JsonPropertyOrder(-7)] public ModuleConfig? Config { get; init; }
    [JsonPropertyName("recording_id"), JsonPropertyOrder(-6)] public string? RecordingId { get; init; }
    [JsonPropertyName("filename"), JsonPropertyOrder(-5)] public string? FileName { get; init; }
    [JsonPropertyName("error"), JsonPropertyOrder(-4)] public string? Error { get; init; }

    /// <summary>Rises by one at every start of the module; a lower one is a message from the past.</summary>
    [JsonPropertyName("session")] public long? Session { get; init; }
    [JsonPropertyName("version")] public string? Version { get; init; }

    /// <summary>A start that waits for its time.</summary>
    [JsonPropertyName("armed")] public ArmedStatus? Armed { get; init; }
    [JsonPropertyName("continuous")] public ContinuousStatus? Continuous { get; init; }

    /// <summary>When continuous recording is open; null where nothing records by itself.</summary>
    [JsonPropertyName("schedule")] public ScheduleStatus? Schedule { get; init; }
    [JsonPropertyName("queue")] public QueueStatus? Queue { get; init; }

    /// <summary>Newest captured frame minus newest frame on the disk.</summary>
    [JsonPropertyName("durable_lag_ms")] public double? DurableLagMs { get; init; }

    /// <summary>RMS of the last second per channel, dBFS.</summary>
    [JsonPropertyName("levels")] public IReadOnlyList<double>? LevelsDbfs { get; init; }

    /// <summary>Text ids of what a person should know; empty when all is well.</summary>
    [JsonPropertyName("alarms")] public IReadOnlyList<string>? Alarms { get; init; }

    /// <summary>Channels of the microphone that are dead while others live, from 1.</summary>
    [JsonPropertyName("dead_channels")] public IReadOnlyList<int>? DeadChannels { get; init; }
    [JsonPropertyName("clock")] public ClockStatus? Clock { get; init; }
    [JsonPropertyName("muted_until"), JsonConverter(typeof(WireTimeConverter))] public DateTimeOffset? MutedUntil { get; init; }

    /// <summary>Seconds between heartbeats; 0 = none are sent; null = not said (30 is usual).</summary>
    [JsonPropertyName("heartbeat")] public double? HeartbeatSeconds { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ModuleJson.Wire.ModuleStatus);

    public static string ToText(ModuleState state) => state.ToString().ToLowerInvariant();

    /// <summary>Never throws. Foreign keys of the wrong kind are null; only <c>state</c> is required.</summary>
    /// <inheritdoc cref="ModuleResponse.Read"/>
    public static ModuleStatus? Read(ReadOnlySpan<byte> payload, TimeZoneInfo zone, out WireProblem? problem)
    {
        if (!WireObject.TryRead(payload, out var wire, out problem)) return null;
        if (wire.Text("state") is not { } state)
        {
            problem = new WireProblem("bad_field", "state: missing");
            return null;
        }

        return new ModuleStatus
        {
            ModuleId = wire.Text("module_id"), StateText = state, Timestamp = ModuleTime.Read(wire.Text("timestamp"), zone),
            Config = wire.Object("config") is { } config ? ModuleConfig.From(config) : null, RecordingId = wire.Text("recording_id"),
            FileName = wire.Text("filename"), Error = wire.Text("error"), Session = wire.Whole("session"), Version = wire.Text("version"),
            Armed = wire.Object("armed") is { } armed && armed.Text("recording_id") is { } id ? new ArmedStatus(id, armed.Time("start_at")) : null,
            Continuous = wire.Object("continuous") is { } c ? new ContinuousStatus(c.Flag("active") ?? false, (int?)c.Whole("chunk_number"), c.Time("next_change")) : null,
            Schedule = wire.Object("schedule") is { } schedule ? ScheduleStatus.From(schedule) : null,
            Queue = wire.Object("queue") is { } q ? new QueueStatus(q.Whole("chunks") ?? 0, q.Whole("bytes") ?? 0, q.Time("oldest"), q.Whole("quarantined")) : null,
            DurableLagMs = wire.Number("durable_lag_ms"), LevelsDbfs = wire.Numbers("levels"), Alarms = wire.Texts("alarms"), DeadChannels = wire.Numbers("dead_channels") is { } dead ? [.. dead.Where(d => d is >= 1 and <= 64).Select(d => (int)d)] : null,
            Clock = wire.Object("clock") is { } k ? new ClockStatus(k.Number("offset_us"), k.Number("uncertainty_us"), k.Text("source")) : null,
            MutedUntil = wire.Time("muted_until"), HeartbeatSeconds = wire.Number("heartbeat"),
        };
    }

    private static ModuleState StateOf(string text) => text switch
    {
        "idle" => ModuleState.Idle,
        "recording" => ModuleState.Recording,
        "error" => ModuleState.Error,
        "disconnected" => ModuleState.Disconnected,
        _ => ModuleState.Unknown,
    };
}

/// <summary>A start that waits for its time.</summary>
public sealed record ArmedStatus(
    [property: JsonPropertyName("recording_id")] string RecordingId,
    [property: JsonPropertyName("start_at"), JsonConverter(typeof(WireTimeConverter))] DateTimeOffset? StartAt);

/// <summary>Recording by schedule.</summary>
/// <param name="Active">Chunks are being written now.</param>
/// <param name="ChunkNumber">Of the open chunk in its run.</param>
/// <param name="NextChange">When the schedule opens or closes next; null = never.</param>
public sealed record ContinuousStatus(
    [property: JsonPropertyName("active")] bool Active,
    [property: JsonPropertyName("chunk_number")] int? ChunkNumber,
    [property: JsonPropertyName("next_change"), JsonConverter(typeof(WireTimeConverter))] DateTimeOffset? NextChange);

/// <summary>The schedule in force.</summary>
/// <param name="Windows"><c>always</c>, or windows as the settings write them.</param>
/// <param name="TimeZone">In which they are read.</param>
/// <param name="Source"><c>settings</c>, <c>saved</c> (by a command, over a restart) or <c>command</c> (until the next start).</param>
public sealed record ScheduleStatus(
    [property: JsonPropertyName("windows")] string Windows,
    [property: JsonPropertyName("timezone")] string TimeZone,
    [property: JsonPropertyName("source")] string? Source = null)
{
    public const string Settings = "settings", Saved = "saved", Command = "command";

    internal static ScheduleStatus? From(WireObject wire) =>
        wire.Text("windows") is { } windows ? new ScheduleStatus(windows, wire.Text("timezone") ?? "UTC", wire.Text("source")) : null;

    /// <summary>For <see cref="Expectation"/>.</summary>
    public JsonElement ToElement() => JsonSerializer.SerializeToElement(this, ModuleJson.Wire.ScheduleStatus);
}

/// <summary>What waits for upload.</summary>
/// <param name="Quarantined">Chunks set aside: refused for good, or found damaged; null = not said.</param>
public sealed record QueueStatus(
    [property: JsonPropertyName("chunks")] long Chunks,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("oldest"), JsonConverter(typeof(WireTimeConverter))] DateTimeOffset? Oldest,
    [property: JsonPropertyName("quarantined")] long? Quarantined = null);

/// <summary>How the module's wall clock stands to its master's.</summary>
/// <param name="OffsetUs">To be added to the module's clock; null = never measured.</param>
/// <param name="UncertaintyUs">Half-width.</param>
/// <param name="Source">Where that comes from: <c>host</c> (the operating system says it is disciplined), <c>none</c>.</param>
public sealed record ClockStatus(
    [property: JsonPropertyName("offset_us")] double? OffsetUs,
    [property: JsonPropertyName("uncertainty_us")] double? UncertaintyUs,
    [property: JsonPropertyName("source")] string? Source);
