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
        if (root.Items.Count == 0) parts.Problems.Add(SceneRule.KeyMissing, "", root.Line, SceneWords.ListEmpty);
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
        if (!parts.Is(part, JsonKind.Object, path, SceneWords.WantLine)) return null;
        parts.Keys(part, path, Keys, SceneWords.Line);
        parts.CountAction(path, part.Line);
        var at = parts.Seconds(parts.Required(part, path, "timestamp", SceneWords.Line), path + ".timestamp");
        var topicPart = parts.Required(part, path, "topic", SceneWords.Line);
        var topic = parts.Text(topicPart, path + ".topic");
        var messagePart = parts.Required(part, path, "message", SceneWords.Line);
        var message = parts.Message(messagePart, path + ".message");
        if (part["retain"] is { } retain && parts.Is(retain, JsonKind.Boolean, path + ".retain", SceneWords.WantYesNo) && retain.Text == "true")
            parts.Problems.Add(SceneRule.RetainIgnored, path + ".retain", retain.Line, SceneWords.RetainIgnored);
        if (topic is null || !parts.IsTopic(topic, path + ".topic", topicPart!.Line) || at is not { } when || message is null) return null;

        // These two are the room's own player, and never leave the machine.
        var kind = topic.EndsWith("/audio", StringComparison.Ordinal) ? ActionKind.Audio : topic.EndsWith("/video", StringComparison.Ordinal) ? ActionKind.Video : ActionKind.Mqtt;
        parts.CheckWords(kind, message, messagePart!, path + ".message");
        return new SceneCue(when, new SceneAction { Kind = kind, Topic = topic, Message = message, Path = path, Line = part.Line });
    }
}
