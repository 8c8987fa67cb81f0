using System.Globalization;
using System.Text;
using Chorale.Mqtt;
using Chorale.TestKit;

namespace Chorale.Tests.Players;

public sealed class RoomVerbTests
{
    [Fact]
    public async Task A_room_of_its_own_plays_what_an_old_controller_says_and_takes_its_players_along_when_it_is_killed()
    {
        using var media = new RoomMedia().Tone("song.wav", 120).Tone("bell.wav", 0.2);
        await using var broker = await TestBroker.StartAsync();
        await using var controller = broker.Client();
        var heard = new HeardMessages();
        controller.Subscribe("room1/player/event", 1, heard.Add);
        controller.Subscribe("devices/room1_player/status", 1, heard.Add);
        controller.Start();
        using var room = ChildProcess.Chorale(["room", "--room", "room1", "--broker", "127.0.0.1:" + broker.Port.ToString(CultureInfo.InvariantCulture), "--media", media.Path, "--audio-output", "null", "--video-output", "none"]);
        await Wait.Until("the room is online:\n" + room.Output, () => heard.Texts.Contains("devices/room1_player/status online"));
        await SayAsync("bell.wav");
        await Wait.Until("the bell has ended", () => heard.Texts.Any(t => t.Contains("\"event\":\"audio_end\"", StringComparison.Ordinal) && t.Contains("bell.wav", StringComparison.Ordinal)));
        await SayAsync("PLAY:song.wav");
        await Wait.Until("the song plays", () => heard.Texts.Any(t => t.Contains("song.wav", StringComparison.Ordinal)));
        var players = PlayersOf(room.Id);
        Assert.NotEmpty(players);
        room.Kill();
        await Wait.Until("the Will is heard", () => heard.Texts[^1] == "devices/room1_player/status offline");
        await Wait.Until("its players are gone", () => players.TrueForAll(id => !MpvPlayerTests.IsAlive(id)));

        Task SayAsync(string words) => controller.PublishAsync(new MqttMessage("room1/audio", Encoding.UTF8.GetBytes(words)), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_orderly_stop_says_good_bye_and_leaves_nothing_behind()
    {
        using var media = new RoomMedia();
        await using var broker = await TestBroker.StartAsync();
        await using var controller = broker.Client();
        var heard = new HeardMessages();
        controller.Subscribe("devices/room1_player/status", 1, heard.Add);
        controller.Start();
        using var room = ChildProcess.Chorale(["room", "--room", "room1", "--broker", "127.0.0.1:" + broker.Port.ToString(CultureInfo.InvariantCulture), "--media", media.Path, "--audio-output", "null"]);
        await Wait.Until("online", () => heard.Texts.Contains("devices/room1_player/status online"));
        await Wait.Until("its players run", () => PlayersOf(room.Id).Count > 0);
        var players = PlayersOf(room.Id);
        room.Signal("TERM");
        Assert.Equal(0, await room.ExitCodeAsync());
        await Wait.Until("offline is said", () => heard.Texts[^1] == "devices/room1_player/status offline");
        Assert.DoesNotContain(players, MpvPlayerTests.IsAlive);
    }

    [Fact]
    public async Task Every_wrong_flag_is_named_at_once()
    {
        using var room = ChildProcess.Chorale(["room", "--room", "a/b", "--broker", "host:0", "--media", "/nowhere", "--button", "x", "--cooldown", "-1", "--cert", "/nowhere.pem"]);
        Assert.Equal(64, await room.ExitCodeAsync());
        foreach (var said in new[] { "--room 'a/b'", "--broker host:0", "--media /nowhere", "--button x", "--cooldown -1", "--cert /nowhere.pem", "--cert and --key" })
            Assert.Contains(said, room.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_screen_that_cannot_be_is_refused_with_what_can()
    {
        using var media = new RoomMedia();
        using var room = ChildProcess.Chorale(["room", "--room", "room1", "--media", media.Path, "--video-output", "beamer"]);
        Assert.Equal(64, await room.ExitCodeAsync());
        Assert.Contains("video output 'beamer': allowed are auto, none, x11[:screen number]", room.Output, StringComparison.Ordinal);
    }

    private static List<int> PlayersOf(int parent)
    {
        List<int> players = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                // pid (name) state parent ...; the name may hold anything but ends with the last bracket.
                var rest = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                if (stat.Contains("(mpv)", StringComparison.Ordinal) && int.Parse(rest[1], CultureInfo.InvariantCulture) == parent) players.Add(int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not a process, or gone.
            }
        }

        return players;
    }
}
