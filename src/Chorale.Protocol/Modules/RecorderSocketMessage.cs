using System.Text.Json;
using System.Text.Json.Nodes;

namespace Chorale.Protocol.Modules;

/// <summary>
/// What a recorder says on a WebSocket of its own (contracts.md 1.2): a text frame of JSON each. No message names the module or the command
/// it answers.
/// <code>
/// {"type":"status","recording":false,"config":{"device":3,"device_name":"USB Audio","samplerate":44100,"channels":1,"dtype":"float32","output_dir":"recordings"}}
/// {"type":"event","event":"recording_completed","filename":"recordings/take.wav","timestamp":"2026-01-05T10:01:00.5"}
/// {"type":"error","error":"Already recording"}
/// </code>
/// </summary>
public sealed record RecorderSocketMessage
{
    public const string Started = "recording_started";
    public const string Completed = "recording_completed";
    public const string Stopped = "recording_stopped";
    public const string Failed = "recording_error";

    /// <summary><c>status</c>, <c>capabilities</c>, <c>devices_list</c>, <c>event</c>, <c>error</c>.</summary>
    public required string Type { get; init; }

    /// <summary>In a status.</summary>
    public bool? IsRecording { get; init; }

    /// <summary>In a status. The device is its name where there is one, else its index.</summary>
    public ModuleConfig? Config { get; init; }

    /// <summary>In an event.</summary>
    public string? Event { get; init; }

    /// <summary>In an event; a path on the recorder's machine. Not in <see cref="Stopped"/>.</summary>
    public string? FileName { get; init; }

    /// <summary>In an error, and in <see cref="Failed"/>.</summary>
    public string? Error { get; init; }

    /// <summary>Never throws.</summary>
    /// <inheritdoc cref="ModuleResponse.Read"/>
    public static RecorderSocketMessage? Read(ReadOnlySpan<byte> payload, out WireProblem? problem)
    {
        if (!WireObject.TryRead(payload, out var wire, out problem)) return null;
        if (wire.Text("type") is not { } type)
        {
            problem = new WireProblem("bad_field", "type: missing");
            return null;
        }

        return new RecorderSocketMessage
        {
            Type = type, IsRecording = wire.Flag("recording"), Event = wire.Text("event"), FileName = wire.Text("filename"), Error = wire.Text("error"),
            Config = wire.Object("config") is { } config
                ? ModuleConfig.From(config) with { Device = config.Text("device_name") ?? config.Text("device"), RecordingFolder = config.Text("output_dir") }
                : null,
        };
    }

    /// <summary>The envelope of every command to such a recorder.</summary>
    public static byte[] Command(string name, JsonObject? payload = null) =>
        JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["type"] = "command", ["command"] = name, ["payload"] = payload ?? [] }, RecorderSocketJson.Default.JsonObject);
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonObject))]
internal sealed partial class RecorderSocketJson : System.Text.Json.Serialization.JsonSerializerContext;
