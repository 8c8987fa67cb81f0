using Chorale.Show.Scenes;

namespace Chorale.Show.Room;

/// <summary>A scene as it was found in the room's folder, ready to run.</summary>
internal sealed record RunRequest(Scene Scene, string Name, string By, bool IsAmbient = false)
{
    /// <summary>On the room's clock, where its file had to be read since: a STOP that came meanwhile is a STOP of it as well.</summary>
    public TimeSpan? AskedAt { get; init; }

    public SceneMedia Media { get; } = SceneMedia.Of(Scene);
}

/// <summary>The scene that runs, with its own clock: it stands still while the run is held and begins anew with each pass of a loop.</summary>
internal sealed class ActiveRun(string id, RunRequest request, BrokerLossPolicy onBrokerLoss, OnFeedbackFailure onFailure, ISceneStage stage, TimeSpan now)
{
    private TimeSpan _passBegan = now, _passesBefore;
    private TimeSpan? _heldSince;

    public string Id => id;

    public RunRequest Request => request;

    public BrokerLossPolicy OnBrokerLoss => onBrokerLoss;

    public OnFeedbackFailure OnFailure => onFailure;

    public TimeSpan Began { get; } = now;

    public SceneRun Scene { get; private set; } = new(request.Scene, stage);

    /// <summary>From 1; a looping scene goes through many.</summary>
    public int Pass { get; private set; } = 1;

    public long Cues { get; set; }

    public Lateness Lateness { get; } = new();

    public bool IsHeld => _heldSince is not null;

    public bool Loops => request.IsAmbient || request.Scene.Loop;

    /// <summary>Time of the scene at the room's time <paramref name="now"/>.</summary>
    public TimeSpan SceneTime(TimeSpan now) => (_heldSince ?? now) - _passBegan;

    /// <summary>The room's time of <paramref name="sceneTime"/>.</summary>
    public TimeSpan RoomTime(TimeSpan sceneTime) => _passBegan + sceneTime;

    /// <summary>Since the run's start, its holds not counted, of <paramref name="sceneTime"/> in the pass of now.</summary>
    public TimeSpan RunTime(TimeSpan sceneTime) => _passesBefore + sceneTime;

    public TimeSpan? NextDue => IsHeld || Scene.NextDue is not { } due ? null : RoomTime(due);

    public void Hold(TimeSpan now) => _heldSince ??= now;

    public void Release(TimeSpan now)
    {
        if (_heldSince is not { } since) return;
        _passBegan += now - since;
        _heldSince = null;
    }

    /// <summary>The next pass begins where this one ended.</summary>
    public void BeginPass(TimeSpan ended)
    {
        _passBegan += ended;
        _passesBefore += ended;
        Pass++;
        Scene = new SceneRun(request.Scene, stage);
    }
}
