using System.Globalization;

namespace Chorale.Show.Scenes;

/// <summary>A state with arrays instead of lists and transitions that know their states: what <see cref="SceneRun"/> walks without allocating.</summary>
internal sealed class CompiledState
{
    public required string Name { get; init; }
    public required SceneAction[] OnEnter { get; init; }
    public required SceneAction[] OnExit { get; init; }
    public required SceneCue[] Cues { get; init; }
    public CompiledExit[] Exits { get; private set; } = [];
    public bool IsEnd => Name == Scene.End;

    public static CompiledState[] Compile(Scene scene)
    {
        var states = scene.States.Select(s => new CompiledState
        {
            Name = s.Name, OnEnter = [.. s.OnEnter], OnExit = [.. s.OnExit], Cues = [.. s.Timeline.OrderBy(c => c.At)],
        }).ToArray();
        var byName = ByName(states);
        for (var i = 0; i < states.Length; i++) states[i].Exits = CompiledExit.Compile(scene.States[i].Transitions, byName);
        return states;
    }

    public static Dictionary<string, CompiledState> ByName(CompiledState[] states)
    {
        var byName = new Dictionary<string, CompiledState>(states.Length);
        foreach (var state in states) byName.TryAdd(state.Name, state);
        return byName;
    }
}

/// <summary>A transition of one run: when it is due now, and where it leads.</summary>
internal sealed class CompiledExit
{
    public required SceneTransition Transition { get; init; }

    /// <summary>Null = END, which the file does not define.</summary>
    public required CompiledState? To { get; init; }
    public required string Cause { get; init; }
    public required long Delay { get; init; }

    /// <summary>Ticks since the run's start; <see cref="long.MaxValue"/> = its event has not come.</summary>
    public long Due { get; set; } = long.MaxValue;
    public bool IsSpent { get; private set; }
    public TimeSpan? DueTime => Due == long.MaxValue ? null : TimeSpan.FromTicks(Due);
    private bool IsTimed => Transition.Type is TransitionKind.Timeout or TransitionKind.Always;

    public static CompiledExit[] Compile(IReadOnlyList<SceneTransition> transitions, Dictionary<string, CompiledState> byName) =>
        [.. transitions.Select(t => new CompiledExit
        {
            Transition = t, To = Target(t, byName), Cause = CauseOf(t), Delay = Math.Max(0, t.Delay?.Ticks ?? 0),
        })];

    public static long NextDue(CompiledExit[] exits)
    {
        var due = long.MaxValue;
        foreach (var exit in exits) due = Math.Min(due, exit.Due);
        return due;
    }

    /// <summary>The clock of this transition begins now.</summary>
    public void Arm(long at)
    {
        Due = IsTimed ? at + Delay : long.MaxValue;
        IsSpent = false;
    }

    /// <summary>It was due and is taken: a timed one never again (unless armed anew), one with an event at its next event.</summary>
    public void Spend()
    {
        Due = long.MaxValue;
        IsSpent = IsTimed;
    }

    public bool IsFor(in SceneEvent e) => Transition.Type switch
    {
        TransitionKind.MqttMessage => e.Kind == SceneEventKind.Mqtt && e.Topic == Transition.Topic && e.Text == Transition.Message,
        TransitionKind.AudioEnd => e.Kind == SceneEventKind.AudioEnd && IsTarget(e.Topic),
        TransitionKind.VideoEnd => e.Kind == SceneEventKind.VideoEnd && IsTarget(e.Topic),
        _ => false,
    };

    private bool IsTarget(string file) => Transition.Target is null || MediaName.IsSame(Transition.Target, file);

    private static CompiledState? Target(SceneTransition transition, Dictionary<string, CompiledState> states) =>
        states.TryGetValue(transition.GoTo, out var state) ? state
        : transition.GoTo == Scene.End ? null
        : throw new ArgumentException($"{transition.Path}: the scene has no state {transition.GoTo}", nameof(transition));

    internal static string CauseOf(SceneTransition t)
    {
        var delay = t.Delay is { } wait && wait > TimeSpan.Zero ? wait.TotalSeconds.ToString("0.#######", CultureInfo.InvariantCulture) + " s" : null;
        var text = t.Type switch
        {
            TransitionKind.Timeout => "timeout " + (delay ?? "0 s"),
            TransitionKind.Always => delay is null ? "always" : "always after " + delay,
            TransitionKind.AudioEnd => "end of " + (t.Target ?? "a sound"),
            TransitionKind.VideoEnd => "end of " + (t.Target ?? "a video"),
            _ => $"{t.Topic} {t.Message}",
        };
        return delay is null || t.Type is TransitionKind.Timeout or TransitionKind.Always ? text : $"{text}, {delay} after";
    }
}
