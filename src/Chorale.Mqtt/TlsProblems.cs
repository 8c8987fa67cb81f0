namespace Chorale.Mqtt;

/// <summary>OpenSSL's words in ours.</summary>
internal static class TlsProblems
{
    public static string Explain(string line, MqttOptions options)
    {
        var ca = options.Tls?.CaFile ?? "those of the system";
        if (line.Contains("certificate verify failed", StringComparison.Ordinal))
            return $"TLS: the broker's certificate is not signed by an authority we trust ({ca}), or is out of date";
        if (line.Contains("host name verification failed", StringComparison.Ordinal)) return $"TLS: the broker's certificate is not for the name {options.Host}";
        if (line.Contains("unexpected eof", StringComparison.Ordinal)) return $"TLS: what listens on port {options.Port} hung up within the handshake; does it speak TLS?";
        if (line.Contains("wrong version number", StringComparison.Ordinal) || line.Contains("packet length too long", StringComparison.Ordinal))
            return $"TLS: what listens on port {options.Port} does not speak TLS";
        if (line.Contains("certificate required", StringComparison.Ordinal)) return "TLS: the broker demands a client certificate, and none is set";
        if (line.Contains("unknown ca", StringComparison.Ordinal) || line.Contains("bad certificate", StringComparison.Ordinal))
            return $"TLS: the broker does not accept our client certificate ({options.Tls?.CertFile ?? "none"})";
        var colon = line.LastIndexOf(':');
        return line.StartsWith("OpenSSL Error", StringComparison.Ordinal) ? $"TLS: {line[(colon + 1)..]}" : line;
    }
}
