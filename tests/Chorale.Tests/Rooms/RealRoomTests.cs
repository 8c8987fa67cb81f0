using System.Text;
using Chorale.Mqtt;
using Chorale.Show.Feedback;
using Chorale.Show.Room;
using Chorale.TestKit;

namespace Chorale.Tests.Rooms;

/// <summary>A room on a real mosquitto with simulated devices.</summary>
public sealed class RealRoomTests
{
    private const string Short = """
        {"sceneId":"short","initialState":"A","states":{
          "A":{"onEnter":[{"action":"mqtt","topic":"room1/light/1","message":1},{"action":"mqtt","topic":"room1/motor1","message":"ON:50:L:100"}],
               "timeline":[{"at":0.2,"action":"mqtt","topic":"room1/light/2","message":"ON"},{"at":0.3,"action":"audio","message":"PLAY:x.ogg"}],
               "transitions":[{"type":"timeout","delay":0.8,"goto":"END"}]}}}
        """;

    /// <summary>Stays for ever, blinking fast through two states.</summary>
    private const string Restless = """
        {"sceneId":"restless","initialState":"A","states":{
          "A":{"onEnter":[{"action":"mqtt","topic":"room1/light/1","message":"ON"}],"timeline":[{"at":0.005,"action":"mqtt","topic":"room1/motor1","message":"ON:50:L"}],
               "transitions":[{"type":"timeout","delay":0.011,"goto":"B"}]},
          "B":{"onEnter":[{"action":"mqtt","topic":"room1/light/2","message":"ON"}],"onExit":[{"action":"mqtt","topic":"room1/light/3","message":"ON"}],
               "transitions":[{"type":"timeout","delay":0.007,"goto":"A"}]}}}
        """;

    /// <summary>Its own cue is a word that its transition waits for.</summary>
    private const string Echo = """
        {"sceneId":"echo","initialState":"A","states":{
          "A":{"onEnter":[{"action":"mqtt","topic":"room1/go","message":"NOW"}],"transitions":[{"type":"mqttMessage","topic":"room1/go","message":"NOW","goto":"END"}]}}}
        """;

    [Fact]
    public async Task A_visitors_button_plays_the_scene_and_every_device_confirms_it()
    {
        await using var room = await RealRoom.StartAsync(RealRoom.TwoNodes, new() { ["short"] = Short });
        await room.SayAsync("room1/scene", "start");
        await Wait.Until("the scene has ended and STOP is confirmed", async () => (await room.Room.ViewAsync()) is { Run: null, Stop.Verdict: Verdict.Confirmed });
        await Wait.Until("three verdicts", () => room.Verdicts.Count() == 3);
        Assert.All(room.Verdicts, v => Assert.Equal(Verdict.Confirmed, v.Verdict));
        Assert.Contains("audio PLAY:x.ogg", room.Player.Words);
        Assert.All(room.Devices!.Nodes, n => Assert.Empty(n.On));
        await Wait.Until("the trace is written", () => room.Stage.Traces.List("room1", 1) is [{ EndReason: "END", Cues: 4, Failed: 0 }]);
    }

    [Fact]
    public async Task What_the_room_publishes_itself_never_takes_its_scene_on()
    {
        await using var room = await RealRoom.StartAsync("player: none", new() { ["echo"] = Echo }, []);
        Assert.True((await room.Room.RunAsync("echo", "test")).IsAccepted);
        await room.SayAsync("room1/other", "x"); // once this has come back through the broker, the echo would have, too
        await Wait.Until("the other word was heard", () => room.Broker.Log.Lines.Any(l => l.Text.Contains("Publishing to room1/go", StringComparison.Ordinal)));
        Assert.NotNull((await room.Room.ViewAsync()).Run);
        await room.SayAsync("room1/go", "NOW");
        await Wait.Until("another program's word takes it on", async () => (await room.Room.ViewAsync()).Run is null);
    }

