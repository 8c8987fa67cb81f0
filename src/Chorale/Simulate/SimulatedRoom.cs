using System.Globalization;
using Chorale.Mqtt;
using Microsoft.Extensions.Logging;

namespace Chorale.Simulate;

/// <summary>Simulated nodes that are started and ended together.</summary>
internal sealed class SimulatedRoom(IReadOnlyList<NodePlan> plans, MqttOptions broker, TimeProvider time, ILogger log, Action<string> say) : IAsyncDisposable
{
    private readonly Lock _saying = new();
    private readonly List<SimulatedNode> _nodes = [];

    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    public int Connected => _nodes.Count(n => n.IsConnected);

    public long Commands => _nodes.Sum(n => n.Commands);

    /// <summary>Names as in the field for one of each kind; numbered, with topics of their own, for more.</summary>
    public static IReadOnlyList<NodePlan> Plans(NodePlan template, IReadOnlyList<NodeKind> kinds, int countOfEach, string? id)
    {
        var plans = new List<NodePlan>();
        foreach (var kind in kinds)
        {
            var name = id ?? UsualId(template.Room, kind);
            for (var n = 1; n <= countOfEach; n++)
            {
                var plan = template with { Kind = kind, Seed = template.Seed + plans.Count };
                if (countOfEach == 1)
                {
                    plans.Add(plan with { Id = name });
                    continue;
                }

                var number = n;
                var usual = new SimulatedFirmware(kind, template.IsFirstGeneration, template.Room, template.Topics).Topics.Select(t => t[(template.Room.Length + 1)..]);
                plans.Add(plan with
                {
                    Id = string.Create(CultureInfo.InvariantCulture, $"{name}_{n:0000}"),
                    Topics = [.. usual.Select(t => string.Create(CultureInfo.InvariantCulture, $"{number}/{t}"))],
                });
            }
        }

        return plans;
    }

    public void Start()
    {
        foreach (var plan in plans) _nodes.Add(new SimulatedNode(plan, broker, time, log, Say));
        foreach (var node in _nodes) node.Start();
    }

    /// <summary>Lives until it is stopped; presses once, if asked, when the button has its connection.</summary>
    public async Task RunAsync(bool press, CancellationToken stopping)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        try
        {
            while (await tick.WaitForNextTickAsync(stopping)) press = press && !Press();
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    /// <summary>Presses every button there is.</summary>
    public bool Press() => _nodes.Where(n => n.Kind == NodeKind.Button).Select(n => n.Press()).ToList().Contains(true);

    public void Reboot()
    {
        foreach (var node in _nodes.Where(n => n.Kind != NodeKind.Button)) _ = node.RebootAsync(TimeSpan.FromSeconds(3));
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_nodes.Select(n => n.DisposeAsync().AsTask()));

    private static string UsualId(string room, NodeKind kind)
    {
        var name = char.ToUpperInvariant(room[0]) + room[1..];
        return name + kind switch { NodeKind.Relay => "_Relays_Ctrl", NodeKind.Motor => "_ESP_Motory", _ => "_ESP_Trigger" };
    }

    private void Say(string line)
    {
        lock (_saying) say(line);
    }
}
