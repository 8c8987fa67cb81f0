using System.Diagnostics;
using Chorale.Mqtt;

namespace Chorale.Tests.Mqtt;

public sealed class MqttTlsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestAuthority _authority;

    public MqttTlsTests() => _authority = new TestAuthority(_folder.Path);

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task With_an_authority_and_a_client_certificate_messages_flow_both_ways()
    {
        await using var broker = await StartAsync(demandsClient: true);
        var (cert, key) = _authority.Issue("mic1");
        await using var client = broker.Client(o => o with { Host = "localhost", Tls = new MqttTls { CaFile = _authority.CaFile, CertFile = cert, KeyFile = key } });
        await using var other = broker.Client(o => o with { Host = "localhost", Tls = new MqttTls { CaFile = _authority.CaFile, CertFile = cert, KeyFile = key } });
        var heard = new HeardMessages();
        client.Subscribe("#", 1, heard.Add);
        client.Start();
        other.Start();
        await Wait.Until("both are connected", () => client.IsConnected && other.IsConnected);

        // Larger than one TLS record, in one go with small ones: OpenSSL holds some of it back from poll.
        var big = new byte[200_000];
        var sent = await Task.WhenAll(
            other.PublishAsync(new MqttMessage("a", big, 1), Cancel), other.PublishAsync(new MqttMessage("b", new byte[] { 1 }, 1), Cancel),
            other.PublishAsync(new MqttMessage("c", big, 1), Cancel), other.PublishAsync(new MqttMessage("d", new byte[] { 2 }, 1), Cancel));

        Assert.All(sent, d => Assert.True(d.IsDelivered, d.ToString()));
        await Wait.Until("all four arrive", () => heard.Count == 4);
        Assert.Equal(["a", "b", "c", "d"], heard.All.Select(m => m.Topic));
    }

    [Fact]
    public async Task A_broker_whose_authority_we_do_not_trust_is_refused_with_the_reason()
    {
        await using var broker = await StartAsync();
        using var stranger = new TestAuthority(_folder.Path, "a stranger");
        await using var client = broker.Client(o => o with { Host = "localhost", Tls = new MqttTls { CaFile = stranger.CaFile } });

        await AssertRefusedAsync(client, "not signed by an authority we trust");
        Assert.Contains(stranger.CaFile, client.LastFailure);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused_unless_that_was_switched_off()
    {
        await using var broker = await StartAsync(host: "elsewhere.example");
        await using var client = broker.Client(o => o with { Host = "localhost", Tls = new MqttTls { CaFile = _authority.CaFile } });
        await using var lenient = broker.Client(o => o with { Host = "localhost", Tls = new MqttTls { CaFile = _authority.CaFile, Insecure = true } });

        await AssertRefusedAsync(client, "localhost");
        lenient.Start();
        await Wait.Until("the lenient one is connected", () => lenient.IsConnected);
    }

    [Fact]
    public async Task Who_has_no_certificate_where_one_is_demanded_is_told_so()
    {
        await using var broker = await StartAsync(demandsClient: true);
        await using var client = broker.Client(o => o with { Host = "localhost", Tls = new MqttTls { CaFile = _authority.CaFile } });

        await AssertRefusedAsync(client, "demands a client certificate");
    }

    [Fact]
    public async Task A_client_certificate_of_a_stranger_is_refused_with_the_reason()
    {
        await using var broker = await StartAsync(demandsClient: true);
        using var stranger = new TestAuthority(_folder.Path, "a stranger");
        var (cert, key) = stranger.Issue("mic2");
        await using var client = broker.Client(o => o with { Host = "localhost", Tls = new MqttTls { CaFile = _authority.CaFile, CertFile = cert, KeyFile = key } });

        await AssertRefusedAsync(client, "does not accept our client certificate");
    }

    [Fact]
    public async Task TLS_towards_a_broker_without_it_and_the_other_way_round_ends_with_a_reason_and_not_in_a_busy_loop()
    {
        await using var plain = await TestBroker.StartAsync();
        await using var secure = await StartAsync();
        await using var tlsToPlain = plain.Client(o => o with { Host = "localhost", Tls = new MqttTls { CaFile = _authority.CaFile } });
        await using var plainToTls = secure.Client();
        var before = Process.GetCurrentProcess().TotalProcessorTime;

        await AssertRefusedAsync(tlsToPlain, "TLS");
        await AssertRefusedAsync(plainToTls, "does it expect TLS?");
        TestContext.Current.TestOutputHelper?.WriteLine($"{tlsToPlain.LastFailure}; {plainToTls.LastFailure}; {Process.GetCurrentProcess().TotalProcessorTime - before}");
    }

    [Fact]
    public async Task Files_that_are_not_there_or_not_what_they_should_be_are_named()
    {
        await using var broker = await StartAsync();
        File.WriteAllText(_folder["garbage.pem"], "no certificate at all");
        var (cert, _) = _authority.Issue("mic3");
        var (_, otherKey) = _authority.Issue("mic4");
        foreach (var (tls, reason) in new (MqttTls, string)[]
        {
            (new MqttTls { CaFile = "/no/such/ca.pem" }, "/no/such/ca.pem"),
            (new MqttTls { CaFile = _folder["garbage.pem"] }, "garbage.pem"),
            (new MqttTls { CaFile = _authority.CaFile, CertFile = cert }, "key none"),
            (new MqttTls { CaFile = _authority.CaFile, CertFile = cert, KeyFile = otherKey }, "mic4.key"),
        })
        {
            await using var client = broker.Client(o => o with { Host = "localhost", Tls = tls });
            await AssertRefusedAsync(client, reason);
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task AssertRefusedAsync(MqttClient client, string reason)
    {
        client.Start();
        await Wait.Until("it has failed", () => client.LastFailure is not null);
        try
        {
            await Wait.Until("the reason is given", () => client.LastFailure!.Contains(reason), TimeSpan.FromSeconds(12));
        }
        catch (TimeoutException)
        {
            Assert.Contains(reason, client.LastFailure);
        }

        Assert.False(client.IsConnected);
    }

    private async Task<TestBroker> StartAsync(bool demandsClient = false, string host = "localhost")
    {
        var (cert, key) = _authority.Issue("broker", host);
        return await TestBroker.StartAsync(new BrokerSettings
        {
            Tls = new MqttTls { CaFile = _authority.CaFile, CertFile = cert, KeyFile = key }, DemandsClientCertificate = demandsClient,
        });
    }
}
