using System.Globalization;
using System.Text;
using Chorale.Mqtt;
using Chorale.Protocol.Rooms;
using Chorale.Show.Feedback;
using YamlDotNet.RepresentationModel;

namespace Chorale.Show.Devices;

/// <summary>
/// The mapping <c>nodes:</c> of a room's file. Layout, all keys but the id optional:
/// <code>
/// nodes:
///   Room1_Relays_Ctrl:
///     class: relay            # relay, motor, button, player, other
///     generation: second      # first, second; unsaid: both are awaited
///     timeout_ms: 700         # first: 1000, second: 700
///     topics: [light/#, effect/smoke]   # below the room; or whole: room1/light/#, devices/x/#
///     momentary: {effect/smoke: 12}     # seconds; a list means 12
///     payload_max: 31
///     refresh_s: 60           # 0: never
/// </code>
/// </summary>
internal sealed class RoomNodesReader(string room, string file, ICollection<DeviceProblem> problems)
{
    private const int NodesMax = 256, TopicsMax = 256;

    public IReadOnlyList<RoomNode> Read(YamlMappingNode mapping)
    {
        var nodes = new List<RoomNode>();
        foreach (var (key, value) in mapping.Children)
        {
            var id = (key as YamlScalarNode)?.Value ?? "";
            var path = $"nodes.{PrintableText.Of(id)}";
            if (!RoomNames.IsValid(id)) Problem(key, path, $"the id of a node: {RoomNames.Allowed}");
            else if (nodes.Count == NodesMax) Problem(key, path, $"a room has at most {NodesMax} nodes");
            else if (value is YamlMappingNode body) nodes.Add(Node(id, body, path));
            else if (value is YamlScalarNode { Value: null or "" or "~" or "null" }) nodes.Add(Node(id, new YamlMappingNode(), path));
            else Problem(value, path, "a mapping with class, generation, timeout_ms, topics, momentary, payload_max, refresh_s is allowed");
        }

        return nodes;
    }

    private RoomNode Node(string id, YamlMappingNode body, string path)
    {
        foreach (var (key, _) in body.Children)
        {
            if ((key as YamlScalarNode)?.Value is not ("class" or "generation" or "timeout_ms" or "topics" or "momentary" or "payload_max" or "refresh_s"))
                Problem(key, $"{path}.{PrintableText.Of((key as YamlScalarNode)?.Value ?? "?")}", "unknown; class, generation, timeout_ms, topics, momentary, payload_max, refresh_s are allowed");
        }

        var kind = Choice(body, path, "class", NodeClass.Other);
        var takes = kind is not (NodeClass.Button or NodeClass.Player);
        var generation = Choice(body, path, "generation", kind is NodeClass.Relay or NodeClass.Motor ? Generation.Second : Generation.Both, Generation.None);
        var usual = generation == Generation.Second ? FeedbackRule.SecondDeadline : FeedbackRule.FirstDeadline;
        var deadline = Number(body, path, "timeout_ms", 10, 60_000) is { } ms ? TimeSpan.FromMilliseconds(ms) : usual;
        var bytes = kind switch { NodeClass.Relay => RoomNode.RelayBytesMax, NodeClass.Motor => RoomNode.MotorBytesMax, _ => RoomDevices.PayloadBytesMax };
        var seconds = Number(body, path, "refresh_s", 0, (int)RoomNode.DeadMan.TotalSeconds - 10);
        return new RoomNode(
            id, kind, Topics(body, path, "topics"), takes ? new FeedbackRule(generation, deadline, id) : FeedbackRule.NoAnswer with { NodeId = id },
            Momentary(body, path), Number(body, path, "payload_max", 1, RoomDevices.PayloadBytesMax) ?? bytes,
            !takes || seconds == 0 ? null : seconds is { } s ? TimeSpan.FromSeconds(s) : RoomNode.RefreshUnsaid, (int)body.Start.Line);
    }

    private List<string> Topics(YamlMappingNode body, string path, string key)
    {
        var topics = new List<string>();
        if (Value(body, key) is not { } value) return topics;
        var items = value is YamlSequenceNode list ? list.Children : [value];
        foreach (var item in items)
        {
            if (topics.Count == TopicsMax)
            {
                Problem(item, $"{path}.{key}", $"at most {TopicsMax} are allowed");
                break;
            }

            var text = (item as YamlScalarNode)?.Value ?? "";
            if (TopicFilter.ProblemOfFilter(text) is { } problem) Problem(item, $"{path}.{key}", problem);
            else topics.Add(Whole(text));
        }

        return topics;
    }

    private Dictionary<string, TimeSpan> Momentary(YamlMappingNode body, string path)
    {
        var all = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        switch (Value(body, "momentary"))
        {
            case null:
                break;
            case YamlMappingNode map:
                foreach (var (key, value) in map.Children)
                {
                    var topic = (key as YamlScalarNode)?.Value ?? "";
                    if (TopicFilter.ProblemOfTopic(topic) is { } problem) Problem(key, $"{path}.momentary", problem);
                    else if (!double.TryParse((value as YamlScalarNode)?.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var s) || !(s is >= 0.1 and <= 3600))
                        Problem(value, $"{path}.momentary.{PrintableText.Of(topic)}", $"{PrintableText.Of(value.ToString())}: 0.1 to 3600 seconds are allowed");
                    else all[Whole(topic)] = TimeSpan.FromSeconds(s);
                }

                break;
            default:
                foreach (var topic in Topics(body, path, "momentary")) all[topic] = RoomNode.MomentaryUnsaid;
                break;
        }

        return all;
    }

    private string Whole(string topic) =>
        topic.StartsWith(room + "/", StringComparison.Ordinal) || topic.StartsWith("devices/", StringComparison.Ordinal) ? topic : $"{room}/{topic}";

    private T Choice<T>(YamlMappingNode body, string path, string key, T unsaid, params ReadOnlySpan<T> notByName) where T : struct, Enum
    {
        if (Value(body, key) is not { } value) return unsaid;
        var text = (value as YamlScalarNode)?.Value ?? "";
        if (Enum.TryParse<T>(text, ignoreCase: true, out var choice) && Enum.IsDefined(choice) && text.Length > 0 && char.IsAsciiLetter(text[0]) && !notByName.Contains(choice)) return choice;
        var allowed = new StringBuilder();
        foreach (var one in Enum.GetValues<T>())
        {
            if (!notByName.Contains(one)) allowed.Append(allowed.Length == 0 ? "" : ", ").Append(one.ToString().ToLowerInvariant());
        }

        Problem(value, $"{path}.{key}", $"\"{PrintableText.Of(text)}\": {allowed} are allowed");
        return unsaid;
    }

    private int? Number(YamlMappingNode body, string path, string key, int min, int max)
    {
        if (Value(body, key) is not { } value) return null;
        var text = (value as YamlScalarNode)?.Value ?? "";
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max) return number;
        Problem(value, $"{path}.{key}", $"\"{PrintableText.Of(text)}\": {min} to {max} is allowed");
        return null;
    }

    private static YamlNode? Value(YamlMappingNode body, string key) => body.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    private void Problem(YamlNode at, string path, string text) => problems.Add(new DeviceProblem(file, path, (int)at.Start.Line, text));
}
