namespace Chorale.Mqtt;

/// <summary>One application message, going out or come in.</summary>
/// <param name="Topic">Without wildcards.</param>
/// <param name="Payload">Not copied on the way out: leave it alone until the publish has ended. A received one is the receiver's own.</param>
/// <param name="Qos">0 or 1. QoS 2 is not offered: whatever must not happen twice carries an id.</param>
/// <param name="Retain">Out: the broker keeps it. In: it is a kept one, and says nothing about now.</param>
public sealed record MqttMessage(string Topic, ReadOnlyMemory<byte> Payload, int Qos = 0, bool Retain = false)
{
    /// <summary>The broker throws the message away when it could not be handed on for so long (MQTT 5 §3.3.2.3.3); whole seconds, rounded up. In: what is left of it.</summary>
    public TimeSpan? Expiry { get; init; }

    /// <summary>MQTT 5 §3.3.2.3.6.</summary>
    public byte[]? Correlation { get; init; }

    /// <summary>MQTT 5 §3.3.2.3.5.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>In: <see cref="TimeProvider.GetTimestamp"/> when it was read from the socket, before it waited for its handler.</summary>
    public long ReceivedStamp { get; init; }

    /// <summary>
    /// In: the one subscription this copy is for; 0 when the broker does not say, or sends one for several. Brokers may send a copy for
    /// each of several filters that match (mosquitto does), and every handler shall run once.
    /// </summary>
    internal int SubscriptionId { get; init; }
}
