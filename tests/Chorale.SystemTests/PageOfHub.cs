using Chorale.Hub.Settings;

namespace Chorale.SystemTests;

/// <summary>What tests of the page stand on: a real hub and a browser.</summary>
public abstract class PageOfHub : IAsyncLifetime
{
    private readonly TestLog _log = new();

    private protected PageHub Hub { get; private set; } = null!;

    private protected Browser Browser { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Browser = await Browser.StartAsync();
        Hub = await PageHub.StartAsync(_log, await StartOthersAsync());
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await using var hub = Hub;
        await using var browser = Browser; // the first to go: it says what the page complained of
    }

    /// <summary>Starts what the hub hangs on, and says where that is.</summary>
    private protected virtual Task<Func<HubSettings, HubSettings>?> StartOthersAsync() => Task.FromResult<Func<HubSettings, HubSettings>?>(null);
}
