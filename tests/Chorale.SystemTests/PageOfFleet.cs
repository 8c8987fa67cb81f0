using Chorale.Hub.Settings;

namespace Chorale.SystemTests;

/// <summary>What tests of the page on a fleet stand on: a hub with a real broker.</summary>
public abstract class PageOfFleet : PageOfHub
{
    private protected TestBroker Broker { get; private set; } = null!;

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await using var broker = Broker;
        await base.DisposeAsync();
    }

    private protected override async Task<Func<HubSettings, HubSettings>?> StartOthersAsync()
    {
        Broker = await TestBroker.StartAsync();
        return s => s with { Broker = new HubBroker("127.0.0.1", Broker.Port) };
    }
}
