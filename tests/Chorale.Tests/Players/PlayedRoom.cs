using System.Collections.Concurrent;
using Chorale.Show.Players;
using Chorale.Show.Players.Mpv;
using Chorale.TestKit;

namespace Chorale.Tests.Players;

/// <summary>A room with a real mpv that nobody hears or sees, and what it told.</summary>
internal sealed class PlayedRoom : IAsyncDisposable
{
    private readonly ConcurrentQueue<PlayerEvent> _events = new();

    public PlayedRoom(RoomMedia? media = null, Func<PlayerOptions, PlayerOptions>? change = null)
    {
        Media = media ?? new RoomMedia();
        var options = new PlayerOptions { Media = new MediaFolder(Media.Path), AudioOutput = "null" };
        Player = new MpvPlayer(change is null ? options : change(options), TimeProvider.System, Log) { Happened = _events.Enqueue };
    }

    public RoomMedia Media { get; }

    public MpvPlayer Player { get; }

    public TestLog Log { get; } = new();

    public IReadOnlyList<PlayerEvent> Events => [.. _events.Where(e => e.Kind != PlayerEventKind.Changed)];

    public IReadOnlyList<string> Problems => [.. _events.Where(e => e.Kind == PlayerEventKind.Problem).Select(e => e.Text)];

    public IReadOnlyList<string> Ended => [.. _events.Where(e => e.Kind is PlayerEventKind.AudioEnd or PlayerEventKind.VideoEnd).Select(e => e.Text)];

    /// <summary>Files that are playing now, in order of their names.</summary>
    public string Playing => string.Join(' ', Player.View.Playing.Select(p => p.File).Order(StringComparer.Ordinal));

    public async Task<PlayedRoom> ReadyAsync()
    {
        await Wait.Until($"the player is ready ({Player.View})", () => Player.View.State == PlayerState.Idle);
        return this;
    }

    public Task ProblemAsync(string part) => Wait.Until($"a problem with '{part}' in [{string.Join(" | ", Problems)}]", () => Problems.Any(p => p.Contains(part, StringComparison.Ordinal)));

    public Task EndedAsync(string file) => Wait.Until($"'{file}' has ended", () => Ended.Contains(file));

    public Task PlayingAsync(string files) => Wait.Until($"'{files}' is playing, not '{Playing}'", () => Playing == files);

    public async ValueTask DisposeAsync()
    {
        await Player.DisposeAsync();
        Media.Dispose();
    }
}
