using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Protocol.Modules;

/// <summary>Answer to one command: <c>{"request_id":"a1","success":true,"message":"Recording started","timestamp":"...Z"}</c>, with <c>data</c> where there is any.</summary>
public sealed record ModuleResponse
{
    /// <summary>Written as null too: masters look for the key.</summary>
    [JsonPropertyName("request_id"), JsonPropertyOrder(-10), JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? RequestId { get; init; }
    [JsonPropertyName("success"), JsonPropertyOrder(-9)] public required bool Success { get; init; }
    [JsonPropertyName("message"), JsonPropertyOrder(-8)] public required string Message { get; init; }
    [JsonPropertyName("timestamp"), JsonPropertyOrder(-7), JsonConverter(typeof(WireTimeConverter))] public DateTimeOffset? Timestamp { get; init; }
    [JsonPropertyName("data"), JsonPropertyOrder(-6)] public ModuleResponseData? Data { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ModuleJson.Wire.ModuleResponse);

    /// <summary>Never throws.</summary>
    /// <param name="payload">As it came.</param>
    /// <param name="zone">Of the module, for times without one.</param>
    /// <param name="problem">Set when the answer is null.</param>
    public static ModuleResponse? Read(ReadOnlySpan<byte> payload, TimeZoneInfo zone, out WireProblem? problem)
    {
        if (!WireObject.TryRead(payload, out var wire, out problem)) return null;
        if (wire.Flag("success") is not { } success)
        {
            problem = new WireProblem("bad_field", "success: true or false is required");
            return null;
        }

        return new ModuleResponse
        {
            RequestId = wire.Text("request_id"), Success = success, Message = wire.Text("message") ?? "", Timestamp = ModuleTime.Read(wire.Text("timestamp"), zone),
            Data = wire.Object("data") is not { } data ? null : new ModuleResponseData
            {
                Armed = data.Flag("armed"), StartAt = data.Time("start_at"), RecordingId = data.Text("recording_id"), FileName = data.Text("filename"),
                Config = data.Object("config") is { } config ? ModuleConfig.From(config) : null, Problems = data.Texts("problems"),
                Schedule = data.Object("schedule") is { } schedule ? ScheduleStatus.From(schedule) : null,
            },
        };
    }
}

/// <summary>What a response may carry beside its words.</summary>
public sealed record ModuleResponseData
{
    /// <summary>The recording begins at <see cref="StartAt"/>, whenever the command came.</summary>
    [JsonPropertyName("armed")] public bool? Armed { get; init; }
    [JsonPropertyName("start_at"), JsonConverter(typeof(WireTimeConverter))] public DateTimeOffset? StartAt { get; init; }
    [JsonPropertyName("recording_id")] public string? RecordingId { get; init; }
    [JsonPropertyName("filename")] public string? FileName { get; init; }
    [JsonPropertyName("config")] public ModuleConfig? Config { get; init; }

    [JsonPropertyName("schedule")] public ScheduleStatus? Schedule { get; init; }

    /// <summary>All that was wrong, one sentence each.</summary>
    [JsonPropertyName("problems")] public IReadOnlyList<string>? Problems { get; init; }
}

/// <summary>Settings as a module shows them; null = not said.</summary>
public sealed record ModuleConfig
{
    [JsonPropertyName("samplerate")] public int? SampleRateHz { get; init; }
    [JsonPropertyName("channels")] public int? Channels { get; init; }

    /// <summary>Null on the wire for the default device, so the key is always there.</summary>
    [JsonPropertyName("device"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] public string? Device { get; init; }

    /// <summary><c>int16</c>, <c>int24</c>, <c>int32</c> or <c>float32</c>.</summary>
    [JsonPropertyName("dtype")] public string? DType { get; init; }
    [JsonPropertyName("recording_dir")] public string? RecordingFolder { get; init; }

    /// <summary><c>wav</c>, <c>flac</c> or <c>opus</c>; ours only.</summary>
    [JsonPropertyName("codec")] public string? Codec { get; init; }

    /// <summary>For a command's <c>config</c>: only what is not null.</summary>
    public JsonElement ToElement() => JsonSerializer.SerializeToElement(this, ModuleJson.Wire.ModuleConfig);

    internal static ModuleConfig From(WireObject wire) => new()
    {
        SampleRateHz = wire.Number("samplerate") is { } rate and > 0 and < int.MaxValue ? (int)rate : null,
        Channels = wire.Number("channels") is { } channels and > 0 and < int.MaxValue ? (int)channels : null,
        Device = wire.Text("device"), DType = wire.Text("dtype"), RecordingFolder = wire.Text("recording_dir"), Codec = wire.Text("codec"),
    };
}
