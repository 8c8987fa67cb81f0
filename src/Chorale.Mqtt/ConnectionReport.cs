using Chorale.Mqtt.Interop;

namespace Chorale.Mqtt;

/// <summary>Says what happens to the connection and on it, without repeating itself: a failure once, again when its reason changes, and every ten minutes.</summary>
/// <remarks>Loop thread.</remarks>
internal sealed class ConnectionReport(ConnectionParts parts)
{
    private static readonly TimeSpan Repeat = TimeSpan.FromMinutes(10);

    private string? _said;
    private long _saidStamp;
    private long _tries;
    private long _droppedStamp;

    public void Connected(int version)
    {
        (_said, _tries) = (null, 0);
        Log.Connected(parts.Logger, parts.BrokerName, version == Mosquitto.Version5 ? "5" : "3.1.1");
    }

    public void Lost(ConnectionEnd end) => Log.Lost(parts.Logger, parts.BrokerName, end.Reason);

    public void Failed(ConnectionEnd end)
    {
        Counts.Add(ref parts.Counts.Failures);
        _tries++;
        if (end.Reason == _said && parts.Time.GetElapsedTime(_saidStamp) < Repeat) return;
        (_said, _saidStamp) = (end.Reason, parts.Time.GetTimestamp());
        Log.NotReached(parts.Logger, parts.BrokerName, _tries, end.Reason);
    }

    /// <summary>Once a second at most.</summary>
    public void Dropped(Inbox inbox)
    {
        if (parts.Time.GetElapsedTime(_droppedStamp) < TimeSpan.FromSeconds(1)) return;
        _droppedStamp = parts.Time.GetTimestamp();
        if (inbox.TakeDropped() is (> 0, _) dropped) Log.Dropped(parts.Logger, dropped.Count, dropped.Topic);
    }
}
