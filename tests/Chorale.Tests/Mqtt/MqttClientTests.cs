using System.Text;
using Chorale.Mqtt;

namespace Chorale.Tests.Mqtt;

public sealed class MqttClientTests
{
    [Fact]
    public async Task What_one_client_publishes_another_one_hears()
    {
        await using var broker = await TestBroker.StartAsync();
        var heard = new HeardMessages();
        await using var listener = broker.Client();
        listener.Subscribe("base/+/status", 1, heard.Add);
        listener.Start();
        await using var speaker = broker.Client();
        speaker.Start();
        await Wait.Until("both are connected", () => listener.IsConnected && speaker.IsConnected);

        var delivery = await speaker.PublishAsync(new MqttMessage("base/mic1/status", Encoding.UTF8.GetBytes("{}"), Qos: 1), TestContext.Current.CancellationToken);

        Assert.True(delivery.IsDelivered, delivery.ToString());
        await Wait.Until("the message arrived", () => heard.Count == 1);
        Assert.Equal("base/mic1/status {}", heard.Texts[0]);
    }
}
