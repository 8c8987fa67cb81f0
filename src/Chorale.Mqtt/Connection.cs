using System.Net;
using System.Runtime.InteropServices;
using Chorale.Mqtt.Interop;

namespace Chorale.Mqtt;

/// <summary>How a connection ended, in words for people.</summary>
internal readonly record struct ConnectionEnd(EndKind Kind, string Reason);

/// <summary>
/// One connection, from the first packet to the last: a new instance of the library each time, so that nothing of an old one is sent
/// again (libmosquitto repeats unacknowledged publishes after a reconnect of the same instance).
/// </summary>
/// <remarks>Belongs to the loop thread: constructed, driven and disposed there, its callbacks run there, inside its own calls.</remarks>
internal sealed class Connection : IDisposable
{
    private readonly ConnectionParts _parts;
    private readonly MosquittoHandle _mosquitto;
    private readonly ConnectionCallbacks _callbacks;
    private readonly Dictionary<int, Outgoing> _unacknowledged = [];
    private readonly Dictionary<int, string> _unsubscribed = [];
    private readonly int _version;
    private ConnectionEnd? _end;
    private long _sinceStamp;
    private int _pollsWithoutPeer;

    /// <param name="parts">Shared by all connections of a client.</param>
    /// <param name="version">MQTT protocol level, 5 or 4 (3.1.1).</param>
    public Connection(ConnectionParts parts, int version)
    {
        (_parts, _version) = (parts, version);
        _callbacks = new ConnectionCallbacks(parts) { Echoes = version == Mosquitto.Version5 ? null : new OwnEchoes(parts.Time) };
        try
        {
            _mosquitto = _callbacks.CreateClient(version);
        }
        catch
        {
            _callbacks.Dispose();
            throw;
        }
    }

    private enum Phase
    {
        Connecting,
        Subscribing,
        Up,
    }

    private Phase State { get; set; }

    public bool IsUp => State == Phase.Up;

    /// <summary>How many of the client's subscriptions it asked for by itself; later ones are the caller's to hand in.</summary>
    public int SubscribedAtStart { get; private set; }

    /// <summary>Null while it lives.</summary>
    public ConnectionEnd? End => _end;

    /// <summary>Opens the TCP connection and sends CONNECT.</summary>
    public void Open(IPAddress reached)
    {
        var options = _parts.Options;
        _sinceStamp = _parts.Time.GetTimestamp();
        if (!ConnectionCallbacks.TryConfigureTls(_mosquitto, options.Tls, out var problem))
        {
            _end = new ConnectionEnd(EndKind.Refused, problem);
            return;
        }

        using var properties = new PropertyList();
        if (_version == Mosquitto.Version5)
        {
            if (options.SessionExpiry is { } expiry) properties.Add(Mosquitto.PropertySessionExpiry, WholeSeconds(expiry));
            properties.Add(Mosquitto.PropertyMaximumPacketSize, (uint)(options.PayloadBytesMax + Limits.PacketBytesOverPayload));
        }

        // The name is needed where a certificate is compared with it; else the address that is known to answer.
        var host = options.Tls is null ? reached.ToString() : options.Host;
        var error = Mosquitto.Connect(_mosquitto, host, options.Port, (int)options.KeepAlive.TotalSeconds, bindAddress: null, properties.Pointer);
        if (error != Mosquitto.Success) Fail(error, Marshal.GetLastPInvokeError());
    }

    /// <summary>Waits for the network, the bell or half a second, and does what there is to do.</summary>
    public void Turn(LoopWait wait)
    {
        var ready = wait.Sleep(Mosquitto.Socket(_mosquitto), Mosquitto.WantsWrite(_mosquitto) != 0, Limits.Tick);
        if (ready.CanRead) Check(Mosquitto.LoopRead(_mosquitto, 1));
        if (_end is null && ready.CanWrite) Check(Mosquitto.LoopWrite(_mosquitto, 1));
        if (_end is null) Check(Mosquitto.LoopMisc(_mosquitto));
        if (_end is null) FollowHandshake(ready.IsPeerGone);
        EndPublishes();
    }

    /// <summary>Only while up. The publish ends when the broker has it, or with <see cref="Dispose"/>.</summary>
    public void Publish(Outgoing outgoing)
    {
        if (outgoing.IsWithdrawn)
        {
            _parts.Outbox.Release(outgoing);
            return;
        }

        int error, errno, id;
        try
        {
            (error, errno, id) = Hand(outgoing.Message);
        }
        catch
        {
            EndOne(outgoing, MqttOutcome.Refused, "the library did not take it");
            throw; // the connection ends; this publish has ended already
        }

        if (error is Mosquitto.Success or Mosquitto.ConnectionLost or Mosquitto.Errno)
        {
            if (_unacknowledged.Remove(id, out var old)) EndOne(old, MqttOutcome.Lost, "its packet id was needed again"); // 65,535 ids, 4,096 unended
            _unacknowledged.Add(id, outgoing);
            if (_callbacks.Echoes is { } echoes && IsHeard(outgoing.Message.Topic)) echoes.Sent(id, outgoing.Message);
            if (error != Mosquitto.Success) Fail(error, errno);
            EndPublishes(); // a message of QoS 0 is acknowledged within the call
            return;
        }

        EndOne(outgoing, MqttOutcome.Refused, error == Mosquitto.OversizePacket ? "larger than the broker takes" : MosquittoLibrary.Error(error));
    }

