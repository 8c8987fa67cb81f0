using System.Diagnostics;
using Chorale.Show.Players;
using Chorale.TestKit;

namespace Chorale.Tests.Players;

public sealed class MpvPlayerTests
{
    [Fact]
    public async Task A_sound_is_played_to_its_end_which_is_told_by_the_name_the_scene_used()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("bell.wav", 0.6)).ReadyAsync();
        var watch = Stopwatch.StartNew();
        room.Player.Audio("PLAY:bell");
        await room.PlayingAsync("bell");
        await room.EndedAsync("bell");
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.55, 20);
        Assert.Equal([PlayerEvent.AudioEnd("bell")], room.Events);
        await Wait.Until("idle again", () => room.Player.View is { State: PlayerState.Idle, Playing: [] });
    }

    [Fact]
    public async Task Another_music_takes_the_place_of_the_one_before_and_only_the_last_has_an_end()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("long.wav", 30).Tone("short.wav", 0.3)).ReadyAsync();
        room.Player.Audio("long.wav");
        await room.PlayingAsync("long.wav");
        room.Player.Audio("PLAY:short.wav:0.5");
        await room.EndedAsync("short.wav");
        Assert.Equal(["short.wav"], room.Ended);
        Assert.Empty(room.Problems);
    }

    [Fact]
    public async Task Effects_sound_over_the_music_and_over_each_other()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("music.wav", 30).Tone("sfx_a.wav", 20).Tone("sfx_b.wav", 20)).ReadyAsync();
        foreach (var word in new[] { "PLAY:music.wav", "PLAY:sfx_a.wav:0.8", "sfx_b", "PLAY:sfx_a.wav" }) room.Player.Audio(word);
        await room.PlayingAsync("music.wav sfx_a.wav sfx_a.wav sfx_b");
        room.Player.Audio("STOP:sfx_a");
        await room.PlayingAsync("music.wav sfx_b");
        room.Player.Audio("STOP");
        await room.PlayingAsync("");
        Assert.Empty(room.Events);
    }

    [Fact]
    public async Task When_every_deck_sounds_the_oldest_effect_gives_way_and_it_is_said()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("music.wav", 30).Tone("sfx_a.wav", 30).Tone("sfx_b.wav", 30), o => o with { DecksMax = 2 }).ReadyAsync();
        room.Player.Audio("music.wav");
        room.Player.Audio("sfx_a.wav");
        room.Player.Audio("sfx_b.wav");
        await room.PlayingAsync("music.wav sfx_b.wav");
        Assert.Equal(["'sfx_a.wav' gave way to 'sfx_b.wav': 2 sounds at once are all there is"], room.Problems);
    }

    [Fact]
    public async Task A_pause_holds_every_sound_and_it_goes_on_where_it_was()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("a.wav", 1)).ReadyAsync();
        room.Player.Audio("a.wav");
        await Wait.Until("it runs", () => room.Player.View.Playing is [{ Position.TotalSeconds: > 0.05 }]);
        room.Player.Audio("PAUSE");
        await Wait.Until("paused", () => room.Player.View.State == PlayerState.Paused);
        var held = room.Player.View.Playing[0].Position;
        await Task.Delay(1_500, TestContext.Current.CancellationToken); // longer than the sound: nothing to wait for but nothing happening
        Assert.Equal(held, room.Player.View.Playing[0].Position);
        Assert.Empty(room.Ended);
        room.Player.Audio("RESUME");
        await room.EndedAsync("a.wav");
    }

    [Fact]
    public async Task A_film_ends_by_itself_a_picture_stays_until_it_is_replaced()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Film("film.mp4", 0.6).Picture("still.png")).ReadyAsync();
        room.Player.Video("PLAY_VIDEO:film.mp4");
        await room.EndedAsync("film.mp4");
        room.Player.Video("still.png");
        await room.PlayingAsync("still.png");
        room.Player.Video("SEEK:1");
        await room.ProblemAsync("SEEK: no film is playing");
        Assert.Null(room.Player.View.Playing[0].Position);
        room.Player.Video("STOP_VIDEO");
        await room.PlayingAsync("");
        Assert.Equal([PlayerEvent.VideoEnd("film.mp4")], room.Events.Where(e => e.Kind == PlayerEventKind.VideoEnd));
    }

    [Fact]
    public async Task A_film_is_held_and_moved()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Film("film.mp4", 60)).ReadyAsync();
        room.Player.Video("film");
        await Wait.Until("it runs", () => room.Player.View.Playing is [{ Position: not null }]);
        room.Player.Video("PAUSE");
        room.Player.Video("SEEK:59.5");
        await Wait.Until("moved", () => room.Player.View.Playing is [{ Position.TotalSeconds: > 59 }]);
        Assert.Empty(room.Ended);
        room.Player.Video("RESUME");
        await room.EndedAsync("film");
    }

    [Theory]
    [InlineData("PLAY:tone.wav", 0.5)]
    [InlineData("PLAY:tone.wav:0.5", 0.25)]
    [InlineData("VOLUME:0.2 PLAY:tone.wav", 0.1)]
    [InlineData("VOLUME:0.2 PLAY:tone.wav:1", 0.5)]
    [InlineData("PLAY:tone.wav:0", 0)]
    public async Task A_level_is_the_share_of_the_amplitude_that_is_heard(string words, double peak)
    {
        using var heard = new TempFolder();
        await using var room = await new PlayedRoom(
            new RoomMedia().Tone("tone.wav", 0.3),
            o => o with { AudioOutput = "pcm", DecksMax = 1, MoreArguments = ["--audio-format=s16", "--ao-pcm-file=" + heard["heard.wav"]] }).ReadyAsync();
        foreach (var word in words.Split(' ')) room.Player.Audio(word);
        await Wait.Until("it has ended", () => room.Ended.Count == 1);
        await Wait.Until($"a peak of {peak}, not {PeakOf(heard["heard.wav"])}", () => Math.Abs(PeakOf(heard["heard.wav"]) - peak) < 0.01);
    }

    [Fact]
    public async Task What_may_be_wanted_next_lies_ready_and_the_likeliest_first()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("a.wav", 0.2).Tone("b.wav", 0.2).Tone("c.wav", 0.2).Tone("sfx_x.wav", 0.2), o => o with { DecksMax = 3 }).ReadyAsync();
        await Wait.Until("effects lie ready from the start", () => room.Player.IsReady("sfx_x.wav"));
        room.Player.Preload(["b", "gone.wav", "a.wav", "c.wav"], []);
        await Wait.Until("three lie ready", () => room.Player.IsReady("b.wav") && room.Player.IsReady("a.wav") && room.Player.IsReady("c.wav"));
        room.Player.Audio("b");
        await room.EndedAsync("b");
        await Wait.Until("it lies ready again", () => room.Player.IsReady("b.wav"));
        Assert.Empty(room.Problems); // what is not there is said at its cue
    }

    [Fact]
    public async Task A_file_that_was_replaced_is_heard_as_it_is_now()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("a.wav", 60)).ReadyAsync();
        room.Player.Preload(["a.wav"], []);
        await Wait.Until("it lies ready", () => room.Player.IsReady("a.wav"));
        room.Media.Tone("new.wav", 0.2);
        File.Move(room.Media.AudioPath("new.wav"), room.Media.AudioPath("a.wav"), overwrite: true);
        File.SetLastWriteTimeUtc(room.Media.AudioPath("a.wav"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        room.Player.Preload(["a.wav"], []);
        room.Player.Audio("a.wav");
        await room.EndedAsync("a.wav");
    }

    [Fact]
    public async Task Where_there_is_no_display_the_room_says_so_and_films_take_their_time()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Film("film.mp4", 0.4)).ReadyAsync();
        room.Player.Video("film.mp4");
        await room.ProblemAsync("there is no display here");
        await room.EndedAsync("film.mp4");
        Assert.Contains("no display", room.Player.View.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_overtakes_what_is_waiting()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("a.wav", 30).Film("film.mp4", 30)).ReadyAsync();
        for (var i = 0; i < 100; i++)
        {
            room.Player.Audio("a.wav");
            room.Player.Video("film.mp4");
        }

        room.Player.StopAll();
        room.Player.Audio("sfx_missing");
        await room.ProblemAsync("sfx_missing"); // all before it has been done
        Assert.Empty(room.Player.View.Playing);
    }

    [Theory]
    [InlineData("PLAY:nothing.wav", "there is no file 'nothing.wav'")]
    [InlineData("PLAY:../secret.wav", "'../secret.wav' is not the name of a file here")]
    [InlineData("/etc/passwd", "'/etc/passwd' is not the name of a file here")]
    [InlineData("PLAY:a.wav:loud", "a level is a number from 0 to 1")]
    [InlineData("PLAY:a.wav:1.5", "a level is a number from 0 to 1")]
    [InlineData("VOLUME:-1", "a level is a number from 0 to 1")]
    [InlineData("DANCE:a.wav", "'DANCE:a.wav' is not understood: allowed are PLAY:file[:0..1], STOP")]
    [InlineData("a\nb.wav", "'a?b.wav' is not the name of a file here")]
    [InlineData(" ", "an empty word for the sound")]
    [InlineData("broken.wav", "the sound 'broken.wav' cannot be played: ")]
    public async Task What_cannot_be_played_is_said_and_the_next_sound_is_heard(string word, string said)
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("a.wav", 0.1)).ReadyAsync();
        await File.WriteAllTextAsync(room.Media.AudioPath("broken.wav"), "no sound", TestContext.Current.CancellationToken);
        room.Player.Audio(word);
        await room.ProblemAsync(said);
        room.Player.Audio("a.wav");
        await room.EndedAsync("a.wav");
        Assert.Single(room.Problems);
    }

    [Fact]
    public async Task A_megabyte_of_word_is_refused_in_a_short_sentence()
    {
        await using var room = new PlayedRoom();
        room.Player.Audio("PLAY:" + new string('x', 1_000_000));
        room.Player.Video(new string(':', 1_000_000));
        await Wait.Until("both are said", () => room.Problems.Count == 2);
        Assert.All(room.Problems, p => Assert.InRange(p.Length, 1, 300));
    }

    [Fact]
    public async Task A_flood_of_words_is_bounded_and_counted()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("a.wav", 0.1)).ReadyAsync();
        for (var i = 0; i < 50_000; i++) room.Player.Audio("VOLUME:0.5");
        await Wait.Until("a sound after the flood is heard", () =>
        {
            if (room.Playing.Length == 0) room.Player.Audio("a.wav");
            return room.Ended.Count > 0;
        });
        Assert.All(room.Problems, p => Assert.Contains("words for the player were dropped", p, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Killed_players_are_back_and_the_cut_off_sound_is_named()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("music.wav", 60).Tone("sfx_a.wav", 0.2).Film("film.mp4", 60)).ReadyAsync();
        room.Player.Audio("music.wav");
        room.Player.Video("film.mp4");
        await Wait.Until("both run", () => room.Player.View.Playing is [{ Position: not null }, { Position: not null }]);
        var before = room.Player.ProcessIds;
        var watch = Stopwatch.StartNew();
        foreach (var id in before) Kill(id);
        await Wait.Until("all are back", () => room.Player.View.State == PlayerState.Idle && room.Player.ProcessIds is { Count: >= 4 } now && !now.Intersect(before).Any(), TimeSpan.FromSeconds(10));
        TestContext.Current.SendDiagnosticMessage($"back after {watch.ElapsedMilliseconds} ms");
        await room.ProblemAsync("the sound 'music.wav' was cut off: mpv ended by itself (killed by signal 9)");
        await room.ProblemAsync("the film 'film.mp4' was cut off: mpv ended by itself (killed by signal 9)");
        room.Player.Audio("sfx_a.wav");
        await room.EndedAsync("sfx_a.wav");
        Assert.Equal(["sfx_a.wav"], room.Ended);
    }

    [Fact]
    public async Task A_hung_player_is_ended_and_started_again()
    {
        await using var room = await new PlayedRoom(new RoomMedia().Tone("a.wav", 60).Tone("b.wav", 0.2), o => o with { DecksMax = 1 }).ReadyAsync();
        room.Player.Audio("a.wav");
        await room.PlayingAsync("a.wav");
        using (var stop = Process.Start("kill", ["-STOP", $"{room.Player.ProcessIds[0]}"])) await stop.WaitForExitAsync(TestContext.Current.CancellationToken);
        await room.ProblemAsync("the sound 'a.wav' was cut off: mpv did not answer for 5 s");
        await room.ReadyAsync();
        room.Player.Audio("b.wav");
        await room.EndedAsync("b.wav");
    }

    [Fact]
    public async Task A_room_without_mpv_says_which_package_is_missing_and_goes_on()
    {
        await using var room = new PlayedRoom(new RoomMedia().Tone("a.wav", 0.1).Film("film.mp4", 0.1), o => o with { Program = "mpv-that-is-not-here" });
        await room.ProblemAsync("mpv-that-is-not-here is missing: install the package mpv");
        await Wait.Until("down", () => room.Player.View.State == PlayerState.Down);
        room.Player.Audio("a.wav");
        await room.ProblemAsync("no sound for 'a.wav': mpv-that-is-not-here is missing");
        room.Player.Video("film.mp4");
        await room.ProblemAsync("no picture for 'film.mp4': mpv-that-is-not-here is missing");
        Assert.Empty(room.Ended);
    }

    [Fact]
    public async Task Players_end_with_their_room()
    {
        var room = await new PlayedRoom().ReadyAsync();
        var children = room.Player.ProcessIds;
        Assert.NotEmpty(children);
        await room.DisposeAsync();
        Assert.All(children, id => Assert.False(IsAlive(id)));
    }

    /// <summary>Of the 16-bit WAV that mpv writes; -1 while there is none.</summary>
    private static double PeakOf(string path)
    {
        if (!File.Exists(path)) return -1;
        var bytes = File.ReadAllBytes(path);
        var (peak, data) = (0, bytes.AsSpan().IndexOf("data"u8) + 8);
        for (var i = data; i + 1 < bytes.Length; i += 2) peak = Math.Max(peak, Math.Abs((int)BitConverter.ToInt16(bytes, i)));
        return bytes.Length <= data || data < 8 ? -1 : peak / 32767.0;
    }

    internal static void Kill(int id)
    {
        using var process = Process.GetProcessById(id);
        process.Kill();
    }

    internal static bool IsAlive(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/comm").Trim() == "mpv";
        }
        catch (IOException)
        {
            return false;
        }
    }
}
