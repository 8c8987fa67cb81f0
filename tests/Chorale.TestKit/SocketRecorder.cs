using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Chorale.TestKit;

/// <summary>
/// A recorder written from contracts.md 1.2 alone: client of a WebSocket, JSON in text frames, nothing of ours in it. It knows neither its
/// own name nor request ids, takes settings unchecked and never answers what it does not know.
/// </summary>
public sealed class SocketRecorder : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly JsonObject _config = new()
    {
        ["device"] = 3, ["device_name"] = "USB Audio", ["samplerate"] = 44100, ["channels"] = 1, ["dtype"] = "float32", ["output_dir"] = "recordings",
    };

    private string? _file;
    private Task _reading = Task.CompletedTask;

    /// <summary>Names of the commands that came, oldest first.</summary>
    public IReadOnlyCollection<string> Commands => _commands;

    public WebSocketState State => _socket.State;

    public string? CloseReason => _socket.CloseStatusDescription;

    /// <param name="hub">Of the hub, <c>http://127.0.0.1:8080</c>.</param>
    /// <param name="query">Behind <c>/recorder</c>: <c>?id=...</c>, or nothing as the original.</param>
    public static async Task<SocketRecorder> ConnectAsync(Uri hub, string query = "", Action<ClientWebSocketOptions>? options = null)
    {
        var recorder = new SocketRecorder();
        options?.Invoke(recorder._socket.Options);
        await recorder._socket.ConnectAsync(new UriBuilder(hub) { Scheme = "ws", Path = "/recorder", Query = query }.Uri, CancellationToken.None);
        recorder._reading = recorder.ReadAsync();
        await recorder.SayStatusAsync();
        return recorder;
    }

    /// <summary>Sends one text frame as it is.</summary>
    public Task SayAsync(string text) => _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    /// <summary>The duration is over.</summary>
    public Task CompleteAsync() => EndAsync(new JsonObject { ["event"] = "recording_completed", ["filename"] = _file });

    /// <summary>Gone without a word.</summary>
    public void Drop() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_socket.State == WebSocketState.Open) await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The hub was first.
        }

        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var got = await _socket.ReceiveAsync(buffer, CancellationToken.None);
            if (got.MessageType == WebSocketMessageType.Close) return;
            var command = JsonNode.Parse(buffer.AsSpan(0, got.Count))!;
            if ((string?)command["type"] == "command") await DoAsync((string)command["command"]!, command["payload"]!.AsObject());
        }
    }

    private async Task DoAsync(string command, JsonObject payload)
    {
        _commands.Enqueue(command);
        switch (command)
        {
            case "start_recording" when _file is not null:
                await SayAsync("""{"type":"error","error":"Already recording"}""");
                break;
            case "start_recording":
                _file = "recordings/" + ((string?)payload["filename"] ?? "recording_20260105_100000_usb_audio.wav");
                await SayAsync(new JsonObject { ["type"] = "event", ["event"] = "recording_started", ["filename"] = _file, ["timestamp"] = "2026-01-05T10:00:00.5" }.ToJsonString());
                break;
            case "stop_recording" when _file is null:
                await SayAsync("""{"type":"error","error":"Not recording"}""");
                break;
            case "stop_recording":
                await EndAsync(new JsonObject { ["event"] = "recording_stopped" });
                break;
            case "get_status":
                await SayStatusAsync();
                break;
            case "update_config" when payload["samplerate"] is { } rate && rate.GetValueKind() != System.Text.Json.JsonValueKind.Number:
                await SayAsync("""{"type":"error","error":"Config update failed: invalid literal for int()"}""");
                break;
            case "update_config":
                foreach (var (key, value) in payload) _config[key] = value?.DeepClone();
                break;
            case "shutdown":
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                break;
        }
    }

    private Task SayStatusAsync() => SayAsync(new JsonObject
    {
        ["type"] = "status", ["recording"] = _file is not null, ["config"] = _config.DeepClone(),
        ["capabilities"] = new JsonObject { ["supported_channels"] = new JsonArray(1, 2), ["max_recording_duration"] = 3600 },
    }.ToJsonString());

    private Task EndAsync(JsonObject told)
    {
        _file = null;
        told["type"] = "event";
        told["timestamp"] = "2026-01-05T10:01:00.5";
        return SayAsync(told.ToJsonString());
    }
}
