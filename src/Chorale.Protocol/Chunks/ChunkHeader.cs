using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Protocol.Chunks;

/// <summary>
/// What travels in the request header <c>Chorale-Chunk</c> (base64url of this as JSON, without padding) beside the fields that an
/// existing Ingest API knows. Unknown keys are ignored, absent ones are null.
/// </summary>
public sealed record ChunkHeader
{
    /// <summary>Recorder id, see <see cref="RecorderId.IsValid"/>.</summary>
    [JsonPropertyName("recorder")] public required string Recorder { get; init; }

    /// <summary>Run of capture.</summary>
    [JsonPropertyName("run")] public required Guid Run { get; init; }

    /// <summary>Number of the chunk in its run, from 0.</summary>
    [JsonPropertyName("number")] public required int Number { get; init; }

    /// <summary>First frame of the chunk in its run, at <see cref="RateHz"/>.</summary>
    [JsonPropertyName("first_frame")] public required long FirstFrame { get; init; }

    /// <summary>Frames captured into the chunk, at <see cref="RateHz"/>.</summary>
    [JsonPropertyName("frames")] public required long Frames { get; init; }

    /// <summary>Nominal capture rate in Hz.</summary>
    [JsonPropertyName("rate")] public required int RateHz { get; init; }

    /// <summary>Wall time of the first frame, microseconds since 1970 UTC.</summary>
    [JsonPropertyName("start_us")] public long? StartUs { get; init; }

    /// <summary>Deviation of the device clock from nominal, parts per million.</summary>
    [JsonPropertyName("rate_ppm")] public double? RatePpm { get; init; }

    /// <summary>Half-width of what is known of the start, in microseconds.</summary>
    [JsonPropertyName("uncertainty_us")] public double? UncertaintyUs { get; init; }

    /// <summary>Gaps that lie directly before this chunk.</summary>
    [JsonPropertyName("gaps")] public IReadOnlyList<GapEntry>? Gaps { get; init; }

    /// <summary>Levels over the chunk.</summary>
    [JsonPropertyName("levels")] public ChunkLevels? Levels { get; init; }

    /// <summary>State of the recorder in words: <c>ok</c>, or the text ids of its alarms joined by commas.</summary>
    [JsonPropertyName("state")] public string? State { get; init; }

    /// <summary>Header text: base64url without padding.</summary>
    public string Encode() => ToBase64Url(JsonSerializer.SerializeToUtf8Bytes(this, ChunkJson.Default.ChunkHeader));

    /// <summary>False for anything that is not the header of a chunk; never throws.</summary>
    public static bool TryDecode(string? text, out ChunkHeader? header)
    {
        header = null;
        if (text is null || text.Length > Limits.ChunkHeaderCharsMax) return false;
        try
        {
            header = JsonSerializer.Deserialize(FromBase64Url(text), ChunkJson.Default.ChunkHeader);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return false;
        }

        return header is { Number: >= 0, FirstFrame: >= 0, Frames: >= 0, RateHz: > 0 } && RecorderId.IsValid(header.Recorder);
    }

    private static string ToBase64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static byte[] FromBase64Url(string text) =>
        Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '='));
}

/// <summary>A gap of known length on a recorder's timeline.</summary>
/// <param name="FromUs">Its beginning, microseconds since 1970 UTC.</param>
/// <param name="ToUs">Its end.</param>
/// <param name="Frames">Frames lost; 0 where none were captured (outside schedule, not running).</param>
/// <param name="Cause">As <see cref="GapCauses.ToText"/> writes it.</param>
public sealed record GapEntry(
    [property: JsonPropertyName("from_us")] long FromUs,
    [property: JsonPropertyName("to_us")] long ToUs,
    [property: JsonPropertyName("frames")] long Frames,
    [property: JsonPropertyName("cause")] string Cause);

/// <summary>Levels of one chunk, per channel, in dBFS (floor -120), and samples at full scale.</summary>
public sealed record ChunkLevels(
    [property: JsonPropertyName("peak")] IReadOnlyList<double> PeakDbfs,
    [property: JsonPropertyName("rms")] IReadOnlyList<double> RmsDbfs,
    [property: JsonPropertyName("clipped")] long ClippedSamples);

[JsonSerializable(typeof(ChunkHeader))]
internal sealed partial class ChunkJson : JsonSerializerContext;