    private bool IsHeard(string topic) => Array.Exists(_parts.Subscriptions(), s => TopicFilter.Matches(s.Filter, topic));

    private unsafe (int Error, int Errno, int Id) Hand(MqttMessage message)
    {
        using var properties = new PropertyList();
        if (_version == Mosquitto.Version5)
        {
            if (message.Expiry is { } expiry) properties.Add(Mosquitto.PropertyMessageExpiry, WholeSeconds(expiry));
            if (message.Correlation is { } correlation) properties.Add(Mosquitto.PropertyCorrelation, correlation);
            if (message.ResponseTopic is { } topic) properties.Add(Mosquitto.PropertyResponseTopic, topic);
        }

        int error, id;
        fixed (byte* payload = message.Payload.Span)
            error = Mosquitto.Publish(_mosquitto, out id, message.Topic, message.Payload.Length, payload, message.Qos, message.Retain ? (byte)1 : (byte)0, properties.Pointer);
        return (error, Marshal.GetLastPInvokeError(), id);
    }

    /// <summary>Only while up, or at its beginning.</summary>
    public void Subscribe(Subscription subscription)
    {
        var isNew = _version == Mosquitto.Version5;
        using var properties = new PropertyList();
        if (isNew && _callbacks.TakesSubscriptionIds) properties.AddVariable(Mosquitto.PropertySubscriptionId, (uint)subscription.Id);
        var error = Mosquitto.Subscribe(_mosquitto, out var id, subscription.Filter, subscription.Qos, isNew ? Mosquitto.SubscribeNoLocal : 0, properties.Pointer);
        if (error == Mosquitto.Success) _unsubscribed[id] = subscription.Filter;
        else Fail(error, Marshal.GetLastPInvokeError());
    }

    /// <summary>The polite end: what is in the socket is still sent, the Will is not.</summary>
    public void Close(LoopWait wait)
    {
        if (_end is not null) return;
        var begun = _parts.Time.GetTimestamp();
        _ = Mosquitto.Disconnect(_mosquitto);
        while (_callbacks.DisconnectCode is null && Mosquitto.Socket(_mosquitto) >= 0 && _parts.Time.GetElapsedTime(begun) < Limits.GoodbyePatience)
        {
            var ready = wait.Sleep(Mosquitto.Socket(_mosquitto), Mosquitto.WantsWrite(_mosquitto) != 0, TimeSpan.FromMilliseconds(50));
            if (ready.CanRead && Mosquitto.LoopRead(_mosquitto, 1) != Mosquitto.Success) break;
            if (ready.CanWrite && Mosquitto.LoopWrite(_mosquitto, 1) != Mosquitto.Success) break;
        }

        EndPublishes();
        _end = new ConnectionEnd(EndKind.Goodbye, "closed");
    }

    public void Dispose()
    {
        _mosquitto.Dispose();
        _callbacks.Dispose();
        foreach (var outgoing in _unacknowledged.Values) EndOne(outgoing, MqttOutcome.Lost, _end?.Reason ?? "the connection ended");
        _unacknowledged.Clear();
    }

    private static uint WholeSeconds(TimeSpan time) => (uint)Math.Clamp(Math.Ceiling(time.TotalSeconds), 0, uint.MaxValue);

    private void FollowHandshake(bool isPeerGone)
    {
        if (State == Phase.Connecting && _callbacks.ConnackCode == 0)
        {
            State = Phase.Subscribing;
            _sinceStamp = _parts.Time.GetTimestamp();
            var subscriptions = _parts.Subscriptions();
            SubscribedAtStart = subscriptions.Length;
            foreach (var subscription in subscriptions) Subscribe(subscription);
        }

        foreach (var (id, code) in _callbacks.TakeSubacks())
        {
            if (!_unsubscribed.Remove(id, out var filter) || code < 0x80) continue;
            Log.SubscriptionRefused(_parts.Logger, _parts.BrokerName, filter, _version == Mosquitto.Version5 ? MosquittoLibrary.Reason(code) : "refused");
        }

        if (State == Phase.Subscribing && _unsubscribed.Count == 0 && _end is null) State = Phase.Up;
        if (State == Phase.Up || _end is not null) return;
        if (_parts.Time.GetElapsedTime(_sinceStamp) > Limits.HandshakePatience) _end = Mute();
        // The library asks OpenSSL again and again when the other end hangs up within the handshake, as fast as the processor can.
        else if (isPeerGone && ++_pollsWithoutPeer > 50)
            _end = HungUpEarly();
    }

