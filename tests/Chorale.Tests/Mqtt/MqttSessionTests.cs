using Chorale.Mqtt;
using static Chorale.Tests.Mqtt.ModuleLikeClient;

namespace Chorale.Tests.Mqtt;

public sealed class MqttSessionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_that_outlives_its_connection_hands_over_commands_but_no_expired_ones()
    {
        await using var broker = await TestBroker.StartAsync();
        var options = broker.Options with { ClientId = "mic1", SessionExpiry = TimeSpan.FromMinutes(5) };
        await using (var before = new ModuleLikeClient(options, broker.Log)) await Wait.Until("it is born", () => before.Births == 1);
        await using var master = broker.Client();
        master.Start();
        await Wait.Until("connected", () => master.IsConnected);
        await master.PublishAsync(Text(Command, "stale start") with { Qos = 1, Expiry = TimeSpan.FromSeconds(1) }, Cancel);
        await master.PublishAsync(Text(Command, "lasting start") with { Qos = 1, Expiry = TimeSpan.FromMinutes(5) }, Cancel);
        await Task.Delay(TimeSpan.FromSeconds(2.5), Cancel); // the broker counts in whole seconds

        await using var after = new ModuleLikeClient(options, broker.Log);

        await Wait.Until("what was kept arrives", () => after.Commands.Count > 0);
        await master.PublishAsync(Text(Command, "a new one") with { Qos = 1 }, Cancel);
        await Wait.Until("the new one arrives", () => after.Commands.Texts.Contains($"{Command} a new one"));
        Assert.Equal([$"{Command} lasting start", $"{Command} a new one"], after.Commands.Texts);
        Assert.InRange(after.Commands.All[0].Expiry!.Value.TotalSeconds, 200, 299);
    }

    [Fact]
    public async Task What_was_kept_goes_to_the_right_handler_also_of_a_program_that_subscribes_in_another_order()
    {
        await using var broker = await TestBroker.StartAsync();
        var options = broker.Options with { ClientId = "mic1", SessionExpiry = TimeSpan.FromMinutes(5) };
        await using (var before = new MqttClient(options, TimeProvider.System, broker.Log))
        {
            before.Subscribe("a/1", 1, _ => { });
            before.Subscribe("b/1", 1, _ => { });
            before.Start();
            await Wait.Until("connected", () => before.IsConnected);
        }

        await using var master = broker.Client();
        master.Start();
        await Wait.Until("connected", () => master.IsConnected);
        await master.PublishAsync(Text("a/1", "for a") with { Qos = 1 }, Cancel);
        await master.PublishAsync(Text("b/1", "for b") with { Qos = 1 }, Cancel);
        HeardMessages a = new(), b = new();
        await using var after = new MqttClient(options, TimeProvider.System, broker.Log);
        after.Subscribe("b/1", 1, b.Add);
        after.Subscribe("a/1", 1, a.Add);
        after.Start();

        await Wait.Until("both arrive", () => a.Count + b.Count == 2);
        Assert.Equal(["a/1 for a"], a.Texts);
        Assert.Equal(["b/1 for b"], b.Texts);
    }

    [Fact]
    public async Task Without_one_nothing_waits_for_who_was_away()
    {
        await using var broker = await TestBroker.StartAsync();
        var options = broker.Options with { ClientId = "mic1" };
        await using (var before = new ModuleLikeClient(options, broker.Log)) await Wait.Until("it is born", () => before.Births == 1);
        await using var master = broker.Client();
        master.Start();
        await Wait.Until("connected", () => master.IsConnected);
        await master.PublishAsync(Text(Command, "start") with { Qos = 1 }, Cancel);

        await using var after = new ModuleLikeClient(options, broker.Log);
        await Wait.Until("it is born", () => after.Births == 1);
        await master.PublishAsync(Text(Command, "a new one") with { Qos = 1 }, Cancel);

        await Wait.Until("the new one arrives", () => after.Commands.Count > 0);
        Assert.Equal([$"{Command} a new one"], after.Commands.Texts);
    }

    [Fact]
    public async Task A_kept_session_survives_a_restart_of_a_broker_that_keeps_its_state()
    {
        using var folder = new TempFolder();
        await using var broker = await TestBroker.StartAsync(new BrokerSettings { IsPersistent = true, Folder = folder.Path });
        var options = broker.Options with { ClientId = "mic1", SessionExpiry = TimeSpan.FromMinutes(5) };
        await using (var before = new ModuleLikeClient(options, broker.Log)) await Wait.Until("it is born", () => before.Births == 1);
        await using (var master = broker.Client())
        {
            master.Start();
            await Wait.Until("connected", () => master.IsConnected);
            await master.PublishAsync(Text(Command, "kept") with { Qos = 1, Expiry = TimeSpan.FromMinutes(5) }, Cancel);
        }

        await broker.EndAsync();
        await broker.RestartAsync();
        await using var after = new ModuleLikeClient(options, broker.Log);

        await Wait.Until("what was kept arrives", () => after.Commands.Count > 0);
        Assert.Equal([$"{Command} kept"], after.Commands.Texts);
    }
}
