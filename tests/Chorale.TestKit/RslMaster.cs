using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Chorale.TestKit;

/// <summary>
/// A master that knows the written contract and nothing of our code: JSON through the broker's own client programs, mosquitto_pub and
/// mosquitto_sub. What every module says is kept in the order it came.
/// </summary>
public sealed class RslMaster : IAsyncDisposable
{
    private readonly string _host = "127.0.0.1";
    private readonly string _port;
    private readonly string _base;
    private readonly Process _listener;
    private readonly ConcurrentQueue<WireMessage> _heard = new();
    private readonly ConcurrentDictionary<string, Process> _speakers = new();
    private readonly TaskCompletionSource _listening = new();
    private readonly string _name = "r" + Guid.NewGuid().ToString("N")[..6] + "-";
    private int _requests;

    private RslMaster(int port, string baseTopic, string[] kinds)
    {
        (_port, _base) = (port.ToString(CultureInfo.InvariantCulture), baseTopic);
        // -d tells when the subscription stands, which a test must not guess.
        _listener = Process.Start(new ProcessStartInfo(
            "stdbuf",
            [
                "-oL", "mosquitto_sub", "-h", _host, "-p", _port, "-q", "1", "-d", "-F", "MSG %r %t %p",
                .. kinds.Length == 0 ? (string[])["-t", _base + "/#"] : kinds.SelectMany(k => (string[])["-t", $"{_base}/+/{k}"]),
            ])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _listener.OutputDataReceived += (_, line) => Hear(line.Data);
        _listener.ErrorDataReceived += (_, line) => Hear(line.Data);
        _listener.BeginOutputReadLine();
        _listener.BeginErrorReadLine();
    }

    /// <summary>Everything heard, in order.</summary>
    public IReadOnlyList<WireMessage> Heard => [.. _heard];

    /// <param name="port">Of the broker.</param>
    /// <param name="baseTopic">Of the modules.</param>
    /// <param name="kinds">Last levels to listen to; none = everything.</param>
    public static async Task<RslMaster> StartAsync(int port, string baseTopic = "rslogger/audio", params string[] kinds)
    {
        var master = new RslMaster(port, baseTopic, kinds);
        await master._listening.Task.WaitAsync(Wait.Patience);
        return master;
    }

    /// <summary>No other master uses it: modules remember what they were asked.</summary>
    public string NewRequestId() => _name + Interlocked.Increment(ref _requests).ToString(CultureInfo.InvariantCulture);

    /// <summary>Publishes one line as it is to the module's command topic, over a connection that is kept.</summary>
    public void Command(string module, string json) => Speaker($"{_base}/{module}/command").WriteLine(json);

    /// <summary>Publishes one line to any topic under the base.</summary>
    public void Say(string topicEnd, string line) => Speaker($"{_base}/{topicEnd}").WriteLine(line);

    /// <summary>Publishes any bytes, once.</summary>
    public async Task RawAsync(string topicEnd, byte[] payload, bool retain = false)
    {
        using var speaker = Process.Start(new ProcessStartInfo("mosquitto_pub", ["-h", _host, "-p", _port, "-t", $"{_base}/{topicEnd}", payload.Length == 0 ? "-n" : "-s", .. retain ? (string[])["-r"] : []])
        {
            RedirectStandardInput = true,
        })!;
        await speaker.StandardInput.BaseStream.WriteAsync(payload);
        speaker.StandardInput.Close();
        await speaker.WaitForExitAsync();
    }

    /// <summary>Sends a command with a request id of its own and waits for the answer that carries it.</summary>
    /// <param name="module">Id.</param>
    /// <param name="command">The word.</param>
    /// <param name="fields">More of the object: <c>"duration":2</c>.</param>
    public async Task<JsonElement> AskAsync(string module, string command, string fields = "")
    {
        var id = NewRequestId();
        Command(module, $"{{\"command\":\"{command}\",\"request_id\":\"{id}\"{(fields.Length == 0 ? "" : "," + fields)}}}");
        return await AnswerAsync(module, id);
    }

    /// <summary>The same, said again with the same id until it is answered: a broker drops what it cannot hand on fast enough.</summary>
    public async Task<JsonElement> InsistAsync(string module, string command)
    {
        var id = NewRequestId();
        JsonElement? answer = null;
        var said = -1L;
        await Wait.Until($"{module} answers {command}", () =>
        {
            if (said < 0 || Stopwatch.GetElapsedTime(said) > TimeSpan.FromSeconds(2))
            {
                Command(module, $"{{\"command\":\"{command}\",\"request_id\":\"{id}\"}}");
                said = Stopwatch.GetTimestamp();
            }

            return (answer = Answers(module, id).FirstOrDefault()?.Json) is not null;
        }, TimeSpan.FromSeconds(60));
        return answer!.Value;
    }

    public async Task<JsonElement> AnswerAsync(string module, string requestId)
    {
        JsonElement? answer = null;
        await Wait.Until($"{module} answers {requestId}", () => (answer = Answers(module, requestId).FirstOrDefault()?.Json) is not null);
        return answer!.Value;
    }

    public IEnumerable<WireMessage> Answers(string module, string requestId) =>
        Of(module, "response").Where(m => m.Json is { } json && json.TryGetProperty("request_id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() == requestId);

    /// <summary>Messages of one module, of one kind or all.</summary>
    public IEnumerable<WireMessage> Of(string module, string? kind = null) =>
        _heard.Where(m => kind is null ? m.Topic.StartsWith($"{_base}/{module}/", StringComparison.Ordinal) : m.Topic == $"{_base}/{module}/{kind}");

    /// <summary>Waits for an event of a recording.</summary>
    public async Task<JsonElement> EventAsync(string module, string name, string recordingId, TimeSpan? limit = null)
    {
        JsonElement? found = null;
        await Wait.Until($"{module} tells {name} of {recordingId}", () => (found = Of(module, "data")
            .FirstOrDefault(m => m.Text("event") == name && m.Text("recording_id") == recordingId)?.Json) is not null, limit);
        return found!.Value;
    }

    /// <summary>Waits until the newest status of a module has that state.</summary>
    public async Task<JsonElement> StateAsync(string module, string state, TimeSpan? limit = null)
    {
        JsonElement? status = null;
        await Wait.Until($"{module} is {state}", () => (status = Of(module, "status").LastOrDefault()?.Json) is { } json && json.GetProperty("state").GetString() == state, limit);
        return status!.Value;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var speaker in _speakers.Values) End(speaker);
        End(_listener);
        await Task.CompletedTask;
    }

    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }

        process.Dispose();
    }

