namespace Chorale.Mqtt;

/// <summary>How a publish ended.</summary>
public enum MqttOutcome
{
    /// <summary>QoS 1: the broker has acknowledged it. QoS 0: it is in the socket.</summary>
    Delivered,

    /// <summary>There was no connection; nothing was sent, and nothing will be.</summary>
    NotConnected,

    /// <summary>The connection ended first: the broker may or may not have it. It is not sent again.</summary>
    Lost,

    /// <summary>The broker acknowledged it with a reason why not (MQTT 5), or we know it will not take it.</summary>
    Refused,

    /// <summary>Too much is waiting to be sent already; nothing was sent.</summary>
    Backlogged,
}

/// <summary>How a publish ended, and how long it took until the broker's acknowledgement.</summary>
/// <param name="Reason">For people; null when it was delivered.</param>
public readonly record struct MqttDelivery(MqttOutcome Outcome, TimeSpan Elapsed, string? Reason = null)
{
    /// <summary>The broker took it, and had nobody to give it to. Only brokers that speak MQTT 5 say so, and need not.</summary>
    public bool NobodyListens { get; init; }

    public bool IsDelivered => Outcome == MqttOutcome.Delivered;
}
