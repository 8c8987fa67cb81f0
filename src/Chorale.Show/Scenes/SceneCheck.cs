using System.Text;

namespace Chorale.Show.Scenes;

/// <summary>What the check knows of the room; what is null is not checked.</summary>
public sealed record SceneCheckContext
{
    public string? RoomId { get; init; }

    /// <summary>Whether the room's folder has exactly this file; the check itself tries extensions. Null = media are not checked.</summary>
    public Func<ActionKind, string, bool>? HasMedia { get; init; }

    /// <summary>Greatest payload in bytes of the device behind a topic; null = unknown.</summary>
    public Func<string, int?>? PayloadBytesMax { get; init; }

    /// <summary>False = sounds and pictures of this room have no player.</summary>
    public bool HasPlayer { get; init; } = true;
}

/// <summary>What can be said about a scene without running it. The rules S0xx (errors) and S1xx (warnings) stand in <c>design/scenes.md</c>.</summary>
public static class SceneCheck
{
    /// <summary>Problems of a scene that can be read: warnings about its room, and about how its states hang together.</summary>
    public static IReadOnlyList<SceneProblem> Check(Scene scene, SceneCheckContext? context, string fileName)
    {
        var problems = new SceneProblems(fileName);
        StateCheck.Check(scene, problems);
        RoomCheck.Check(scene, context ?? new SceneCheckContext(), problems);
        return problems.InOrder();
    }

    /// <summary>Reads a file and checks what came out; all problems in the order of their lines.</summary>
    public static SceneLoad CheckFile(ReadOnlyMemory<byte> utf8, string fileName, SceneCheckContext? context)
    {
        var load = SceneFile.Read(utf8, fileName);
        if (load.Scene is null) return load;
        return load with { Problems = [.. load.Problems.Concat(Check(load.Scene, context, fileName)).OrderBy(p => p.Line)] };
    }

    /// <summary>Every action of a scene, in the order of the file.</summary>
    internal static IEnumerable<SceneAction> Actions(Scene scene) =>
        scene.States.SelectMany(s => s.OnEnter.Concat(s.Timeline.Select(c => c.Action)).Concat(s.OnExit));

    internal static IEnumerable<SceneTransition> Transitions(Scene scene) => scene.GlobalEvents.Concat(scene.States.SelectMany(s => s.Transitions));
}

/// <summary>How states, cues and transitions hang together.</summary>
internal static class StateCheck
{
    public static void Check(Scene scene, SceneProblems problems)
    {
        var reached = SceneGraph.Reachable(scene);
        foreach (var state in scene.States)
        {
            var path = SceneJson.Join("states", state.Name);
            if (!reached.Contains(state.Name)) problems.Add(SceneRule.Unreachable, path, state.Line, $"no transition leads to the state \"{Printable.Of(state.Name)}\"");
            if (state.Name == Scene.End) End(state, path, problems);
            else Leaving(scene, state, path, problems);
            Twice(state, problems);
            NeverTaken(state.Transitions, scene.GlobalEvents, problems);
        }

        NeverTaken(scene.GlobalEvents, [], problems);
        OwnPublishes(scene, problems);
        Targets(scene, problems);
    }

    private static void End(SceneState end, string path, SceneProblems problems)
    {
        foreach (var (count, key) in new[] { (end.Timeline.Count, "timeline"), (end.Transitions.Count, "transitions"), (end.OnExit.Count, "onExit") })
        {
            if (count > 0) problems.Add(SceneRule.EndHasMore, $"{path}.{key}", end.Line, $"END is over after its onEnter; its {key} is never used");
        }
    }

    private static void Leaving(Scene scene, SceneState state, string path, SceneProblems problems)
    {
        if (state.Transitions.Count == 0 && scene.GlobalEvents.Count == 0)
        {
            problems.Add(SceneRule.DeadEnd, path, state.Line, $"nothing leads out of the state \"{Printable.Of(state.Name)}\"; the scene stays there until it is stopped");
            return;
        }

        if (TimelessCycles.Shortest(state) is not { } way) return;
        foreach (var cue in state.Timeline.Where(c => c.At > (way.Delay ?? TimeSpan.Zero)))
        {
            problems.Add(SceneRule.CueNeverComes, cue.Action.Path, cue.Action.Line,
                $"never comes: the state is left after {(way.Delay ?? TimeSpan.Zero).TotalSeconds:0.###} s at the latest, this is due at {cue.At.TotalSeconds:0.###} s");
        }
    }

