using System.Net;
using System.Net.Sockets;
using Chorale.Mqtt;
using static Chorale.Tests.Mqtt.ModuleLikeClient;

namespace Chorale.Tests.Mqtt;

public sealed class MqttRefusalTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mic1", "wrong", "the user name mic1")]
    [InlineData("nobody", "right", "the user name nobody")]
    [InlineData(null, null, "no user name")]
    public async Task Who_the_broker_does_not_know_is_told_and_does_not_hammer(string? user, string? password, string reason)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["passwords"], $"mic1:{MosquittoHash("right", folder)}\n");
        await using var broker = await TestBroker.StartAsync(new BrokerSettings { PasswordFile = folder["passwords"] });
        await using var line = new TcpFaultProxy(broker.Port);
        await using var client = broker.Client(o => o with { Port = line.Port, UserName = user, Password = password });
        client.Start();

        await Wait.Until("it was refused", () => client.LastFailure is not null);
        Assert.Contains(reason, client.LastFailure);
        Assert.Contains("refused", client.LastFailure);
        Assert.False(client.IsConnected);
        await Task.Delay(TimeSpan.FromSeconds(4), Cancel);
        // 1 s, 2 s, 4 s apart: in 4 s at most three tries more, each with a look whether anybody is there.
        Assert.InRange(line.Accepted, 2, 8);
        Assert.Single(broker.Log.Lines, l => l.Event == "broker_not_reached");
    }

    [Fact]
    public async Task Who_gives_the_right_password_is_let_in()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["passwords"], $"mic1:{MosquittoHash("right", folder)}\n");
        await using var broker = await TestBroker.StartAsync(new BrokerSettings { PasswordFile = folder["passwords"] });
        await using var client = broker.Client(o => o with { UserName = "mic1", Password = "right" });
        client.Start();
        await Wait.Until("connected", () => client.IsConnected);
    }

    [Fact]
    public async Task Two_clients_with_one_id_do_not_throw_each_other_out_as_fast_as_they_can()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var first = broker.Client(o => o with { ClientId = "mic1" });
        await using var second = broker.Client(o => o with { ClientId = "mic1" });
        first.Start();
        await Wait.Until("the first is in", () => first.IsConnected);
        second.Start();
        await Wait.Until("the suspicion is spoken out", () => broker.Log.Lines.Any(l => l.Event == "broker_lost" && l.Text.Contains("does another client use our id mic1?")));

        await Task.Delay(TimeSpan.FromSeconds(4), Cancel);
        Assert.InRange(first.Counters.Connects + second.Counters.Connects, 2, 10);
    }

    [Fact]
    public async Task A_broker_that_knows_MQTT_3_1_1_only_is_spoken_to_in_that()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var old = new OldBroker(broker.Port);
        await using var module = new ModuleLikeClient(broker.Options with { Port = old.Port }, broker.Log);
        await Wait.Until("it is born", () => module.Births == 1);
        await using var master = broker.Client();
        var heard = new HeardMessages();
        master.Subscribe(Status, 1, heard.Add);
        master.Start();
        await Wait.Until("connected", () => master.IsConnected);
        await master.PublishAsync(Text(Command, "do it") with { Qos = 1, Expiry = TimeSpan.FromSeconds(5), Correlation = [1, 2] }, Cancel);
        await Wait.Until("the command arrives", () => module.Commands.Count == 1);
        var delivery = await module.Client.PublishAsync(Text(Status, "done") with { Qos = 1, Expiry = TimeSpan.FromSeconds(5) }, Cancel);
        Assert.True(delivery.IsDelivered);
        Assert.Equal(1, old.Refused);
        Assert.Contains(broker.Log.Lines, l => l.Event == "broker_connected" && l.Text.Contains("3.1.1"));

        await broker.KillAsync();
        await broker.RestartAsync();
        await Wait.Until("it is born again", () => module.Births == 2);
    }

    [Fact]
    public async Task A_host_that_is_unknown_or_no_broker_is_said_in_words()
    {
        var log = new TestLog();
        await using var nowhere = new MqttClient(new MqttOptions { Host = "no-such-host.invalid" }, TimeProvider.System, log);
        nowhere.Start();
        await Wait.Until("it has failed", () => nowhere.LastFailure is not null);
        Assert.Contains("no-such-host.invalid", nowhere.LastFailure);

        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        await using var client = new MqttClient(new MqttOptions { Host = "127.0.0.1", Port = ((IPEndPoint)mute.LocalEndpoint).Port }, TimeProvider.System, log);
        client.Start();
        await Wait.Until("it has given up", () => client.LastFailure is not null);
        Assert.Contains("says nothing", client.LastFailure);
    }

    [Theory]
    [InlineData("port", "1 to 65535")]
    [InlineData("keep-alive", "5 to 65535")]
    [InlineData("session", "client id")]
    [InlineData("password", "user name")]
    [InlineData("will", "wildcard|belong to filters")]
    public void Options_that_cannot_work_are_refused_with_what_is_allowed(string what, string says)
    {
        var options = what switch
        {
            "port" => new MqttOptions { Port = 0 },
            "keep-alive" => new MqttOptions { KeepAlive = TimeSpan.FromSeconds(1) },
            "session" => new MqttOptions { SessionExpiry = TimeSpan.FromMinutes(1) },
            "password" => new MqttOptions { Password = "x" },
            _ => new MqttOptions { Will = new MqttMessage("a/#", default) },
        };
        var e = Assert.Throws<ArgumentException>(() => new MqttClient(options, TimeProvider.System, new TestLog()));
        Assert.Matches(says, e.Message);
    }

    /// <summary>By mosquitto's own tool.</summary>
    private static string MosquittoHash(string password, TempFolder folder)
    {
        var file = folder["one-password"];
        File.WriteAllText(file, "");
        using var tool = ChildProcess.Start("mosquitto_passwd", ["-b", file, "x", password]);
        tool.ExitCodeAsync().GetAwaiter().GetResult();
        return File.ReadAllText(file).Trim()["x:".Length..];
    }
}
