using Chorale.Protocol;
using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Fleet.Commands;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet.Sessions;

/// <summary>How far a session is.</summary>
[JsonConverter(typeof(SnakeCaseEnum<SessionState>))]
public enum SessionState
{
    /// <summary>Commanded; nobody has reported a first frame.</summary>
    Armed,

    /// <summary>At least one module records, or has not reported its file yet.</summary>
    Recording,

    /// <summary>Every module that confirmed has its file complete.</summary>
    Complete,

    /// <summary>No module confirmed.</summary>
    Failed,
}

/// <summary>
/// One recording on several modules: who was commanded, who records, when each first frame was, and how well that is known. Everything an
/// export needs to bring the files together. All times are UTC of the master's clock unless a name says otherwise.
/// </summary>
public sealed record SessionManifest
{
    [JsonPropertyName("version")] public int Version { get; init; } = 1;

    [JsonPropertyName("session_id")] public required string SessionId { get; init; }

    /// <summary>The same for all modules; part of their file names.</summary>
    [JsonPropertyName("recording_id")] public required string RecordingId { get; init; }

    [JsonPropertyName("state")] public SessionState State { get; init; }

    [JsonPropertyName("created_at"), JsonConverter(typeof(UtcConverter))] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>T0, the instant at which all begin; null for a start without one.</summary>
    [JsonPropertyName("start_at"), JsonConverter(typeof(UtcConverter))] public DateTimeOffset? StartAt { get; init; }

    /// <summary>Null: until stopped.</summary>
    [JsonPropertyName("duration_s")] public double? DurationSeconds { get; init; }

    /// <summary>Taken from the rings before T0.</summary>
    [JsonPropertyName("pre_roll_s")] public double PreRollSeconds { get; init; }

    /// <summary>From the command to T0.</summary>
    [JsonPropertyName("lead_ms")] public double LeadMs { get; init; }

    [JsonPropertyName("modules")] public IReadOnlyList<SessionModule> Modules { get; init; } = [];

    /// <summary>Modules that took T0.</summary>
    [JsonPropertyName("armed")] public int Armed => Modules.Count(m => m.IsSynchronised && m.IsConfirmed);

    /// <summary>Latest first frame minus earliest, of the synchronised modules; null while fewer than two have reported.</summary>
    [JsonPropertyName("spread_us")] public double? SpreadUs { get; init; }

    /// <summary>Half-width of what is known of the spread.</summary>
    [JsonPropertyName("spread_uncertainty_us")] public double? SpreadUncertaintyUs { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, FleetJson.Indented.SessionManifest);

    /// <exception cref="JsonException">The text is no manifest.</exception>
    public static SessionManifest Read(string json) =>
        JsonSerializer.Deserialize(json, FleetJson.Default.SessionManifest) ?? throw new JsonException("a session manifest is an object");
}

/// <summary>One module's part of a session.</summary>
public sealed record SessionModule
{
    [JsonPropertyName("module")] public required ModuleId Module { get; init; }

    /// <summary>Null: it has not answered yet.</summary>
    [JsonPropertyName("verdict")] public Verdict? Verdict { get; init; }

    [JsonPropertyName("reason")] public string? Reason { get; init; }

    [JsonIgnore] public bool IsConfirmed => Verdict == Commands.Verdict.Confirmed;

    /// <summary>It took T0; false: "unsynchronised", it began when the command reached it.</summary>
    [JsonPropertyName("synchronised")] public bool IsSynchronised { get; init; }

    /// <summary>First frame on the master's clock.</summary>
    [JsonPropertyName("first_frame_utc"), JsonConverter(typeof(UtcConverter))] public DateTimeOffset? FirstFrameUtc { get; init; }

    /// <summary>First frame as the module's own clock has it.</summary>
    [JsonPropertyName("first_frame_module_utc"), JsonConverter(typeof(UtcConverter))] public DateTimeOffset? FirstFrameModuleUtc { get; init; }

    /// <summary>Half-width of what is known of the first frame, the clocks included; null = unknown.</summary>
    [JsonPropertyName("uncertainty_us")] public double? UncertaintyUs { get; init; }

    /// <summary>The module's part of it: how well it knows the frame on its own clock.</summary>
    [JsonPropertyName("frame_uncertainty_us")] public double? FrameUncertaintyUs { get; init; }

    /// <summary>Module's clock minus the master's; what was taken off.</summary>
    [JsonPropertyName("clock_offset_us")] public double ClockOffsetUs { get; init; }

    /// <summary><c>measured</c> by the master and taken off, <c>agreeing</c> (no difference could be measured), <c>host</c> (held by its host), <c>assumed</c> (nothing is known).</summary>
    [JsonPropertyName("clock_source")] public string ClockSource { get; init; } = "assumed";

    /// <summary>How much faster the module's clock runs than the master's; null = not measured.</summary>
    [JsonPropertyName("clock_ppm")] public double? ClockPpm { get; init; }

    /// <summary>How much faster than nominal the microphone ran, by the module's clock; null = unknown.</summary>
    [JsonPropertyName("rate_ppm")] public double? RatePpm { get; init; }

    [JsonPropertyName("samplerate")] public int? SampleRateHz { get; init; }

    [JsonPropertyName("channels")] public int? Channels { get; init; }

    [JsonPropertyName("frames")] public long? Frames { get; init; }

    /// <summary>Names on the module, audio first.</summary>
    [JsonPropertyName("files")] public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Where they are, on the module's machine.</summary>
    [JsonPropertyName("folder")] public string? Folder { get; init; }

    [JsonPropertyName("sha256")] public string? Sha256 { get; init; }

    [JsonPropertyName("gaps")] public IReadOnlyList<ModuleGap> Gaps { get; init; } = [];

    /// <summary>RMS per channel over the recording, dBFS.</summary>
    [JsonPropertyName("levels_dbfs")] public IReadOnlyList<double>? LevelsDbfs { get; init; }

    [JsonPropertyName("completed_at"), JsonConverter(typeof(UtcConverter))] public DateTimeOffset? CompletedAt { get; init; }
}
