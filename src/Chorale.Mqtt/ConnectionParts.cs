using Microsoft.Extensions.Logging;

namespace Chorale.Mqtt;

/// <summary>One wish to hear something; lives as long as the client.</summary>
/// <param name="IgnoresRetained">Commands and feedback: a kept message there is yesterday's.</param>
/// <param name="Id">From 1, in the order they were made.</param>
internal sealed record Subscription(int Id, string Filter, int Qos, Action<MqttMessage> Handler, bool IgnoresRetained);

/// <summary>What all connections of a client share.</summary>
/// <param name="ClientId">Null: the broker gives us one.</param>
/// <param name="Subscriptions">Those of this moment.</param>
internal sealed record ConnectionParts(
    MqttOptions Options, string? ClientId, TimeProvider Time, ILogger Logger, Inbox Inbox, Outbox Outbox, Counts Counts, Func<Subscription[]> Subscriptions)
{
    public string BrokerName => $"{Options.Host}:{Options.Port}";
}
