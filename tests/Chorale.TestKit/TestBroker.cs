using Chorale.Mqtt;

namespace Chorale.TestKit;

/// <summary>A real mosquitto on a free loopback port, that can be killed, frozen and brought back; ends with the test.</summary>
public sealed class TestBroker : IAsyncDisposable
{
    private readonly BrokerProcess _broker;

    private TestBroker(BrokerProcess broker, TestLog log) => (_broker, Log) = (broker, log);

    public int Port => _broker.Port;

    public int ProcessId => _broker.ProcessId;

    /// <summary>Of the broker process and of the clients made by <see cref="Client"/>.</summary>
    public TestLog Log { get; }

    public static async Task<TestBroker> StartAsync(BrokerSettings? settings = null)
    {
        var log = new TestLog();
        return new TestBroker(await BrokerProcess.StartAsync(settings ?? new BrokerSettings(), TimeProvider.System, log), log);
    }

    public MqttOptions Options => new() { Host = "127.0.0.1", Port = Port, KeepAlive = TimeSpan.FromSeconds(5) };

    /// <summary>Not started yet.</summary>
    public MqttClient Client(Func<MqttOptions, MqttOptions>? change = null) => new(change is null ? Options : change(Options), TimeProvider.System, Log);

    /// <summary>kill -9.</summary>
    public Task KillAsync() => _broker.KillAsync();

    /// <summary>A clean stop.</summary>
    public Task EndAsync() => _broker.EndAsync();

    /// <summary>On the same port; with nothing kept unless its settings say so.</summary>
    public Task RestartAsync() => _broker.RestartAsync();

    public void Freeze() => _broker.Freeze();

    public void Thaw() => _broker.Thaw();

    public void Reload() => _broker.Reload();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();
}
