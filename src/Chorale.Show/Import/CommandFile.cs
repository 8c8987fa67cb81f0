using Chorale.Show.Scenes;

namespace Chorale.Show.Import;

/// <summary>A file of <c>commands/</c>: a list of <c>{topic, message}</c>, sent one after the other.</summary>
internal static class CommandFile
{
    private static readonly string[] Keys = ["topic", "message", "retain", "description"];

    /// <summary>Everything that is wrong with it, by the rules of scene files.</summary>
    public static IReadOnlyList<SceneProblem> Check(ReadOnlySpan<byte> utf8, string fileName)
    {
        var problems = new SceneProblems(fileName);
        if (SceneJson.Read(utf8, problems) is not { } root) return problems.InOrder();
        var parts = new PartReader(problems);
        var items = parts.Items(root, "", "a list of {topic, message}");
        for (var i = 0; i < items.Count; i++)
        {
            var path = $"[{i}]";
            if (!parts.Is(items[i], JsonKind.Object, path, "{topic, message}")) continue;
            parts.Keys(items[i], path, Keys, "a command");
            var topic = parts.Required(items[i], path, "topic", "a command");
            if (parts.Text(topic, path + ".topic") is { } text) parts.IsTopic(text, path + ".topic", topic!.Line);
            parts.Message(parts.Required(items[i], path, "message", "a command"), path + ".message");
        }

        return problems.InOrder();
    }
}
