namespace Chorale.Show.Players;

/// <summary>The sound and the picture of one room.</summary>
/// <remarks>
/// Any thread may call. Nothing here waits for a player, a disk or a network: words are put in a line and left, in microseconds.
/// What becomes of them is told through <see cref="Happened"/>.
/// </remarks>
public interface IRoomPlayer : IAsyncDisposable
{
    /// <summary>PLAY:file[:0..1], STOP, STOP:file, PAUSE, RESUME, VOLUME:0..1, or a bare file name.</summary>
    void Audio(string words);

    /// <summary>PLAY_VIDEO:file, STOP_VIDEO, PAUSE, RESUME, SEEK:seconds, or a bare file name.</summary>
    void Video(string words);

    /// <summary>The files that may be wanted next, likeliest first: they are opened, and start without a delay. Replaces the list before.</summary>
    void Preload(IReadOnlyList<string> audio, IReadOnlyList<string> video);

    /// <summary>No sound, and the idle picture. Overtakes what is still in the line.</summary>
    void StopAll();

    PlayerView View { get; }

    /// <summary>Called on threads of the player's own, never from within a call of the caller's; keep it short. Set before the first words.</summary>
    Action<PlayerEvent>? Happened { get; set; }
}
