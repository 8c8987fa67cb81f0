namespace Chorale.Show.Scenes;

/// <summary>The first generation: a list of what is said when. It becomes one state with a timeline, and ends a second after its last line.</summary>
internal sealed class ListReader(PartReader parts)
{
    /// <summary>Name of the one state a list has.</summary>
    public const string StateName = "LIST";
    private static readonly TimeSpan AfterTheLast = TimeSpan.FromSeconds(1);
    private static readonly string[] Keys = ["timestamp", "topic", "message", "retain", "description"];

    public Scene Read(JsonPart root, string name)
    {
        var cues = new List<SceneCue>();
        if (root.Items.Count == 0) parts.Problems.Add(SceneRule.KeyMissing, "", root.Line, "the list is empty; a scene needs at least one line");
        for (var i = 0; i < root.Items.Count; i++)
        {
            if (Cue(root.Items[i], $"[{i}]") is { } cue) cues.Add(cue);
        }

        var end = new SceneTransition
        {
            Type = TransitionKind.Timeout, GoTo = Scene.End, Delay = cues.Select(c => c.At).DefaultIfEmpty().Max() + AfterTheLast, Path = "", Line = root.Line,
        };
        var state = new SceneState { Name = StateName, Timeline = [.. cues.OrderBy(c => c.At)], Transitions = [end], Line = root.Line };
        return new Scene { Id = name, InitialState = StateName, States = [state], Format = "list" };
    }

    private SceneCue? Cue(JsonPart part, string path)
    {
        if (!parts.Is(part, JsonKind.Object, path, "a line ({timestamp, topic, message})")) return null;
        parts.Keys(part, path, Keys, "a line of a list");
        parts.CountAction(path, part.Line);
        var at = parts.Seconds(parts.Required(part, path, "timestamp", "a line of a list"), path + ".timestamp");
        var topicPart = parts.Required(part, path, "topic", "a line of a list");
        var topic = parts.Text(topicPart, path + ".topic");
        var messagePart = parts.Required(part, path, "message", "a line of a list");
        var message = parts.Message(messagePart, path + ".message");
        if (part["retain"] is { } retain && parts.Is(retain, JsonKind.Boolean, path + ".retain", "true or false") && retain.Text == "true")
            parts.Problems.Add(SceneRule.RetainIgnored, path + ".retain", retain.Line, "retain is never applied: a retained command would switch the device on again when it restarts");
        if (topic is null || !parts.IsTopic(topic, path + ".topic", topicPart!.Line) || at is not { } when || message is null) return null;

        // These two are the room's own player, and never leave the machine.
        var kind = topic.EndsWith("/audio", StringComparison.Ordinal) ? ActionKind.Audio : topic.EndsWith("/video", StringComparison.Ordinal) ? ActionKind.Video : ActionKind.Mqtt;
        parts.CheckWords(kind, message, messagePart!, path + ".message");
        return new SceneCue(when, new SceneAction { Kind = kind, Topic = topic, Message = message, Path = path, Line = part.Line });
    }
}