    private static void Twice(SceneState state, SceneProblems problems)
    {
        var seen = new Dictionary<(TimeSpan, ActionKind, string?, string), int>();
        foreach (var cue in state.Timeline)
        {
            if (!seen.TryAdd((cue.At, cue.Action.Kind, cue.Action.Topic, cue.Action.Message), cue.Action.Line))
            {
                var first = seen[(cue.At, cue.Action.Kind, cue.Action.Topic, cue.Action.Message)];
                problems.Add(SceneRule.CueTwice, cue.Action.Path, cue.Action.Line, $"the same at the same time as in line {first}");
            }
        }
    }

    private static void NeverTaken(IReadOnlyList<SceneTransition> transitions, IReadOnlyList<SceneTransition> before, SceneProblems problems)
    {
        var waits = new Dictionary<(TransitionKind, string?, string?, string?), SceneTransition>();
        foreach (var t in before.Where(IsOnEvent)) waits.TryAdd((t.Type, t.Topic, t.Message, t.Target), t);
        SceneTransition? soonest = null;
        foreach (var t in transitions)
        {
            if (IsOnEvent(t))
            {
                var first = waits.GetValueOrDefault((t.Type, t.Topic, t.Message, t.Target)) ?? waits.GetValueOrDefault((t.Type, null, null, null));
                if (first is not null) problems.Add(SceneRule.NeverTaken, t.Path, t.Line, $"is never taken: {first.Path} waits for the same and stands before it");
                else if (soonest is { Delay: null or { Ticks: 0 } } && !IsGlobal(t)) problems.Add(SceneRule.NeverTaken, t.Path, t.Line, $"is never taken: {soonest.Path} is taken at once and stands before it");
                waits.TryAdd((t.Type, t.Topic, t.Message, t.Target), t);
            }
            else if (soonest is not null && (t.Delay ?? TimeSpan.Zero) >= (soonest.Delay ?? TimeSpan.Zero) && !IsGlobal(t))
            {
                problems.Add(SceneRule.NeverTaken, t.Path, t.Line, $"is never taken: {soonest.Path} is taken at the same time or sooner");
            }
            else
            {
                soonest = t;
            }
        }
    }

    private static void OwnPublishes(Scene scene, SceneProblems problems)
    {
        var said = SceneCheck.Actions(scene).Where(a => a.Kind == ActionKind.Mqtt).Select(a => (a.Topic, a.Message)).ToHashSet();
        foreach (var t in SceneCheck.Transitions(scene).Where(t => t.Type == TransitionKind.MqttMessage && said.Contains((t.Topic, t.Message ?? ""))))
            problems.Add(SceneRule.OwnPublish, t.Path, t.Line, $"the scene says {Printable.Of(t.Topic)} {Printable.Of(t.Message)} itself, and what it says never triggers it; only somebody else's does");
    }

    private static void Targets(Scene scene, SceneProblems problems)
    {
        var played = SceneCheck.Actions(scene).Where(a => a.Kind is ActionKind.Audio or ActionKind.Video)
            .Select(a => (a.Kind, Words: MediaWords.Read(a.Kind, a.Message))).Where(m => m.Words is { IsPlayed: true, File: not null }).Select(m => (m.Kind, m.Words.File!)).Distinct().ToList();
        foreach (var t in SceneCheck.Transitions(scene).Where(t => t.Type is TransitionKind.AudioEnd or TransitionKind.VideoEnd))
        {
            var kind = t.Type == TransitionKind.AudioEnd ? ActionKind.Audio : ActionKind.Video;
            if (played.Exists(m => m.Kind == kind && (t.Target is null || MediaName.IsSame(t.Target, m.Item2)))) continue;
            problems.Add(SceneRule.TargetNotPlayed, t.Path, t.Line, $"waits for the end of {(t.Target is null ? "any " + (kind == ActionKind.Audio ? "sound" : "video") : Printable.Of(t.Target))}, which the scene never plays");
        }
    }

