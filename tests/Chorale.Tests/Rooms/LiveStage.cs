using System.Collections.Concurrent;
using Chorale.Mqtt;
using Chorale.Protocol;
using Chorale.Show.Devices;
using Chorale.Show.Feedback;
using Chorale.Show.Players;
using Chorale.Show.Room;
using Chorale.Simulate;

namespace Chorale.Tests.Rooms;

/// <summary>Rooms on a real broker with simulated nodes: everything but the player is what runs in a museum.</summary>
internal sealed class LiveStage : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<RoomCommandEnded> _ended = new();
    private readonly ConcurrentQueue<(long AtUs, string Node, string Topic, string Payload)> _taken = new();
    private readonly List<SimulatedNode> _nodes = [];
    private int _sent;

    private LiveStage(TestBroker broker) => Broker = broker;

    public TestBroker Broker { get; }

    /// <summary>Where the hub reaches the broker.</summary>
    public int HubPort { get; private set; }

    public TestLog Log { get; } = new();

    public Stage Stage { get; private set; } = null!;

    public ConcurrentDictionary<string, HeardPlayer> Players { get; } = new();

    public IReadOnlyList<RoomCommandEnded> Ended => [.. _ended];

    /// <summary>What reached nodes, in order.</summary>
    public IReadOnlyList<(long AtUs, string Node, string Topic, string Payload)> Taken => [.. _taken];

    public DeviceRegistry Registry => Stage.Registry;

    /// <param name="rooms">Room id and its room.yaml.</param>
    /// <param name="hubPort">Where the hub reaches the broker; null: directly.</param>
    /// <param name="plans">Nodes, online before the hub.</param>
    public static async Task<LiveStage> StartAsync(
        TestBroker broker, IReadOnlyDictionary<string, string> rooms, IEnumerable<NodePlan> plans, IReadOnlyDictionary<string, string>? scenes = null, int? hubPort = null, bool waitForNodes = true)
    {
        var live = new LiveStage(broker) { HubPort = hubPort ?? broker.Port };
        foreach (var (id, yaml) in rooms)
        {
            var folder = Path.Combine(live._folder.Path, "rooms", id);
            Directory.CreateDirectory(Path.Combine(folder, "scenes"));
            await File.WriteAllTextAsync(Path.Combine(folder, "room.yaml"), yaml);
            foreach (var (name, scene) in scenes ?? new Dictionary<string, string>())
                await File.WriteAllTextAsync(Path.Combine(folder, "scenes", name + ".json"), scene.Replace("ROOM", id, StringComparison.Ordinal));
        }

        foreach (var plan in plans) live.Add(plan);
        await Wait.Until("the nodes are connected", () => live._nodes.TrueForAll(n => n.IsConnected));
        live.Stage = Stage.Start(
            new StageOptions
            {
                RoomsFolder = Path.Combine(live._folder.Path, "rooms"), DataFolder = Path.Combine(live._folder.Path, "data"),
                Mqtt = broker.Options with { Port = hubPort ?? broker.Port }, Told = live.Told, PlayerFor = room => live.Players.GetOrAdd(room.Id, _ => new HeardPlayer()),
            },
            TimeProvider.System, live.Log);
        await Wait.Until("the rooms are connected", () => live.Stage.Rooms.All(r => r.View.IsConnected));
        if (waitForNodes) await Wait.Until("the nodes are heard", () => live._nodes.TrueForAll(n => live.Registry.Find(n.Id)?.Presence == DevicePresence.Online));
        return live;
    }

    public RoomHost Room(string id = "room1") => Stage.Find(id)!;

    public SimulatedNode Node(string id) => _nodes.First(n => n.Id == id);

    public SimulatedNode Add(NodePlan plan)
    {
        var node = new SimulatedNode(plan, Broker.Options, TimeProvider.System, Log);
        node.Taken = (topic, payload) => _taken.Enqueue((NowUs, plan.Id, topic, payload));
        _nodes.Add(node);
        node.Start();
        return node;
    }

    /// <returns>Its id.</returns>
    public string Send(string topic, string payload, string room = "room1")
    {
        var id = $"c{Interlocked.Increment(ref _sent)}";
        Assert.Null(Room(room).Send(id, topic, payload, "a test"));
        return id;
    }

    public async Task<RoomCommandEnded> EndOf(string id)
    {
        await Wait.Until($"{id} has its verdict", () => _ended.Any(e => e.Id == id));
        return Assert.Single(_ended, e => e.Id == id);
    }

    public async Task<Verdict> Judge(string topic, string payload) => (await EndOf(Send(topic, payload))).Verdict;

    public async Task<long> Counter(string name, string room = "room1") => (await Room(room).ViewAsync()).Counters.GetValueOrDefault(name);

    public static long NowUs => WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow());

    public async ValueTask DisposeAsync()
    {
        if (Stage is not null) await Stage.DisposeAsync();
        await Task.WhenAll(_nodes.Select(n => n.DisposeAsync().AsTask()));
        _folder.Dispose();
    }

    private void Told(StageEvent told)
    {
        if (told is RoomCommandEnded ended) _ended.Enqueue(ended);
    }
}

/// <summary>A player that only notes when it was told what.</summary>
internal sealed class HeardPlayer : IRoomPlayer
{
    private readonly ConcurrentQueue<(long AtUs, string Words)> _words = new();

    public IReadOnlyList<(long AtUs, string Words)> Words => [.. _words];

    public PlayerView View { get; } = new(PlayerKind.Mpv, PlayerState.Idle, null, []);

    public Action<PlayerEvent>? Happened { get; set; }

    public void Audio(string words) => _words.Enqueue((LiveStage.NowUs, words));

    public void Video(string words) => _words.Enqueue((LiveStage.NowUs, words));

    public void Preload(IReadOnlyList<string> audio, IReadOnlyList<string> video)
    {
    }

    public void StopAll() => _words.Enqueue((LiveStage.NowUs, "all off"));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