    private void Check(int error)
    {
        if (error != Mosquitto.Success) Fail(error, Marshal.GetLastPInvokeError());
        else if (_callbacks.DisconnectCode is { } code) Fail(code, 0);
    }

    private void Fail(int error, int errno)
    {
        if (_end is not null) return;
        if (_callbacks.ConnackCode is { } connack and not 0) _end = ConnackRefusal(connack);
        else if (_callbacks.TlsProblem is { } tls && State == Phase.Connecting) _end = new ConnectionEnd(EndKind.Refused, tls);
        else if (_callbacks.DisconnectCode is >= 0x80 and var code) _end = BrokerGoodbye(code);
        else if (error == Mosquitto.KeepAlive && State == Phase.Connecting) _end = Mute();
        else if (error == Mosquitto.KeepAlive) _end = new ConnectionEnd(EndKind.Lost, $"it has said nothing for {2 * _parts.Options.KeepAlive.TotalSeconds:0} s (keep-alive)");
        else if (State == Phase.Connecting && error is Mosquitto.ConnectionLost) _end = HungUpEarly();
        else if (error == Mosquitto.Errno) _end = new ConnectionEnd(State == Phase.Connecting ? EndKind.Unreachable : EndKind.Lost, Marshal.GetPInvokeErrorMessage(errno));
        else if (error == Mosquitto.ConnectionLost) _end = new ConnectionEnd(EndKind.Lost, "it closed the connection");
        else _end = new ConnectionEnd(State == Phase.Connecting ? EndKind.Refused : EndKind.Lost, MosquittoLibrary.Error(error));
    }

    private ConnectionEnd Mute() => new(EndKind.Lost, $"it accepts the connection and then says nothing for {_parts.Time.GetElapsedTime(_sinceStamp).TotalSeconds:0} s");

    /// <summary>Brokers from before MQTT 5 hang up when they meet it, some without an answer.</summary>
    private ConnectionEnd HungUpEarly() => _version == Mosquitto.Version5
        ? new ConnectionEnd(EndKind.OldProtocol, "it closed the connection without an answer")
        : new ConnectionEnd(EndKind.Refused, $"it closed the connection without an answer{(_parts.Options.Tls is null ? "; does it expect TLS?" : "")}");

    private ConnectionEnd ConnackRefusal(int code)
    {
        // 1: "unacceptable protocol version" of MQTT 3.1.1, 132: of MQTT 5.
        if (code is 1 or 132 && _version == Mosquitto.Version5) return new ConnectionEnd(EndKind.OldProtocol, "it speaks MQTT 3.1.1 only");
        var text = _version == Mosquitto.Version5 ? MosquittoLibrary.Reason(code) : MosquittoLibrary.Connack(code);
        var user = _parts.Options.UserName is { } name ? $"the user name {name}" : "no user name";
        return code is 4 or 5 or 134 or 135
            ? new ConnectionEnd(EndKind.Refused, $"it refused us with {user}: {text}")
            : new ConnectionEnd(EndKind.Refused, $"it refused us: {text}");
    }

    private ConnectionEnd BrokerGoodbye(int code) => code switch
    {
        142 => new ConnectionEnd(EndKind.Refused, $"another client connected with our id {_parts.ClientId}: two may not have the same"),
        135 or 152 => new ConnectionEnd(EndKind.Refused, $"it threw us out: {MosquittoLibrary.Reason(code)}"),
        _ => new ConnectionEnd(EndKind.Lost, $"it said good-bye: {MosquittoLibrary.Reason(code)}"),
    };

    private void EndPublishes()
    {
        foreach (var (id, code) in _callbacks.TakePubacks())
        {
            _callbacks.Echoes?.Acknowledged(id);
            if (!_unacknowledged.Remove(id, out var outgoing)) continue;
            if (code < 0x80) EndOne(outgoing, MqttOutcome.Delivered, null, code == NoMatchingSubscribers);
            else EndOne(outgoing, MqttOutcome.Refused, MosquittoLibrary.Reason(code));
        }
    }

    /// <summary>MQTT 5 §3.4.2.1.</summary>
    private const int NoMatchingSubscribers = 0x10;

    private void EndOne(Outgoing outgoing, MqttOutcome outcome, string? reason, bool nobodyListens = false)
    {
        _parts.Outbox.Release(outgoing);
        if (outcome == MqttOutcome.Delivered) Counts.Add(ref _parts.Counts.Published);
        else if (outcome == MqttOutcome.Lost) Counts.Add(ref _parts.Counts.Lost);
        outgoing.End(new MqttDelivery(outcome, _parts.Time.GetElapsedTime(outgoing.AcceptedStamp), reason) { NobodyListens = nobodyListens });
    }
}
