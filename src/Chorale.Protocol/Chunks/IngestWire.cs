using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Protocol.Chunks;

/// <summary>
/// <c>POST {base}/api/v1/chunks</c>, the upload of an Ingest API: <c>multipart/form-data</c> with these parts, in this order.
/// <code>
/// point_id, register_id, device_id   UUID text
/// start_ts, end_ts                   RFC 3339 with an offset; naive = the sender's local time
/// codec                              opus | flac | wav
/// sample_rate, channels              decimal
/// chunk_file                         filename chunk_YYYYMMDD_HHMMSS.ogg (.flac, .wav), audio/ogg (audio/flac, audio/wav)
/// </code>
/// </summary>
public static class IngestParts
{
    public const string Path = "/api/v1/chunks";
    public const string PointId = "point_id";
    public const string RegisterId = "register_id";
    public const string DeviceId = "device_id";
    public const string StartTs = "start_ts";
    public const string EndTs = "end_ts";
    public const string Codec = "codec";
    public const string SampleRate = "sample_rate";
    public const string Channels = "channels";
    public const string ChunkFile = "chunk_file";
}

/// <summary>The only answer that counts as stored: status 200 with this, <see cref="Status"/> being <c>ok</c>.</summary>
public sealed record IngestAccepted
{
    [JsonPropertyName("status")] public string? Status { get; init; }
    [JsonPropertyName("chunk_id")] public string? ChunkId { get; init; }
    [JsonPropertyName("stored_path")] public string? StoredPath { get; init; }
    [JsonPropertyName("queued")] public bool Queued { get; init; }
}

/// <summary>Every refusal of an Ingest API: a text, or for form errors a list.</summary>
public sealed record IngestRefused([property: JsonPropertyName("detail")] JsonElement Detail);

/// <summary>Bodies of both upload contracts.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IngestAccepted))]
[JsonSerializable(typeof(IngestRefused))]
[JsonSerializable(typeof(TokenReply))]
[JsonSerializable(typeof(TokenRefused))]
[JsonSerializable(typeof(MyceliaData))]
[JsonSerializable(typeof(MyceliaAccepted))]
public sealed partial class UploadJson : JsonSerializerContext
{
    /// <summary>Writes <c>+00:00</c> as such and not as <c>\u002B00:00</c>; the text goes into a form, never into a page.</summary>
    public static UploadJson Wire { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });
}
