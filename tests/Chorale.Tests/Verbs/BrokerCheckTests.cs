using Chorale.Mqtt;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Verbs;

namespace Chorale.Tests.Verbs;

public sealed class BrokerCheckTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_lets_us_in_is_said_so_and_a_running_recorder_of_that_name_stays()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var running = broker.Client(o => o with { ClientId = "chorale-mic1" });
        running.Start();
        await Wait.Until("connected", () => running.IsConnected);

        var step = await BrokerCheck.RunAsync(Settings(broker.Port), TimeProvider.System, Cancel);

        Assert.Equal((CheckResult.Ok, $"127.0.0.1:{broker.Port} lets us in as anonymous"), (step.Result, step.Detail));
        Assert.True(running.IsConnected);
        Assert.Equal(0, running.Counters.Reconnects);
    }

    [Fact]
    public async Task A_broker_that_refuses_or_is_not_there_is_said_with_the_reason()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["passwords"], "");
        await using var broker = await TestBroker.StartAsync(new BrokerSettings { PasswordFile = folder["passwords"] });
        var refused = await BrokerCheck.RunAsync(Settings(broker.Port) with { Username = "mic1", Password = "s3cret" }, TimeProvider.System, Cancel);
        Assert.Equal(CheckResult.Failed, refused.Result);
        Assert.Contains("refused us with the user name mic1", refused.Detail);
        Assert.DoesNotContain("s3cret", refused.Detail + refused.Advice);

        await broker.EndAsync();
        var absent = await BrokerCheck.RunAsync(Settings(broker.Port), TimeProvider.System, Cancel);
        Assert.Equal(CheckResult.Failed, absent.Result);
        Assert.Contains("nobody listens", absent.Detail);
        Assert.Equal(CheckResult.Skipped, (await BrokerCheck.RunAsync(null, TimeProvider.System, Cancel)).Result);
    }

    private static MqttSettings Settings(int port) => new(
        "127.0.0.1", port, "base", null, null, Tls: false, null, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5), Heartbeat: true, TimeSpan.FromSeconds(30), "float32");
}
