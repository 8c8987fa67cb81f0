using Chorale.Show.Scenes;

namespace Chorale.Tests.Scenes;

/// <summary>
/// The rules of design/scenes.md once more, in the simplest way there is: looks at everything in every millisecond, knows no schedule, shares
/// nothing with <see cref="SceneRun"/> but the model. Times of scenes and events are whole milliseconds.
/// </summary>
internal sealed class ReferenceInterpreter(Scene scene)
{
    private readonly HashSet<SceneTransition> _globalDone = [];
    private readonly Dictionary<SceneTransition, double> _globalWaiting = [];
    private readonly Dictionary<SceneTransition, double> _waiting = [];
    private readonly HashSet<SceneCue> _done = [];
    private readonly List<string> _log = [];
    private SceneState? _state;
    private double _since;
    private bool _ended;

    public string Run(IReadOnlyList<(int AtMs, SceneEvent Event)> events, int untilMs)
    {
        Go(scene.InitialState, null, 0);
        for (var now = 0; now <= untilMs; now++)
        {
            Settle(now, null);
            foreach (var e in events.Where(e => e.AtMs == now)) Settle(now, e.Event);
        }

        return string.Join('\n', _log);
    }

    private void Settle(double now, SceneEvent? e)
    {
        while (!_ended)
        {
            if (First(scene.GlobalEvents, now, 0, _globalDone, _globalWaiting, ref e)) continue;
            foreach (var cue in _state!.Timeline.OrderBy(c => c.At).Where(c => !_done.Contains(c) && now - _since >= c.At.TotalMilliseconds).ToList())
            {
                _done.Add(cue);
                Say(_since + cue.At.TotalMilliseconds, cue.Action);
            }

            if (First(_state.Transitions, now, _since, [], _waiting, ref e)) continue;
            return;
        }
    }

    /// <summary>Whether one was taken, or took up the event.</summary>
    private bool First(IReadOnlyList<SceneTransition> transitions, double now, double since, HashSet<SceneTransition> done, Dictionary<SceneTransition, double> waiting, ref SceneEvent? e)
    {
        foreach (var t in transitions)
        {
            var delay = t.Delay?.TotalMilliseconds ?? 0;
            var isTimed = t.Type is TransitionKind.Timeout or TransitionKind.Always;
            if (isTimed ? now - since >= delay && done.Add(t) : waiting.TryGetValue(t, out var due) && now >= due)
            {
                waiting.Remove(t);
                Go(t.GoTo, t, now);
                return true;
            }

            if (isTimed || e is not { } happened || !Fits(t, happened)) continue;
            e = null;
            if (delay == 0) Go(t.GoTo, t, now);
            else waiting.TryAdd(t, now + delay);
            return true;
        }

        return false;
    }

    private static bool Fits(SceneTransition t, SceneEvent e) => (t.Type, e.Kind) switch
    {
        (TransitionKind.MqttMessage, SceneEventKind.Mqtt) => (t.Topic, t.Message) == (e.Topic, e.Text),
        (TransitionKind.AudioEnd, SceneEventKind.AudioEnd) or (TransitionKind.VideoEnd, SceneEventKind.VideoEnd) =>
            t.Target is null || t.Target == e.Topic || t.Target == Path.GetFileNameWithoutExtension(e.Topic),
        _ => false,
    };

    private void Go(string name, SceneTransition? because, double now)
    {
        if (because is not null) foreach (var action in _state!.OnExit) Say(now, action);
        _log.Add($"{now} {_state?.Name ?? "-"}>{name} {because?.Path}".TrimEnd());
        _state = scene.States.FirstOrDefault(s => s.Name == name);
        _since = now;
        _waiting.Clear();
        _done.Clear();
        foreach (var action in _state?.OnEnter ?? []) Say(now, action);
        _ended = name == "END";
        if (_ended) _log.Add($"{now} ended END");
    }

    private void Say(double at, SceneAction action) => _log.Add($"{at} {action.Kind} {action.Topic} {action.Message} {action.Path}");
}
