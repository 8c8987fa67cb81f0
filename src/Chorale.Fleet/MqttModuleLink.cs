using Chorale.Mqtt;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet;

/// <summary>Modules behind the broker.</summary>
internal sealed class MqttModuleLink(MqttClient? client, string baseTopic) : IModuleLink
{
    public string Name => "mqtt";

    public bool IsConnected => client?.IsConnected == true;

    public async Task<string?> SendAsync(ModuleId module, ModuleCommand command, TimeSpan expiry, CancellationToken cancel)
    {
        if (client is null) return "no broker is set";
        // Never retained. QoS 1 only reaches further than QoS 0 for modules that subscribe so; whoever gets it twice sees one request id.
        var message = new MqttMessage(new ModuleTopics(baseTopic, module.Value).Command, command.ToBytes(), Qos: 1) { Expiry = expiry };
        var delivery = await client.PublishAsync(message, cancel);
        return delivery.Outcome switch
        {
            MqttOutcome.Delivered => null,
            MqttOutcome.NotConnected => "the broker cannot be reached",
            MqttOutcome.Lost => "the connection to the broker ended while it was sent",
            _ => delivery.Reason ?? "the broker did not take it",
        };
    }

    public async Task<bool> AskClockAsync(ModuleId module, ClockQuestion question, CancellationToken cancel) =>
        client is not null && (await client.PublishAsync(new MqttMessage(new ModuleTopics(baseTopic, module.Value).Clock, question.ToBytes()), cancel)).IsDelivered;
}