    /// <summary>A timed global transition is taken once; what stands behind it has its turn afterwards.</summary>
    private static bool IsGlobal(SceneTransition t) => t.Path.StartsWith("globalEvents", StringComparison.Ordinal);

    private static bool IsOnEvent(SceneTransition t) => t.Type is TransitionKind.MqttMessage or TransitionKind.AudioEnd or TransitionKind.VideoEnd;
}

/// <summary>Whether the room has what the scene wants.</summary>
internal static class RoomCheck
{
    public static void Check(Scene scene, SceneCheckContext context, SceneProblems problems)
    {
        var isPlayerMissed = false;
        foreach (var action in SceneCheck.Actions(scene))
        {
            if (action.Kind == ActionKind.Mqtt && action.Topic is { } topic)
            {
                Topic(action, topic, context, problems);
                continue;
            }

            if (action.Kind is not (ActionKind.Audio or ActionKind.Video)) continue;
            if (!context.HasPlayer && !isPlayerMissed)
            {
                isPlayerMissed = true;
                problems.Add(SceneRule.NoPlayer, action.Path, action.Line, "the room has no player; this and all other sounds and pictures of the scene stay silent and dark");
            }

            Media(action, context, problems);
        }

        if (context.RoomId is not { } room) return;
        foreach (var t in SceneCheck.Transitions(scene).Where(t => t is { Type: TransitionKind.MqttMessage, Topic: not null } && !IsInside(t.Topic, room)))
            problems.Add(SceneRule.OutsideRoom, t.Path, t.Line, $"\"{Printable.Of(t.Topic)}\" is outside {room}/; the room does not hear it");
    }

    private static void Topic(SceneAction action, string topic, SceneCheckContext context, SceneProblems problems)
    {
        if (context.RoomId is { } room)
        {
            if (!IsInside(topic, room)) problems.Add(SceneRule.OutsideRoom, action.Path, action.Line, $"\"{Printable.Of(topic)}\" is outside {room}/; it is sent, but its device belongs to another room");
            else if (topic[(room.Length + 1)..] is "scene" or "start_scene" or "STOP") problems.Add(SceneRule.ReservedTopic, action.Path, action.Line, $"{Printable.Of(topic)} starts and stops scenes; what a scene says there is sent, and does not act on this room");
        }

        var bytes = Encoding.UTF8.GetByteCount(action.Message);
        if (context.PayloadBytesMax?.Invoke(topic) is { } most && bytes > most)
            problems.Add(SceneRule.PayloadTooLong, action.Path, action.Line, $"the message has {bytes} bytes; the device of {Printable.Of(topic)} takes {most} and drops what is longer without a word");
    }

    private static void Media(SceneAction action, SceneCheckContext context, SceneProblems problems)
    {
        if (context.HasMedia is not { } has || MediaWords.Read(action.Kind, action.Message) is not { IsPlayed: true, File: { } file }) return;
        if (has(action.Kind, file)) return;
        IReadOnlyList<string> extensions = action.Kind == ActionKind.Audio ? MediaName.AudioExtensions : MediaName.VideoExtensions;
        if (!Path.HasExtension(file) && extensions.Any(e => has(action.Kind, file + e))) return;
        var tried = Path.HasExtension(file) ? "" : $", nor with {string.Join(", ", extensions)}";
        problems.Add(SceneRule.MediaMissing, action.Path, action.Line, $"\"{Printable.Of(file)}\" is not in the room's media/{(action.Kind == ActionKind.Audio ? "audio" : "video")}{tried}");
    }

    private static bool IsInside(string topic, string room) => topic.Length > room.Length + 1 && topic[room.Length] == '/' && topic.StartsWith(room, StringComparison.Ordinal);
}
