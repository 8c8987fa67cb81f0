using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Chorale.Hub.Access;
using Chorale.Hub.Settings;
using Chorale.Mqtt;
using Chorale.Recorder.Settings;
using Chorale.Tests.Architecture;
using static Chorale.Tests.Mqtt.ModuleLikeClient;

namespace Chorale.Tests.Access;

/// <summary>guide/broker.md from zero to working: its certificates, the example of the broker's file, its settings.</summary>
public sealed class ExampleBrokerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_guide_leads_to_a_broker_that_lets_hub_and_recorder_in_by_TLS_and_password_and_nobody_else()
    {
        var blocks = Blocks("guide/broker.md");
        await RunAsync(Block(blocks, "openssl req -x509"));
        using var access = AccessStore.Open(_folder.Path, TimeProvider.System);
        var ofHub = access.TryAddMqttUser(new MqttUser("hub", MqttRole.Controller, "rslogger/audio", [], [], default))!;
        var ofMic1 = access.TryAddMqttUser(new MqttUser("mic1", MqttRole.Recorder, "rslogger/audio", [], [], default))!;
        MosquittoFiles.Write(_folder["chorale"], access.MqttUsers());
        var port = FreePort();
        using var broker = await StartExampleAsync(port);
        File.WriteAllText(_folder["hub.password"], ofHub + "\n");
        File.WriteAllText(_folder["hub.yaml"], Here(Block(blocks, "broker_password_file")).Replace("broker: localhost", $"broker: localhost:{port}"));
        File.WriteAllText(_folder["mic1.yaml"], Here(Block(blocks, "username: mic1")).Replace("port: 8883", $"port: {port}").Replace("chorale_mqtt_...", ofMic1));
        var hubSettings = HubSettingsReader.Read(_folder["hub.yaml"], new Dictionary<string, string>(), new Dictionary<string, IReadOnlyList<string>>());
        Assert.Empty(hubSettings.Problems);
        var recorder = SettingsLoader.Load(new SettingsInput
        {
            ConfigPath = _folder["mic1.yaml"], Environment = new Dictionary<string, string>(), Flags = [], WorkingFolder = _folder.Path, HostName = "x", LocalZone = TimeZoneInfo.Utc,
        });
        Assert.Empty(recorder.Problems);

        var log = new TestLog();
        var options = recorder.Settings!.Mqtt!.ToOptions("chorale-mic1", will: null);
        await using var mic1 = new MqttClient(options, TimeProvider.System, log);
        await using var hub = new MqttClient(hubSettings.Settings!.Broker!.ToOptions(null), TimeProvider.System, log);
        await using var guesser = new MqttClient(options with { ClientId = null, Password = "guessed" }, TimeProvider.System, log);
        await using var anonymous = new MqttClient(options with { ClientId = null, UserName = null, Password = null }, TimeProvider.System, log);
        HeardMessages commands = new(), statuses = new();
        mic1.Subscribe("rslogger/audio/mic1/command", 1, commands.Add);
        hub.Subscribe("rslogger/audio/+/status", 1, statuses.Add);
        foreach (var client in new[] { mic1, hub, guesser, anonymous }) client.Start();

        await Wait.Until("two are in, two are not", () => mic1.IsConnected && hub.IsConnected && guesser.LastFailure is not null && anonymous.LastFailure is not null);
        var cancel = TestContext.Current.CancellationToken;
        Assert.True((await mic1.PublishAsync(Text("rslogger/audio/mic1/status", "{}") with { Qos = 1 }, cancel)).IsDelivered);
        Assert.True((await hub.PublishAsync(Text("rslogger/audio/mic1/command", "{}") with { Qos = 1 }, cancel)).IsDelivered);
        Assert.Equal(MqttOutcome.Refused, (await mic1.PublishAsync(Text("rslogger/audio/mic2/command", "{}") with { Qos = 1 }, cancel)).Outcome);
        await Wait.Until("each hears the other", () => commands.Count == 1 && statuses.Count == 1);
    }

    /// <summary>The guide's host and folder, in this test's place.</summary>
    private string Here(string text) => text.Replace("broker.example", "localhost").Replace("/etc/chorale/", _folder.Path + "/");

    private static List<string> Blocks(string document) =>
        File.ReadAllText(Path.Combine(RepositoryRoot.Path, document)).Split("```").Where((_, i) => i % 2 == 1).Select(b => b[(b.IndexOf('\n') + 1)..]).ToList();

    private static string Block(List<string> blocks, string with) => Assert.Single(blocks, b => b.Contains(with));

    private async Task RunAsync(string script)
    {
        using var shell = ChildProcess.Start("bash", ["-ec", Here(script)], folder: _folder.Path);
        Assert.True(await shell.ExitCodeAsync() == 0, shell.Output);
    }

    private async Task<ChildProcess> StartExampleAsync(int port)
    {
        var conf = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "packaging", "mosquitto", "chorale.conf"))
            .Replace("listener 8883", string.Create(CultureInfo.InvariantCulture, $"listener {port} 127.0.0.1"))
            .Replace("/etc/mosquitto/certs/", _folder.Path + "/").Replace("/etc/mosquitto/chorale", _folder["chorale"]);
        Assert.DoesNotContain(conf.Split('\n'), l => !l.StartsWith('#') && l.Contains("/etc/"));
        File.WriteAllText(_folder["mosquitto.conf"], (Environment.IsPrivilegedProcess ? "user root\n" : "") + conf);
        var broker = ChildProcess.Start("/usr/sbin/mosquitto", ["-c", _folder["mosquitto.conf"]]);
        await Wait.Until("the broker runs", () => broker.Output.Contains("running") || broker.HasExited);
        Assert.False(broker.HasExited, broker.Output);
        return broker;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
