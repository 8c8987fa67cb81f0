namespace Chorale.Show.Scenes;

/// <summary>
/// One performance of a scene: decides what happens when, and does nothing else. No clock, no I/O, no allocation between
/// <see cref="Start"/> and the end; times are since the run's start.
/// </summary>
/// <remarks>
/// The rules R01-R20 stand in <c>design/scenes.md</c>. For one thread at a time. Everything due is done at its planned time and in order,
/// however late <see cref="Advance"/> comes: the decisions never depend on how often it is called.
/// </remarks>
public sealed class SceneRun
{
    /// <summary>Events that may wait for the end of a change; more than a room's buttons can press within one instant.</summary>
    internal const int PendingMax = 64;

    private readonly ISceneStage _stage;
    private readonly CompiledState[] _states;
    private readonly CompiledExit[] _global;
    private readonly int _initial;
    private readonly int _changesMax;
    private readonly Queue<SceneEvent> _pending = new(PendingMax);
    private CompiledState _state;
    private Phase _phase;
    private bool _isBusy;
    private long _now;
    private long _since;
    private long _changesSince;
    private int _changesTogether;
    private int _nextCue;

    public SceneRun(Scene scene, ISceneStage stage)
    {
        Scene = scene;
        _stage = stage;
        _states = CompiledState.Compile(scene);
        _global = CompiledExit.Compile(scene.GlobalEvents, CompiledState.ByName(_states));
        _initial = Array.FindIndex(_states, s => s.Name == scene.InitialState);
        if (_initial < 0) throw new ArgumentException($"the scene has no state {scene.InitialState}", nameof(scene));
        _state = _states[_initial];
        _changesMax = (2 * _states.Length) + 64;
    }

    private enum Phase
    {
        Waiting,
        Running,
        Ended,
    }

    private enum Outcome
    {
        Nothing,

        /// <summary>A transition was taken, or the pending event was; whatever is left begins again from the top.</summary>
        Again,
    }

    public Scene Scene { get; }

    public bool IsEnded => _phase == Phase.Ended;

    /// <summary>The state the scene is in; after the end the one it ended in.</summary>
    public string State => _state.Name;

    public TimeSpan StateSince => TimeSpan.FromTicks(_since);

    /// <summary>The latest time this run has seen.</summary>
    public TimeSpan Now => TimeSpan.FromTicks(_now);

    public int Changes { get; private set; }

    public long EventsTaken { get; private set; }

    /// <summary>Events that matched nothing where they arrived, or that were one too many.</summary>
    public long EventsDropped { get; private set; }

    /// <summary>When <see cref="Advance"/> has something to do next; null = only an event can change anything, or it has ended.</summary>
    public TimeSpan? NextDue => NextDueTicks() is var due && due == long.MaxValue ? null : TimeSpan.FromTicks(due);

    /// <summary>Enters the initial state at time zero.</summary>
    public void Start()
    {
        if (_phase != Phase.Waiting) throw new InvalidOperationException("a run is started once");
        _phase = Phase.Running;
        foreach (var exit in _global) exit.Arm(0);
        _isBusy = true;
        try
        {
            Enter(_states[_initial], 0, null);
            Settle(0);
        }
        finally
        {
            _isBusy = false;
        }
    }

    /// <summary>Does everything that is due at <paramref name="now"/> or before, each at its planned time.</summary>
    public void Advance(TimeSpan now)
    {
        if (_phase != Phase.Running || _isBusy) return;
        _isBusy = true;
        try
        {
            SettleUntil(now.Ticks);
        }
        finally
        {
            _isBusy = false;
        }
    }

    /// <summary>
    /// Something happened at <paramref name="now"/> (R03: what is due by then comes first; a time that was passed already counts as the
    /// latest). From within the stage it is kept until the change under way is complete (R10).
    /// </summary>
    public void Happened(TimeSpan now, in SceneEvent e)
    {
        if (_phase != Phase.Running) return;
        if (_isBusy)
        {
            if (_pending.Count < PendingMax) _pending.Enqueue(e);
            else EventsDropped++;
            return;
        }

        _isBusy = true;
        try
        {
            SettleUntil(now.Ticks);
            if (_phase != Phase.Running) return;
            _pending.Enqueue(e);
            _changesTogether = 0;
            Settle(_now);
        }
        finally
        {
            _isBusy = false;
        }
    }

    /// <summary>The run is over, at once and in silence: not another call to the stage, not even from a change under way.</summary>
    public void Abandon()
    {
        _phase = Phase.Ended;
        _pending.Clear();
    }

