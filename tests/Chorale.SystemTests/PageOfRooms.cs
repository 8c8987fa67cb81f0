namespace Chorale.SystemTests;

/// <summary>What tests of the page on a room stand on: a real hub, a real broker, a browser.</summary>
public abstract class PageOfRooms : IAsyncLifetime
{
    private readonly TestLog _log = new();

    private protected PageRoom Room { get; private set; } = null!;

    private protected PageHub Hub { get; private set; } = null!;

    private protected Browser Browser { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Browser = await Browser.StartAsync();
        Room = await PageRoom.StartAsync();
        Hub = await PageHub.StartAsync(_log, Room.Settings);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await using var room = Room;
        await using var hub = Hub;
        await using var browser = Browser; // the first to go: it says what the page complained of
    }
}
