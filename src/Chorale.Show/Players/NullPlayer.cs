namespace Chorale.Show.Players;

/// <summary>The player of a room that has none: every word for it is a problem said aloud, and nothing else happens.</summary>
public sealed class NullPlayer : IRoomPlayer
{
    private static readonly PlayerView Nothing = new(PlayerKind.None, PlayerState.None, null, []);

    public PlayerView View => Nothing;

    public Action<PlayerEvent>? Happened { get; set; }

    public void Audio(string words) => Say("sound", words);

    public void Video(string words) => Say("picture", words);

    public void Preload(IReadOnlyList<string> audio, IReadOnlyList<string> video)
    {
    }

    public void StopAll()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Say(string what, string words)
        => ThreadPool.UnsafeQueueUserWorkItem(static s => s.Happened?.Invoke(s.Event), (Happened, Event: PlayerEvent.Problem($"the room has no player: no {what} for '{Shown.Text(words)}'")), preferLocal: false);
}
