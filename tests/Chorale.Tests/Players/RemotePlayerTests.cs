using System.Collections.Concurrent;
using System.Text;
using Chorale.Mqtt;
using Chorale.Show.Players;
using Chorale.Show.Players.Buttons;
using Chorale.Show.Players.Remote;
using Chorale.TestKit;

namespace Chorale.Tests.Players;

public sealed class RemotePlayerTests
{
    [Fact]
    public async Task A_room_on_another_machine_plays_and_its_ends_arrive_under_the_names_of_the_scene()
    {
        await using var remote = await Remote.StartAsync(new RoomMedia().Tone("bell.wav", 0.5).Film("film.mp4", 0.5));
        await remote.Until("idle", v => v.State == PlayerState.Idle);
        remote.Player.Preload(["bell"], ["film.mp4"]);
        remote.Player.Audio("PLAY:bell:0.5");
        await remote.Until("the bell sounds", v => v.Playing.Any(p => p is { File: "bell", Kind: MediaKind.Audio }));
        await remote.EventAsync(PlayerEvent.AudioEnd("bell"));
        remote.Player.Video("film.mp4");
        await remote.EventAsync(PlayerEvent.VideoEnd("film.mp4"));
        remote.Player.Audio("gone.wav");
        await Wait.Until("the missing file is said", () => remote.Events.Any(e => e.Kind == PlayerEventKind.Problem && e.Text.Contains("there is no file 'gone.wav'", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Stop_by_anyone_silences_the_room_and_counts_as_no_devices_confirmation()
    {
        await using var remote = await Remote.StartAsync(new RoomMedia().Tone("long.wav", 60).Film("film.mp4", 60));
        remote.Player.Audio("long.wav");
        remote.Player.Video("film.mp4");
        await remote.Until("both play", v => v.Playing.Count == 2);
        var answers = new HeardMessages();
        await using var node = remote.Broker.Client();
        node.Subscribe("room1/STOP/feedback", 1, answers.Add);
        node.Start();
        await Wait.Until("the node is connected", () => node.IsConnected);
        await node.PublishAsync(new MqttMessage("room1/STOP", "STOP"u8.ToArray()), TestContext.Current.CancellationToken);
        await remote.Until("nothing plays", v => v is { State: PlayerState.Idle, Playing: [] });
        Assert.DoesNotContain(remote.Events, e => e.Kind is PlayerEventKind.AudioEnd or PlayerEventKind.VideoEnd);
        Assert.Empty(answers.Texts);
    }

    [Fact]
    public async Task Music_goes_on_without_the_broker_and_what_ended_meanwhile_is_told_afterwards_once()
    {
        await using var remote = await Remote.StartAsync(new RoomMedia().Tone("song.wav", 120).Tone("sfx_bell.wav", 0.2));
        remote.Player.Audio("song.wav");
        await remote.Until("the song plays", v => v.Playing.Count == 1);
        await remote.Broker.KillAsync();
        remote.Player.Audio("STOP");
        await Wait.Until("the word that did not arrive is said", () => remote.Events.Any(e => e.Kind == PlayerEventKind.Problem && e.Text.Contains("'STOP' did not reach the player of room1", StringComparison.Ordinal)));
        Assert.Equal("song.wav", remote.Local.Playing);
        var hasBegun = false;
        remote.Local.Player.Began = (file, _) => hasBegun |= file == "sfx_bell.wav";
        remote.Local.Player.Audio("sfx_bell.wav");
        await Wait.Until("the bell has ended while nobody could be told", () => hasBegun && remote.Local.Playing == "song.wav");
        await remote.Broker.RestartAsync();
        await remote.EventAsync(PlayerEvent.AudioEnd("sfx_bell.wav"));
        Assert.Equal("song.wav", remote.Local.Playing);
        Assert.Single(remote.Events, e => e.Kind == PlayerEventKind.AudioEnd);
    }

    [Fact]
    public async Task A_player_that_dies_is_offline_and_a_retained_online_proves_nothing()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var hub = broker.Client();
        await using var other = broker.Client();
        other.Start();
        await Wait.Until("connected", () => other.IsConnected);
        await other.PublishAsync(new MqttMessage("devices/room1_player/status", "online"u8.ToArray(), 1, Retain: true), TestContext.Current.CancellationToken);
        await using var player = new RemotePlayer(hub, "room1", TimeProvider.System, broker.Log);
        var seen = new HeardMessages();
        hub.Subscribe("devices/+/status", 1, seen.Add);
        hub.Start();
        await Wait.Until("the kept word has come", () => seen.Count > 0);
        Assert.Equal(PlayerState.Unknown, player.View.State);
        await other.PublishAsync(new MqttMessage("devices/room1_player/status", "OFFLINE"u8.ToArray(), 1, Retain: true), TestContext.Current.CancellationToken);
        await Wait.Until("down", () => player.View.State == PlayerState.Down);
        Assert.Equal("the player of room1 is offline", player.View.Problem);
    }

    [Fact]
    public async Task A_player_that_falls_silent_is_down_and_comes_back_with_its_next_word()
    {
        var time = new ManualTime();
        await using var broker = await TestBroker.StartAsync();
        await using var hub = new MqttClient(broker.Options, time, broker.Log);
        await using var other = broker.Client();
        await using var player = new RemotePlayer(hub, "room1", time, broker.Log);
        hub.Start();
        other.Start();
        await Wait.Until("connected", () => hub.IsConnected && other.IsConnected);
        var state = """{"event":"state","state":"playing","playing":[{"file":"a.mp3","kind":"audio","position_s":2}]}"""u8.ToArray();
        await other.PublishAsync(new MqttMessage("room1/player/event", state, 1), TestContext.Current.CancellationToken);
        await Wait.Until("it plays", () => player.View.State == PlayerState.Playing);
        time.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal([new PlayingFile("a.mp3", MediaKind.Audio, TimeSpan.FromSeconds(21))], player.View.Playing);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(PlayerState.Down, player.View.State);
        Assert.Contains("silent for more than 20 s", player.View.Problem, StringComparison.Ordinal);
        await other.PublishAsync(new MqttMessage("room1/player/event", state, 1), TestContext.Current.CancellationToken);
        await Wait.Until("it plays again", () => player.View.State == PlayerState.Playing);
    }

    [Fact]
    public async Task An_end_that_was_told_while_the_hub_was_away_is_heard_from_the_next_state_once()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var hub = broker.Client();
        await using var other = broker.Client();
        await using var player = new RemotePlayer(hub, "room1", TimeProvider.System, broker.Log);
        var heard = new ConcurrentQueue<PlayerEvent>();
        player.Happened = heard.Enqueue;
        hub.Start();
        other.Start();
        await Wait.Until("connected", () => hub.IsConnected && other.IsConnected);
        await SayAsync("""{"event":"state","state":"idle","ended":[{"event":"audio_end","file":"before.wav","id":"0"}]}""");
        for (var i = 0; i < 3; i++)
            await SayAsync("""{"event":"state","state":"idle","ended":[{"event":"audio_end","file":"before.wav","id":"0"},{"event":"audio_end","file":"a.wav","id":"1"},null,{"event":"problem","text":"x"}]}""");
        await SayAsync("""{"event":"audio_end","file":"a.wav","id":"1"}""");
        await SayAsync("""{"event":"video_end","file":"b.mp4","id":"2"}""");
        await Wait.Until("the last is heard", () => heard.Contains(PlayerEvent.VideoEnd("b.mp4")));
        Assert.Equal([PlayerEvent.AudioEnd("a.wav"), PlayerEvent.VideoEnd("b.mp4")], heard.Where(e => e.Kind != PlayerEventKind.Changed));

        Task SayAsync(string json) => other.PublishAsync(new MqttMessage("room1/player/event", Encoding.UTF8.GetBytes(json), 1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Nonsense_from_a_player_harms_nobody()
    {
        string[] nonsense =
        [
            "", "null", "[]", "{}", """{"event":"dance"}""", """{"event":"audio_end"}""", """{"event":"audio_end","file":7}""", """{"event":"state","playing":[null]}""",
            """{"event":"state","playing":[{"file":"a","kind":"smell"}]}""", """{"event":"state","playing":[{"file":"a","kind":"audio","position_s":-1e300}]}""", new('[', 5_000),
            $$"""{"event":"audio_end","file":"{{new string('x', 5_000)}}"}""",
        ];
        await using var broker = await TestBroker.StartAsync();
        await using var hub = broker.Client();
        await using var other = broker.Client();
        await using var player = new RemotePlayer(hub, "room1", TimeProvider.System, broker.Log);
        var ends = new ConcurrentQueue<PlayerEvent>();
        player.Happened = ends.Enqueue;
        hub.Start();
        other.Start();
        await Wait.Until("connected", () => hub.IsConnected && other.IsConnected);
        for (var i = 0; i < nonsense.Length; i++)
        {
            var last = $"a{i}";
            await other.PublishAsync(new MqttMessage("room1/player/event", Encoding.UTF8.GetBytes(nonsense[i]), 1), TestContext.Current.CancellationToken);
            await other.PublishAsync(new MqttMessage("room1/player/event", Encoding.UTF8.GetBytes($$"""{"event":"audio_end","file":"{{last}}"}"""), 1), TestContext.Current.CancellationToken);
            await Wait.Until($"the end after '{nonsense[i][..Math.Min(60, nonsense[i].Length)]}' has come", () => ends.Contains(PlayerEvent.AudioEnd(last)));
            _ = player.View;
        }

        Assert.False(broker.Log.Has("handler_failed"));
        Assert.Equal(nonsense.Length, ends.Count(e => e.Kind == PlayerEventKind.AudioEnd));
    }

    [Fact]
    public async Task A_button_is_published_and_one_that_nobody_can_hear_is_said()
    {
        await using var remote = await Remote.StartAsync(new RoomMedia());
        var heard = new HeardMessages();
        await using var node = remote.Broker.Client();
        node.Subscribe("room1/scene", 1, heard.Add);
        node.Start();
        await Wait.Until("connected", () => node.IsConnected);
        remote.Station.Pressed(ButtonOrder.Start("door"));
        await Wait.Until("START is heard", () => heard.Texts.SequenceEqual(["room1/scene START"]));
        await remote.Broker.KillAsync();
        await Wait.Until("the station knows", () => !remote.Station.IsConnected);
        remote.Station.Pressed(ButtonOrder.Start("door"));
        await Wait.Until("it is said", () => remote.Local.Log.Has("button_not_sent"));
        await remote.Broker.RestartAsync();
        await Wait.Until("back", () => remote.Station.IsConnected && node.IsConnected);
        Assert.Equal(1, heard.Count);
    }

    private sealed class Remote : IAsyncDisposable
    {
        private readonly ConcurrentQueue<PlayerEvent> _events = new();
        private readonly CancellationTokenSource _stopping = new();
        private readonly MqttClient _hub;
        private readonly Task _running;

        private Remote(TestBroker broker, PlayedRoom local)
        {
            (Broker, Local) = (broker, local);
            _hub = broker.Client();
            Player = new RemotePlayer(_hub, "room1", TimeProvider.System, broker.Log) { Happened = _events.Enqueue };
            Station = new RoomStation("room1", broker.Options, local.Player, TimeProvider.System, local.Log);
            _hub.Start();
            _running = Station.RunAsync(_stopping.Token);
        }

        public TestBroker Broker { get; }

        public PlayedRoom Local { get; }

        public RemotePlayer Player { get; }

        public RoomStation Station { get; }

        public IReadOnlyList<PlayerEvent> Events => [.. _events];

        public static async Task<Remote> StartAsync(RoomMedia media)
        {
            var remote = new Remote(await TestBroker.StartAsync(), await new PlayedRoom(media).ReadyAsync());
            await remote.Until("heard", v => v.State == PlayerState.Idle);
            return remote;
        }

        public Task Until(string what, Func<PlayerView, bool> condition) => Wait.Until(what, () => condition(Player.View));

        public Task EventAsync(PlayerEvent wanted) => Wait.Until($"{wanted} in [{string.Join(" | ", Events)}]", () => _events.Contains(wanted));

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _running;
            await Player.DisposeAsync();
            await _hub.DisposeAsync();
            await Local.DisposeAsync();
            await Broker.DisposeAsync();
            _stopping.Dispose();
        }
    }
}
