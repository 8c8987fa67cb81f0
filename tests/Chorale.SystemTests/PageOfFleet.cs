using Chorale.Hub.Settings;

namespace Chorale.SystemTests;

/// <summary>What tests of the page on a fleet stand on: a real hub, a real broker, a browser.</summary>
public abstract class PageOfFleet : IAsyncLifetime
{
    private readonly TestLog _log = new();

    private protected TestBroker Broker { get; private set; } = null!;

    private protected PageHub Hub { get; private set; } = null!;

    private protected Browser Browser { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Browser = await Browser.StartAsync();
        Broker = await TestBroker.StartAsync();
        Hub = await PageHub.StartAsync(_log, s => s with { Broker = new HubBroker("127.0.0.1", Broker.Port) });
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await using var broker = Broker;
        await using var hub = Hub;
        await using var browser = Browser; // the first to go: it says what the page complained of
    }
}
