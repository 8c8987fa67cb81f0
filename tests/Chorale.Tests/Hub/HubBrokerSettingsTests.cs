using Chorale.Hub.Settings;

namespace Chorale.Tests.Hub;

public sealed class HubBrokerSettingsTests
{
    private static readonly Dictionary<string, IReadOnlyList<string>> NoFlags = [];

    [Fact]
    public void The_broker_of_the_fleet_is_read_with_everything_that_belongs_to_it()
    {
        using var folder = new TempFolder();
        foreach (var file in new[] { "ca.pem", "hub.pem", "hub.key" }) File.WriteAllText(folder[file], "x");
        File.WriteAllText(folder["password"], "s3cret of the hub\nsecond line\n");
        File.WriteAllText(folder["hub.yaml"],
            $"broker: broker.example\nbroker_topic: lab/a/b\nbroker_ca: {folder["ca.pem"]}\nbroker_certificate: {folder["hub.pem"]}\nbroker_certificate_key: {folder["hub.key"]}\n"
            + $"broker_user: hub\nbroker_password_file: {folder["password"]}\n");

        var broker = HubSettingsReader.Read(folder["hub.yaml"], new Dictionary<string, string>(), NoFlags).Settings!.Broker!;

        Assert.Equal(("broker.example", 8883, "lab/a/b", "hub", "s3cret of the hub"), (broker.Host, broker.Port, broker.Topic, broker.User, broker.Password));
        Assert.Equal((folder["ca.pem"], folder["hub.pem"], folder["hub.key"]), (broker.Tls!.CaFile, broker.Tls.CertFile, broker.Tls.KeyFile));
        Assert.DoesNotContain("s3cret", broker.ToString());
    }

    [Theory]
    [InlineData("localhost", "localhost", 1883)]
    [InlineData("10.0.0.2:1884", "10.0.0.2", 1884)]
    [InlineData("[::1]:1999", "::1", 1999)]
    [InlineData("::1", "::1", 1883)]
    public void A_broker_is_a_host_with_or_without_a_port(string text, string host, int port)
    {
        var broker = HubSettingsReader.Read(null, new Dictionary<string, string> { ["CHORALE_HUB_BROKER"] = text }, NoFlags).Settings!.Broker!;

        Assert.Equal((host, port), (broker.Host, broker.Port));
    }

    [Fact]
    public void Everything_wrong_about_the_broker_is_named_at_once()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["hub.yaml"],
            "broker: \"two words:77777\"\n");
        Assert.Contains("HOST or HOST:PORT", Assert.Single(HubSettingsReader.Read(folder["hub.yaml"], new Dictionary<string, string>(), NoFlags).Problems));

        File.WriteAllText(folder["hub.yaml"],
            "broker: localhost\nbroker_topic: a/#\nbroker_tls: perhaps\nbroker_ca: /no/such\nbroker_user: a b\nbroker_password_file: /no/such/either\n");
        var problems = HubSettingsReader.Read(folder["hub.yaml"], new Dictionary<string, string>(), NoFlags).Problems;
        Assert.Equal(5, problems.Count);
        foreach (var key in new[] { "broker_topic", "broker_tls", "broker_ca", "broker_user", "broker_password_file" }) Assert.Contains(problems, p => p.Contains(key));

        File.WriteAllText(folder["hub.yaml"], "broker_tls: yes\n");
        Assert.Contains("without broker", Assert.Single(HubSettingsReader.Read(folder["hub.yaml"], new Dictionary<string, string>(), NoFlags).Problems));
    }
}
