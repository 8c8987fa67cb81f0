using System.Text;
using Chorale.Mqtt;
using Chorale.Protocol.Rooms;

namespace Chorale.Simulate;

/// <summary>How a node lies: instead of its answer, beside it, and in what it says of itself. Called by its node, any thread.</summary>
internal sealed class NodeLiar(NodePlan plan, AnswerQueue answers, Action<MqttMessage> say, Action<string> saysOfItself)
{
    private const int FloodPerSecond = 10_000;

    private static readonly TimeSpan OldWillAfter = TimeSpan.FromSeconds(7);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, MqttMessage> _withheld = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _topics = [];
    private TimeSpan _born, _flooded;
    private TimeSpan? _nextLie;
    private int _answered;
    private bool _isThere = true;

    /// <summary>Topics on which it left something retained.</summary>
    public IReadOnlyList<string> LeftWithBroker => plan.Lie == NodeLie.Retained ? [.. _topics.Select(AnswerTopic)] : [];

    public void Born(IReadOnlyList<string> topics, TimeSpan now)
    {
        (_topics, _born, _flooded) = (topics, now, now);
        _nextLie ??= now + (plan.Lie == NodeLie.OldWill ? OldWillAfter : TimeSpan.FromSeconds(1));
        foreach (var topic in LeftWithBroker) say(new MqttMessage(topic, "OK"u8.ToArray(), 0, Retain: true));
    }

    public void Answer(MqttMessage answer)
    {
        switch (plan.Lie)
        {
            case NodeLie.Twice:
                answers.Add(answer);
                answers.Add(answer, TimeSpan.Zero);
                break;
            case NodeLie.Contradict:
                answers.Add(answer);
                answers.Add(With(answer, "ERROR"u8.ToArray()), TimeSpan.Zero);
                break;
            case NodeLie.Late:
                AnswerTheOneBefore(answer);
                break;
            case NodeLie.Deadline:
                var deadline = TimeSpan.FromMilliseconds(plan.IsFirstGeneration ? 1000 : 700);
                answers.Add(answer, deadline + TimeSpan.FromMilliseconds(Interlocked.Increment(ref _answered) % 2 == 0 ? 1 : -1));
                break;
            case NodeLie.Empty:
                answers.Add(With(answer, []));
                break;
            case NodeLie.Huge:
                answers.Add(With(answer, new byte[2 << 20]));
                break;
            case NodeLie.NotUtf8:
                answers.Add(With(answer, [0x4f, 0x4b, 0xff, 0xfe]));
                break;
            case NodeLie.DeepJson:
                answers.Add(With(answer, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"status\":", 10_000)))));
                break;
            case NodeLie.Space:
                answers.Add(With(answer, [.. answer.Payload.Span, (byte)' ']));
                break;
            case NodeLie.Json:
                answers.Add(With(answer, Encoding.UTF8.GetBytes($"{{\"status\":\"{Encoding.UTF8.GetString(answer.Payload.Span).ToLowerInvariant()}\"}}")));
                break;
            case NodeLie.Error:
                answers.Add(With(answer, "ERROR"u8.ToArray()));
                break;
            default:
                answers.Add(answer);
                break;
        }
    }

    /// <returns>True when it keeps the node from beating.</returns>
    public bool OnTick(TimeSpan now)
    {
        if (plan.Lie == NodeLie.Flood && _topics.Count > 0) Flood(now);
        if (plan.Lie is NodeLie.Zombie) return true;
        if (_nextLie is not { } due || now < due) return plan.Lie == NodeLie.Flapping;
        switch (plan.Lie)
        {
            case NodeLie.Unasked when _topics.Count > 0:
                _nextLie = due + TimeSpan.FromSeconds(1);
                say(new MqttMessage(AnswerTopic(_topics[(int)now.TotalSeconds % _topics.Count]), "OK"u8.ToArray()));
                break;
            case NodeLie.Flapping:
                _nextLie = due + TimeSpan.FromSeconds(0.5);
                _isThere = !_isThere;
                saysOfItself(_isThere ? "online" : "offline");
                return true;
            case NodeLie.OldWill:
                _nextLie = null;
                saysOfItself("offline");
                break;
        }

        return false;
    }

    private void AnswerTheOneBefore(MqttMessage answer)
    {
        MqttMessage? before;
        lock (_gate)
        {
            before = _withheld.GetValueOrDefault(answer.Topic);
            _withheld[answer.Topic] = answer;
        }

        if (before is not null) answers.Add(before, TimeSpan.Zero);
    }

    private void Flood(TimeSpan now)
    {
        var topic = AnswerTopic(_topics[0]);
        for (var due = (int)((now - _flooded).TotalSeconds * FloodPerSecond); due > 0; due--) say(new MqttMessage(topic, "OK"u8.ToArray()));
        _flooded = now;
    }

    private string AnswerTopic(string topic) => plan.IsFirstGeneration ? RoomTopics.FirstGenerationAnswer(topic) : RoomTopics.Feedback(topic);

    private static MqttMessage With(MqttMessage answer, byte[] payload) => answer with { Payload = payload };
}
