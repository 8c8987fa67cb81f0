using Chorale.Show.Scenes;

namespace Chorale.Show.Room;

/// <summary>What became of a wish to run a scene.</summary>
/// <param name="RunId">Set when it runs now.</param>
/// <param name="Reason">For people, when it does not run now.</param>
internal readonly record struct RunAnswer(bool IsAccepted, string? RunId, string? Reason);

/// <summary>
/// The scene of the room: which one runs, which wait for it, and what its cues do. Ambient makes way for every other scene and comes back
/// when that one has ended by itself.
/// </summary>
internal sealed class RoomRuns(RoomSettings room, IRoomOutside outside, RoomCommands commands) : ISceneStage
{
    public const int WaitingMax = 20;

    /// <summary>An ambient scene that a device's failure ended tries again after so long, and not at once and for ever.</summary>
    public static readonly TimeSpan AmbientRest = TimeSpan.FromMinutes(1);

    private readonly LinkedList<RunRequest> _waiting = [];
    private RunRequest? _ambient;
    private bool _mayAmbient;
    private string? _ended;
    private TimeSpan _passEnded;
    private TimeSpan _now, _ambientFrom;

    public ActiveRun? Current { get; private set; }

    /// <summary>Of all runs.</summary>
    public LatenessHistogram Lateness { get; } = new();

    /// <summary>In the order in which they will run.</summary>
    public IReadOnlyCollection<RunRequest> Waiting => _waiting;

    /// <summary>Something should begin as soon as STOP is through.</summary>
    public bool HasNext => Next is { } next && (commands.IsConnected || PolicyOf(next) == BrokerLossPolicy.Continue);

    /// <summary>The run is through, and <see cref="End"/> is to be called.</summary>
    public bool HasEnded => _ended is not null;

    private RunRequest? Next => _waiting.First?.Value ?? (_mayAmbient && _now >= _ambientFrom ? _ambient : null);

    public TimeSpan? NextDue => _ended is not null ? _now : Current is { } run ? run.NextDue : RestEnds;

    private TimeSpan? RestEnds => _mayAmbient && _ambient is not null && _now < _ambientFrom && _ambientFrom < TimeSpan.MaxValue ? _ambientFrom : null;

    /// <param name="request">Null: there is none, or its file cannot be read as it is now.</param>
    public void SetAmbient(RunRequest? request, bool mayBegin)
    {
        (_ambient, _ambientFrom) = (request, TimeSpan.Zero);
        _mayAmbient |= mayBegin;
    }

    /// <summary>A device's failure ended it.</summary>
    public void RestAmbient(TimeSpan now) => (_now, _ambientFrom) = (now, now + AmbientRest);

    /// <summary>Decides what a trigger does; <see cref="RoomMachine"/> ends what has to end and begins what may begin.</summary>
    /// <param name="mustEnd">The running scene has to end for it.</param>
    public RunAnswer Ask(RunRequest request, bool isStopping, out bool mustEnd)
    {
        mustEnd = false;
        if (Current is { Request.IsAmbient: true } || (Current is null && !isStopping && _waiting.Count == 0))
        {
            mustEnd = Current is not null;
            _waiting.AddFirst(request);
            return new RunAnswer(true, null, null);
        }

        switch (room.OnTrigger)
        {
            case OnTrigger.Restart:
                _waiting.Clear();
                _waiting.AddFirst(request);
                mustEnd = Current is not null;
                return new RunAnswer(true, null, Current is null ? null : $"'{Current.Request.Name}' ends for it");
            case OnTrigger.Queue when _waiting.Count >= WaitingMax:
                return new RunAnswer(false, null, $"{WaitingMax} scenes wait already");
            case OnTrigger.Queue:
                _waiting.AddLast(request);
                return new RunAnswer(true, null, Current is null ? "it begins when STOP is through" : $"it waits for '{Current.Request.Name}'");
            case OnTrigger.Ignore when Current is null:
                // After STOP, while devices are still asked for their confirmation: what was wanted last begins.
                _waiting.Clear();
                _waiting.AddFirst(request);
                return new RunAnswer(true, null, "it begins when STOP is through");
            default:
                return new RunAnswer(false, null, $"'{Current!.Request.Name}' runs");
        }
    }

