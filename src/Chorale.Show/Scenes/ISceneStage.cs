namespace Chorale.Show.Scenes;

/// <summary>
/// What a running scene acts on. All calls come on the thread that called <see cref="SceneRun"/>, in order; times are since the run's start.
/// An implementation may call <see cref="SceneRun.Happened"/> and <see cref="SceneRun.Abandon"/> from within.
/// </summary>
public interface ISceneStage
{
    /// <param name="planned">When it was due, which may be earlier than now; never later.</param>
    void Act(SceneAction action, TimeSpan planned);

    /// <summary>Between the last <c>onExit</c> and the first <c>onEnter</c>.</summary>
    /// <param name="from">Null at the start.</param>
    /// <param name="because">Null at the start.</param>
    /// <param name="cause">The transition in words: <c>timeout 5 s</c>, <c>room1/button1 PRESSED</c>.</param>
    void Changed(string? from, string to, TimeSpan at, SceneTransition? because, string? cause);

    /// <summary>The last call, unless the run was abandoned: then there is none.</summary>
    void Ended(TimeSpan at, string reason);
}

public enum SceneEventKind
{
    Mqtt,
    AudioEnd,
    VideoEnd,
}

/// <param name="Topic">The topic of a message, or the file of a medium that ended by itself.</param>
/// <param name="Text">The payload; empty for media.</param>
public readonly record struct SceneEvent(SceneEventKind Kind, string Topic, string Text)
{
    public static SceneEvent Mqtt(string topic, string text) => new(SceneEventKind.Mqtt, topic, text);

    public static SceneEvent AudioEnd(string file) => new(SceneEventKind.AudioEnd, file, "");

    public static SceneEvent VideoEnd(string file) => new(SceneEventKind.VideoEnd, file, "");
}

/// <summary>A cue that will come unless the state is left before.</summary>
public readonly record struct NextCue(TimeSpan Due, SceneAction Action);

/// <summary>What the scene waits for.</summary>
/// <param name="Due">When it is certain to be taken unless another is taken before; null = when its event comes.</param>
public readonly record struct SceneWait(SceneTransition Transition, bool IsGlobal, TimeSpan? Due);
