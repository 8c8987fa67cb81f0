using System.Collections.Concurrent;
using System.Text;
using Chorale.Mqtt;

namespace Chorale.TestKit;

/// <summary>What a subscription was handed, in order.</summary>
public sealed class HeardMessages
{
    private readonly ConcurrentQueue<MqttMessage> _messages = new();

    public int Count => _messages.Count;

    public IReadOnlyList<MqttMessage> All => [.. _messages];

    /// <summary>Topic, a space, the payload as text.</summary>
    public IReadOnlyList<string> Texts => [.. _messages.Select(m => $"{m.Topic} {Encoding.UTF8.GetString(m.Payload.Span)}")];

    /// <summary>The handler.</summary>
    public void Add(MqttMessage message) => _messages.Enqueue(message);
}
