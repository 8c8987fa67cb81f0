using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Chorale.Mqtt;
using Chorale.Protocol;

namespace Chorale.TestKit;

/// <summary>
/// Many modules behind one connection, each with a clock of its own whose truth is known: they speak contracts.md 1.1 and 7, arm, and
/// report when they began. For tests of masters; JSON by hand, so that a mistake of ours is not made twice.
/// </summary>
public sealed class SimulatedModules : IAsyncDisposable
{
    private readonly MqttClient _client;
    private readonly string _base;
    private readonly ConcurrentDictionary<string, One> _modules = new();

    public SimulatedModules(TestBroker broker, string baseTopic = "rslogger/audio")
    {
        (_client, _base) = (broker.Client(), baseTopic);
        _client.Subscribe($"{baseTopic}/+/command", 0, m => Take(m, Command));
        _client.Subscribe($"{baseTopic}/+/clock", 0, m => Take(m, Clock));
        _client.Start();
    }

    public bool IsConnected => _client.IsConnected;

    /// <summary>Commands that came for any of them.</summary>
    public long Commands => _modules.Values.Sum(m => m.Commands);

    /// <param name="id">Its name.</param>
    /// <param name="offsetUs">Its clock minus the truth.</param>
    /// <param name="ppm">How much faster than the truth it runs.</param>
    /// <param name="answers">False: it is heard and then never answers.</param>
    public void Add(string id, double offsetUs = 0, double ppm = 0, bool answers = true, long session = 1)
    {
        var one = new One(id, offsetUs, ppm, answers, session, TimeProvider.System.GetUtcNow());
        _modules[id] = one;
        SayStatus(one);
    }

    /// <summary>From now on its status says this as well; told at once.</summary>
    public void Change(string id, Action<JsonObject> change)
    {
        _modules[id].Change = change;
        SayStatus(_modules[id]);
    }

    /// <summary>It is heard no more.</summary>
    public void Remove(string id) => _modules.TryRemove(id, out _);

    public void Beat()
    {
        foreach (var one in _modules.Values) SayStatus(one);
    }

    /// <summary>True instant at which a module began its recording: when its own clock showed what it had been told.</summary>
    public DateTimeOffset? BeganAt(string id) => _modules[id].BeganAt;

    public bool IsRecording(string id) => _modules[id].RecordingId is not null;

    /// <summary>Ends the recording of all: each reports its file.</summary>
    public void Complete(long frames, double ratePpm)
    {
        foreach (var one in _modules.Values.Where(o => o.RecordingId is not null))
        {
            Say(one, "data", new JsonObject
            {
                ["event"] = "recording_complete", ["recording_id"] = one.RecordingId, ["filename"] = $"recording_{one.RecordingId}_{one.Id}.wav",
                ["files"] = new JsonArray($"recording_{one.RecordingId}_{one.Id}.wav"), ["frames"] = frames, ["samplerate"] = 48000, ["rate_ppm"] = ratePpm,
                ["first_frame_utc"] = WallTime.ToText(one.FirstFrameUs), ["uncertainty_us"] = 10, ["gaps"] = new JsonArray(),
            });
            one.RecordingId = null;
            SayStatus(one);
        }
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private void Take(MqttMessage message, Action<One, JsonObject> handle)
    {
        var id = message.Topic[(_base.Length + 1)..].Split('/')[0];
        if (_modules.TryGetValue(id, out var one) && JsonNode.Parse(message.Payload.Span) is JsonObject body) handle(one, body);
    }

    private void Command(One one, JsonObject command)
    {
        Interlocked.Increment(ref one.Commands);
        if (!one.Answers) return;
        var id = (string?)command["request_id"];
        switch ((string?)command["command"])
        {
            case "start":
                one.RecordingId = (string?)command["recording_id"] ?? "20260105_100000";
                one.FirstFrameUs = (string?)command["start_at"] is { } at && WallTime.TryParse(at, out var us) ? us : one.ShowsUs(TimeProvider.System.GetUtcNow());
                one.BeganAt = one.WhenItShows(one.FirstFrameUs);
                SayStatus(one);
                Answer(one, id, true, "armed", new JsonObject { ["armed"] = true, ["start_at"] = WallTime.ToText(one.FirstFrameUs) });
                Say(one, "data", new JsonObject
                {
                    ["event"] = "recording_started", ["recording_id"] = one.RecordingId, ["first_frame_utc"] = WallTime.ToText(one.FirstFrameUs), ["uncertainty_us"] = 10,
                });
                break;
            case "stop":
                one.RecordingId = null;
                Answer(one, id, true, "Recording stopped");
                SayStatus(one);
                break;
            case "status":
                SayStatus(one);
                Answer(one, id, true, "");
                break;
            case "config" or "mute" or "unmute" or "watch" or "shutdown":
                Answer(one, id, true, "");
                break;
            case var other:
                Answer(one, id, false, $"command \"{other}\": start, stop, status, config, shutdown, mute, unmute, watch are allowed");
                break;
        }
    }

    private void Clock(One one, JsonObject question)
    {
        if (!one.Answers) return;
        var came = one.ShowsUs(TimeProvider.System.GetUtcNow());
        Say(one, "clock/reply", new JsonObject
        {
            ["n"] = question["n"]!.DeepClone(), ["t1"] = question["t1"]!.DeepClone(), ["t2"] = came, ["t3"] = one.ShowsUs(TimeProvider.System.GetUtcNow()),
        });
    }

    private void SayStatus(One one)
    {
        var status = new JsonObject
        {
            ["module_id"] = one.Id, ["state"] = one.RecordingId is null ? "idle" : "recording", ["timestamp"] = WallTime.ToText(TimeProvider.System.GetUtcNow()),
            ["session"] = one.Session, ["version"] = "simulated", ["heartbeat"] = 30, ["clock"] = new JsonObject { ["source"] = "none" },
        };
        if (one.RecordingId is not null) status["recording_id"] = one.RecordingId;
        one.Change?.Invoke(status);
        Say(one, "status", status);
    }

    private void Answer(One one, string? id, bool success, string message, JsonObject? data = null)
    {
        var answer = new JsonObject { ["request_id"] = id, ["success"] = success, ["message"] = message };
        if (data is not null) answer["data"] = data;
        Say(one, "response", answer);
    }

    private void Say(One one, string topic, JsonObject body) =>
        _ = _client.PublishAsync(new MqttMessage($"{_base}/{one.Id}/{topic}", JsonSerializer.SerializeToUtf8Bytes(body)));

    private sealed class One(string id, double offsetUs, double ppm, bool answers, long session, DateTimeOffset anchor)
    {
        public long Commands;

        public string Id => id;

        public Action<JsonObject>? Change { get; set; }

        public bool Answers => answers;

        public long Session => session;

        public string? RecordingId { get; set; }

        public long FirstFrameUs { get; set; }

        public DateTimeOffset? BeganAt { get; set; }

        public long ShowsUs(DateTimeOffset at) => WallTime.ToMicroseconds(at.AddMicroseconds(offsetUs + (at - anchor).TotalSeconds * ppm));

        public DateTimeOffset WhenItShows(long us) =>
            anchor.AddMicroseconds(((WallTime.FromMicroseconds(us) - anchor).TotalMicroseconds - offsetUs) / (1 + ppm / 1e6));
    }
}
