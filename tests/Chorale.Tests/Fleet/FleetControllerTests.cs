using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Presence;
using Chorale.Fleet.Sessions;
using Chorale.Mqtt;
using Chorale.Protocol.Modules;

namespace Chorale.Tests.Fleet;

/// <summary>A master of ours against modules that are not ours, over a real broker.</summary>
public sealed class FleetControllerTests : IAsyncLifetime
{
    private readonly TestLog _log = new();
    private TestBroker _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await TestBroker.StartAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Theory]
    [InlineData(ContractForm.Documented, "rslogger/audio")]
    [InlineData(ContractForm.Real, "rslogger/audio")]
    [InlineData(ContractForm.Real, "x")]
    [InlineData(ContractForm.Real, "site/4/hall/audio")]
    public async Task A_module_written_from_the_contract_goes_through_every_command(ContractForm form, string baseTopic)
    {
        await using var fleet = Controller(baseTopic);
        using var module = await ContractModule.StartAsync(_broker.Port, "mic1", form, baseTopic);
        Assert.True(await WaitFor(fleet, module));
        var id = new ModuleId("mic1");
        var seen = fleet.Find(id)!;
        Assert.Equal((ModuleState.Idle, ModulePresence.Online), (seen.State, seen.Presence));
        Assert.InRange(seen.LastSeenAt!.Value, DateTimeOffset.UtcNow.AddMinutes(-2), DateTimeOffset.UtcNow.AddSeconds(1));

        var start = await fleet.StartAsync(new StartRequest { RecordingId = "s7", Duration = TimeSpan.FromMinutes(1) });
        Assert.True(start.Result.AllConfirmed, Text(start.Result));
        Assert.False(start.Session!.Modules.Single().IsSynchronised); // it knows no start_at
        Assert.Contains("\"duration\":60", module.Commands.Last());

        var again = await fleet.StartAsync(new StartRequest { Modules = [id] });
        Assert.Equal((Verdict.Refused, "Already recording"), (again.Result.Results[0].Verdict, again.Result.Results[0].Reason));
        await Wait.Until("its status says so", () => fleet.Find(id)!.State == ModuleState.Recording); // its topics come by connections of their own
        Assert.Equal(Verdict.NotIdle, (await fleet.StartAsync(new StartRequest())).Result.Results.Single().Verdict);
        Assert.Equal(SessionState.Failed, fleet.FindSession(again.Session!.SessionId)!.State);

        Assert.True((await fleet.AskStatusAsync([id])).AllConfirmed);
        var stop = await fleet.StopAsync();
        Assert.True(stop.AllConfirmed, Text(stop));
        Assert.Equal(form == ContractForm.Real, stop.Results[0].Note is not null);
        await Wait.Until("the session is complete", () => fleet.FindSession("s7")!.State == SessionState.Complete);
        Assert.Equal(["recording_s7_mic1.wav"], fleet.FindSession("s7")!.Modules[0].Files);
        await Wait.Until("it is idle", () => fleet.Find(id)!.State == ModuleState.Idle);
        Assert.Empty((await fleet.StopAsync()).Results);
        Assert.Equal(Verdict.Refused, (await fleet.StopAsync([id])).Results[0].Verdict);

        Assert.True((await fleet.ConfigureAsync([id], JsonDocument.Parse("{\"samplerate\":\"abc\"}").RootElement, save: false)).AllConfirmed);
        Assert.True((await fleet.ShutdownAsync([id])).AllConfirmed);
        await Wait.Until("it is offline", () => fleet.Find(id)!.Presence == ModulePresence.Offline);
    }

    [Fact]
    public async Task A_module_whose_start_fails_is_refused_with_its_reason_and_not_idle_afterwards()
    {
        await using var fleet = Controller();
        using var module = await ContractModule.StartAsync(_broker.Port, "mic1");
        Assert.True(await WaitFor(fleet, module));
        module.FailsToStart = true;
        var start = await fleet.StartAsync(new StartRequest());
        Assert.Equal((Verdict.Refused, "Error opening device"), (start.Result.Results[0].Verdict, start.Result.Results[0].Reason));
        await Wait.Until("its status says error", () => fleet.Find(new ModuleId("mic1"))!.State == ModuleState.Error);
        var next = await fleet.StartAsync(new StartRequest());
        Assert.Equal(Verdict.NotIdle, next.Result.Results[0].Verdict);
        Assert.Contains("Error opening device", next.Result.Results[0].Reason);
    }

    [Fact]
    public async Task Ten_dead_modules_of_a_thousand_cost_one_deadline()
    {
        await using var fleet = Controller();
        await using var modules = new SimulatedModules(_broker);
        await Wait.Until("connected", () => modules.IsConnected && fleet.IsConnected);
        for (var i = 0; i < 1_000; i++) modules.Add($"m{i:0000}", answers: i % 100 != 7);
        Assert.True(await fleet.WaitForModulesAsync(1_000, TimeSpan.FromSeconds(60)));

        var watch = Stopwatch.StartNew();
        var limit = TimeSpan.FromSeconds(8);
        var start = await fleet.StartAsync(new StartRequest { IsSynchronised = false, AnswerWithin = limit });
        Assert.InRange(watch.Elapsed, limit - TimeSpan.FromMilliseconds(50), limit * 2);
        Assert.Equal(990, start.Result.Confirmed);
        Assert.All(start.Result.Results.Where(r => !r.IsConfirmed), r => Assert.Equal((Verdict.TimedOut, '7'), (r.Verdict, r.Module.Value[^1])));
        Assert.Equal(990, start.Session!.Modules.Count(m => m.IsConfirmed));
    }

    [Fact]
    public async Task Modules_with_clocks_a_second_and_50_ppm_off_begin_together_and_the_manifest_covers_the_truth()
    {
        await using var fleet = Controller();
        await using var modules = new SimulatedModules(_broker);
        await Wait.Until("connected", () => modules.IsConnected && fleet.IsConnected);
        var random = new Random(7);
        for (var i = 0; i < 8; i++) modules.Add($"m{i}", random.NextDouble() * 2e6 - 1e6, random.NextDouble() * 100 - 50);
        Assert.True(await fleet.WaitForModulesAsync(8, Wait.Patience));
        for (var round = 0; round < 5; round++)
        {
            var start = await fleet.StartAsync(new StartRequest { RecordingId = $"s{round}" });
            Assert.True(start.Result.AllConfirmed, Text(start.Result));
            Assert.Equal(8, start.Session!.Armed);
            await Wait.Until("all have reported their first frame", () => fleet.FindSession($"s{round}")!.Modules.All(m => m.FirstFrameUtc is not null));
            var session = fleet.FindSession($"s{round}")!;
            foreach (var module in session.Modules)
            {
                var began = modules.BeganAt(module.Module.Value)!.Value;
                // What the manifest says of the first frame, against when it really was.
                Assert.InRange(Math.Abs((module.FirstFrameUtc!.Value - began).TotalMicroseconds), 0, module.UncertaintyUs!.Value + 2);
                Assert.Equal("measured", module.ClockSource);
            }

            var truth = session.Modules.Select(m => modules.BeganAt(m.Module.Value)!.Value).ToList();
            // 0.5 ms on a quiet machine; ten times that where both cores are taken.
            Assert.InRange((truth.Max() - truth.Min()).TotalMilliseconds, 0, 5);
            Assert.InRange(session.SpreadUs!.Value, 0, 1_000 + session.SpreadUncertaintyUs!.Value);
            modules.Complete(48_000, 3);
            await Wait.Until("the session is complete", () => fleet.FindSession($"s{round}")!.State == SessionState.Complete);
            await Wait.Until("all are idle", () => fleet.Modules.Values.All(m => m.IsIdle));
        }
    }

    [Fact]
    public async Task A_step_of_the_master_s_own_clock_throws_old_measurements_away()
    {
        var time = new SteppedTime();
        await using var fleet = new FleetController(new FleetOptions { Mqtt = _broker.Options }, time, _log);
        fleet.Start();
        await using var modules = new SimulatedModules(_broker);
        await Wait.Until("connected", () => modules.IsConnected && fleet.IsConnected);
        modules.Add("a");
        modules.Add("b");
        await Wait.Until("clocks are measured", () => fleet.Modules.Count == 2 && fleet.Modules.Values.All(m => m.Clock is not null));
        time.By = TimeSpan.FromSeconds(5); // less than a measurement stays fresh
        var start = await fleet.StartAsync(new StartRequest { RecordingId = "s1" });
        Assert.Equal(2, start.Session!.Armed);
        // On the master's clock, as it is now, the modules' clocks are five seconds behind; they begin at T0 all the same.
        foreach (var id in new[] { "a", "b" })
            Assert.InRange((modules.BeganAt(id)!.Value + time.By - start.Session.StartAt!.Value).Duration().TotalMilliseconds, 0, 50);
    }

    [Fact]
    public async Task A_broker_that_dies_ends_every_command_and_its_return_brings_every_module_back()
    {
        await using var fleet = Controller();
        await using var modules = new SimulatedModules(_broker);
        await Wait.Until("connected", () => modules.IsConnected && fleet.IsConnected);
        modules.Add("alive");
        modules.Add("mute", answers: false);
        Assert.True(await fleet.WaitForModulesAsync(2, Wait.Patience));
        var before = modules.Commands;
        var waiting = fleet.ConfigureAsync([new ModuleId("mute")], JsonDocument.Parse("{}").RootElement, false);
        await Wait.Until("the command has come", () => modules.Commands > before);
        await _broker.KillAsync();
        Assert.Equal(Verdict.LostLink, (await waiting).Results[0].Verdict);
        await Wait.Until("nobody is known", () => fleet.Modules.Values.All(m => m.Presence == ModulePresence.Unknown));
        Assert.Equal(Verdict.LostLink, (await fleet.StopAsync([new ModuleId("alive")])).Results[0].Verdict);

        await _broker.RestartAsync();
        await Wait.Until("the living module was asked and has answered", () => fleet.Find(new ModuleId("alive"))!.Presence == ModulePresence.Online);
        Assert.Equal(ModulePresence.Unknown, fleet.Find(new ModuleId("mute"))!.Presence);
        Assert.True((await fleet.AskStatusAsync([new ModuleId("alive")])).AllConfirmed);
    }

    [Fact]
    public async Task A_kept_status_of_a_dead_module_is_unknown_and_a_start_of_all_names_it()
    {
        await using (var dead = _broker.Client())
        {
            dead.Start();
            await Wait.Until("connected", () => dead.IsConnected);
            await dead.PublishAsync(new MqttMessage("rslogger/audio/ghost/status", Encoding.UTF8.GetBytes("{\"state\":\"idle\",\"session\":3,\"timestamp\":\"2026-01-05T10:00:00Z\"}"), 1, Retain: true));
        }

        await using var fleet = Controller();
        await Wait.Until("what is kept of it is read", () => fleet.Find(new ModuleId("ghost"))?.LastSeenAt is not null); // it is known a moment before
        var ghost = fleet.Find(new ModuleId("ghost"))!;
        Assert.Equal(ModulePresence.Unknown, ghost.Presence);
        Assert.Equal(new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero), ghost.LastSeenAt);
        var start = await fleet.StartAsync(new StartRequest { AnswerWithin = TimeSpan.FromSeconds(1) });
        Assert.Equal(Verdict.TimedOut, start.Result.Results.Single().Verdict);
    }

    [Fact]
    public async Task Two_modules_with_one_id_and_messages_that_are_none_are_named_and_harm_nobody()
    {
        await using var fleet = Controller();
        await using var modules = new SimulatedModules(_broker);
        await using var twin = new SimulatedModules(_broker, "rslogger/audio");
        await Wait.Until("connected", () => modules.IsConnected && twin.IsConnected && fleet.IsConnected);
        modules.Add("good");
        modules.Add("double", session: 5);
        await Wait.Until("the first is there", () => fleet.Find(new ModuleId("double"))?.Session == 5);
        twin.Add("double", session: 900);
        // Both also answer when they are asked, so what shows in between is anybody's.
        var turn = 0;
        await Wait.Until("the alarm", () =>
        {
            (turn++ % 2 == 0 ? modules : twin).Beat();
            return fleet.Find(new ModuleId("double"))!.Alarms.Contains("double_id");
        });

        await using var rude = _broker.Client();
        rude.Start();
        await Wait.Until("connected", () => rude.IsConnected);
        byte[][] payloads =
        [
            [], [0xFF, 0xFE, 0x00], Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[", 10_000))), new byte[1 << 20], "{\"state\":{}}"u8.ToArray(), "null"u8.ToArray(),
            Encoding.UTF8.GetBytes("{\"state\":\"idle\",\"session\":\"x\",\"heartbeat\":-1e999,\"queue\":[1],\"clock\":{\"offset_us\":\"?\"}}"),
        ];
        foreach (var topic in new[] { "status", "response", "data", "levels", "clock/reply" })
        {
            foreach (var payload in payloads) await rude.PublishAsync(new MqttMessage($"rslogger/audio/rude/{topic}", payload, 1));
        }

        await rude.PublishAsync(new MqttMessage("rslogger/audio/..%2Fx/status", "{\"state\":\"idle\"}"u8.ToArray(), 1));
        await Wait.Until("it is named", () => _log.Has("module_name_refused") && fleet.Find(new ModuleId("rude")) is { Unreadable: >= 12 });
        Assert.True((await fleet.AskStatusAsync([new ModuleId("good")])).AllConfirmed);
        Assert.DoesNotContain(_log.Lines, l => l.Event == "fleet_message_failed");
    }

    [Fact]
    public async Task A_simulation_sends_nothing_and_a_caller_who_gives_up_gets_an_end()
    {
        await using var modules = new SimulatedModules(_broker);
        await Wait.Until("connected", () => modules.IsConnected);
        await using (var dry = new FleetController(new FleetOptions { Mqtt = _broker.Options, Simulate = true }, null, _log))
        {
            dry.Start();
            await Wait.Until("connected", () => dry.IsConnected);
            Assert.Equal(Verdict.Simulated, (await dry.StopAsync([new ModuleId("a")])).Results[0].Verdict);
        }

        await using var fleet = Controller();
        await Wait.Until("connected", () => fleet.IsConnected);
        using var giveUp = new CancellationTokenSource();
        var waiting = fleet.StopAsync([new ModuleId("nobody")], giveUp.Token);
        await giveUp.CancelAsync();
        Assert.Equal(Verdict.Cancelled, (await waiting).Results[0].Verdict);
        Assert.Equal(0, modules.Commands);
    }

    private FleetController Controller(string baseTopic = "rslogger/audio")
    {
        var fleet = new FleetController(new FleetOptions { Mqtt = _broker.Options, BaseTopic = baseTopic }, null, _log);
        fleet.Start();
        return fleet;
    }

    /// <summary>A real module keeps nothing at the broker: who connects later hears it at its next beat.</summary>
    private static async Task<bool> WaitFor(FleetController fleet, ContractModule module)
    {
        await Wait.Until("connected", () => fleet.IsConnected);
        module.Beat();
        return await fleet.WaitForModulesAsync(1, Wait.Patience);
    }

    private static string Text(FleetResult result) => string.Join("; ", result.Results.Select(r => $"{r.Module}: {r.Verdict} {r.Reason} {r.Note}"));

    /// <summary>The system's time, with a wall clock that a person can set.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        public TimeSpan By { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By;
    }
}
