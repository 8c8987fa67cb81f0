using System.Globalization;
using System.Text;
using Chorale.Mqtt;
using Chorale.Show.Feedback;
using Chorale.Simulate;

namespace Chorale.Tests.Rooms;

/// <summary>
/// The broker goes in each of six ways, while five rooms of one hub are each in the worst of five moments: before a scene, at its cues,
/// between a command and its answer, in a STOP, and at the return. Sound goes on in all of them.
/// </summary>
/// <remarks>
/// What is awaited is asked of the code. The promise is back within a second; ten are allowed before it is called broken. A frozen broker
/// keeps what was in its socket and hands it on when it thaws; nobody but the STOP that is said first can help there, so for that row only
/// our own lateness is judged.
/// </remarks>
public sealed class BrokerLossTests
{
    [Theory]
    [InlineData("clean stop")]
    [InlineData("kill -9")]
    [InlineData("restart empty")]
    [InlineData("restart with old retained")]
    public Task A_broker_that_ends(string how) => new BrokerLoss(how, cues: 60).PlayAsync();
}

/// <summary>The two that are noticed by silence alone, after two keep-alives.</summary>
public sealed class BrokerSilenceTests
{
    [Theory]
    [InlineData("half-open")]
    [InlineData("freeze")]
    public Task A_broker_that_falls_silent(string how) => new BrokerLoss(how, cues: 150).PlayAsync();
}

