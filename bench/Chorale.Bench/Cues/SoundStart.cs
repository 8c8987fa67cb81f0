using System.Diagnostics;
using Chorale.Show.Players;
using Chorale.Show.Players.Mpv;
using Chorale.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Bench.Cues;

/// <summary>From the word to the moment mpv says that it plays, as the player's view shows it: sounds that lie ready, and sounds that do not.</summary>
internal static class SoundStart
{
    private const int Rounds = 200;

    public static async Task PrintAsync()
    {
        using var media = new RoomMedia().Tone("ready.wav", 30).Film("film.mp4", 30);
        for (var i = 0; i < 20; i++) media.Tone($"cold{i}.wav", 30);
        await using var player = new MpvPlayer(new PlayerOptions { Media = new MediaFolder(media.Path), AudioOutput = "null", DecksMax = 3 }, TimeProvider.System, NullLogger.Instance);
        await Wait.Until("ready", () => player.View.State == PlayerState.Idle);
        var table = new Table($"{Rounds} starts, ao=null", "p50 ms", "p95 ms", "max ms");
        List<double> said = [], ready = [], cold = [], film = [];
        for (var i = 0; i < Rounds; i++)
        {
            player.Preload(["ready.wav"], []);
            await Wait.Until("ready.wav lies ready", () => player.IsReady("ready.wav"));
            ready.Add(await StartAsync(player, "ready.wav", said));
            player.Preload([], []);
            cold.Add(await StartAsync(player, $"cold{i % 20}.wav", said));
        }

        for (var i = 0; i < Rounds / 4; i++) film.Add(await StartAsync(player, "film.mp4", null));
        Add(table, "the caller's call", said);
        Add(table, "opened ahead", ready);
        Add(table, "not opened ahead", cold);
        Add(table, "film, not opened ahead (vo=null)", film);
        table.Print();
    }

    private static async Task<double> StartAsync(MpvPlayer player, string file, List<double>? said)
    {
        var started = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        player.Began = (name, stamp) =>
        {
            if (name == file) started.TrySetResult(stamp);
        };
        var begun = Stopwatch.GetTimestamp();
        if (said is not null) player.Audio(file);
        else player.Video(file);
        said?.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        var ms = Stopwatch.GetElapsedTime(begun, await started.Task.WaitAsync(TimeSpan.FromSeconds(10))).TotalMilliseconds;
        player.Began = null;
        player.StopAll();
        await Wait.Until("silent", () => player.View.Playing.Count == 0);
        return ms;
    }

    private static void Add(Table table, string what, List<double> times)
    {
        times.Sort();
        table.Add(what, CuesBench.Text(times[times.Count / 2]), CuesBench.Text(times[times.Count * 95 / 100]), CuesBench.Text(times[^1]));
    }
}
