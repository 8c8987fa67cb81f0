using System.Runtime.InteropServices;
using Chorale.Mqtt.Interop;

namespace Chorale.Mqtt;

/// <summary>
/// What the library tells us during a call, copied for after the call. No exception crosses native code, and no call into the library
/// is made from here.
/// </summary>
/// <remarks>Loop thread. The handle to ourselves that the library holds is freed by Dispose, after the library's instance.</remarks>
internal sealed unsafe class ConnectionCallbacks(ConnectionParts parts) : IDisposable
{
    private readonly List<(int Id, int Code)> _pubacks = [];
    private readonly List<(int Id, int Code)> _subacks = [];
    private GCHandle _self;

    /// <summary>Null until the broker has answered CONNECT; 0 = welcome.</summary>
    public int? ConnackCode { get; private set; }

    /// <summary>Null while connected. From 0x80 on a reason of MQTT 5 §3.14.2.1, below an error of the library.</summary>
    public int? DisconnectCode { get; private set; }

    /// <summary>The last complaint of OpenSSL or about our files.</summary>
    public string? TlsProblem { get; private set; }

    /// <summary>MQTT 5 §3.2.2.3.12.</summary>
    public bool TakesSubscriptionIds { get; private set; }

    /// <summary>Null: the broker keeps our own messages from us.</summary>
    public OwnEchoes? Echoes { get; set; }

    public MosquittoHandle CreateClient(int version)
    {
        var options = parts.Options;
        _self = GCHandle.Alloc(this);
        var client = Mosquitto.New(parts.ClientId, options.SessionExpiry is null ? (byte)1 : (byte)0, GCHandle.ToIntPtr(_self));
        if (client.IsInvalid) throw new InvalidOperationException($"mosquitto_new: {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            Configure(client, version);
            return client;
        }
        catch
        {
            client.Dispose(); // before the handle to ourselves
            throw;
        }
    }

    private void Configure(MosquittoHandle client, int version)
    {
        var options = parts.Options;
        Require(Mosquitto.IntOption(client, Mosquitto.OptionProtocolVersion, version), "protocol version");
        Require(Mosquitto.IntOption(client, Mosquitto.OptionTcpNoDelay, 1), "TCP_NODELAY");
        if (options.UserName is not null) Require(Mosquitto.UserNamePassword(client, options.UserName, options.Password), "user name and password");
        if (options.Will is { } will)
        {
            fixed (byte* payload = will.Payload.Span)
                Require(Mosquitto.Will(client, will.Topic, will.Payload.Length, payload, will.Qos, will.Retain ? (byte)1 : (byte)0), "the Will");
        }

        Mosquitto.OnConnect(client, &Connected);
        Mosquitto.OnDisconnect(client, &Disconnected);
        Mosquitto.OnPublish(client, &Acknowledged);
        Mosquitto.OnSubscribe(client, &Subscribed);
        Mosquitto.OnMessage(client, &Received);
        Mosquitto.OnLog(client, &Logged);
    }

    /// <summary>False with the reason when a file cannot be used.</summary>
    public static bool TryConfigureTls(MosquittoHandle client, MqttTls? tls, out string problem)
    {
        problem = "";
        if (tls is null) return true;
        foreach (var (file, what) in new[] { (tls.CaFile, "CA"), (tls.CertFile, "certificate"), (tls.KeyFile, "key") })
        {
            if (file is null || File.Exists(file)) continue;
            problem = $"the TLS {what} file {file} does not exist";
            return false;
        }

        if (tls.CertFile is null != tls.KeyFile is null)
        {
            problem = $"TLS: a client certificate needs both its file and that of its key (certificate {tls.CertFile ?? "none"}, key {tls.KeyFile ?? "none"})";
            return false;
        }

        // Without a file of ours: the system's authorities, where OpenSSL keeps them and in the folder all distributions have.
        if (tls.CaFile is null) Require(Mosquitto.IntOption(client, Mosquitto.OptionTlsUseOsCerts, 1), "the system's authorities");
        var error = Mosquitto.Tls(client, tls.CaFile, tls.CaFile is null ? "/etc/ssl/certs" : null, tls.CertFile, tls.KeyFile, &NoPassword);
        if (error == Mosquitto.Success) error = Mosquitto.TlsInsecure(client, tls.Insecure ? (byte)1 : (byte)0);
        if (error == Mosquitto.Success) return true;
        problem = $"the TLS files cannot be read (CA {tls.CaFile ?? "of the system"}, certificate {tls.CertFile ?? "none"}, key {tls.KeyFile ?? "none"})";
        return false;
    }

