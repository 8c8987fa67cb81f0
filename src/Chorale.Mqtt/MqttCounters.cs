namespace Chorale.Mqtt;

/// <summary>Since the client was made.</summary>
/// <param name="Received">Messages read from the broker, whatever became of them.</param>
/// <param name="Dropped">Not handed on: their topic, or all topics together, had too much waiting.</param>
/// <param name="IgnoredRetained">Kept messages on a subscription that takes none.</param>
/// <param name="Oversized">Payloads above the limit.</param>
/// <param name="HandlerFailures">Handlers that threw.</param>
/// <param name="Published">Publishes that were delivered.</param>
/// <param name="Lost">Publishes in flight when the connection ended.</param>
/// <param name="Connects">Connections made: reconnects + 1.</param>
/// <param name="Failures">Tries that made no connection.</param>
public readonly record struct MqttCounters(
    long Received, long Dropped, long IgnoredRetained, long Oversized, long HandlerFailures, long Published, long Lost, long Connects, long Failures)
{
    public long Reconnects => Math.Max(0, Connects - 1);
}

/// <summary>The same while they count. Any thread.</summary>
internal sealed class Counts
{
    public long Received, Dropped, IgnoredRetained, Oversized, HandlerFailures, Published, Lost, Connects, Failures;

    public static void Add(ref long count, long by = 1) => Interlocked.Add(ref count, by);

    public MqttCounters Snapshot() => new(
        Volatile.Read(ref Received), Volatile.Read(ref Dropped), Volatile.Read(ref IgnoredRetained), Volatile.Read(ref Oversized),
        Volatile.Read(ref HandlerFailures), Volatile.Read(ref Published), Volatile.Read(ref Lost), Volatile.Read(ref Connects), Volatile.Read(ref Failures));
}
