using System.Collections.Concurrent;
using System.Text;
using Chorale.Mqtt;
using Chorale.Show.Players;
using Chorale.Show.Room;
using Chorale.Simulate;
using Chorale.TestKit;

namespace Chorale.Tests.Rooms;

/// <summary>A stage with one room on a real broker, its devices simulated, its player one that only notes what it is told.</summary>
internal sealed class RealRoom : IAsyncDisposable
{
    private readonly TempFolder _folder = new();

    private RealRoom(TestBroker broker) => Broker = broker;

    public TestBroker Broker { get; }

    public Stage Stage { get; private set; } = null!;

    public RoomHost Room => Stage.Rooms[0];

    public SimulatedRoom? Devices { get; private set; }

    public ConcurrentQueue<StageEvent> Told { get; } = new();

    public NotedPlayer Player { get; } = new();

    public IEnumerable<RoomCommandEnded> Verdicts => Told.OfType<RoomCommandEnded>();

    /// <param name="roomYaml">Of room1.</param>
    /// <param name="scenes">Name without .json, and text.</param>
    /// <param name="devices">Null: those of the example, without a seed of trouble.</param>
    public static async Task<RealRoom> StartAsync(string roomYaml, Dictionary<string, string> scenes, IReadOnlyList<NodePlan>? devices = null, Func<MqttOptions, MqttOptions>? link = null)
    {
        var room = new RealRoom(await TestBroker.StartAsync());
        var folder = Path.Combine(room._folder.Path, "rooms", "room1");
        Directory.CreateDirectory(Path.Combine(folder, "scenes"));
        await File.WriteAllTextAsync(Path.Combine(folder, RoomFile.Name), roomYaml);
        foreach (var (name, text) in scenes) await File.WriteAllTextAsync(Path.Combine(folder, "scenes", name + ".json"), text);
        room.Devices = new SimulatedRoom(
            devices ?? SimulatedRoom.Plans(new NodePlan { Room = "room1", Id = "" }, [NodeKind.Relay, NodeKind.Motor], 1, null), room.Broker.Options, TimeProvider.System, room.Broker.Log, _ => { });
        room.Devices.Start();
        var options = room.Broker.Options with { ReconnectInterval = TimeSpan.FromMilliseconds(500) };
        room.Stage = Stage.Start(
            new StageOptions
            {
                RoomsFolder = Path.Combine(room._folder.Path, "rooms"), DataFolder = Path.Combine(room._folder.Path, "show"), Mqtt = link?.Invoke(options) ?? options,
                Told = room.Told.Enqueue, PlayerFor = _ => room.Player,
            },
            TimeProvider.System, room.Broker.Log);
        await Wait.Until("the room has its broker and its devices", async () => (await room.Room.ViewAsync()) is { IsConnected: true } v && v.Nodes.All(n => n.Presence == "online"));
        return room;
    }

    public const string TwoNodes = """
        player: none
        nodes:
          Room1_Relays_Ctrl: {class: relay, topics: [room1/light/+, room1/effect/smoke]}
          Room1_ESP_Motory: {class: motor, topics: [room1/motor1, room1/motor2]}
        """;

    /// <summary>Published by a program that is none of ours.</summary>
    public async Task SayAsync(string topic, string payload) => await SayAsync(topic, Encoding.UTF8.GetBytes(payload));

    public async Task SayAsync(string topic, byte[] payload)
    {
        await using var other = Broker.Client();
        var connected = new TaskCompletionSource();
        other.OnConnected = _ =>
        {
            connected.TrySetResult();
            return Task.CompletedTask;
        };
        other.Start();
        await connected.Task.WaitAsync(Wait.Patience);
        Assert.True((await other.PublishAsync(new MqttMessage(topic, payload, 1))).IsDelivered);
    }

    public async ValueTask DisposeAsync()
    {
        await Stage.DisposeAsync();
        if (Devices is not null) await Devices.DisposeAsync();
        await Broker.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Notes the words it is given; plays nothing.</summary>
internal sealed class NotedPlayer : IRoomPlayer
{
    public ConcurrentQueue<string> Words { get; } = new();

    public PlayerView View { get; } = new(PlayerKind.None, PlayerState.None, null, []);

    public Action<PlayerEvent>? Happened { get; set; }

    public void Audio(string words) => Words.Enqueue("audio " + words);

    public void Video(string words) => Words.Enqueue("video " + words);

    public void Preload(IReadOnlyList<string> audio, IReadOnlyList<string> video)
    {
    }

    public void StopAll() => Words.Enqueue("stop");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
