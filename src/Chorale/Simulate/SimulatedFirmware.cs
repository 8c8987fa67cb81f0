using Chorale.Protocol.Rooms;

namespace Chorale.Simulate;

/// <summary>
/// Outputs of an ESP32 as its firmware handles them: words, buffer sizes, effects that end by themselves, STOP, and the dead-man that
/// switches everything off after 180 s without a command. Pure and single-threaded; time comes in as an argument.
/// </summary>
internal sealed class SimulatedFirmware(NodeKind kind, bool isFirstGeneration, string room, IReadOnlyList<string>? topics)
{
    public const string Ok = "OK", Error = "ERROR", Active = "ACTIVE", Inactive = "INACTIVE";

    /// <summary>The receive buffers: a longer payload is dropped without a word.</summary>
    private const int RelayBuffer = 32, MotorBuffer = 64;

    private static readonly TimeSpan DeadMan = TimeSpan.FromSeconds(180), SmokeTime = TimeSpan.FromSeconds(12);
    private static readonly string[] RelayTopics = ["power/smoke_ON", "light/fire", "light/1", "light/2", "light/3", "light/4", "light/5", "effect/smoke", "effects/group1", "effects/alone"];
    private static readonly string[] MotorTopics = ["motor1", "motor2"];
    private static readonly string[] FirstTopics = ["light", "steam", "motor"];
    private static readonly string[] FirstWords = ["ON", "OFF", "START", "STOP", "BLINK", "STATUS", "COLOR", "DIM", "BRIGHT", "SPEED", "POSITION", "ROTATE", "FADE_IN", "FADE_OUT", "SHOW"];

    private readonly Dictionary<string, string> _outputs = new(StringComparer.Ordinal);
    private TimeSpan _lastCommand;
    private TimeSpan? _smokeEnds;

    /// <summary>Whole topics it obeys, STOP not among them.</summary>
    public IReadOnlyList<string> Topics { get; } =
        [.. (topics ?? (kind == NodeKind.Button ? [] : isFirstGeneration ? FirstTopics : kind == NodeKind.Motor ? MotorTopics : RelayTopics)).Select(t => $"{room}/{t}")];

    /// <summary>What is on: topic and word.</summary>
    public IReadOnlyDictionary<string, string> On => _outputs;

    /// <summary>Told of every change: topic, new word, why.</summary>
    public Action<string, string, string>? Switched { get; set; }

    /// <summary>Obeys one command.</summary>
    /// <returns>The word of the answer; null: it gives none.</returns>
    public string? Take(string topic, string payload, int payloadBytes, TimeSpan now)
    {
        if (topic == RoomTopics.Stop(room))
        {
            _lastCommand = now;
            AllOff("STOP");
            return isFirstGeneration ? null : Ok;
        }

        if (!Topics.Contains(topic) || payloadBytes >= (kind == NodeKind.Motor ? MotorBuffer : RelayBuffer)) return null;
        _lastCommand = now;
        if (isFirstGeneration) return TakeFirst(topic, payload);
        return kind == NodeKind.Motor ? TakeMotor(topic, payload) : TakeRelay(topic, payload, now);
    }

    /// <summary>Time goes by: the dead-man and the smoke machine.</summary>
    public void Advance(TimeSpan now)
    {
        if (_smokeEnds <= now)
        {
            _smokeEnds = null;
            Set($"{room}/effect/smoke", "OFF", "its 12 s are over");
        }

        if (_outputs.Count > 0 && now - _lastCommand >= DeadMan) AllOff("no command for 180 s");
    }

    public void AllOff(string why)
    {
        _smokeEnds = null;
        foreach (var topic in _outputs.Keys.ToList()) Set(topic, "OFF", why);
    }

    private string? TakeRelay(string topic, string payload, TimeSpan now)
    {
        var isEffect = topic.StartsWith($"{room}/effects/", StringComparison.Ordinal);
        bool? wanted = payload.ToUpperInvariant() switch
        {
            "ON" or "1" => true,
            "OFF" or "0" => false,
            "START" when isEffect => true,
            "STOP" when isEffect => false,
            _ => null,
        };
        if (wanted is not { } on) return isEffect ? null : Error;
        Set(topic, on ? "ON" : "OFF", "told");
        if (topic == $"{room}/effect/smoke") _smokeEnds = on ? now + SmokeTime : null;
        return isEffect ? on ? Active : Inactive : Ok;
    }

    private string TakeMotor(string topic, string payload)
    {
        if (MotorWords.Read(payload) is not { } words) return Error;
        var running = _outputs.TryGetValue(topic, out var now) ? MotorWords.Read(now) : null;
        if (words.IsOn is { } on) Set(topic, on ? payload : "OFF", "told");
        else if (running is { } r) Set(topic, (r with { SpeedPercent = words.SpeedPercent ?? r.SpeedPercent, Direction = words.Direction ?? r.Direction }).ToOn(), "told");
        return Ok;
    }

    private string TakeFirst(string topic, string payload)
    {
        var word = payload.Split(':')[0].Trim().ToUpperInvariant();
        if (!FirstWords.Contains(word)) return Error;
        if (RoomWords.Output(payload) is { } on) Set(topic, on ? word : "OFF", "told");
        return Ok;
    }

    private void Set(string topic, string word, string why)
    {
        var before = _outputs.GetValueOrDefault(topic, "OFF");
        if (word == "OFF") _outputs.Remove(topic);
        else _outputs[topic] = word;
        if (before != word) Switched?.Invoke(topic, word, why);
    }
}
