using System.Collections.Concurrent;
using Chorale.Fleet;
using Chorale.Hub.Settings;
using Chorale.Mqtt;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Fleet;

/// <summary>
/// Tells Home Assistant of every module behind the broker: retained, again when Home Assistant starts, and withdrawn when a module is
/// forgotten. A connection of its own, so that nothing here touches the fleet's.
/// </summary>
internal sealed class HomeAssistantBridge : IAsyncDisposable
{
    private readonly FleetController _fleet;
    private readonly string _prefix;
    private readonly string _baseTopic;
    private readonly MqttClient _client;
    private readonly ConcurrentDictionary<ModuleId, string?> _told = new(); // the version that was told of, in this connection
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _following;

    public HomeAssistantBridge(HubBroker broker, FleetController fleet, TimeProvider time, ILogger log)
    {
        (_fleet, _prefix, _baseTopic) = (fleet, broker.HomeAssistantPrefix!, broker.Topic);
        _client = new MqttClient(broker.ToOptions(null), time, log);
        _client.Subscribe($"{_prefix}/status", 1, m =>
        {
            if (m.Payload.Span.SequenceEqual("online"u8)) _ = TellAllAsync(_stopping.Token);
        });
        _client.OnConnected = TellAllAsync;
        var events = fleet.EventsAsync(CancellationToken.None); // ends with the controller
        _following = FollowAsync(events);
        _client.Start();
    }

    /// <summary>Home Assistant removes the device.</summary>
    public void Forget(ModuleId module)
    {
        _told.TryRemove(module, out _);
        _ = _client.PublishAsync(new MqttMessage(HomeAssistantDevice.Topic(_prefix, module), ReadOnlyMemory<byte>.Empty, Qos: 1, Retain: true));
    }

    /// <summary>After the controller, whose events end the loop here.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _client.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task FollowAsync(IAsyncEnumerable<FleetEvent> events)
    {
        await foreach (var told in events)
        {
            if (told is ModuleChanged { Module: var module } && (!_told.TryGetValue(module.Id, out var version) || version != module.Status?.Version)) await TellAsync(module, _stopping.Token);
            else if (told is EventsMissed) await TellAllAsync(_stopping.Token);
        }
    }

    private async Task TellAllAsync(CancellationToken cancel)
    {
        foreach (var module in _fleet.Modules.Values) await TellAsync(module, cancel);
    }

    private async Task TellAsync(FleetModule module, CancellationToken cancel)
    {
        if (module.Link != "mqtt") return; // it has no topics
        var payload = HomeAssistantDevice.Payload(_baseTopic, module.Id, module.Status?.Version);
        var delivery = await _client.PublishAsync(new MqttMessage(HomeAssistantDevice.Topic(_prefix, module.Id), payload, Qos: 1, Retain: true), cancel);
        if (delivery.IsDelivered) _told[module.Id] = module.Status?.Version; // else the next connection tells it
    }
}
