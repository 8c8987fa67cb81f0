using System.Text.Json;
using System.Text.Json.Nodes;
using Chorale.Fleet;
using Chorale.Protocol.Modules;

namespace Chorale.Hub.Fleet;

/// <summary>
/// Speaks for a recorder that knows only the messages of <see cref="RecorderSocketMessage"/>: turns our commands into its own, and what it
/// says into the status, answers and events every module has. It names neither itself nor the command it answers, so answers are matched
/// by kind, oldest first. No I/O; the caller holds one lock around it.
/// </summary>
internal sealed class SocketTranslation(ModuleId module, TimeProvider time)
{
    /// <summary>It has no heartbeat of its own: it is asked for its status this often.</summary>
    public static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(15);

    /// <summary>Commands nobody waits for any more are forgotten.</summary>
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromSeconds(60);

    private readonly List<(ModuleCommand Command, long Stamp)> _waiting = [];
    private bool _isRecording;
    private string? _recordingId;
    private string? _fileName;
    private string? _completedFile; // told of already
    private ModuleConfig? _config;

    /// <returns>Frames to send, in order; none and a refusal when the recorder cannot do it.</returns>
    public (IReadOnlyList<byte[]> Frames, ModuleResponse? Refusal) Translate(ModuleCommand command)
    {
        _waiting.RemoveAll(w => time.GetElapsedTime(w.Stamp) > ForgetAfter);
        switch (command.Kind)
        {
            case ModuleCommandKind.Start when command.Config is { ValueKind: JsonValueKind.Object } config && config.EnumerateObject().Any():
                return ([], Refuse(command, "config: this recorder takes settings by `config` only, which it keeps"));
            case ModuleCommandKind.Start when command.PreRollSeconds > 0:
                return ([], Refuse(command, "pre_roll: this recorder keeps nothing from before the start"));
            case ModuleCommandKind.Start:
                Wait(command);
                var start = new JsonObject { ["duration"] = command.DurationSeconds };
                if (command.RecordingId is { } id) start["filename"] = $"recording_{id}_{module.Value}.wav";
                return ([RecorderSocketMessage.Command("start_recording", start)], null);
            case ModuleCommandKind.Stop:
                Wait(command);
                return ([RecorderSocketMessage.Command("stop_recording")], null);
            case ModuleCommandKind.Status:
                return ([AskStatus()], null); // its status is the answer
            case ModuleCommandKind.Config:
                var (wanted, unknown) = Settings(command.Config);
                if (unknown.Count > 0) return ([], Refuse(command, $"{string.Join(", ", unknown)}: this recorder knows samplerate, channels, dtype, recording_dir, device"));
                Wait(command);
                return ([RecorderSocketMessage.Command("update_config", wanted), AskStatus()], null); // it answers only when it fails
            case ModuleCommandKind.Shutdown:
                return ([RecorderSocketMessage.Command("shutdown")], null);
            default:
                return ([], Refuse(command, $"{command.Name}: this recorder does not know it"));
        }
    }

    public static byte[] AskStatus() => RecorderSocketMessage.Command("get_status");

    /// <summary>What every module would have said instead of this, in order.</summary>
    public IEnumerable<object> Heard(RecorderSocketMessage message)
    {
        switch (message.Type)
        {
            case "status":
                _config = message.Config ?? _config;
                if (message.IsRecording is { } recording) SetRecording(recording);
                foreach (var answer in ConfigAnswers()) yield return answer;
                yield return Status();
                break;
            case "event" when message.Event == RecorderSocketMessage.Started:
                var started = Take(ModuleCommandKind.Start);
                (_isRecording, _fileName, _completedFile) = (true, message.FileName, null);
                _recordingId = started?.RecordingId ?? IdOf(message.FileName);
                yield return Status();
                if (started is not null) yield return Answer(started, true, "Recording started");
                yield return Data(ModuleData.RecordingStarted, null);
                break;
            case "event" when message.Event is RecorderSocketMessage.Completed or RecorderSocketMessage.Stopped:
                if (Take(ModuleCommandKind.Stop) is { } stop) yield return Answer(stop, true, "Recording stopped");
                // It may tell of one end twice: that it stopped, and that the file is complete.
                if (_isRecording || (message.FileName is not null && message.FileName != _completedFile))
                {
                    _completedFile = message.FileName ?? _fileName;
                    yield return Data(ModuleData.RecordingComplete, message.FileName);
                }

                SetRecording(false);
                yield return Status();
                break;
            case "event" when message.Event == RecorderSocketMessage.Failed:
                if (Take(ModuleCommandKind.Start) is { } failed) yield return Answer(failed, false, message.Error ?? "it could not record");
                else yield return Data(ModuleData.RecordingError, null) with { Error = message.Error };
                SetRecording(false);
                yield return Status();
                break;
            case "error":
                if (Take(KindOf(message.Error)) is { } refused) yield return Answer(refused, false, message.Error ?? "it said error");
                break;
        }
    }

