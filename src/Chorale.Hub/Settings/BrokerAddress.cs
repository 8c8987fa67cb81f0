using System.Globalization;

namespace Chorale.Hub.Settings;

/// <summary>Where a broker listens, as a person writes it: <c>broker.example</c>, <c>10.0.0.2:1884</c>, <c>[::1]:1883</c>.</summary>
/// <param name="Port">Null: MQTT's own, which differs with TLS.</param>
public readonly record struct BrokerAddress(string Host, int? Port)
{
    public const string Allowed = "HOST or HOST:PORT";

    public static bool TryParse(string text, out BrokerAddress address)
    {
        address = default;
        var colon = text.LastIndexOf(':');
        // A colon more than one belongs to an address of IPv6, which then stands in brackets if a port follows.
        var hasPort = colon >= 0 && (text.IndexOf(':', StringComparison.Ordinal) == colon || text[..colon].EndsWith(']'));
        int? port = null;
        if (hasPort)
        {
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65_535) return false;
            port = number;
        }

        var host = (hasPort ? text[..colon] : text).Trim('[', ']');
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown) return false;
        address = new BrokerAddress(host, port);
        return true;
    }
}
