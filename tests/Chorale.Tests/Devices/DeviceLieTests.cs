using Chorale.Mqtt;
using Chorale.Show.Devices;
using Chorale.Show.Feedback;
using Chorale.Simulate;
using Chorale.Tests.Rooms;

namespace Chorale.Tests.Devices;

/// <summary>Everything that nodes in the field did to controllers, over a real broker, against a real room.</summary>
public sealed class DeviceLieTests
{
    private const string Light = "room1/light/1";

    /// <summary>Deadlines of the firmware: for what shall run into them.</summary>
    private static readonly Dictionary<string, string> Room = Yaml("");

    /// <summary>Patience for a machine with other things to do: for what shall be answered.</summary>
    private static readonly Dictionary<string, string> PatientRoom = Yaml(", timeout_ms: 20000");

    [Theory]
    [InlineData("None", Verdict.Confirmed, null)]
    [InlineData("Space", Verdict.Confirmed, null)]
    [InlineData("Json", Verdict.Confirmed, null)]
    [InlineData("Error", Verdict.Refused, null)]
    [InlineData("Twice", Verdict.Confirmed, "odd_repeated")]
    [InlineData("Contradict", Verdict.Confirmed, "odd_contradicted")]
    [InlineData("Empty", Verdict.TimedOut, "odd_malformed")]
    [InlineData("NotUtf8", Verdict.TimedOut, "odd_malformed")]
    [InlineData("DeepJson", Verdict.TimedOut, "odd_malformed")]
    [InlineData("Huge", Verdict.TimedOut, null)]
    [InlineData("Late", Verdict.TimedOut, null)]
    [InlineData("Zombie", Verdict.TimedOut, null)]
    public async Task Each_lie_has_its_verdict(string lie, Verdict verdict, string? oddity)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var live = await LiveStage.StartAsync(broker, verdict == Verdict.TimedOut ? Room : PatientRoom, [Node(Enum.Parse<NodeLie>(lie))], waitForNodes: lie != "Zombie");
        Assert.Equal(verdict, await live.Judge(Light, "ON"));
        if (oddity is not null) await Wait.Until($"{oddity} is counted", async () => await live.Counter(oddity) > 0);
        if (lie == "Contradict") await Wait.Until("the output is in doubt", () => live.Room().View.Outputs.Any(o => o.Topic == Light && o.State == "contradicted"));
    }

    [Fact]
    public async Task A_silent_node_and_a_slow_one_time_out_and_the_slow_ones_answer_is_late()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var live = await LiveStage.StartAsync(broker, Room, [Node() with { IsSilent = true }, Node() with { Id = "motors", Kind = NodeKind.Motor, AnswersAfter = TimeSpan.FromSeconds(1.5) }]);
        var (light, motor) = (live.Send(Light, "ON"), live.Send("room1/motor1", "ON:50:L"));
        Assert.Equal((Verdict.TimedOut, Verdict.TimedOut), ((await live.EndOf(light)).Verdict, (await live.EndOf(motor)).Verdict));
        await Wait.Until("the answer came", async () => await live.Counter("odd_late") == 1);
        Assert.Equal("ON:50:L", live.Node("motors").On["room1/motor1"]); // it had done it, and was not believed to
    }

    [Fact]
    public async Task The_late_OK_of_one_command_does_not_confirm_the_next()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var live = await LiveStage.StartAsync(broker, Room, [Node(NodeLie.Late)]);
        Assert.Equal(Verdict.TimedOut, await live.Judge(Light, "ON"));
        Assert.NotEqual(Verdict.Confirmed, await live.Judge(Light, "OFF")); // what came was ON's
    }

    [Fact]
    public async Task Answers_around_the_deadline_give_one_verdict_each()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var live = await LiveStage.StartAsync(broker, Room, [Node(NodeLie.Deadline)]);
        var ids = Enumerable.Range(1, 5).Select(n => live.Send($"room1/light/{n}", "ON")).ToList();
        foreach (var id in ids) Assert.Contains((await live.EndOf(id)).Verdict, new[] { Verdict.Confirmed, Verdict.TimedOut });
        await Wait.Until("nothing waits", async () => (await live.Room().ViewAsync()).Pending.Count == 0);
        Assert.Equal(5, live.Ended.Count);
    }

    [Fact]
    public async Task An_OK_of_yesterday_and_an_OK_that_nobody_asked_for_confirm_nothing()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var liar = broker.Client();
        liar.Start();
        await Wait.Until("it is connected", () => liar.IsConnected);
        await liar.PublishAsync(new MqttMessage(Light + "/feedback", "OK"u8.ToArray(), 1, Retain: true), TestContext.Current.CancellationToken);
        await using var live = await LiveStage.StartAsync(broker, Room, [Node() with { IsSilent = true }]);
        await Wait.Until("the kept one is told of", async () => await live.Counter("odd_retained") == 1);
        await liar.PublishAsync(new MqttMessage(Light + "/feedback", "OK"u8.ToArray(), 1), TestContext.Current.CancellationToken);
        await Wait.Until("the unasked one is counted", async () => await live.Counter("odd_unmatched") == 1);
        Assert.Equal(Verdict.TimedOut, await live.Judge(Light, "ON"));
    }

    [Fact]
    public async Task A_dead_node_whose_online_is_kept_is_unknown()
    {
        await using var broker = await TestBroker.StartAsync();
        await using (var yesterday = broker.Client())
        {
            yesterday.Start();
            await Wait.Until("it was there yesterday", () => yesterday.IsConnected);
            await yesterday.PublishAsync(new MqttMessage("devices/node/status", "online"u8.ToArray(), 1, Retain: true));
        }

        await using var live = await LiveStage.StartAsync(broker, Room, [], waitForNodes: false);
        await Wait.Until("the kept word came", () => live.Registry.Find("node")?.IsRetainedWord == true);
        Assert.Equal(DevicePresence.Unknown, live.Registry.Find("node")!.Presence);
        Assert.Equal("unknown", (await live.Room().ViewAsync()).Nodes.Single(n => n.Id == "node").Presence);
    }

    [Fact]
    public async Task Coming_and_going_once_a_second_raises_one_alarm()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var live = await LiveStage.StartAsync(broker, Room, [Node(NodeLie.Flapping)]);
        await Wait.Until("the alarm", () => live.Registry.Find("node")!.IsFlapping);
        Assert.Single(live.Log.Lines, l => l.Event == "device_alarm" && l.Text.Contains("flapping", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_nodes_with_one_client_id_are_named()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var live = await LiveStage.StartAsync(broker, Room, [Node(NodeLie.DoubleId)], waitForNodes: false);
        await Wait.Until("the alarm", () => live.Registry.Find("node") is { } node && (node.IsDoubleId || node.IsFlapping), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_pulled_node_is_seen_at_once_and_its_outputs_are_stale_then_reapplied_when_it_returns()
    {
        await using var broker = await TestBroker.StartAsync();
        var room = new Dictionary<string, string> { ["room1"] = "on_return: reapply\n" + PatientRoom["room1"] };
        await using var live = await LiveStage.StartAsync(broker, room, [Node()]);
        Assert.Equal(Verdict.Confirmed, await live.Judge(Light, "ON"));
        await live.Node("node").PullAsync();
        await Wait.Until("its output is stale", async () => (await live.Room().ViewAsync()).Outputs.Single(o => o.Topic == Light) is { IsStale: true, Confirmed: null });
        Assert.Equal(DevicePresence.Offline, live.Registry.Find("node")!.Presence);
        var again = live.Add(Node() with { Seed = 2 });
        await Wait.Until("the light is on again", () => again.On.ContainsKey(Light));
        await Wait.Until("and known to be", async () => (await live.Room().ViewAsync()).Outputs.Single(o => o.Topic == Light) is { IsStale: false, Confirmed: "ON", Differs: false });
        Assert.Equal(1, live.Registry.Find("node")!.Outages);
    }

    [Fact]
    public async Task A_reboot_in_the_middle_shows_the_difference_and_touches_nothing_unless_told_to()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var live = await LiveStage.StartAsync(broker, PatientRoom, [Node()]);
        Assert.Equal(Verdict.Confirmed, await live.Judge(Light, "ON"));
        await live.Node("node").RebootAsync(TimeSpan.FromSeconds(0.5));
        await Wait.Until("the difference is shown", async () => (await live.Room().ViewAsync()).Outputs.Single(o => o.Topic == Light).Differs);
        Assert.Empty(live.Node("node").On);
        Assert.Single(live.Taken);
    }

    [Fact]
    public async Task Ten_thousand_messages_a_second_from_one_node_leave_the_others_unharmed()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var live = await LiveStage.StartAsync(broker, PatientRoom, [Node(NodeLie.Flood), Node() with { Id = "motors", Kind = NodeKind.Motor }]);
        await Wait.Until("the flood has come", async () => await live.Counter("odd_unmatched") > 10_000);
        for (var n = 0; n < 10; n++) Assert.Equal(Verdict.Confirmed, await live.Judge("room1/motor1", $"SPEED:{n}"));
        var view = await live.Room().ViewAsync();
        Assert.InRange(live.Log.Lines.Count(l => l.Event is "feedback_odd" or "messages_dropped"), 1, 120);
        TestContext.Current.SendDiagnosticMessage($"{view.Counters["odd_unmatched"]} unasked answers heard beside 10 confirmed commands, slowest {live.Ended.Max(e => e.Took).TotalMilliseconds:0} ms");
    }

    [Fact]
    public async Task A_node_that_answers_from_within_its_handler_is_confirmed_every_time()
    {
        const int Commands = 1_000;
        await using var broker = await TestBroker.StartAsync();
        await using var node = broker.Client();
        node.Subscribe("room1/light/#", 0, m => _ = m.Topic.EndsWith("/feedback", StringComparison.Ordinal) ? null : node.PublishAsync(new MqttMessage(m.Topic + "/feedback", "OK"u8.ToArray())));
        node.Start();
        await Wait.Until("it is connected", () => node.IsConnected);
        await using var live = await LiveStage.StartAsync(broker, PatientRoom, []);
        for (var round = 1; round <= 20; round++)
        {
            for (var n = 0; n < Commands / 20; n++) live.Send($"room1/light/{n}", round % 2 == 0 ? "ON" : "OFF");
            await Wait.Until("all are judged", () => live.Ended.Count == round * Commands / 20);
        }

        Assert.All(live.Ended, e => Assert.Equal(Verdict.Confirmed, e.Verdict));
        var took = live.Ended.Select(e => e.Took.TotalMicroseconds).Order().ToList();
        TestContext.Current.SendDiagnosticMessage($"{Commands} of {Commands} confirmed, p50 {took[Commands / 2]:0} us, p99 {took[Commands * 99 / 100]:0} us");
    }

    [Fact]
    public async Task Five_hundred_nodes_are_online_soon_after_their_start()
    {
        const int Nodes = 500;
        await using var broker = await TestBroker.StartAsync();
        await using var live = await LiveStage.StartAsync(broker, PatientRoom, []);
        var plans = SimulatedRoom.Plans(new NodePlan { Room = "room1", Id = "" }, [NodeKind.Relay], Nodes, "sim");
        await using var nodes = new SimulatedRoom(plans, broker.Options, TimeProvider.System, broker.Log, _ => { });
        var began = System.Diagnostics.Stopwatch.StartNew();
        nodes.Start();
        await Wait.Until("all are online", () => live.Registry.Connected.Count == Nodes, TimeSpan.FromSeconds(60));
        TestContext.Current.SendDiagnosticMessage($"{Nodes} nodes online {began.Elapsed.TotalMilliseconds:0} ms after their start");
        Assert.Equal(Verdict.Confirmed, await live.Judge("room1/500/light/1", "ON"));
    }

    private static Dictionary<string, string> Yaml(string more) => new()
    {
        ["room1"] =
            $$"""
            nodes:
              node: {class: relay, topics: [light/#, effect/#, effects/#]{{more}}}
              motors: {class: motor, topics: [motor1, motor2]{{more}}}
              others: {generation: second, topics: [500/#]{{more}}}
            """,
    };

    private static NodePlan Node(NodeLie lie = NodeLie.None) => new() { Room = "room1", Id = "node", Lie = lie, Beat = TimeSpan.FromSeconds(0.5), Seed = 1 };
}
