using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Chorale.TestKit;

/// <summary>Which of the two forms of contracts.md 1.1 a module speaks.</summary>
public enum ContractForm
{
    /// <summary>As it is written down: Z times, `stop` answers yes.</summary>
    Documented,

    /// <summary>As the programs in the field do it: naive local times, `stop` answers no although it stops, nothing is checked.</summary>
    Real,
}

/// <summary>
/// A recorder module written from contracts.md 1.1 alone: JSON over mosquitto's own client tools, nothing of ours in it. Knows no
/// <c>start_at</c>, no Will, no retained status, no session; never answers <c>status</c> and <c>shutdown</c>.
/// </summary>
public sealed class ContractModule : IDisposable
{
    private readonly string _topic;
    private readonly ContractForm _form;
    private readonly Process _sub, _status, _response, _data;
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly JsonObject _config = new()
    {
        ["samplerate"] = 44100, ["channels"] = 1, ["device"] = null, ["dtype"] = "float32", ["recording_dir"] = "recordings",
    };

    private string _state = "idle";
    private string? _recordingId;

    private ContractModule(int port, string id, string baseTopic, ContractForm form)
    {
        (Id, _topic, _form) = (id, $"{baseTopic}/{id}", form);
        _status = Pub(port, "status");
        _response = Pub(port, "response");
        _data = Pub(port, "data");
        _sub = Run("stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-q", "0", "-t", $"{_topic}/command", "-d");
    }

    public string Id { get; }

    /// <summary>Set by a test: the next start fails, and the module stays in <c>error</c> as real ones do.</summary>
    public bool FailsToStart { get; set; }

    /// <summary>Every command as it came.</summary>
    public IReadOnlyCollection<string> Commands => _commands;

    public bool HasShutDown { get; private set; }

    /// <summary>Returns once it is subscribed and has sent its first heartbeat.</summary>
    public static async Task<ContractModule> StartAsync(int brokerPort, string id, ContractForm form = ContractForm.Real, string baseTopic = "rslogger/audio")
    {
        var module = new ContractModule(brokerPort, id, baseTopic, form);
        var subscribed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        module._sub.OutputDataReceived += (_, e) =>
        {
            if (e.Data is null) return;
            if (e.Data.Contains("SUBACK", StringComparison.Ordinal) || e.Data.StartsWith("Subscribed", StringComparison.Ordinal)) subscribed.TrySetResult();
            if (e.Data.StartsWith('{')) module.Take(e.Data);
        };
        module._sub.BeginOutputReadLine();
        await subscribed.Task.WaitAsync(Wait.Patience);
        module.Beat();
        return module;
    }

    /// <summary>The heartbeat: the status as it is.</summary>
    public void Beat() => SayStatus();

    /// <summary>Says anything on one of its topics: <c>status</c>, <c>response</c> or <c>data</c>; one line.</summary>
    public void Say(string topic, string payload) => (topic switch { "status" => _status, "response" => _response, _ => _data }).StandardInput.WriteLine(payload);

    public void Dispose()
    {
        foreach (var process in new[] { _sub, _status, _response, _data })
        {
            try
            {
                process.Kill();
            }
            catch (InvalidOperationException)
            {
                // It has ended.
            }

            process.WaitForExit();
            process.Dispose();
        }
    }

    private void Take(string text)
    {
        _commands.Enqueue(text);
        var command = JsonNode.Parse(text)!.AsObject();
        var id = (string?)command["request_id"];
        switch ((string?)command["command"])
        {
            case "start":
                Start(command, id);
                break;
            case "stop":
                Stop(id);
                break;
            case "status":
                SayStatus();
                break;
            case "config":
                foreach (var key in new[] { "samplerate", "channels", "device", "recording_dir" })
                {
                    if (command["config"]?[key] is { } value) _config[key] = value.DeepClone();
                }

                Answer(id, true, "", new JsonObject { ["config"] = _config.DeepClone() });
                break;
            case "shutdown":
                (_state, HasShutDown) = ("disconnected", true);
                SayStatus();
                break;
        }
    }

    private void Start(JsonObject command, string? id)
    {
        if (_state == "recording")
        {
            Answer(id, false, "Already recording");
            return;
        }

        if (FailsToStart)
        {
            Answer(id, false, "Error opening device");
            _state = "error";
            SayStatus(("error", "Error opening device"));
            return;
        }

        (_state, _recordingId) = ("recording", (string?)command["recording_id"] ?? "local");
        SayStatus(("filename", $"recording_{_recordingId}_{Id}.wav"));
        Answer(id, true, "Recording started");
    }

    private void Stop(string? id)
    {
        if (_state != "recording")
        {
            Answer(id, false, "Not recording");
            return;
        }

        var recording = _recordingId;
        (_state, _recordingId) = ("idle", null);
        if (_form == ContractForm.Real) Answer(id, false, "object NoneType can't be used in 'await' expression");
        else Answer(id, true, "Recording stopped");
        Say("data", new JsonObject
        {
            ["event"] = "recording_complete", ["recording_id"] = recording, ["filename"] = $"recording_{recording}_{Id}.wav", ["timestamp"] = Now(),
        }.ToJsonString());
        SayStatus();
    }

    private void SayStatus(params (string Key, string Value)[] more)
    {
        var status = new JsonObject { ["module_id"] = Id, ["state"] = _state, ["timestamp"] = Now(), ["config"] = _config.DeepClone() };
        if (_recordingId is not null) status["recording_id"] = _recordingId;
        foreach (var (key, value) in more) status[key] = value;
        Say("status", status.ToJsonString());
    }

    private void Answer(string? id, bool success, string message, JsonObject? data = null)
    {
        var answer = new JsonObject { ["request_id"] = id, ["success"] = success, ["message"] = message, ["timestamp"] = Now() };
        if (data is not null) answer["data"] = data;
        Say("response", answer.ToJsonString());
    }

    private string Now() => _form == ContractForm.Real
        ? DateTime.Now.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture)
        : DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private Process Pub(int port, string topic) =>
        Run("mosquitto_pub", "-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-q", "0", "-t", $"{_topic}/{topic}", "-l");

    private static Process Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.StandardInput.AutoFlush = true;
        return process;
    }
}
