using Chorale.Mqtt;

namespace Chorale.Tests.Mqtt;

/// <summary>A broker and two clients on it; the listener hears <c>base/#</c>.</summary>
internal sealed class ClientPair : IAsyncDisposable
{
    private ClientPair(TestBroker broker, MqttClient listener, MqttClient speaker) => (Broker, Listener, Speaker) = (broker, listener, speaker);

    public TestBroker Broker { get; }

    public MqttClient Listener { get; }

    public MqttClient Speaker { get; }

    public HeardMessages Heard { get; } = new();

    public TestLog Log => Broker.Log;

    public static async Task<ClientPair> StartAsync(BrokerSettings? settings = null, Func<MqttOptions, MqttOptions>? change = null)
    {
        var broker = await TestBroker.StartAsync(settings);
        var pair = new ClientPair(broker, broker.Client(change), broker.Client());
        pair.Listener.Subscribe("base/#", 1, pair.Heard.Add);
        pair.Listener.Start();
        pair.Speaker.Start();
        await Wait.Until("both are connected", () => pair.Listener.IsConnected && pair.Speaker.IsConnected);
        return pair;
    }

    public async ValueTask DisposeAsync()
    {
        await Speaker.DisposeAsync();
        await Listener.DisposeAsync();
        await Broker.DisposeAsync();
    }
}
