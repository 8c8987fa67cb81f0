using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Protocol.Modules;

/// <summary>
/// Something that happened at a module.
/// <code>
/// recording_started   recording_id, first_frame_utc, uncertainty_us
/// recording_complete  recording_id, filename, files, frames, samplerate, first_frame_utc, uncertainty_us, rate_ppm, gaps, levels, sha256
/// recording_error     recording_id, error (nothing, or only what a later start completes, is on the disk)
/// chunk_uploaded      chunk, chunks (still waiting)
/// </code>
/// </summary>
public sealed record ModuleData
{
    public const string RecordingStarted = "recording_started";
    public const string RecordingComplete = "recording_complete";
    public const string RecordingError = "recording_error";
    public const string ChunkUploaded = "chunk_uploaded";

    [JsonPropertyName("event"), JsonPropertyOrder(-10)] public required string Event { get; init; }
    [JsonPropertyName("recording_id"), JsonPropertyOrder(-9)] public string? RecordingId { get; init; }
    [JsonPropertyName("filename"), JsonPropertyOrder(-8)] public string? FileName { get; init; }
    [JsonPropertyName("timestamp"), JsonPropertyOrder(-7), JsonConverter(typeof(WireTimeConverter))] public DateTimeOffset? Timestamp { get; init; }

    /// <summary>The module, in our own messages.</summary>
    [JsonPropertyName("module_id")] public string? ModuleId { get; init; }

    /// <summary>Wall time of the file's first frame.</summary>
    [JsonPropertyName("first_frame_utc"), JsonConverter(typeof(WireTimeConverter))] public DateTimeOffset? FirstFrameUtc { get; init; }

    /// <summary>Half-width of what is known of it; null = unknown.</summary>
    [JsonPropertyName("uncertainty_us")] public double? UncertaintyUs { get; init; }

    /// <summary>Names in the module's recording folder, audio first.</summary>
    [JsonPropertyName("files")] public IReadOnlyList<string>? Files { get; init; }

    /// <summary>The folder they are in, on the module's machine.</summary>
    [JsonPropertyName("folder")] public string? Folder { get; init; }
    [JsonPropertyName("frames")] public long? Frames { get; init; }
    [JsonPropertyName("samplerate")] public int? SampleRateHz { get; init; }
    [JsonPropertyName("channels")] public int? Channels { get; init; }

    /// <summary>How much faster than nominal the device ran.</summary>
    [JsonPropertyName("rate_ppm")] public double? RatePpm { get; init; }
    [JsonPropertyName("gaps")] public IReadOnlyList<ModuleGap>? Gaps { get; init; }

    /// <summary>RMS per channel over the recording, dBFS.</summary>
    [JsonPropertyName("levels")] public IReadOnlyList<double>? LevelsDbfs { get; init; }

    /// <summary>Of the audio file, hexadecimal.</summary>
    [JsonPropertyName("sha256")] public string? Sha256 { get; init; }

    /// <summary>True when the file was completed at a later start of the module, after it had been killed.</summary>
    [JsonPropertyName("recovered")] public bool? Recovered { get; init; }

    /// <summary>Why there is no finished file.</summary>
    [JsonPropertyName("error")] public string? Error { get; init; }

    [JsonPropertyName("chunk")] public string? Chunk { get; init; }
    [JsonPropertyName("chunks")] public long? WaitingChunks { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ModuleJson.Wire.ModuleData);

    /// <summary>Never throws. Only <c>event</c> is required.</summary>
    /// <inheritdoc cref="ModuleResponse.Read"/>
    public static ModuleData? Read(ReadOnlySpan<byte> payload, TimeZoneInfo zone, out WireProblem? problem)
    {
        if (!WireObject.TryRead(payload, out var wire, out problem)) return null;
        if (wire.Text("event") is not { } name)
        {
            problem = new WireProblem("bad_field", "event: missing");
            return null;
        }

        return new ModuleData
        {
            Event = name, RecordingId = wire.Text("recording_id"), FileName = wire.Text("filename"), Timestamp = ModuleTime.Read(wire.Text("timestamp"), zone),
            ModuleId = wire.Text("module_id"), FirstFrameUtc = wire.Time("first_frame_utc"), UncertaintyUs = wire.Number("uncertainty_us"),
            Files = wire.Texts("files"), Folder = wire.Text("folder"), Frames = wire.Whole("frames"), SampleRateHz = (int?)wire.Whole("samplerate"),
            Channels = (int?)wire.Whole("channels"), RatePpm = wire.Number("rate_ppm"), LevelsDbfs = wire.Numbers("levels"), Sha256 = wire.Text("sha256"),
            Gaps = wire.Objects("gaps") is { } gaps
                ? [.. gaps.Select(g => new ModuleGap(g.Whole("first_frame") ?? 0, g.Whole("frames") ?? 0, g.Text("cause") ?? ""))]
                : null,
            Recovered = wire.Flag("recovered"), Error = wire.Text("error"), Chunk = wire.Text("chunk"), WaitingChunks = wire.Whole("chunks"),
        };
    }
}

/// <summary>Frames of a recording that were never captured: silence stands in their place.</summary>
public sealed record ModuleGap(
    [property: JsonPropertyName("first_frame")] long FirstFrame,
    [property: JsonPropertyName("frames")] long Frames,
    [property: JsonPropertyName("cause")] string Cause);

/// <summary>Levels now, while somebody watches: dBFS per channel.</summary>
public sealed record ModuleLevels(
    [property: JsonPropertyName("peak")] IReadOnlyList<double> PeakDbfs,
    [property: JsonPropertyName("rms")] IReadOnlyList<double> RmsDbfs)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ModuleJson.Wire.ModuleLevels);

    /// <summary>Never throws.</summary>
    public static ModuleLevels? Read(ReadOnlySpan<byte> payload, out WireProblem? problem)
    {
        if (!WireObject.TryRead(payload, out var wire, out problem)) return null;
        if (wire.Numbers("peak") is { } peak && wire.Numbers("rms") is { } rms) return new ModuleLevels(peak, rms);
        problem = new WireProblem("bad_field", "peak, rms: lists of numbers are required");
        return null;
    }
}
