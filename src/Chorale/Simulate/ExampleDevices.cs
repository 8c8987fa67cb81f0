using System.Text;
using Chorale.Mqtt;
using Microsoft.Extensions.Logging;

namespace Chorale.Simulate;

/// <summary>The simulated devices of the example, whose plugs can be pulled by a word on <c>simulate/&lt;id&gt;</c>.</summary>
internal sealed class ExampleDevices : IAsyncDisposable
{
    public const string Topics = "simulate/";

    private readonly SimulatedRoom _room;
    private readonly MqttClient _client;

    public ExampleDevices(SimulatedRoom room, MqttOptions broker, TimeProvider time, ILogger log)
    {
        (_room, _client) = (room, new MqttClient(broker, time, log));
        _client.Subscribe(Topics + "+", 1, Take, ignoreRetained: true);
        _client.Start();
    }

    public IReadOnlyList<SimulatedNode> Nodes => _room.Nodes;

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _room.DisposeAsync();
    }

    private void Take(MqttMessage message)
    {
        if (_room.Nodes.FirstOrDefault(n => Topics + n.Id == message.Topic) is not { } node) return;
        switch (Encoding.UTF8.GetString(message.Payload.Span))
        {
            case "unplug": node.Unplug(); break;
            case "plug": node.Plug(); break;
        }
    }
}
