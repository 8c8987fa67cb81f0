using System.Net;
using System.Text.Json;
using Chorale.Hub.Settings;
using Chorale.Mqtt;
using Chorale.Protocol.Modules;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Fleet;

/// <summary>The option that shows modules in Home Assistant, over a real broker.</summary>
public sealed class HomeAssistantTests
{
    private const string Topic = "homeassistant/device/chorale_kitchen/config";

    [Fact]
    public async Task A_module_is_told_of_with_its_own_topics_again_when_home_assistant_starts_and_withdrawn_when_it_is_forgotten()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var hub = await TestHub.StartAsync(s => s with { Broker = new HubBroker("127.0.0.1", broker.Port) { HomeAssistantPrefix = "homeassistant" } });
        await using var modules = new SimulatedModules(broker);
        await Wait.Until("modules are connected", () => modules.IsConnected);
        modules.Add("kitchen");

        var heard = new HeardMessages();
        await using var homeAssistant = broker.Client();
        homeAssistant.Subscribe("homeassistant/#", 1, heard.Add);
        homeAssistant.Start();
        await Wait.Until("it is told of", () => heard.All.Any(m => m.Topic == Topic));
        var device = JsonDocument.Parse(heard.All.First(m => m.Topic == Topic).Payload).RootElement;
        Assert.Equal("rslogger/audio/kitchen/status", device.GetProperty("state_topic").GetString());
        var recording = device.GetProperty("components").GetProperty("recording");
        Assert.Equal(("switch", "rslogger/audio/kitchen/command"), (recording.GetProperty("platform").GetString(), recording.GetProperty("command_topic").GetString()));

        // What the switch sends is a command that the module obeys.
        await homeAssistant.PublishAsync(new MqttMessage("rslogger/audio/kitchen/command", System.Text.Encoding.UTF8.GetBytes(recording.GetProperty("payload_on").GetString()!), 1));
        await Wait.Until("it records", () => hub.Host.Fleet.Fleet.Find(new("kitchen"))?.State == ModuleState.Recording);

        var before = heard.All.Count(m => m.Topic == Topic);
        await homeAssistant.PublishAsync(new MqttMessage("homeassistant/status", "online"u8.ToArray(), 1));
        await Wait.Until("it is told of again", () => heard.All.Count(m => m.Topic == Topic) > before);

        using var http = new HttpClient { BaseAddress = hub.Url };
        modules.Remove("kitchen");
        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync("/api/v2/modules/kitchen")).StatusCode);
        await Wait.Until("it is withdrawn", () => heard.All.Any(m => m.Topic == Topic && m.Payload.IsEmpty));
    }

    [Fact]
    public async Task Nobody_is_told_of_anything_unless_it_is_asked_for()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var hub = await TestHub.StartAsync(s => s with { Broker = new HubBroker("127.0.0.1", broker.Port) });
        var heard = new HeardMessages();
        await using var listener = broker.Client();
        listener.Subscribe("homeassistant/#", 1, heard.Add);
        listener.Start();
        await using var modules = new SimulatedModules(broker);
        await Wait.Until("both are connected", () => modules.IsConnected && listener.IsConnected);
        modules.Add("kitchen");
        await Wait.Until("the hub knows it", () => hub.Host.Fleet.Fleet.Find(new("kitchen"))?.IsOnline == true);
        await using var other = broker.Client(); // a client does not hear itself
        other.Start();
        await Wait.Until("it is connected", () => other.IsConnected);
        await other.PublishAsync(new MqttMessage("homeassistant/end", "x"u8.ToArray(), 1));
        await Wait.Until("the last message has come", () => heard.Count > 0);
        Assert.Equal("homeassistant/end", Assert.Single(heard.All).Topic);
    }
}