    public ModuleStatus Goodbye() => Status() with { StateText = ModuleStatus.ToText(ModuleState.Disconnected), RecordingId = null, FileName = null };

    private ModuleStatus Status() => new()
    {
        ModuleId = module.Value, StateText = ModuleStatus.ToText(_isRecording ? ModuleState.Recording : ModuleState.Idle), Timestamp = time.GetUtcNow(), Config = _config,
        RecordingId = _isRecording ? _recordingId : null, FileName = _isRecording ? _fileName : null, HeartbeatSeconds = AskEvery.TotalSeconds,
    };

    private ModuleData Data(string name, string? fileName) => new()
    {
        Event = name, ModuleId = module.Value, RecordingId = _recordingId, FileName = fileName ?? _fileName, Timestamp = time.GetUtcNow(), SampleRateHz = _config?.SampleRateHz,
        Channels = _config?.Channels,
    };

    private ModuleResponse Answer(ModuleCommand command, bool success, string message) => new()
    {
        RequestId = command.RequestId, Success = success, Message = message, Timestamp = time.GetUtcNow(),
        Data = success ? new ModuleResponseData { RecordingId = _recordingId, FileName = _fileName, Config = command.Kind == ModuleCommandKind.Config ? _config : null } : null,
    };

    private ModuleResponse Refuse(ModuleCommand command, string why) => Answer(command, false, why);

    /// <summary>A change of settings is answered by the status that follows it: unchecked as it takes them, it may have taken something else.</summary>
    private IEnumerable<ModuleResponse> ConfigAnswers()
    {
        while (Take(ModuleCommandKind.Config) is { } command)
        {
            var wanted = command.Config!.Value;
            var has = _config?.ToElement() ?? default;
            var differing = wanted.EnumerateObject().Where(w => w.Name != "device"
                && (has.ValueKind != JsonValueKind.Object || !has.TryGetProperty(w.Name, out var now) || now.ToString() != w.Value.ToString())).Select(w => w.Name).ToList();
            yield return differing.Count == 0 ? Answer(command, true, "") : Answer(command, false, $"{string.Join(", ", differing)}: the recorder did not take it");
        }
    }

    private void SetRecording(bool isRecording)
    {
        _isRecording = isRecording;
        if (!isRecording) (_recordingId, _fileName) = (null, null);
    }

    private void Wait(ModuleCommand command) => _waiting.Add((command, time.GetTimestamp()));

    /// <summary>The oldest of this kind; null for any kind takes the oldest of all.</summary>
    private ModuleCommand? Take(ModuleCommandKind? kind)
    {
        var at = _waiting.FindIndex(w => kind is null || w.Command.Kind == kind);
        if (at < 0) return null;
        var command = _waiting[at].Command;
        _waiting.RemoveAt(at);
        return command;
    }

    private static ModuleCommandKind? KindOf(string? error) => error switch
    {
        not null when error.StartsWith("Already recording", StringComparison.OrdinalIgnoreCase) => ModuleCommandKind.Start,
        not null when error.StartsWith("Not recording", StringComparison.OrdinalIgnoreCase) => ModuleCommandKind.Stop,
        not null when error.StartsWith("Config update failed", StringComparison.OrdinalIgnoreCase) => ModuleCommandKind.Config,
        _ => null,
    };

    private static (JsonObject Wanted, List<string> Unknown) Settings(JsonElement? config)
    {
        var (wanted, unknown) = (new JsonObject(), new List<string>());
        foreach (var setting in config is { ValueKind: JsonValueKind.Object } c ? c.EnumerateObject().ToArray() : [])
        {
            if (setting.Name is "samplerate" or "channels" or "dtype" or "device") wanted[setting.Name] = JsonNode.Parse(setting.Value.GetRawText());
            else if (setting.Name == "recording_dir") wanted["output_dir"] = JsonNode.Parse(setting.Value.GetRawText());
            else unknown.Add(setting.Name);
        }

        return (wanted, unknown);
    }

    /// <summary>A recording that somebody else started is known by its file.</summary>
    private static string? IdOf(string? fileName) =>
        Path.GetFileNameWithoutExtension(fileName?[(fileName.LastIndexOfAny(['/', '\\']) + 1)..]) is { } stem && ModuleId.IsValid(stem) ? stem : null;
}
