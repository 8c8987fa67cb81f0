using System.Text.Json.Serialization;

namespace Chorale.Protocol.Chunks;

/// <summary>
/// <c>POST {base}/api/audio/ingest</c>, the upload of a Mycelia server: <c>multipart/form-data</c>, first the text field <c>data</c>
/// (a <see cref="MyceliaData"/> as JSON), then the file <c>audio</c> (<c>chunk_{n}.wav</c>, <c>audio/wav</c>). The Bearer token comes from
/// <c>POST {base}/oauth/token</c>.
/// </summary>
public static class MyceliaParts
{
    public const string TokenPath = "/oauth/token";
    public const string Path = "/api/audio/ingest";
    public const string Data = "data";
    public const string Audio = "audio";

    /// <summary>The whole body of a token request.</summary>
    public const string TokenBody = "grant_type=client_credentials";

    /// <summary>Its content type, to the letter.</summary>
    public const string TokenContentType = "application/x-www-form-urlencoded;charset=UTF-8";
}

/// <summary>200 of the token endpoint.</summary>
public sealed record TokenReply
{
    [JsonPropertyName("access_token")] public string? AccessToken { get; init; }
    [JsonPropertyName("token_type")] public string? TokenType { get; init; }

    /// <summary>Seconds.</summary>
    [JsonPropertyName("expires_in")] public double? ExpiresIn { get; init; }
    [JsonPropertyName("scope")] public string? Scope { get; init; }
}

/// <summary>400 <c>invalid_request</c> or 401 <c>invalid_client</c> of the token endpoint.</summary>
public sealed record TokenRefused([property: JsonPropertyName("error")] string? Error);

/// <summary>The field <c>data</c>.</summary>
public sealed record MyceliaData
{
    /// <summary>Wall time of the first frame, ISO 8601 with offset.</summary>
    [JsonPropertyName("start"), JsonPropertyOrder(0)] public required string Start { get; init; }
    [JsonPropertyName("chunk_number"), JsonPropertyOrder(1)] public required int ChunkNumber { get; init; }
    [JsonPropertyName("metadata"), JsonPropertyOrder(2)] public required MyceliaMetadata Metadata { get; init; }

    /// <summary>24 hexadecimal digits; required when <see cref="ChunkNumber"/> is above 0, forbidden when it is 0.</summary>
    [JsonPropertyName("source_file_id"), JsonPropertyOrder(3)] public string? SourceFileId { get; init; }
}

public sealed record MyceliaMetadata
{
    /// <summary>What the file really holds, not the nominal length.</summary>
    [JsonPropertyName("chunk_duration_ms"), JsonPropertyOrder(0)] public required long ChunkDurationMs { get; init; }
    [JsonPropertyName("streaming"), JsonPropertyOrder(1)] public bool Streaming { get; init; } = true;
    [JsonPropertyName("recording_start"), JsonPropertyOrder(2)] public required string RecordingStart { get; init; }
}

/// <summary>200 of the ingest endpoint.</summary>
public sealed record MyceliaAccepted
{
    [JsonPropertyName("success")] public bool Success { get; init; }
    [JsonPropertyName("chunk_id")] public string? ChunkId { get; init; }
    [JsonPropertyName("source_file_id")] public string? SourceFileId { get; init; }
    [JsonPropertyName("chunk_number")] public int ChunkNumber { get; init; }
    [JsonPropertyName("start_time")] public string? StartTime { get; init; }

    /// <summary>Bytes stored.</summary>
    [JsonPropertyName("file_size")] public long FileSize { get; init; }
    [JsonPropertyName("streaming")] public bool Streaming { get; init; }
    [JsonPropertyName("duration_ms")] public double DurationMs { get; init; }
    [JsonPropertyName("message")] public string? Message { get; init; }
}
