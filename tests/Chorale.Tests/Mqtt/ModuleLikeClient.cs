using System.Collections.Concurrent;
using System.Text;
using Chorale.Mqtt;

namespace Chorale.Tests.Mqtt;

/// <summary>A client that lives as a recorder does: hears commands, announces itself after every connect, has a Will.</summary>
internal sealed class ModuleLikeClient : IAsyncDisposable
{
    public const string Command = "base/mic1/command";
    public const string Status = "base/mic1/status";

    private readonly ConcurrentQueue<string> _lost = new();
    private int _births;

    public ModuleLikeClient(MqttOptions options, TestLog log)
    {
        Client = new MqttClient(options with { Will = Text(Status, "gone") with { Retain = true, Qos = 1 } }, TimeProvider.System, log)
        {
            OnConnected = async cancel =>
            {
                if ((await Client!.PublishAsync(Text(Status, $"birth {_births + 1}") with { Retain = true, Qos = 1 }, cancel)).IsDelivered) Interlocked.Increment(ref _births);
            },
        };
        Client.Disconnected += _lost.Enqueue;
        Client.Subscribe(Command, 1, Commands.Add, ignoreRetained: true);
        Client.Start();
    }

    public MqttClient Client { get; }

    public HeardMessages Commands { get; } = new();

    /// <summary>Those that the broker has acknowledged.</summary>
    public int Births => Volatile.Read(ref _births);

    /// <summary>The reasons, in order.</summary>
    public IReadOnlyList<string> Lost => [.. _lost];

    public static MqttMessage Text(string topic, string text) => new(topic, Encoding.UTF8.GetBytes(text));

    public ValueTask DisposeAsync() => Client.DisposeAsync();
}