/// <summary>One row of the matrix.</summary>
internal sealed class BrokerLoss(string how, int cues)
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100), BackAgain = TimeSpan.FromSeconds(10), Noticed = TimeSpan.FromSeconds(30);

    private static readonly string[] Moments = ["before", "cues", "answer", "stopping", "return"];

    /// <summary>Every command ends once, nothing is late, STOP comes first, sound is on time, one loss and one return are told.</summary>
    public async Task PlayAsync()
    {
        using var folder = new TempFolder();
        await using var broker = await TestBroker.StartAsync(how == "restart with old retained" ? new BrokerSettings { IsPersistent = true, Folder = folder.Path } : null);
        await using var line = new TcpFaultProxy(broker.Port);
        if (how == "restart with old retained") await LeaveRetained(broker);
        await using var live = await LiveStage.StartAsync(broker, Moments.ToDictionary(m => m, Yaml), Moments.Select(Plan), Scenes(), line.Port);

        // Each room into its moment.
        Assert.True((await live.Room("cues").RunAsync("long", "a test", TestContext.Current.CancellationToken)).IsAccepted);
        var answered = live.Send("answer/a", "ON", "answer");
        live.Room("stopping").Stop("a test");
        await Wait.Until("the nodes have what was sent", () => live.Taken.Any(t => t.Topic == "answer/a") && live.Taken.Any(t => t.Topic == "stopping/STOP") && live.Taken.Count(t => t.Node == "cues") >= 3);
        var connects = Count(live, "broker_connected");
        await GoAsync(broker, line);
        var goneUs = LiveStage.NowUs;
        await Wait.Until("the hub has noticed", () => live.Stage.Rooms.All(r => !r.View.IsConnected), Noticed);

        // While it is gone.
        Assert.Equal(Verdict.LostLink, (await live.EndOf(answered)).Verdict);
        Assert.Contains((await live.EndOf(live.Send("before/a", "ON", "before"))).Verdict, new[] { Verdict.LostLink, Verdict.Simulated });
        Assert.True((await live.Room("before").RunAsync("short", "a test", TestContext.Current.CancellationToken)).IsAccepted);
        await Wait.Until("its sound was heard without a broker", () => live.Players["before"].Words.Any(w => w.Words == "PLAY:a.wav"));
        await Wait.Until("its command was judged", () => live.Ended.Count(e => e.Room == "before") >= 2);
        await Wait.Until("the room in which STOP was said knows that it is owed", () => live.Room("stopping").View.Stop is { IsOwed: true });
        var (returnUs, judgedBefore) = (LiveStage.NowUs, live.Ended.Where(e => e.Verdict is Verdict.LostLink or Verdict.Simulated).Select(e => (e.Room, e.Topic)).ToHashSet());

        // Back: and at that very moment a command.
        await ReturnAsync(broker, line);
        var back = System.Diagnostics.Stopwatch.StartNew();
        await Wait.Until("the rooms are connected", () => live.Stage.Rooms.All(r => r.View.IsConnected), BackAgain);
        var atReturn = live.Send("return/a", "ON", "return");
        TestContext.Current.SendDiagnosticMessage($"{how}: connected {back.Elapsed.TotalMilliseconds:0} ms after the broker was there");
        Assert.NotEqual(Verdict.Simulated, (await live.EndOf(atReturn)).Verdict);
        await Wait.Until("the nodes are back", () => Moments.All(m => live.Node(m).IsConnected));
        await Wait.Until("a command is confirmed again", async () => (await live.EndOf(live.Send("return/b", "OFF", "return"))).Verdict == Verdict.Confirmed);
        await Wait.Until("the scene has ended", () => live.Room("cues").View.Run is null, TimeSpan.FromSeconds(60));
        await Wait.Until("nothing waits", () => live.Stage.Rooms.All(r => r.View.Pending.Count == 0));

        AssertOneVerdictEach(live);
        AssertSoundWentOn(live, goneUs, returnUs);
        Assert.Equal(1, Count(live, "broker_lost"));
        Assert.Equal(connects + 1, Count(live, "broker_connected"));
        if (how == "freeze") return;
        AssertNothingLate(live, returnUs, judgedBefore);
        await Wait.Until("STOP reaches the node that was away", () => live.Taken.Any(t => t.Node == "stopping" && t.AtUs > returnUs));
        Assert.Equal("stopping/STOP", live.Taken.First(t => t.Node == "stopping" && t.AtUs > returnUs).Topic);
    }

    private async Task GoAsync(TestBroker broker, TcpFaultProxy line)
    {
        if (how == "half-open") line.Fault = LineFault.HalfOpen;
        else if (how == "freeze") broker.Freeze();
        else if (how == "kill -9") await broker.KillAsync();
        else await broker.EndAsync();
    }

    private async Task ReturnAsync(TestBroker broker, TcpFaultProxy line)
    {
        if (how == "half-open")
        {
            line.Fault = LineFault.None;
            line.CutAll(); // a try of ours may hang in the dark line until its patience ends
        }
        else if (how == "freeze") broker.Thaw();
        else await broker.RestartAsync();
    }

    private void AssertOneVerdictEach(LiveStage live)
    {
        Assert.Equal(cues, live.Ended.Count(e => e.Room == "cues" && e.Topic.StartsWith("cues/c", StringComparison.Ordinal)));
        Assert.All(live.Ended.Where(e => e.Id is not null).GroupBy(e => e.Id), g => Assert.Single(g));
        // Nobody is confirmed who was not reached.
        foreach (var ended in live.Ended.Where(e => e.Verdict == Verdict.Confirmed && e.Topic.StartsWith("cues/c", StringComparison.Ordinal)))
            Assert.Contains(live.Taken, t => t.Topic == ended.Topic);
        Assert.Contains(live.Ended, e => e is { Room: "cues", Verdict: Verdict.Confirmed });
        Assert.Contains(live.Ended, e => e is { Room: "cues", Verdict: Verdict.LostLink or Verdict.Simulated or Verdict.TimedOut });
    }

    /// <summary>Sound is heard while there is no broker, and none of it waits for one. How late the latest was is told, not judged: other programs run here, too.</summary>
    private void AssertSoundWentOn(LiveStage live, long goneUs, long returnUs)
    {
        var sounds = live.Players["cues"].Words.Where(w => w.Words.StartsWith("PLAY:c", StringComparison.Ordinal)).ToList();
        Assert.Equal(cues, sounds.Count);
        var start = sounds.Select((s, n) => s.AtUs - (long)(n * Between.TotalMicroseconds)).Min();
        var latest = sounds.Select((s, n) => s.AtUs - (long)(n * Between.TotalMicroseconds) - start).Max();
        TestContext.Current.SendDiagnosticMessage($"sound: latest {latest / 1000.0:0.0} ms behind");
        var (meanwhile, due) = (sounds.Count(w => w.AtUs > goneUs && w.AtUs < returnUs), Math.Min(cues, (returnUs - goneUs) / Between.TotalMicroseconds));
        Assert.True(meanwhile > due / 4 - 5, $"{meanwhile} sounds of about {due:0} while the broker was gone");
        Assert.InRange(latest, 0, 5_000_000);
    }

    private static void AssertNothingLate(LiveStage live, long returnUs, HashSet<(string Room, string Topic)> judgedBefore)
    {
        // Topics of cues are used once each, so an arrival after the return is a command that was judged before it.
        var late = live.Taken.Where(t => t.AtUs > returnUs && t.Topic.Contains("/c", StringComparison.Ordinal) && judgedBefore.Contains((t.Node, t.Topic))).ToList();
        Assert.True(late.Count == 0, $"sent after its verdict: {string.Join(", ", late)}");
    }

    private static int Count(LiveStage live, string logEvent) => live.Log.Lines.Count(l => l.Event == logEvent && l.Text.Contains($":{live.HubPort}", StringComparison.Ordinal));

    private static async Task LeaveRetained(TestBroker broker)
    {
        await using var old = broker.Client();
        old.Start();
        await Wait.Until("it is connected", () => old.IsConnected);
        foreach (var topic in Moments.SelectMany(m => new[] { $"{m}/a/feedback", $"{m}/b/feedback", $"{m}/c5/feedback", $"{m}/STOP/feedback" }))
            await old.PublishAsync(new MqttMessage(topic, "OK"u8.ToArray(), 1, Retain: true), TestContext.Current.CancellationToken);
    }

    /// <summary>What shall be under way when the broker goes waits long; what shall be confirmed has patience for a busy machine.</summary>
    private static string Yaml(string room) => $"nodes:\n  {room}: {{class: relay, topics: [\"#\"]{(room switch { "answer" => ", timeout_ms: 60000", "cues" => ", timeout_ms: 5000", _ => "" })}}}\n";

    /// <summary>The node of "stopping" never confirms, the node of "answer" takes its time.</summary>
    private NodePlan Plan(string moment) => new()
    {
        Room = moment, Id = moment, Topics = [.. Enumerable.Range(0, cues).Select(n => $"c{n}"), "a", "b"], Beat = TimeSpan.FromSeconds(1), Seed = moment.Length,
        IsSilent = moment == "stopping", AnswersAfter = moment == "answer" ? TimeSpan.FromMinutes(1) : null,
    };

    private Dictionary<string, string> Scenes()
    {
        var items = new StringBuilder();
        for (var n = 0; n < cues; n++)
        {
            var at = (n * Between.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            items.Append(CultureInfo.InvariantCulture, $"{(n == 0 ? "" : ",")}{{\"at\":{at},\"actions\":[{{\"action\":\"mqtt\",\"topic\":\"ROOM/c{n}\",\"message\":\"ON\"}},{{\"action\":\"audio\",\"message\":\"PLAY:c{n}.wav\"}}]}}");
        }

        return new Dictionary<string, string>
        {
            ["long"] = """{"sceneId":"long","initialState":"A","states":{"A":{"timeline":[ITEMS],"transitions":[{"type":"timeout","delay":END,"goto":"END"}]}}}"""
                .Replace("ITEMS", items.ToString(), StringComparison.Ordinal)
                .Replace("END,", (cues * Between.TotalSeconds + 2).ToString(CultureInfo.InvariantCulture) + ",", StringComparison.Ordinal),
            ["short"] = """{"sceneId":"short","initialState":"A","states":{"A":{"onEnter":[{"action":"mqtt","topic":"ROOM/b","message":"ON"},{"action":"audio","message":"PLAY:a.wav"}],"transitions":[{"type":"timeout","delay":60,"goto":"END"}]}}}""",
        };
    }
}
