namespace Chorale.Show.Scenes;

public sealed record SceneGraphState(string Name, string? Description, bool IsInitial, bool IsReachable, int Cues, IReadOnlyList<string> Enter);

/// <param name="From">Null = from any state (global).</param>
public sealed record SceneGraphEdge(string? From, string To, TransitionKind Type, string Label, bool IsGlobal);

/// <summary>A scene as states and arrows, for a page to draw.</summary>
public sealed record SceneGraph(IReadOnlyList<SceneGraphState> States, IReadOnlyList<SceneGraphEdge> Edges)
{
    public static SceneGraph Of(Scene scene)
    {
        var reached = Reachable(scene);
        var states = scene.States.Select(s => new SceneGraphState(
            s.Name, s.Description, s.Name == scene.InitialState, reached.Contains(s.Name), s.Timeline.Count, [.. s.OnEnter.Select(Words)])).ToList();
        var edges = scene.States.SelectMany(s => s.Transitions.Select(t => Edge(s.Name, t))).ToList();
        edges.AddRange(scene.GlobalEvents.Select(t => Edge(null, t)));
        if (scene.Find(Scene.End) is null && edges.Exists(e => e.To == Scene.End))
            states.Add(new SceneGraphState(Scene.End, null, IsInitial: false, IsReachable: reached.Contains(Scene.End), 0, []));
        return new SceneGraph(states, edges);
    }

    /// <summary>States that some order of events can lead to; global events count from every state.</summary>
    public static IReadOnlySet<string> Reachable(Scene scene)
    {
        var byName = scene.States.ToDictionary(s => s.Name);
        var reached = new HashSet<string>();
        var next = new Stack<string>(scene.GlobalEvents.Select(t => t.GoTo).Append(scene.InitialState));
        while (next.TryPop(out var name))
        {
            if (!reached.Add(name) || name == Scene.End || !byName.TryGetValue(name, out var state)) continue;
            foreach (var transition in state.Transitions) next.Push(transition.GoTo);
        }

        return reached;
    }

    private static SceneGraphEdge Edge(string? from, SceneTransition t) => new(from, t.GoTo, t.Type, CompiledExit.CauseOf(t), from is null);

    private static string Words(SceneAction action) => action.Topic is null ? $"{action.Kind.ToString().ToLowerInvariant()} {action.Message}" : $"{action.Topic} {action.Message}";
}