    private StreamWriter Speaker(string topic)
    {
        var process = _speakers.GetOrAdd(topic, t => Process.Start(new ProcessStartInfo("mosquitto_pub", ["-h", _host, "-p", _port, "-t", t, "-l", "-q", "1"])
        {
            RedirectStandardInput = true,
        })!);
        process.StandardInput.AutoFlush = true;
        return process.StandardInput;
    }

    private void Hear(string? line)
    {
        if (line is null) return;
        if (line.Contains("SUBACK", StringComparison.Ordinal)) _listening.TrySetResult();
        if (!line.StartsWith("MSG ", StringComparison.Ordinal)) return;
        var parts = line.Split(' ', 4);
        _heard.Enqueue(new WireMessage(parts[2], parts[1] == "1", parts[3], Stopwatch.GetTimestamp()));
    }
}

/// <param name="Topic">Whole.</param>
/// <param name="IsRetained">It was kept by the broker, and says nothing about now.</param>
/// <param name="Payload">As text.</param>
/// <param name="Stamp">Monotonic, when it was heard.</param>
public sealed record WireMessage(string Topic, bool IsRetained, string Payload, long Stamp)
{
    /// <summary>Null when it is no JSON.</summary>
    public JsonElement? Json { get; } = Parse(Payload);

    public string Kind => Topic[(Topic.LastIndexOf('/') + 1)..];

    public string? Text(string key) => Json is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(key, out var value) ? value.ToString() : null;

    private static JsonElement? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
