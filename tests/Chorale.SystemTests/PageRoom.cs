using Chorale.Hub.Settings;
using Chorale.Mqtt;
using Chorale.Simulate;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.SystemTests;

/// <summary>A room with a broker, a relay node and a motor node, and the scenes that the page's tests run.</summary>
internal sealed class PageRoom : IAsyncDisposable
{
    public const string Relays = "Foyer_Relays_Ctrl", Motors = "Foyer_ESP_Motory";

    /// <summary>Waits for its button, so that a test decides when it goes on.</summary>
    public const string Storm = """
        {
          "sceneId": "storm",
          "description": "Wind, thunder, and calm again",
          "initialState": "intro",
          "globalEvents": [
            { "type": "mqttMessage", "topic": "foyer/emergency", "message": "STOP", "goto": "END" }
          ],
          "states": {
            "intro": {
              "description": "The lights come up",
              "onEnter": [ { "action": "mqtt", "topic": "foyer/light/1", "message": "ON" } ],
              "timeline": [ { "at": 0.3, "action": "mqtt", "topic": "foyer/light/2", "message": "ON" }, { "at": 3600, "action": "mqtt", "topic": "foyer/light/3", "message": "ON" } ],
              "transitions": [
                { "type": "mqttMessage", "topic": "foyer/button1", "message": "PRESSED", "goto": "storm" },
                { "type": "timeout", "delay": 7200, "goto": "calm" }
              ]
            },
            "storm": {
              "onEnter": [ { "action": "mqtt", "topic": "foyer/motor1", "message": "ON:60:L" } ],
              "transitions": [
                { "type": "mqttMessage", "topic": "foyer/button1", "message": "PRESSED", "goto": "calm" },
                { "type": "timeout", "delay": 7200, "goto": "intro" }
              ]
            },
            "calm": {
              "transitions": [ { "type": "timeout", "delay": 7200, "goto": "END" } ]
            }
          }
        }
        """;

    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, SimulatedNode> _nodes = [];

    private PageRoom(TestBroker broker) => Broker = broker;

    public TestBroker Broker { get; }

    public string Media => Path.Combine(_folder["rooms"], "foyer", "media");

    public string Scenes => Path.Combine(_folder["rooms"], "foyer", "scenes");

    public static async Task<PageRoom> StartAsync(string title = "Foyer", string policies = "", int timeoutMs = 20_000, string player = "none")
    {
        var room = new PageRoom(await TestBroker.StartAsync());
        Directory.CreateDirectory(room.Scenes);
        await File.WriteAllTextAsync(Path.Combine(room._folder["rooms"], "foyer", "room.yaml"), $$"""
            title: '{{title}}'
            default_scene: storm
            player: {{player}}
            {{policies}}
            buttons:
              button1: { title: Thunder }
            nodes:
              {{Relays}}: { class: relay, topics: [light/#, effect/smoke], timeout_ms: {{timeoutMs}} }
              {{Motors}}: { class: motor, topics: [motor1, motor2], timeout_ms: {{timeoutMs}} }
            """);
        await File.WriteAllTextAsync(Path.Combine(room._folder["rooms"], "foyer", "devices.json"), """
            { "relays": [ { "id": "l1", "name": "Ceiling", "topic": "foyer/light/1" }, { "id": "l2", "name": "Window", "topic": "foyer/light/2" } ],
              "motors": [ { "id": "m1", "name": "Carousel", "topic": "foyer/motor1" } ] }
            """);
        await File.WriteAllTextAsync(Path.Combine(room.Scenes, "storm.json"), Storm);
        await File.WriteAllTextAsync(Path.Combine(room.Scenes, "broken.json"), Storm.Replace("\"goto\": \"storm\"", "\"goto\": \"strom\""));
        return room;
    }

    public HubSettings Settings(HubSettings settings) => settings with { RoomsFolder = _folder["rooms"], Broker = new HubBroker("127.0.0.1", Broker.Port) };

    public SimulatedNode Node(string id, NodeKind kind)
    {
        var plan = new NodePlan { Room = "foyer", Id = id, Kind = kind, Beat = TimeSpan.FromSeconds(1) };
        var node = new SimulatedNode(plan, new MqttOptions { Host = "127.0.0.1", Port = Broker.Port }, TimeProvider.System, NullLogger.Instance);
        node.Start();
        return _nodes[id] = node;
    }

    public void StartNodes()
    {
        Node(Relays, NodeKind.Relay);
        Node(Motors, NodeKind.Motor);
    }

    public async Task EndNodeAsync(string id)
    {
        await _nodes[id].DisposeAsync();
        _nodes.Remove(id);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values) await node.DisposeAsync();
        await Broker.DisposeAsync();
        _folder.Dispose();
    }
}