    [Fact]
    public async Task STOP_at_any_moment_of_a_restless_scene_leaves_nothing_on_two_hundred_times()
    {
        await using var room = await RealRoom.StartAsync(RealRoom.TwoNodes + "\non_feedback_failure: retry 2\non_return: reapply", new() { ["restless"] = Restless });
        await using var other = room.Broker.Client();
        other.Start();
        var random = new Random(5);
        var commands = 0L;
        for (var i = 0; i < 200; i++)
        {
            await Wait.Until("it runs", async () => (await room.Room.RunAsync("restless", "test")).RunId is not null);
            var reached = room.Devices!.Commands;
            await Wait.Until("devices were switched", () => room.Devices.Commands > reached);
            var until = System.Diagnostics.Stopwatch.GetTimestamp() + random.NextInt64(0, System.Diagnostics.Stopwatch.Frequency / 50);
            while (System.Diagnostics.Stopwatch.GetTimestamp() < until) Thread.SpinWait(50); // anywhere between two cues
            if (i % 2 == 0) room.Room.Stop("test");
            else await other.PublishAsync(new MqttMessage("room1/STOP", "STOP"u8.ToArray(), 1));
            await Wait.Until("STOP has its verdict", async () => (await room.Room.ViewAsync()) is { Run: null, State: "idle", Stop.Verdict: not null });
            Assert.All(room.Devices.Nodes, n => Assert.True(n.On.Count == 0, $"case {i}: {n.Id} has {string.Join(", ", n.On)}"));
            commands = room.Devices.Commands;
        }

        Assert.True(commands > 400, $"{commands} commands");
        await Wait.Until("nothing comes after the last STOP", async () => (await room.Room.ViewAsync()).Pending.Count == 0);
        Assert.All(room.Devices!.Nodes, n => Assert.Empty(n.On));
    }

    [Theory]
    [InlineData("../short")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\..\\short.json")]
    [InlineData("short\n.json")]
    [InlineData("")]
    [InlineData(".")]
    public async Task A_scene_named_over_the_network_stays_inside_the_rooms_folder(string name)
    {
        await using var room = await RealRoom.StartAsync("player: none", new() { ["short"] = Short }, []);
        await File.WriteAllTextAsync(Path.Combine(room.Room.Settings.Folder, "short.json"), Short); // beside the scenes, not among them
        await room.SayAsync("room1/start_scene", name);
        await Wait.Until("the room says why not", () => room.Told.OfType<RoomLogged>().Any(l => l.Line.Text.Contains("does not start", StringComparison.Ordinal)));
        Assert.Null((await room.Room.ViewAsync()).Run);
        await room.SayAsync("room1/start_scene", "short.json");
        await Wait.Until("a plain name runs", () => room.Told.OfType<RoomRunChanged>().Any(r => r.What == "began"));
    }

    [Fact]
    public async Task Hostile_messages_change_nothing_and_the_room_plays_on()
    {
        await using var room = await RealRoom.StartAsync(RealRoom.TwoNodes, new() { ["restless"] = Restless });
        await room.Room.RunAsync("restless", "test");
        var bomb = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)));
        foreach (var topic in (string[])["room1/button1", "room1/scene", "room1/start_scene", "room1/light/1/feedback", "room1/status", "devices/Room1_Relays_Ctrl/status", "devices/../status", "room1/STOP/feedback"])
        {
            await room.SayAsync(topic, new byte[1 << 20]);
            await room.SayAsync(topic, bomb);
            await room.SayAsync(topic, [0xff, 0xfe, 0x00]);
            await room.SayAsync(topic, []);
        }

        var now = room.Devices!.Commands;
        await Wait.Until("the scene goes on", () => room.Devices.Commands > now + 20);
        Assert.NotNull((await room.Room.ViewAsync()).Run);
        room.Room.Stop("test");
        await Wait.Until("STOP is confirmed", async () => (await room.Room.ViewAsync()).Stop is { Verdict: Verdict.Confirmed });
    }

    [Fact]
    public async Task A_room_says_that_it_simulates_after_five_tries_and_comes_back_by_itself_within_a_second_of_the_broker()
    {
        await using var room = await RealRoom.StartAsync(RealRoom.TwoNodes, new() { ["restless"] = Restless });
        await room.Broker.KillAsync();
        await Wait.Until("the loss is seen", async () => !(await room.Room.ViewAsync()).IsConnected);
        Assert.True((await room.Room.RunAsync("restless", "test")).IsAccepted);
        await Wait.Until("simulation is said", async () => (await room.Room.ViewAsync()).IsSimulated);
        await Wait.Until("commands are simulated", () => room.Verdicts.Any(v => v.Verdict == Verdict.Simulated));
        await room.Broker.RestartAsync();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await Wait.Until("the room is back", async () => (await room.Room.ViewAsync()) is { IsConnected: true, IsSimulated: false });
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
        TestContext.Current.TestOutputHelper?.WriteLine($"back after {watch.Elapsed.TotalMilliseconds:0} ms");
        Assert.Equal(1, room.Told.OfType<RoomLogged>().Count(l => l.Line.Text.StartsWith("Simulation mode", StringComparison.Ordinal)));
        await Wait.Until("devices are confirmed again", () => room.Verdicts.Any(v => v.Verdict == Verdict.Confirmed));
    }
}
