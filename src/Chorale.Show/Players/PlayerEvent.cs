namespace Chorale.Show.Players;

public enum PlayerEventKind
{
    /// <summary>A sound has been heard to its end; not after STOP, nor when another took its place.</summary>
    AudioEnd,

    /// <summary>The same for a film. Pictures have no end.</summary>
    VideoEnd,

    /// <summary>Something was not played, or the player is gone; for people.</summary>
    Problem,

    /// <summary><see cref="IRoomPlayer.View"/> is another one now.</summary>
    Changed,
}

/// <param name="Text">Ends: the file as the words named it. Problem: a sentence. Changed: empty.</param>
public readonly record struct PlayerEvent(PlayerEventKind Kind, string Text)
{
    public static PlayerEvent AudioEnd(string file) => new(PlayerEventKind.AudioEnd, file);

    public static PlayerEvent VideoEnd(string file) => new(PlayerEventKind.VideoEnd, file);

    public static PlayerEvent Problem(string text) => new(PlayerEventKind.Problem, text);

    public static PlayerEvent Changed { get; } = new(PlayerEventKind.Changed, "");
}