    /// <summary>Cues that come if nothing but time passes, the soonest first.</summary>
    public IReadOnlyList<NextCue> NextCues(int max)
    {
        if (_phase != Phase.Running) return [];
        var cues = new List<NextCue>();
        var left = CompiledExit.NextDue(_state.Exits);
        var leftByGlobal = CompiledExit.NextDue(_global);
        for (var i = _nextCue; i < _state.Cues.Length && cues.Count < max; i++)
        {
            var due = _since + _state.Cues[i].At.Ticks;
            if (due > left || due >= leftByGlobal) break;
            cues.Add(new NextCue(TimeSpan.FromTicks(due), _state.Cues[i].Action));
        }

        return cues;
    }

    /// <summary>All that the scene waits for now, in the order in which it is asked: global first, each in the order of the file.</summary>
    public IReadOnlyList<SceneWait> Waits()
    {
        if (_phase != Phase.Running) return [];
        var waits = new List<SceneWait>(_global.Length + _state.Exits.Length);
        foreach (var exit in _global)
        {
            if (!exit.IsSpent) waits.Add(new SceneWait(exit.Transition, IsGlobal: true, exit.DueTime));
        }

        foreach (var exit in _state.Exits) waits.Add(new SceneWait(exit.Transition, IsGlobal: false, exit.DueTime));
        return waits;
    }

    private long NextDueTicks()
    {
        if (_phase != Phase.Running) return long.MaxValue;
        var due = Math.Min(CompiledExit.NextDue(_global), CompiledExit.NextDue(_state.Exits));
        return _nextCue < _state.Cues.Length ? Math.Min(due, _since + _state.Cues[_nextCue].At.Ticks) : due;
    }

    private void SettleUntil(long now)
    {
        while (NextDueTicks() is var due && due <= now && due < long.MaxValue) Settle(Math.Max(due, _now));
        if (_phase == Phase.Running) _now = Math.Max(_now, now);
    }

    /// <summary>All of one instant (R02): global transitions, the timeline, transitions of the state, again until nothing is left to do.</summary>
    private void Settle(long at)
    {
        _now = at;
        while (_phase == Phase.Running)
        {
            if (Offer(_global, at) == Outcome.Again) continue;
            while (_nextCue < _state.Cues.Length && _since + _state.Cues[_nextCue].At.Ticks <= at)
            {
                var cue = _state.Cues[_nextCue++];
                _stage.Act(cue.Action, TimeSpan.FromTicks(_since + cue.At.Ticks));
                if (_phase != Phase.Running) return;
            }

            if (Offer(_state.Exits, at) == Outcome.Again) continue;
            if (_pending.Count == 0) return;
            _pending.Dequeue(); // R11: it does not lie in wait for later states
            EventsDropped++;
        }
    }

    private Outcome Offer(CompiledExit[] exits, long at)
    {
        foreach (var exit in exits)
        {
            if (exit.Due <= at)
            {
                exit.Spend();
                Take(exit, at);
                return Outcome.Again;
            }

            if (_pending.Count == 0 || !exit.IsFor(_pending.Peek())) continue;
            _pending.Dequeue();
            if (exit.Delay == 0)
            {
                EventsTaken++;
                Take(exit, at);
            }
            else if (exit.Due == long.MaxValue)
            {
                EventsTaken++;
                exit.Due = at + exit.Delay;
            }
            else
            {
                EventsDropped++; // R13: a repetition does not start the delay anew
            }

            return Outcome.Again;
        }

        return Outcome.Nothing;
    }

    private void Take(CompiledExit exit, long at)
    {
        if (at != _changesSince) _changesTogether = 0;
        _changesSince = at;
        if (++_changesTogether > _changesMax)
        {
            Finish(at, $"the scene goes in circles without time passing, at {exit.Transition.Path}");
            return;
        }

        foreach (var action in _state.OnExit)
        {
            _stage.Act(action, TimeSpan.FromTicks(at));
            if (_phase != Phase.Running) return;
        }

        if (exit.To is { } next)
        {
            Enter(next, at, exit);
            return;
        }

        Changes++;
        _stage.Changed(_state.Name, Scene.End, TimeSpan.FromTicks(at), exit.Transition, exit.Cause);
        Finish(at, "END");
    }

    private void Enter(CompiledState next, long at, CompiledExit? because)
    {
        var from = because is null ? null : _state.Name;
        _state = next;
        _since = at;
        _nextCue = 0;
        foreach (var exit in next.Exits) exit.Arm(at);
        Changes++;
        _stage.Changed(from, next.Name, TimeSpan.FromTicks(at), because?.Transition, because?.Cause);
        foreach (var action in next.OnEnter)
        {
            if (_phase != Phase.Running) return;
            _stage.Act(action, TimeSpan.FromTicks(at));
        }

        if (next.IsEnd) Finish(at, "END");
    }

    private void Finish(long at, string reason)
    {
        if (_phase != Phase.Running) return;
        _phase = Phase.Ended;
        _pending.Clear();
        _stage.Ended(TimeSpan.FromTicks(at), reason);
    }
}
