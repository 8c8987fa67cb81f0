using System.Text.Json;
using Chorale.Mqtt;
using Chorale.Show.Feedback;

namespace Chorale.Show.Devices;

/// <summary>
/// <c>devices.json</c> of a room: <c>{"motors":[{id,name,speed,topic}],"relays":[{id,name,icon,topic}],"lights":...}</c>, where lights are
/// a list like relays, or an object of such lists. What is not understood is named and left out.
/// </summary>
internal static class DevicesJson
{
    public const string FileName = "devices.json";

    private const int OutputsMax = 1024, TitleLengthMax = 100;

    public static IReadOnlyList<NamedOutput> Read(byte[] utf8, ICollection<DeviceProblem> problems)
    {
        var outputs = new List<NamedOutput>();
        try
        {
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 16, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object) problems.Add(new DeviceProblem(FileName, "", 1, "an object with motors, relays and lights is allowed"));
            else
            {
                foreach (var part in document.RootElement.EnumerateObject()) Part(part.Name, part.Value, part.Name, outputs, problems);
            }
        }
        catch (JsonException e)
        {
            problems.Add(new DeviceProblem(FileName, e.Path ?? "", (int)(e.LineNumber ?? 0) + 1, "not JSON: " + PrintableText.Of(e.Message)));
        }

        return outputs;
    }

    private static void Part(string name, JsonElement value, string path, List<NamedOutput> outputs, ICollection<DeviceProblem> problems)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var inner in value.EnumerateObject()) Part(name, inner.Value, $"{path}.{inner.Name}", outputs, problems);
            return;
        }

        if (value.ValueKind != JsonValueKind.Array || name is not ("motors" or "relays" or "lights")) return;
        var n = 0;
        foreach (var item in value.EnumerateArray())
        {
            var at = $"{path}[{n++}]";
            if (item.ValueKind != JsonValueKind.Object) continue;
            var topic = Text(item, "topic");
            if (topic is null || TopicFilter.ProblemOfTopic(topic) is not null) problems.Add(new DeviceProblem(FileName, at, 0, $"topic \"{PrintableText.Of(topic ?? "")}\": a topic such as room1/light is needed"));
            else if (outputs.Count >= OutputsMax) problems.Add(new DeviceProblem(FileName, at, 0, $"at most {OutputsMax} outputs are allowed"));
            else if (!outputs.Exists(o => o.Topic == topic)) outputs.Add(Output(name, item, topic));
        }
    }

    private static NamedOutput Output(string part, JsonElement item, string topic)
    {
        var title = Text(item, "name") ?? Text(item, "id") ?? topic;
        if (title.Length > TitleLengthMax) title = title[..TitleLengthMax];
        if (part != "motors") return new NamedOutput(topic, title, NodeClass.Relay, ["ON", "OFF"]);
        var speed = item.TryGetProperty("speed", out var s) && s.ValueKind == JsonValueKind.Number && s.TryGetInt32(out var percent) ? Math.Clamp(percent, 0, 100) : 50;
        return new NamedOutput(topic, title, NodeClass.Motor, [$"ON:{speed}:L", $"ON:{speed}:R", "OFF"]);
    }

    private static string? Text(JsonElement item, string key) =>
        !item.TryGetProperty(key, out var value) ? null : value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null };
}
