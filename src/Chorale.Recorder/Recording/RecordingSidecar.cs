using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Recording;

/// <summary>
/// The <c>.json</c> beside a requested recording. The first six keys are those of existing modules; the rest says where the frames lie in
/// time, so that files of several modules can be aligned.
/// </summary>
internal sealed record RecordingSidecar
{
    [JsonPropertyName("timestamp")] public required string Timestamp { get; init; }
    [JsonPropertyName("duration_seconds")] public required double DurationSeconds { get; init; }
    [JsonPropertyName("total_frames")] public required long TotalFrames { get; init; }
    [JsonPropertyName("device")] public required SidecarDevice Device { get; init; }
    [JsonPropertyName("config")] public required SidecarConfig Config { get; init; }
    [JsonPropertyName("audio_file")] public required string AudioFile { get; init; }
    [JsonPropertyName("recording_id")] public required string RecordingId { get; init; }
    [JsonPropertyName("module_id")] public required string ModuleId { get; init; }
    [JsonPropertyName("first_frame_utc")] public string? FirstFrameUtc { get; init; }
    [JsonPropertyName("uncertainty_us")] public double? UncertaintyUs { get; init; }
    [JsonPropertyName("rate_ppm")] public double? RatePpm { get; init; }

    /// <summary>Silence was written for these, so that what follows stays on the right time.</summary>
    [JsonPropertyName("gaps")] public IReadOnlyList<SidecarGap> Gaps { get; init; } = [];
    [JsonPropertyName("levels")] public ChunkLevels? Levels { get; init; }
    [JsonPropertyName("sha256")] public string? Sha256 { get; init; }

    /// <summary>Completed after a crash from what the file held.</summary>
    [JsonPropertyName("recovered")] public bool Recovered { get; init; }

    /// <exception cref="JsonException">It is none.</exception>
    public static RecordingSidecar? Read(byte[] bytes) => JsonSerializer.Deserialize(bytes, SidecarJson.Default.RecordingSidecar);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, SidecarJson.Default.RecordingSidecar);
}

internal sealed record SidecarDevice(
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("channels")] int Channels,
    [property: JsonPropertyName("samplerate")] int SampleRateHz);

internal sealed record SidecarConfig(
    [property: JsonPropertyName("samplerate")] int SampleRateHz,
    [property: JsonPropertyName("channels")] int Channels,
    [property: JsonPropertyName("dtype")] string DType,
    [property: JsonPropertyName("output_dir")] string OutputFolder,
    [property: JsonPropertyName("device")] string? Device);

/// <param name="FirstFrame">Frame of the file where the silence begins.</param>
/// <param name="Frames">Its length.</param>
/// <param name="Cause">As the ledger writes it.</param>
internal sealed record SidecarGap(
    [property: JsonPropertyName("first_frame")] long FirstFrame,
    [property: JsonPropertyName("frames")] long Frames,
    [property: JsonPropertyName("cause")] string Cause);

[JsonSourceGenerationOptions(WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RecordingSidecar))]
internal sealed partial class SidecarJson : JsonSerializerContext;
