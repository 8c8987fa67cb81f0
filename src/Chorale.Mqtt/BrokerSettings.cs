using System.Globalization;
using System.Text;

namespace Chorale.Mqtt;

/// <summary>What our own mosquitto shall be like.</summary>
public sealed record BrokerSettings
{
    /// <summary>For the generated file, and for what the broker keeps. Null: one of its own in the temporary folder, removed at the end.</summary>
    public string? Folder { get; init; }

    /// <summary>0: a free one.</summary>
    public int Port { get; init; }

    /// <summary>Anything but loopback needs a <see cref="PasswordFile"/>.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Retained messages and sessions outlive the broker.</summary>
    public bool IsPersistent { get; init; }

    /// <summary>mosquitto's password file. Null: everyone on loopback may connect.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>mosquitto's ACL file. Null: everyone may do everything.</summary>
    public string? AclFile { get; init; }

    /// <summary>The listener speaks TLS with this authority, certificate and key.</summary>
    public MqttTls? Tls { get; init; }

    /// <summary>With <see cref="Tls"/>: clients show a certificate of its authority.</summary>
    public bool DemandsClientCertificate { get; init; }

    /// <summary>Largest payload the broker passes on, in bytes.</summary>
    public int MessageBytesMax { get; init; } = 4 << 20;

    /// <summary>Messages that wait for a client who reads slower than they come; more are lost for him. 0: as many as 16 MiB hold.</summary>
    public int QueuedMessagesMax { get; init; } = 1_000;

    /// <summary>The program; looked for in PATH and in /usr/sbin, which is not in everyone's.</summary>
    public string Program { get; init; } = "mosquitto";

    /// <summary>The text of mosquitto.conf.</summary>
    internal string ToConf(int port, string folder, bool isRoot)
    {
        var conf = new StringBuilder("# Written at every start; changes here are lost.\n");
        void Line(string name, string value) => conf.Append(name).Append(' ').Append(value).Append('\n');
        Line("per_listener_settings", "false");
        Line("listener", string.Create(CultureInfo.InvariantCulture, $"{port} {Address}"));
        // Without it acknowledged messages wait 40 ms for Nagle and the delayed ACK.
        Line("set_tcp_nodelay", "true");
        Line("max_packet_size", (MessageBytesMax + Limits.PacketBytesOverPayload).ToString(CultureInfo.InvariantCulture));
        Line("max_queued_messages", QueuedMessagesMax.ToString(CultureInfo.InvariantCulture));
        Line("max_queued_bytes", "16777216");
        Line("persistent_client_expiration", "14d");
        Line("log_dest", "stderr");
        foreach (var type in new[] { "error", "warning", "notice", "information" }) Line("log_type", type);
        Line("connection_messages", "false");
        if (isRoot) Line("user", "root"); // mosquitto gives root away to a user who could not read our folder
        Line("allow_anonymous", PasswordFile is null && !(Tls is not null && DemandsClientCertificate) ? "true" : "false");
        if (PasswordFile is not null) Line("password_file", PasswordFile);
        if (AclFile is not null) Line("acl_file", AclFile);
        Line("persistence", IsPersistent ? "true" : "false");
        if (IsPersistent)
        {
            Line("persistence_location", folder.TrimEnd('/') + "/");
            Line("autosave_interval", "1");
            Line("autosave_on_changes", "true");
        }

        if (Tls is null) return conf.ToString();
        if (Tls.CaFile is not null) Line("cafile", Tls.CaFile);
        if (Tls.CertFile is not null) Line("certfile", Tls.CertFile);
        if (Tls.KeyFile is not null) Line("keyfile", Tls.KeyFile);
        if (DemandsClientCertificate)
        {
            Line("require_certificate", "true");
            if (PasswordFile is null) Line("use_identity_as_username", "true");
        }

        return conf.ToString();
    }

    internal void Require()
    {
        if (Port is < 0 or > 65_535) throw new ArgumentException($"the port of the broker {Port}: allowed are 0 (any free one) to 65535");
        var isLoopback = System.Net.IPAddress.TryParse(Address, out var address) && System.Net.IPAddress.IsLoopback(address);
        if (!isLoopback && PasswordFile is null && !DemandsClientCertificate)
            throw new ArgumentException($"a broker on {Address} needs credentials: without them it listens on 127.0.0.1 only");
        foreach (var value in new[] { Folder, PasswordFile, AclFile, Tls?.CaFile, Tls?.CertFile, Tls?.KeyFile, Address })
        {
            if (value?.AsSpan().ContainsAny('\n', '\r', '\0') == true) throw new ArgumentException("a path in the settings of the broker must not contain a line break");
        }
    }
}
