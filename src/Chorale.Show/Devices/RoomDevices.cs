using Chorale.Mqtt;
using Chorale.Protocol.Rooms;
using Chorale.Show.Feedback;
using YamlDotNet.RepresentationModel;

namespace Chorale.Show.Devices;

/// <summary>The nodes and named outputs of one room, and what follows for each command topic. Immutable; any thread.</summary>
internal sealed record RoomDevices(string Room, IReadOnlyList<RoomNode> Nodes, IReadOnlyList<NamedOutput> Outputs)
{
    /// <summary>What a control topic may carry where no node's buffer is smaller.</summary>
    public const int PayloadBytesMax = 64 * 1024;

    public static RoomDevices None(string room) => new(room, [], []);

    /// <summary>Reads the mapping <c>nodes:</c> of a room's file and, where there is one, its <c>devices.json</c>.</summary>
    /// <param name="nodes">Null: the file has none.</param>
    /// <param name="devicesJson">Null: there is no such file.</param>
    public static RoomDevices Read(string room, YamlMappingNode? nodes, string fileName, byte[]? devicesJson, ICollection<DeviceProblem> problems)
    {
        var described = nodes is null ? [] : new RoomNodesReader(room, fileName, problems).Read(nodes);
        return new RoomDevices(room, described, devicesJson is null ? [] : DevicesJson.Read(devicesJson, problems));
    }

    /// <summary>The node that obeys this topic; null where no node is named for it.</summary>
    public RoomNode? NodeFor(string topic)
    {
        foreach (var node in Nodes)
        {
            foreach (var filter in node.Topics)
            {
                if (TopicFilter.Matches(filter, topic)) return node;
            }
        }

        return null;
    }

    public string? NodeOf(string topic) => NodeFor(topic)?.Id ?? DeviceOf(topic);

    /// <summary>Which answer a command on this topic waits for.</summary>
    public FeedbackRule RuleFor(string topic)
    {
        if (!RoomTopics.ExpectsFeedback(topic)) return FeedbackRule.NoAnswer;
        if (NodeFor(topic) is { } node) return node.Rule;
        return DeviceOf(topic) is { } device ? FeedbackRule.Unsaid with { NodeId = device } : FeedbackRule.Unsaid;
    }

    public int PayloadMaxFor(string topic) => NodeFor(topic)?.PayloadBytesMax ?? PayloadBytesMax;

    public NodeClass ClassOf(string topic) => NodeFor(topic)?.Class ?? Named(topic)?.Class ?? NodeClass.Other;

    public NamedOutput? Named(string topic) => Outputs.FirstOrDefault(o => o.Topic == topic);

    /// <summary>Nodes that confirm a STOP: those with outputs, and not of the first generation, which obeys it silently.</summary>
    public IEnumerable<RoomNode> StoppedNodes =>
        Nodes.Where(n => n.Rule.Generation == Generation.Second || (n.Class is NodeClass.Relay or NodeClass.Motor && n.Rule.Generation == Generation.Both));

    /// <summary>The node of <c>devices/&lt;id&gt;/x</c>.</summary>
    private static string? DeviceOf(string topic)
    {
        if (!topic.StartsWith("devices/", StringComparison.Ordinal)) return null;
        var id = topic.Split('/')[1];
        return RoomNames.IsValid(id) ? id : null;
    }
}
