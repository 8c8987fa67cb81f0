using System.Text;
using Chorale.Mqtt;
using Chorale.Protocol.Rooms;
using Microsoft.Extensions.Logging;

namespace Chorale.Simulate;

/// <summary>
/// An ESP32 without the ESP32: a connection of its own with a Will, the firmware's words and times, and on request every lie that nodes in
/// the field tell. Its handlers run on the dispatch thread of its connection and on timers.
/// </summary>
internal sealed class SimulatedNode : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250), ButtonCooldown = TimeSpan.FromSeconds(4);

    private readonly NodePlan _plan;
    private readonly TimeProvider _time;
    private readonly Action<string> _say;
    private readonly MqttClient _client;
    private readonly MqttClient? _twin;
    private readonly SimulatedFirmware _firmware;
    private readonly AnswerQueue _answers;
    private readonly NodeLiar? _liar;
    private readonly Lock _gate = new();
    private readonly long _bornStamp;
    private ITimer? _ticks;
    private TimeSpan _nextBeat;
    private long? _pressedStamp;
    private long _commands;
    private bool _isGone;

    /// <param name="say">A line for people at everything that is switched.</param>
    public SimulatedNode(NodePlan plan, MqttOptions broker, TimeProvider time, ILogger log, Action<string>? say = null)
    {
        (_plan, _time, _say) = (plan, time, say ?? (static _ => { }));
        _bornStamp = time.GetTimestamp();
        var options = broker with
        {
            ClientId = plan.Id, KeepAlive = TimeSpan.FromSeconds(plan.Kind == NodeKind.Relay ? 10 : 5),
            Will = plan.Lie == NodeLie.Zombie ? null : new MqttMessage(plan.StatusTopic, "offline"u8.ToArray(), 0, Retain: true),
        };
        _client = new MqttClient(options, time, log);
        _twin = plan.Lie == NodeLie.DoubleId ? new MqttClient(options, time, log) : null;
        _firmware = new SimulatedFirmware(plan.Kind, plan.IsFirstGeneration, plan.Room, plan.Topics)
        {
            Switched = (topic, word, why) => _say($"{plan.Id}: {topic} {word}{(why == "told" ? "" : $" ({why})")}"),
        };
        _answers = new AnswerQueue(plan, time, Say);
        _liar = plan.Lie == NodeLie.None ? null : new NodeLiar(plan, _answers, Say, word => Say(plan.StatusTopic, Encoding.UTF8.GetBytes(word), retain: true));
        foreach (var topic in _firmware.Topics.Append(RoomTopics.Stop(plan.Room)))
        {
            if (plan.Kind != NodeKind.Button) _client.Subscribe(topic, 0, Take, ignoreRetained: true);
        }

        _client.OnConnected = _ =>
        {
            Birth();
            return Task.CompletedTask;
        };
        _client.Disconnected += reason => AllOff($"the broker is gone: {reason}");
        if (_twin is not null) _twin.OnConnected = _client.OnConnected;
    }

    public string Id => _plan.Id;

    public NodeKind Kind => _plan.Kind;

    public bool IsConnected => _client.IsConnected;

    /// <summary>Told of every command that reaches it: topic and payload. Dispatch thread of its connection; set before <see cref="Start"/>.</summary>
    public Action<string, string>? Taken { get; set; }

    /// <summary>Commands that reached it.</summary>
    public long Commands => Interlocked.Read(ref _commands);

    /// <summary>What is on, now: whole topics and words.</summary>
    public IReadOnlyDictionary<string, string> On
    {
        get
        {
            lock (_gate) return new Dictionary<string, string>(_firmware.On);
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_bornStamp);

    public void Start()
    {
        _client.Start();
        _twin?.Start();
        _ticks = _time.CreateTimer(_ => OnTick(), null, Tick, Tick);
    }

    /// <summary>Its button is pressed.</summary>
    /// <returns>False within the 4 s in which it does not take another press, and while it has no connection.</returns>
    public bool Press()
    {
        lock (_gate)
        {
            if (!IsConnected || (_pressedStamp is { } last && _time.GetElapsedTime(last) < ButtonCooldown)) return false;
            _pressedStamp = _time.GetTimestamp();
        }

        _say($"{_plan.Id}: pressed");
        Say(RoomTopics.Scene(_plan.Room), "START"u8.ToArray(), retain: false);
        return true;
    }

    /// <summary>Its plug is pulled: outputs off, no goodbye, and what the broker then says for it.</summary>
    public async Task PullAsync()
    {
        _isGone = true;
        AllOff("its plug was pulled");
        await _client.PublishAsync(new MqttMessage(_plan.StatusTopic, "offline"u8.ToArray(), 1, Retain: true));
        await DisposeAsync();
    }

    /// <summary>Its plug is pulled until <see cref="Plug"/>: outputs off, no answers, and what the broker would say for it.</summary>
    public void Unplug()
    {
        _isGone = true;
        _answers.Clear();
        AllOff("its plug was pulled");
        Say(_plan.StatusTopic, "offline"u8.ToArray(), retain: true);
    }

    public void Plug()
    {
        _isGone = false;
        Birth();
    }

    /// <summary>Restarts, with its outputs off: the broker says its Will, and after <paramref name="away"/> it is there again.</summary>
    public async Task RebootAsync(TimeSpan away)
    {
        Unplug();
        await Task.Delay(away, _time);
        Plug();
    }

    public async ValueTask DisposeAsync()
    {
        if (_ticks is not null) await _ticks.DisposeAsync();
        _answers.Dispose();
        if (!_isGone && IsConnected && _plan.Lie != NodeLie.Zombie)
        {
            _isGone = true;
            foreach (var topic in _liar?.LeftWithBroker ?? []) Say(topic, [], retain: true);
            await _client.PublishAsync(new MqttMessage(_plan.StatusTopic, "offline"u8.ToArray(), 1, Retain: true));
        }

        if (_twin is not null) await _twin.DisposeAsync();
        await _client.DisposeAsync();
    }

    private void Birth()
    {
        Say(_plan.StatusTopic, "online"u8.ToArray(), retain: true);
        _nextBeat = Now + _plan.Beat;
        _say($"{_plan.Id}: online{(_plan.Kind == NodeKind.Button ? "" : $", obeys {string.Join(", ", _firmware.Topics)}")}");
        _liar?.Born(_firmware.Topics, Now);
    }

    private void Take(MqttMessage message)
    {
        if (_isGone || _plan.Lie == NodeLie.Zombie) return;
        Interlocked.Increment(ref _commands);
        var payload = Encoding.UTF8.GetString(message.Payload.Span);
        Taken?.Invoke(message.Topic, payload);
        string? word;
        lock (_gate) word = _firmware.Take(message.Topic, payload, message.Payload.Length, Now);
        if (word is null || _plan.IsSilent) return;
        var isStop = message.Topic == RoomTopics.Stop(_plan.Room);
        var answerTopic = _plan.IsFirstGeneration && !isStop ? RoomTopics.FirstGenerationAnswer(message.Topic) : RoomTopics.Feedback(message.Topic);
        var answer = new MqttMessage(answerTopic, Encoding.UTF8.GetBytes(word)) { Correlation = _plan.EchoesId ? message.Correlation : null };
        if (_liar is null || isStop) _answers.Add(answer);
        else _liar.Answer(answer);
    }

    private void OnTick()
    {
        if (_isGone) return;
        lock (_gate) _firmware.Advance(Now);
        if (!IsConnected || _liar?.OnTick(Now) == true) return;
        if (_plan.Lie == NodeLie.Reboot && Now.TotalSeconds % 20 < Tick.TotalSeconds && Now > TimeSpan.FromSeconds(19))
        {
            _ = RebootAsync(TimeSpan.FromSeconds(3));
            return;
        }

        if (_plan.Beat == TimeSpan.Zero || _plan.IsFirstGeneration || Now < _nextBeat) return;
        _nextBeat += _plan.Beat;
        Say(_plan.StatusTopic, "online"u8.ToArray(), retain: true);
    }

    private void AllOff(string why)
    {
        lock (_gate) _firmware.AllOff(why);
    }

    /// <summary>Not awaited: firmware does not wait either.</summary>
    private void Say(string topic, byte[] payload, bool retain) => Say(new MqttMessage(topic, payload, 0, retain));

    private void Say(MqttMessage message) => _ = (_twin is { IsConnected: true } ? _twin : _client).PublishAsync(message);
}