    /// <summary>Begins what is next, if anything is.</summary>
    public void BeginNext(TimeSpan now)
    {
        if (Current is not null || !HasNext) return;
        var request = Next!;
        if (_waiting.Count > 0) _waiting.RemoveFirst();
        if (!request.IsAmbient) (_mayAmbient, _ambientFrom) = (true, TimeSpan.Zero);
        var policies = request.Scene.Policies;
        _now = now;
        _ended = null;
        Current = new ActiveRun(outside.NewRunId(), request, PolicyOf(request), policies?.OnFeedbackFailure is null ? room.OnFeedbackFailure : OnFeedbackFailure.Of(policies), this, now);
        outside.Note(new RunBegan(now, Current.Id, request.Scene, request.Name, request.By, request.IsAmbient));
        outside.Preload(request.Media.AtStart);
        Current.Scene.Start();
        Advance(now);
    }

    public BrokerLossPolicy PolicyOf(RunRequest request) => request.Scene.Policies?.OnBrokerLoss ?? room.OnBrokerLoss;

    /// <summary>Does what is due.</summary>
    public void Advance(TimeSpan now)
    {
        _now = now;
        while (Current is { IsHeld: false } run)
        {
            if (_ended is null) run.Scene.Advance(run.SceneTime(now));
            if (_ended != Scene.End || !run.Loops) return;
            if (_passEnded <= TimeSpan.Zero)
            {
                _ended = "it loops without taking any time";
                return;
            }

            _ended = null;
            run.BeginPass(_passEnded);
            run.Scene.Start();
        }
    }

    public void Happened(TimeSpan now, in SceneEvent happened)
    {
        _now = now;
        if (Current is not { IsHeld: false } run || _ended is not null) return;
        run.Scene.Happened(run.SceneTime(now), happened);
        Advance(now);
    }

    public void Hold(TimeSpan now, string reason)
    {
        if (Current is not { IsHeld: false } run) return;
        run.Hold(now);
        outside.HoldPlayer(true);
        outside.Note(new RunHeld(now, run.Id, true, reason));
    }

    public void Release(TimeSpan now)
    {
        if (Current is not { IsHeld: true } run) return;
        run.Release(now);
        outside.HoldPlayer(false);
        outside.Note(new RunHeld(now, run.Id, false, "the broker is back"));
    }

    /// <summary>The run is over; nothing of it is done any more.</summary>
    /// <param name="reason">Null: as the scene itself ended.</param>
    /// <param name="isFinal">A person or the network said STOP: nothing begins by itself after it.</param>
    public void End(TimeSpan now, string? reason, bool isProblem, bool isFinal)
    {
        if (isFinal)
        {
            _waiting.Clear();
            _mayAmbient = false;
        }

        if (Current is not { } run) return;
        run.Scene.Abandon();
        Current = null;
        // An ambient scene that fails by itself would begin and fail again for ever.
        if (run.Request.IsAmbient && reason is null) _ambientFrom = TimeSpan.MaxValue;
        outside.Note(new RunEnded(now, run.Id, run.RunTime(run.SceneTime(now)), reason ?? _ended ?? "END", isProblem || (reason is null && _ended is not (null or "END"))));
        _ended = null;
    }

    void ISceneStage.Act(SceneAction action, TimeSpan planned)
    {
        var run = Current!;
        var real = outside.Now;
        run.Cues++;
        run.Lateness.Add(real - run.RoomTime(planned));
        Lateness.Add(real - run.RoomTime(planned));
        var inRun = run.RunTime(planned);
        outside.Note(new CueDone(_now, run.Id, run.Cues, inRun, inRun + (real - run.RoomTime(planned)), action));
        switch (action.Kind)
        {
            case ActionKind.Audio: outside.Audio(action.Message); break;
            case ActionKind.Video: outside.Video(action.Message); break;
            case ActionKind.Record: outside.Record(action.Message.Equals("start", StringComparison.OrdinalIgnoreCase), run.Id, run.Request.Name); break;
            default:
                var command = new Sent(Origin.Scene, action.Topic!, action.Message, run.Request.Name)
                {
                    RunId = run.Id, Number = run.Cues, Retries = run.OnFailure.Retries, StopsScene = run.OnFailure.Stops,
                };
                commands.Send(command, _now);
                break;
        }
    }

    void ISceneStage.Changed(string? from, string to, TimeSpan at, SceneTransition? because, string? cause)
    {
        var run = Current!;
        var inRun = run.RunTime(at);
        outside.Note(new StateEntered(_now, run.Id, inRun, inRun + (outside.Now - run.RoomTime(at)), from, to, because?.Path ?? "", cause));
        if (from is not null || run.Pass > 1) outside.Preload(run.Request.Media.In(to));
    }

    void ISceneStage.Ended(TimeSpan at, string reason) => (_ended, _passEnded) = (reason, at);
}
