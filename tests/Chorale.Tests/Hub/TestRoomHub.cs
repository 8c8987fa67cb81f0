using Chorale.Hub.Settings;
using Chorale.Simulate;
using Chorale.Verbs;

namespace Chorale.Tests.Hub;

/// <summary>A hub with the example room, its broker and its simulated devices.</summary>
internal sealed class TestRoomHub : IAsyncDisposable
{
    private readonly TempFolder _rooms = new();

    private TestRoomHub(TestBroker broker) => Broker = broker;

    public TestBroker Broker { get; }

    public TestHub Hub { get; private set; } = null!;

    public ExampleDevices Devices { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public string RoomFolder => Path.Combine(_rooms.Path, "room1");

    public static async Task<TestRoomHub> StartAsync()
    {
        var test = new TestRoomHub(await TestBroker.StartAsync());
        UpExample.CopyTo(test._rooms.Path);
        var broker = new HubBroker("127.0.0.1", test.Broker.Port);
        test.Devices = UpExample.StartDevices(broker, TimeProvider.System, test.Broker.Log);
        test.Hub = await TestHub.StartAsync(s => s with { Broker = broker, RoomsFolder = test._rooms.Path, AudioOutput = "null" });
        test.Http = new HttpClient { BaseAddress = test.Hub.Url };
        var room = test.Hub.Host.Show.Find("room1")!;
        await Wait.Until("the room has its devices", async () => (await room.ViewAsync()).Nodes.All(n => n.Presence == "online"));
        return test;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Hub.DisposeAsync();
        await Devices.DisposeAsync();
        await Broker.DisposeAsync();
        _rooms.Dispose();
    }
}
