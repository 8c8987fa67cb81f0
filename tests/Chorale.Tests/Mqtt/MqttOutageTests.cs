using System.Diagnostics;
using Chorale.Mqtt;
using static Chorale.Tests.Mqtt.ModuleLikeClient;

namespace Chorale.Tests.Mqtt;

/// <summary>The promise is one second; on a busy machine ten are allowed before it is called broken.</summary>
public sealed class MqttOutageTests
{
    private static readonly TimeSpan BackAgain = TimeSpan.FromSeconds(10);

    /// <summary>Keep-alive of 5 s, asked once, and patience for a busy machine.</summary>
    private static readonly TimeSpan SilenceNoticed = TimeSpan.FromSeconds(25);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_comes_later_than_we_do_is_found()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.EndAsync();
        await using var module = new ModuleLikeClient(broker.Options, broker.Log);
        await Wait.Until("the first try has failed", () => module.Client.LastFailure is not null);
        Assert.Contains("nobody listens", module.Client.LastFailure);
        Assert.Equal(MqttOutcome.NotConnected, (await module.Client.PublishAsync(Text(Status, "too early"), Cancel)).Outcome);

        await broker.RestartAsync();

        await AssertBackAsync(broker, module, births: 1);
        Assert.Empty(module.Lost);
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("ended")]
    public async Task After_a_broker_died_and_came_back_empty_everything_is_as_before(string end)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var module = new ModuleLikeClient(broker.Options, broker.Log);
        await Wait.Until("it is born", () => module.Births == 1);

        if (end == "killed") await broker.KillAsync();
        else await broker.EndAsync();
        await Wait.Until("the loss is seen", () => !module.Client.IsConnected, TimeSpan.FromSeconds(5));
        var late = await module.Client.PublishAsync(Text(Status, "late") with { Qos = 1 }, Cancel);
        await broker.RestartAsync();

        Assert.Equal(MqttOutcome.NotConnected, late.Outcome);
        await AssertBackAsync(broker, module, births: 2);
        Assert.Single(module.Lost);
        Assert.Equal(1, module.Client.Counters.Reconnects);
    }

    [Fact]
    public async Task A_broker_that_kept_its_state_hands_over_ours_and_nothing_old()
    {
        using var folder = new TempFolder();
        await using var broker = await TestBroker.StartAsync(new BrokerSettings { IsPersistent = true, Folder = folder.Path });
        await using (var before = broker.Client())
        {
            before.Start();
            await Wait.Until("connected", () => before.IsConnected);
            await before.PublishAsync(Text(Command, "a kept command") with { Qos = 1, Retain = true }, Cancel);
        }

        await using var module = new ModuleLikeClient(broker.Options, broker.Log);
        await Wait.Until("it is born", () => module.Births == 1);
        await broker.EndAsync();
        await broker.RestartAsync();

        await AssertBackAsync(broker, module, births: 2);
        Assert.DoesNotContain(module.Commands.Texts, t => t.Contains("kept"));
        Assert.Equal(2, module.Client.Counters.IgnoredRetained);
        Assert.True(broker.Log.Has("retained_ignored"));
    }

    [Fact]
    public async Task A_frozen_broker_is_noticed_by_its_silence_and_what_was_under_way_is_lost_not_repeated()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var module = new ModuleLikeClient(broker.Options, broker.Log);
        await Wait.Until("it is born", () => module.Births == 1);

        broker.Freeze();
        var underWay = module.Client.PublishAsync(Text(Status, "under way") with { Qos = 1 }, Cancel);
        await Wait.Until("the silence is noticed", () => !module.Client.IsConnected, SilenceNoticed);
        var lost = await underWay;
        var late = await module.Client.PublishAsync(Text(Status, "late") with { Qos = 1 }, Cancel);
        broker.Thaw();

        Assert.Equal((MqttOutcome.Lost, MqttOutcome.NotConnected), (lost.Outcome, late.Outcome));
        Assert.Contains("keep-alive", lost.Reason);
        await AssertBackAsync(broker, module, births: 2);
        Assert.Equal(1, module.Client.Counters.Lost);
    }

    [Fact]
    public async Task A_line_that_swallows_everything_is_noticed_and_left()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var line = new TcpFaultProxy(broker.Port);
        await using var module = new ModuleLikeClient(broker.Options with { Port = line.Port }, broker.Log);
        await Wait.Until("it is born", () => module.Births == 1);

        line.Fault = LineFault.HalfOpen;
        // Somebody who goes on talking into the void must notice, too.
        var spoken = new List<Task<MqttDelivery>>();
        await Wait.Until("the silence is noticed", async () =>
        {
            spoken.Add(module.Client.PublishAsync(Text(Status, "into the void") with { Qos = 1 }, Cancel));
            await Task.Delay(200, Cancel);
            return !module.Client.IsConnected;
        }, SilenceNoticed);
        line.Fault = LineFault.None;

        Assert.All(await Task.WhenAll(spoken), d => Assert.Contains(d.Outcome, new[] { MqttOutcome.Lost, MqttOutcome.NotConnected }));
        await AssertBackAsync(broker, module, births: 2);
    }

    [Fact]
    public async Task Short_outages_in_a_row_leave_it_connected_and_subscribed_once()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var line = new TcpFaultProxy(broker.Port);
        await using var module = new ModuleLikeClient(broker.Options with { Port = line.Port }, broker.Log);
        for (var births = 1; births <= 4; births++)
        {
            var expected = births;
            await Wait.Until($"birth {expected}", () => module.Births == expected && module.Client.IsConnected);
            line.CutAll();
            await Wait.Until("the cut is seen", () => !module.Client.IsConnected);
        }

        await AssertBackAsync(broker, module, births: 5);
        Assert.Equal(4, module.Lost.Count);
    }

    [Fact]
    public async Task The_Will_is_said_for_who_is_cut_off_and_not_for_who_says_goodbye()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var line = new TcpFaultProxy(broker.Port);
        await using var witness = broker.Client();
        var statuses = new HeardMessages();
        witness.Subscribe(Status, 1, statuses.Add);
        witness.Start();
        await Wait.Until("the witness is there", () => witness.IsConnected);
        var module = new ModuleLikeClient(broker.Options with { Port = line.Port }, broker.Log);
        await Wait.Until("it is born", () => statuses.Texts.Contains($"{Status} birth 1") && module.Births == 1);

        line.CutAll();
        await Wait.Until("born again", () => statuses.Texts.Contains($"{Status} birth 2"), BackAgain);
        Assert.Single(statuses.Texts, t => t == $"{Status} gone");

        await module.DisposeAsync();
        await witness.PublishAsync(Text(Status, "the end") with { Qos = 1 }, Cancel);
        // No Local: a witness does not hear itself, so another one closes the list.
        await using var last = broker.Client();
        last.Start();
        await Wait.Until("connected", () => last.IsConnected);
        await last.PublishAsync(Text(Status, "the very end") with { Qos = 1 }, Cancel);
        await Wait.Until("the end is heard", () => statuses.Texts.Contains($"{Status} the very end"));
        Assert.Single(statuses.Texts, t => t == $"{Status} gone");
        Assert.DoesNotContain($"{Status} the end", statuses.Texts);
    }

    /// <summary>Connected, announced, subscribed, and nothing of the time in between has arrived at the broker.</summary>
    private static async Task AssertBackAsync(TestBroker broker, ModuleLikeClient module, int births)
    {
        var watch = Stopwatch.StartNew();
        await Wait.Until("it is back", () => module.Client.IsConnected && module.Births == births, BackAgain);
        await using var witness = broker.Client();
        var heard = new HeardMessages();
        witness.Subscribe("base/#", 1, heard.Add);
        witness.Start();
        await Wait.Until("the status is right", () => heard.Texts.Contains($"{Status} birth {births}"));
        Assert.True((await witness.PublishAsync(Text(Command, $"hello after {births}") with { Qos = 1 }, Cancel)).IsDelivered);
        await Wait.Until("commands arrive", () => module.Commands.Texts.Contains($"{Command} hello after {births}"));
        Assert.Single(module.Commands.Texts, t => t == $"{Command} hello after {births}");
        Assert.DoesNotContain(heard.Texts, t => t.Contains("late") || t.Contains("early"));
        TestContext.Current.TestOutputHelper?.WriteLine($"back after {watch.ElapsedMilliseconds} ms");
    }
}
