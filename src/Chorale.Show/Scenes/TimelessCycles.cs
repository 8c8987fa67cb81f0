using Chorale.Show.Feedback;

namespace Chorale.Show.Scenes;

/// <summary>Ways in which a scene would turn for ever without time passing.</summary>
internal static class TimelessCycles
{
    /// <summary>A round that takes less than this counts as one that takes no time.</summary>
    private static readonly TimeSpan RoundMin = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// Left alone, a state is left by its timed transition with the shortest delay, the first in the file among equals: one way out of
    /// each state, so that a cycle is found by walking.
    /// </summary>
    public static void Find(Scene scene, SceneProblems problems, int loopLine)
    {
        var ways = scene.States.ToDictionary(s => s.Name, Shortest);
        var told = new HashSet<string>();
        foreach (var state in scene.States) Walk(state.Name, ways, told, problems);
        if (scene.Loop) Restart(scene, ways, problems, loopLine);
    }

    /// <summary>The transition that time alone takes, the soonest; null = the state waits for an event.</summary>
    public static SceneTransition? Shortest(SceneState state) =>
        state.Name == Scene.End ? null
        : state.Transitions.Where(t => t.Type is TransitionKind.Timeout or TransitionKind.Always).MinBy(t => t.Delay ?? TimeSpan.Zero);

    private static void Walk(string start, Dictionary<string, SceneTransition?> ways, HashSet<string> told, SceneProblems problems)
    {
        var names = new List<string>();
        var round = TimeSpan.Zero;
        for (var name = start; ways.GetValueOrDefault(name) is { } way; name = way.GoTo)
        {
            names.Add(name);
            round += way.Delay ?? TimeSpan.Zero;
            if (round >= RoundMin || names.Count > SceneLimits.StatesMax) return;
            if (way.GoTo != start) continue;
            if (names.Exists(told.Contains)) return;
            told.UnionWith(names);
            var shown = names.Take(8).Select(PrintableText.Of).Concat(names.Count > 8 ? ["..."] : []).Append(PrintableText.Of(start));
            problems.Add(SceneRule.TimelessCycle, ways[start]!.Path, ways[start]!.Line, SceneWords.Circle, string.Join(" -> ", shown));
            return;
        }
    }

    private static void Restart(Scene scene, Dictionary<string, SceneTransition?> ways, SceneProblems problems, int line)
    {
        var round = TimeSpan.Zero;
        var name = scene.InitialState;
        for (var steps = 0; steps <= scene.States.Count && round < RoundMin; steps++)
        {
            if (name == Scene.End)
            {
                problems.Add(SceneRule.TimelessCycle, "loop", line, SceneWords.CircleOfLoop);
                return;
            }

            if (ways.GetValueOrDefault(name) is not { } way) return;
            round += way.Delay ?? TimeSpan.Zero;
            name = way.GoTo;
        }
    }
}
