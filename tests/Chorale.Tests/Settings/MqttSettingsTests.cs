namespace Chorale.Tests.Settings;

public sealed class MqttSettingsTests : IDisposable
{
    private readonly SettingsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Everything_about_the_broker_reaches_the_client()
    {
        foreach (var file in new[] { "ca.pem", "me.pem", "me.key" }) _bench.Write(file, "x");
        var mqtt = _bench.Good("""
            id: mic1
            mqtt:
              host: broker.example
              port: 8883
              base_topic: lab/a/b
              username: mic1
              password: s3cret
              tls: yes
              ca_file: ca.pem
              cert_file: me.pem
              key_file: me.key
              keepalive_seconds: 7
              reconnect_interval_seconds: 2.5
              session_expiry_seconds: 60
              chunk_events: true
            """).Mqtt!;

        var options = mqtt.ToOptions("mic1", will: null);

        Assert.Equal(("broker.example", 8883, "mic1", "mic1", "s3cret"), (options.Host, options.Port, options.ClientId, options.UserName, options.Password));
        Assert.Equal((Path.Combine(_bench.Folder, "ca.pem"), Path.Combine(_bench.Folder, "me.pem"), Path.Combine(_bench.Folder, "me.key")), (options.Tls!.CaFile, options.Tls.CertFile, options.Tls.KeyFile));
        Assert.Equal((7.0, 2.5, 60.0), (options.KeepAlive.TotalSeconds, options.ReconnectInterval.TotalSeconds, options.SessionExpiry!.Value.TotalSeconds));
        Assert.True(mqtt.ChunkEvents);
        Assert.Equal("lab/a/b", mqtt.BaseTopic);
    }

    [Fact]
    public void By_itself_a_recorder_asks_for_a_sign_of_life_every_10_s_and_leaves_nothing_behind_at_the_broker()
    {
        var mqtt = _bench.Good("mqtt:\n  host: broker\n").Mqtt!;

        Assert.Equal((10.0, 5.0, false, true), (mqtt.KeepAlive.TotalSeconds, mqtt.ReconnectInterval.TotalSeconds, mqtt.ChunkEvents, mqtt.Heartbeat));
        Assert.Null(mqtt.SessionExpiry);
        Assert.Null(mqtt.ToOptions("x", null).Tls);
    }

    [Fact]
    public void Half_of_a_pair_and_a_file_that_is_not_there_are_named()
    {
        _bench.Write("me.pem", "x");
        var problems = _bench.Bad("mqtt:\n  host: broker\n  tls: true\n  password: x\n  cert_file: me.pem\n  ca_file: nowhere.pem\n  keepalive_seconds: 4\n");

        Assert.Equal(["mqtt.ca_file", "mqtt.keepalive_seconds", "mqtt.key_file", "mqtt.username"], problems.Select(p => p.Key).Order());
    }

    [Fact]
    public void A_password_that_would_cross_the_network_in_clear_is_noticed()
    {
        _bench.Write("chorale.yaml", "mqtt:\n  host: broker.example\n  username: mic1\n  password: s3cret\n");
        var load = _bench.Load("chorale.yaml");

        Assert.Contains(load.Notices, n => n.Contains("mqtt.tls is off") && n.Contains("broker.example") && !n.Contains("s3cret"));
        _bench.Write("chorale.yaml", "mqtt:\n  host: 127.0.0.1\n  username: mic1\n  password: s3cret\n");
        Assert.DoesNotContain(_bench.Load("chorale.yaml").Notices, n => n.Contains("mqtt.tls"));
    }
}
