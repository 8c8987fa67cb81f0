namespace Chorale.Mqtt;

/// <summary>
/// Our own messages that a broker of MQTT 3.1.1 sends back to us, because that protocol has no No Local: each is taken away once, as
/// MQTT 5 would have, so that nobody above ever acts on what it said itself.
/// </summary>
/// <remarks>
/// Belongs to one connection and its loop thread. Topic and payload are all there is to know an echo by: the same words of another client
/// may be taken for it, and then ours, which come a moment later, are handed on in their place.
/// </remarks>
internal sealed class OwnEchoes(TimeProvider time)
{
    /// <summary>Brokers pass a message on when they acknowledge it; what has not come by then was not for us (an access list).</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, List<Expected>> _byTopic = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Expected> _unacknowledged = [];
    private readonly Queue<Expected> _acknowledged = new();

    /// <param name="id">Of the packet.</param>
    public void Sent(int id, MqttMessage message)
    {
        Forget();
        var expected = new Expected(message.Topic, message.Payload.ToArray());
        if (!_byTopic.TryGetValue(message.Topic, out var list)) _byTopic.Add(message.Topic, list = []);
        list.Add(expected);
        _unacknowledged[id] = expected;
    }

    public void Acknowledged(int id)
    {
        if (!_unacknowledged.Remove(id, out var expected)) return;
        expected.AckStamp = time.GetTimestamp();
        _acknowledged.Enqueue(expected);
    }

    /// <summary>True: it is ours, and not to be handed on.</summary>
    public bool TryTake(string topic, ReadOnlySpan<byte> payload)
    {
        Forget();
        if (!_byTopic.TryGetValue(topic, out var list)) return false;
        foreach (var expected in list)
        {
            if (!payload.SequenceEqual(expected.Payload)) continue;
            Remove(expected);
            return true;
        }

        return false;
    }

    private void Forget()
    {
        while (_acknowledged.TryPeek(out var oldest) && (oldest.IsGone || time.GetElapsedTime(oldest.AckStamp) >= Patience)) Remove(_acknowledged.Dequeue());
    }

    private void Remove(Expected expected)
    {
        if (expected.IsGone) return;
        expected.IsGone = true;
        var list = _byTopic[expected.Topic];
        list.Remove(expected);
        if (list.Count == 0) _byTopic.Remove(expected.Topic);
    }

    private sealed class Expected(string topic, byte[] payload)
    {
        public string Topic => topic;

        public byte[] Payload => payload;

        public long AckStamp { get; set; }

        public bool IsGone { get; set; }
    }
}
