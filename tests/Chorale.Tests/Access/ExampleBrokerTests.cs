using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Chorale.Hub.Access;
using Chorale.Mqtt;
using Chorale.Tests.Architecture;
using static Chorale.Tests.Mqtt.ModuleLikeClient;

namespace Chorale.Tests.Access;

public sealed class ExampleBrokerTests
{
    [Fact]
    public async Task The_broker_of_the_example_lets_a_recorder_in_by_TLS_and_password_and_nobody_else()
    {
        using var folder = new TempFolder();
        using var authority = new TestAuthority(folder.Path);
        var (cert, key) = authority.Issue("broker", "localhost");
        using var access = AccessStore.Open(folder.Path, TimeProvider.System);
        var password = access.TryAddMqttUser(new MqttUser("mic1", MqttRole.Recorder, "base", [], [], default));
        MosquittoFiles.Write(folder["chorale"], access.MqttUsers());
        var port = FreePort();
        var conf = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "packaging", "mosquitto", "chorale.conf"))
            .Replace("listener 8883", string.Create(CultureInfo.InvariantCulture, $"listener {port} 127.0.0.1"))
            .Replace("/etc/mosquitto/certs/ca.pem", authority.CaFile).Replace("/etc/mosquitto/certs/broker.pem", cert).Replace("/etc/mosquitto/certs/broker.key", key)
            .Replace("/etc/mosquitto/chorale", folder["chorale"]);
        Assert.DoesNotContain("/etc/", conf.Split('\n').Where(l => !l.StartsWith('#')).Aggregate("", string.Concat));
        File.WriteAllText(folder["mosquitto.conf"], (Environment.IsPrivilegedProcess ? "user root\n" : "") + conf);
        using var broker = ChildProcess.Start("/usr/sbin/mosquitto", ["-c", folder["mosquitto.conf"]]);
        await Wait.Until("the broker runs", () => broker.Output.Contains("running") || broker.HasExited);
        Assert.False(broker.HasExited, broker.Output);

        var log = new TestLog();
        var options = new MqttOptions { Host = "localhost", Port = port, Tls = new MqttTls { CaFile = authority.CaFile }, UserName = "mic1", Password = password };
        await using var mic1 = new MqttClient(options, TimeProvider.System, log);
        await using var guesser = new MqttClient(options with { Password = "guessed" }, TimeProvider.System, log);
        await using var anonymous = new MqttClient(options with { UserName = null, Password = null }, TimeProvider.System, log);
        foreach (var client in new[] { mic1, guesser, anonymous }) client.Start();

        await Wait.Until("one is in, two are not", () => mic1.IsConnected && guesser.LastFailure is not null && anonymous.LastFailure is not null);
        var cancel = TestContext.Current.CancellationToken;
        Assert.True((await mic1.PublishAsync(Text("base/mic1/status", "{}") with { Qos = 1 }, cancel)).IsDelivered);
        Assert.Equal(MqttOutcome.Refused, (await mic1.PublishAsync(Text("base/mic2/command", "{}") with { Qos = 1 }, cancel)).Outcome);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
