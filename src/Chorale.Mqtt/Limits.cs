namespace Chorale.Mqtt;

internal static class Limits
{
    /// <summary>Control messages are at most 64 KiB; larger ones up to here still arrive, so that they can be answered with a reason.</summary>
    public const int PayloadBytesMax = 1 << 20;

    /// <summary>Told to an MQTT 5 broker, which then sends us nothing larger: the payload, and 64 KiB each for topic and properties.</summary>
    public const int PacketBytesOverPayload = 128 * 1024;

    /// <summary>One topic may have this many messages waiting for its handler: 10,000 a second on one topic leave room for everyone else.</summary>
    public const int InboxPerTopic = 256;

    /// <summary>All topics together: 2,000 recorders with a dozen messages each.</summary>
    public const int InboxMessages = 24_000;

    /// <summary>What waits for handlers in bytes: a tenth of the memory of a small machine with 512 MB at most.</summary>
    public const long InboxBytes = 32L << 20;

    /// <summary>Publishes accepted and not yet ended: a command each to 2,000 recorders, twice. Far below 65,535, the number of packet ids.</summary>
    public const int OutboxMessages = 4_096;

    public const long OutboxBytes = 16L << 20;

    /// <summary>From the TCP connection to CONNACK, and from there to the last SUBACK. A stopped broker accepts connections and says nothing.</summary>
    public static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(10);

    /// <summary>One try to reach an address: three times the first retransmission of a lost SYN.</summary>
    public static readonly TimeSpan ReachPatience = TimeSpan.FromSeconds(3);

    /// <summary>Dispose promises 2 s: the good-bye gets this much, the end of the threads the rest.</summary>
    public static readonly TimeSpan GoodbyePatience = TimeSpan.FromMilliseconds(500);

    public static readonly TimeSpan DisposePatience = TimeSpan.FromMilliseconds(1700);

    /// <summary>libmosquitto counts keep-alive in whole seconds and wants to be asked.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);
}
