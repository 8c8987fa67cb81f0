using System.Globalization;
using Chorale.Show.Feedback;

namespace Chorale.Show.Scenes;

/// <summary>How states, cues and transitions hang together.</summary>
internal static class StateCheck
{
    public static void Check(Scene scene, SceneProblems problems)
    {
        var reached = SceneGraph.Reachable(scene);
        foreach (var state in scene.States)
        {
            var path = SceneJson.Join("states", state.Name);
            if (!reached.Contains(state.Name)) problems.Add(SceneRule.Unreachable, path, state.Line, SceneWords.Unreachable, PrintableText.Of(state.Name));
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
            if (count > 0) problems.Add(SceneRule.EndHasMore, $"{path}.{key}", end.Line, SceneWords.EndHasMore, key);
        }
    }

    private static void Leaving(Scene scene, SceneState state, string path, SceneProblems problems)
    {
        if (state.Transitions.Count == 0 && scene.GlobalEvents.Count == 0)
        {
            problems.Add(SceneRule.DeadEnd, path, state.Line, SceneWords.DeadEnd, PrintableText.Of(state.Name));
            return;
        }

        if (TimelessCycles.Shortest(state) is not { } way) return;
        var left = way.Delay ?? TimeSpan.Zero;
        foreach (var cue in state.Timeline.Where(c => c.At > left)) problems.Add(SceneRule.CueNeverComes, cue.Action.Path, cue.Action.Line, SceneWords.CueNeverComes, Seconds(left), Seconds(cue.At));
    }

    private static void Twice(SceneState state, SceneProblems problems)
    {
        var seen = new Dictionary<(TimeSpan, ActionKind, string?, string), int>();
        foreach (var cue in state.Timeline)
        {
            if (!seen.TryAdd((cue.At, cue.Action.Kind, cue.Action.Topic, cue.Action.Message), cue.Action.Line))
            {
                var first = seen[(cue.At, cue.Action.Kind, cue.Action.Topic, cue.Action.Message)];
                problems.Add(SceneRule.CueTwice, cue.Action.Path, cue.Action.Line, SceneWords.CueTwice, first);
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
                if (first is not null) problems.Add(SceneRule.NeverTaken, t.Path, t.Line, SceneWords.NeverTakenSame, first.Path);
                else if (soonest is { Delay: null or { Ticks: 0 } } && !IsGlobal(t)) problems.Add(SceneRule.NeverTaken, t.Path, t.Line, SceneWords.NeverTakenAtOnce, soonest.Path);
                waits.TryAdd((t.Type, t.Topic, t.Message, t.Target), t);
            }
            else if (soonest is not null && (t.Delay ?? TimeSpan.Zero) >= (soonest.Delay ?? TimeSpan.Zero) && !IsGlobal(t))
            {
                problems.Add(SceneRule.NeverTaken, t.Path, t.Line, SceneWords.NeverTakenSooner, soonest.Path);
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
            problems.Add(SceneRule.OwnPublish, t.Path, t.Line, SceneWords.OwnPublish, PrintableText.Of(t.Topic!), PrintableText.Of(t.Message!));
    }

    private static void Targets(Scene scene, SceneProblems problems)
    {
        var played = SceneCheck.Actions(scene).Select(a => (a.Kind, File: PlayedFile.Of(a)!)).Where(m => m.File is not null).Distinct().ToList();
        var byStem = played.ToLookup(m => (m.Kind, MediaName.BareStem(m.File)), m => m.File);
        foreach (var t in SceneCheck.Transitions(scene).Where(t => t.Type is TransitionKind.AudioEnd or TransitionKind.VideoEnd))
        {
            var kind = t.Type == TransitionKind.AudioEnd ? ActionKind.Audio : ActionKind.Video;
            if (t.Target is null ? played.Exists(m => m.Kind == kind) : byStem[(kind, MediaName.BareStem(t.Target))].Any(f => MediaName.IsSame(t.Target, f))) continue;
            if (t.Target is not null) problems.Add(SceneRule.TargetNotPlayed, t.Path, t.Line, SceneWords.TargetNotPlayed, PrintableText.Of(t.Target));
            else problems.Add(SceneRule.TargetNotPlayed, t.Path, t.Line, kind == ActionKind.Audio ? SceneWords.NoSoundPlayed : SceneWords.NoVideoPlayed);
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>A timed global transition is taken once; what stands behind it has its turn afterwards.</summary>
    private static bool IsGlobal(SceneTransition t) => t.Path.StartsWith("globalEvents", StringComparison.Ordinal);

    private static bool IsOnEvent(SceneTransition t) => t.Type is TransitionKind.MqttMessage or TransitionKind.AudioEnd or TransitionKind.VideoEnd;
}
