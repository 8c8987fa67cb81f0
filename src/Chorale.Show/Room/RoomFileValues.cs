using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Chorale.Show.Room;

/// <summary>Values of one room's file, each with its own complaint.</summary>
internal sealed class RoomFileValues(string file)
{
    private const string FailureAllowed = "continue, stop, retry N or retry N stop (N 0 to 10) is allowed";

    public List<string> Problems { get; } = [];

    public void Wrong(string name, YamlNode at, string what) => Problems.Add($"{file}, line {at.Start.Line}: {name}: {what}");

    public string? Text(string name, YamlNode value)
    {
        if (value is YamlScalarNode { Value: { Length: > 0 and <= 200 } text } && !text.Any(char.IsControl)) return text;
        Wrong(name, value, "a text of 1 to 200 characters is expected");
        return null;
    }

    public string? SceneName(string name, YamlNode value)
    {
        if (Text(name, value) is not { } text) return null;
        if (text.AsSpan().ContainsAny('/', '\\') || text[0] == '.')
        {
            Wrong(name, value, $"'{text}': the name of a file in the room's scenes is expected, without a folder");
            return null;
        }

        return text.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? text[..^5] : text;
    }

    public T Word<T>(string name, YamlNode value, T otherwise)
        where T : struct, Enum
    {
        var text = (value as YamlScalarNode)?.Value ?? "";
        foreach (var word in Enum.GetValues<T>())
        {
            if (word.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)) return word;
        }

        Wrong(name, value, $"'{text}': {string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))} are allowed");
        return otherwise;
    }

    public OnFeedbackFailure Failure(string name, YamlNode value)
    {
        var text = (value as YamlScalarNode)?.Value ?? "";
        if (TryParseFailure(text, out var failure)) return failure;
        Wrong(name, value, $"'{text}': {FailureAllowed}");
        return default;
    }

    /// <summary><c>continue</c>, <c>stop</c>, <c>retry 2</c>, <c>retry 2 stop</c>.</summary>
    public static bool TryParseFailure(string text, out OnFeedbackFailure failure)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        failure = default;
        switch (words)
        {
            case ["continue"]: return true;
            case ["stop"]:
                failure = new OnFeedbackFailure(0, Stops: true);
                return true;
            case ["retry", var n, .. var then] when then is [] or ["stop"] or ["continue"]
                && int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var retries) && retries <= 10:
                failure = new OnFeedbackFailure(retries, then is ["stop"]);
                return true;
            default: return false;
        }
    }

    public IReadOnlyList<RoomButton> Buttons(string name, YamlNode value, string room)
    {
        var buttons = new List<RoomButton>();
        if (value is not YamlMappingNode map)
        {
            Wrong(name, value, "a mapping of names to {title, topic, message, gpio} is expected");
            return buttons;
        }

        foreach (var (key, node) in map.Children)
        {
            var button = Text("buttons", key) ?? "";
            var (title, topic, message) = (button, $"{room}/{button}", "PRESSED");
            int? gpio = null;
            if (node is YamlMappingNode fields)
            {
                foreach (var (field, text) in fields.Children)
                {
                    switch ((field as YamlScalarNode)?.Value)
                    {
                        case "title": title = Text("title", text) ?? title; break;
                        case "topic": topic = Text("topic", text) ?? topic; break;
                        case "message": message = Text("message", text) ?? message; break;
                        case "gpio" when text is YamlScalarNode { Value: { } line } && int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 1_000: gpio = number; break;
                        case "gpio": Wrong($"buttons.{button}.gpio", text, "the BCM number of a line, 0 to 1000, is expected"); break;
                        default: Wrong($"buttons.{button}", field, $"'{field}' is not known; title, topic, message and gpio are"); break;
                    }
                }
            }

            if (!topic.StartsWith(room + "/", StringComparison.Ordinal) || topic.AsSpan().ContainsAny('+', '#'))
                Wrong($"buttons.{button}", node, $"topic '{topic}': a topic of this room is expected, {room}/...");
            else buttons.Add(new RoomButton(button, title, topic, message, gpio));
        }

        return buttons;
    }
}
