using Chorale.Hub.Settings;

namespace Chorale.SystemTests;

/// <summary>What tests of the page on a room stand on: a hub with a real broker and a room.</summary>
public abstract class PageOfRooms : PageOfHub
{
    private protected PageRoom Room { get; private set; } = null!;

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await using var room = Room;
        await base.DisposeAsync();
    }

    private protected override async Task<Func<HubSettings, HubSettings>?> StartOthersAsync()
    {
        Room = await PageRoom.StartAsync();
        return Room.Settings;
    }
}
