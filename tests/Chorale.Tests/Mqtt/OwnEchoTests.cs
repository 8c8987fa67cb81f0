using Chorale.Mqtt;
using static Chorale.Tests.Mqtt.ModuleLikeClient;

namespace Chorale.Tests.Mqtt;

public sealed class OwnEchoTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_of_MQTT_3_1_1_does_not_make_a_client_hear_itself_and_others_are_heard_all_the_same()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var old = new OldBroker(broker.Port);
        await using var client = new MqttClient(broker.Options with { Port = old.Port }, TimeProvider.System, broker.Log);
        var heard = new HeardMessages();
        client.Subscribe("room1/#", 1, heard.Add);
        client.Start();
        await using var other = broker.Client();
        other.Start();
        await Wait.Until("both are connected", () => client.IsConnected && other.IsConnected);
        for (var i = 0; i < 50; i++) Assert.True((await client.PublishAsync(Text("room1/STOP", "STOP") with { Qos = 1 }, Cancel)).IsDelivered);
        for (var i = 0; i < 3; i++) Assert.True((await other.PublishAsync(Text("room1/STOP", "STOP") with { Qos = 1 }, Cancel)).IsDelivered);
        Assert.True((await other.PublishAsync(Text("room1/last", "1") with { Qos = 1 }, Cancel)).IsDelivered);
        await Wait.Until("the last word has come", () => heard.Texts.Contains("room1/last 1"));
        Assert.Equal(4, heard.Count);
        Assert.Equal(1, old.Refused);
    }
}
