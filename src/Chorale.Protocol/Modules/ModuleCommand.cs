using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Protocol.Modules;

public enum ModuleCommandKind
{
    /// <summary>A word we do not know; <see cref="ModuleCommand.Name"/> has it.</summary>
    Unknown,
    Start,
    Stop,
    Status,
    Config,
    Shutdown,
    Mute,
    Unmute,
    Watch,

    /// <summary>When continuous recording is open.</summary>
    Schedule,

    /// <summary>Send what is recorded to the hub while it is recorded.</summary>
    Live,
}

/// <summary>
/// One command to a module. Which fields mean something depends on <see cref="Kind"/>.
/// <code>
/// {"command":"start","request_id":"a1","duration":null,"recording_id":"s7","config":{"samplerate":48000},"start_at":"2026-01-05T10:00:00.5Z","pre_roll":2}
/// {"command":"config","request_id":"a2","config":{"channels":2},"save":true}
/// {"command":"mute","request_id":"a3","seconds":60}      {"command":"watch","request_id":"a4","seconds":30}
/// {"command":"schedule","request_id":"a5","schedule":"mon-fri 08:00-22:00","timezone":"Europe/Riga","save":true,"expect":{"windows":"always"}}
/// </code>
/// </summary>
public sealed record ModuleCommand
{
    [JsonPropertyName("command"), JsonPropertyOrder(-10)] public required string Name { get; init; }

    [JsonIgnore] public ModuleCommandKind Kind => KindOf(Name);

    /// <summary>Echoed in the response; null when the master sent none.</summary>
    [JsonPropertyName("request_id"), JsonPropertyOrder(-9)] public string? RequestId { get; init; }

    /// <summary>Seconds; null = until stopped.</summary>
    [JsonPropertyName("duration")] public double? DurationSeconds { get; init; }

    [JsonPropertyName("recording_id")] public string? RecordingId { get; init; }

    /// <summary>An object of settings by name, values unchecked.</summary>
    [JsonPropertyName("config")] public JsonElement? Config { get; init; }

    /// <summary>Keep the settings over a restart.</summary>
    [JsonPropertyName("save")] public bool? Save { get; init; }

    /// <summary>RFC 3339 UTC on the wire.</summary>
    [JsonPropertyName("start_at"), JsonConverter(typeof(WireTimeConverter))] public DateTimeOffset? StartAt { get; init; }

    /// <summary>Seconds taken from the ring before the start.</summary>
    [JsonPropertyName("pre_roll")] public double? PreRollSeconds { get; init; }

    /// <summary>End of a mute.</summary>
    [JsonPropertyName("until"), JsonConverter(typeof(WireTimeConverter))] public DateTimeOffset? Until { get; init; }

    /// <summary>Length of a mute, of a watch, or of listening.</summary>
    [JsonPropertyName("seconds")] public double? Seconds { get; init; }

    /// <summary>Windows as in the settings, or <c>settings</c>: back to those; null: only asked for.</summary>
    [JsonPropertyName("schedule")] public string? Schedule { get; init; }

    /// <summary>Of the windows; null: the one in force.</summary>
    [JsonPropertyName("timezone")] public string? TimeZone { get; init; }

    /// <summary>What the sender last saw of the settings it changes: where another value is in force the command is refused (<see cref="Expectation"/>).</summary>
    [JsonPropertyName("expect")] public JsonElement? Expect { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ModuleJson.Wire.ModuleCommand);

    public static ModuleCommandKind KindOf(string? name) => name switch
    {
        "start" => ModuleCommandKind.Start,
        "stop" => ModuleCommandKind.Stop,
        "status" => ModuleCommandKind.Status,
        "config" => ModuleCommandKind.Config,
        "shutdown" => ModuleCommandKind.Shutdown,
        "mute" => ModuleCommandKind.Mute,
        "unmute" => ModuleCommandKind.Unmute,
        "watch" => ModuleCommandKind.Watch,
        "schedule" => ModuleCommandKind.Schedule,
        "live" => ModuleCommandKind.Live,
        _ => ModuleCommandKind.Unknown,
    };

    /// <summary>Never throws. What can be answered has its request id, also when the command is refused.</summary>
    public static ModuleCommandReading Read(ReadOnlySpan<byte> payload)
    {
        if (!WireObject.TryRead(payload, out var wire, out var problem)) return new ModuleCommandReading(null, null, [problem]);
        var requestId = wire.Text("request_id") is { Length: <= Limits.RequestIdCharsMax } id ? id : null;
        if (wire.Text("command") is not { } name)
        {
            wire.Refuse("command: missing");
            return new ModuleCommandReading(null, requestId, wire.Problems);
        }

        if (wire.Element("config") is { ValueKind: not JsonValueKind.Object } config) wire.Refuse($"config {WireObject.Show(config)}: an object is allowed");
        if (wire.Element("expect") is { ValueKind: not JsonValueKind.Object } expect) wire.Refuse($"expect {WireObject.Show(expect)}: an object is allowed");
        var command = new ModuleCommand
        {
            Name = name, RequestId = requestId, DurationSeconds = Positive(wire, "duration"), RecordingId = wire.Text("recording_id"),
            Config = wire.Element("config"), Save = wire.Flag("save"), StartAt = wire.Time("start_at"), PreRollSeconds = NotNegative(wire, "pre_roll"),
            Until = wire.Time("until"), Seconds = NotNegative(wire, "seconds"),
            Schedule = wire.Text("schedule"), TimeZone = wire.Text("timezone"), Expect = wire.Element("expect"),
        };
        return new ModuleCommandReading(wire.Problems.Count == 0 ? command : null, requestId, wire.Problems) { Name = name };
    }

    private static double? Positive(WireObject wire, string key)
    {
        var value = wire.Number(key);
        if (value is > 0 and <= SecondsMax or null) return value;
        wire.Refuse($"{key} {value}: more than 0 and at most {SecondsMax} seconds are allowed");
        return null;
    }

    private static double? NotNegative(WireObject wire, string key)
    {
        var value = wire.Number(key);
        if (value is >= 0 and <= SecondsMax or null) return value;
        wire.Refuse($"{key} {value}: 0 to {SecondsMax} seconds are allowed");
        return null;
    }

    /// <summary>Ten years: beyond it a number is a mistake, and no sum of times overflows.</summary>
    private const double SecondsMax = 315_360_000;
}

/// <param name="Command">Null when there are problems.</param>
/// <param name="RequestId">What the answer echoes, as far as it could be read.</param>
/// <param name="Problems">All of them.</param>
public sealed record ModuleCommandReading(ModuleCommand? Command, string? RequestId, IReadOnlyList<WireProblem> Problems)
{
    /// <summary>The command's word, if it had one.</summary>
    public string? Name { get; init; }
}
