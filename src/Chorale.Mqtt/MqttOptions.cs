namespace Chorale.Mqtt;

/// <summary>Where the broker is, who we are to it, and how patient we are.</summary>
public sealed record MqttOptions
{
    public string Host { get; init; } = "localhost";

    public int Port { get; init; } = 1883;

    /// <summary>Null: a random one. Two clients with one id throw each other out for ever.</summary>
    public string? ClientId { get; init; }

    public string? UserName { get; init; }

    public string? Password { get; init; }

    /// <summary>Null: no TLS.</summary>
    public MqttTls? Tls { get; init; }

    /// <summary>A silent connection is asked for a sign of life after this, and given up after as long again. At least 5 s (libmosquitto).</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause between two tries while a broker is there and refuses us; an absent one is looked for at least every 0.75 s.</summary>
    public TimeSpan ReconnectInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the broker keeps our subscriptions and what arrives for them while we are away. Null: not at all. Needs a <see cref="ClientId"/>.</summary>
    public TimeSpan? SessionExpiry { get; init; }

    /// <summary>What the broker says in our name when we are gone without a good-bye.</summary>
    public MqttMessage? Will { get; init; }

    /// <summary>Payloads above this are counted as oversized and not handed on.</summary>
    public int PayloadBytesMax { get; init; } = Limits.PayloadBytesMax;
}

/// <summary>TLS towards the broker: files in PEM.</summary>
public sealed record MqttTls
{
    /// <summary>The authorities we trust. Null: those of the system.</summary>
    public string? CaFile { get; init; }

    public string? CertFile { get; init; }

    public string? KeyFile { get; init; }

    /// <summary>The certificate need not carry the name of the host. For tests on a bench only: anyone with a certificate of that authority passes.</summary>
    public bool Insecure { get; init; }
}