    public List<(int Id, int Code)> TakePubacks() => Take(_pubacks);

    public List<(int Id, int Code)> TakeSubacks() => Take(_subacks);

    public void Dispose()
    {
        if (_self.IsAllocated) _self.Free();
    }

    private static List<(int Id, int Code)> Take(List<(int Id, int Code)> list)
    {
        if (list.Count == 0) return [];
        var taken = list.ToList();
        list.Clear();
        return taken;
    }

    private static void Require(int error, string what)
    {
        if (error != Mosquitto.Success) throw new ArgumentException($"{what}: {MosquittoLibrary.Error(error)}");
    }

    private static ConnectionCallbacks Of(nint self) => (ConnectionCallbacks)GCHandle.FromIntPtr(self).Target!;

    [UnmanagedCallersOnly]
    private static void Connected(nint client, nint self, int code, int flags, nint properties)
    {
        Of(self).ConnackCode = code;
        Of(self).TakesSubscriptionIds = PropertyList.ReadFlag(properties, Mosquitto.PropertySubscriptionIdAvailable);
    }

    [UnmanagedCallersOnly]
    private static void Disconnected(nint client, nint self, int code, nint properties) => Of(self).DisconnectCode = code;

    [UnmanagedCallersOnly]
    private static void Acknowledged(nint client, nint self, int id, int code, nint properties) => Of(self)._pubacks.Add((id, code));

    /// <summary>One filter a packet, so one code.</summary>
    [UnmanagedCallersOnly]
    private static void Subscribed(nint client, nint self, int id, int count, int* codes, nint properties) => Of(self)._subacks.Add((id, count > 0 ? codes[0] : 0x80));

    [UnmanagedCallersOnly]
    private static void Logged(nint client, nint self, int level, byte* text)
    {
        if (level != Mosquitto.LogError) return;
        var line = Marshal.PtrToStringUTF8((nint)text) ?? "";
        Of(self).TlsProblem ??= TlsProblems.Explain(line, Of(self).Parts.Options);
    }

    [UnmanagedCallersOnly]
    private static void Received(nint client, nint self, Mosquitto.Message* message, nint properties)
    {
        var callbacks = Of(self);
        try
        {
            callbacks.Receive(message, properties);
        }
        catch (Exception e)
        {
            Log.LoopFailed(callbacks.Parts.Logger, e); // out of memory at most; nothing may fly through C
        }
    }

    /// <summary>An unattended program cannot be asked for the password of a key.</summary>
    [UnmanagedCallersOnly]
    private static int NoPassword(byte* buffer, int size, int isWriting, nint self) => 0;

    private ConnectionParts Parts => parts;

    private void Receive(Mosquitto.Message* message, nint properties)
    {
        Counts.Add(ref parts.Counts.Received);
        var topic = Marshal.PtrToStringUTF8((nint)message->Topic) ?? "";
        if (message->PayloadLength > parts.Options.PayloadBytesMax)
        {
            Counts.Add(ref parts.Counts.Oversized);
            Log.Oversized(parts.Logger, message->PayloadLength, topic, parts.Options.PayloadBytesMax);
            return;
        }

        if (message->Retain == 0 && Echoes is { } echoes && echoes.TryTake(topic, new ReadOnlySpan<byte>(message->Payload, message->PayloadLength))) return;
        parts.Inbox.Add(new MqttMessage(topic, new ReadOnlySpan<byte>(message->Payload, message->PayloadLength).ToArray(), message->Qos, message->Retain != 0)
        {
            Expiry = PropertyList.ReadSeconds(properties, Mosquitto.PropertyMessageExpiry),
            Correlation = PropertyList.ReadBinary(properties, Mosquitto.PropertyCorrelation),
            ResponseTopic = PropertyList.ReadString(properties, Mosquitto.PropertyResponseTopic),
            ReceivedStamp = parts.Time.GetTimestamp(),
            SubscriptionId = PropertyList.ReadOnlyOne(properties, Mosquitto.PropertySubscriptionId),
        });
    }
}
