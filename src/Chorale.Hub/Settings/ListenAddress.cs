using System.Globalization;
using System.Net;

namespace Chorale.Hub.Settings;

/// <summary>One address the hub listens on: <c>127.0.0.1:8080</c>, <c>[::]:8443</c>, <c>8080</c> (loopback), <c>http://0.0.0.0:8000</c>.</summary>
/// <param name="Address">Numeric address.</param>
/// <param name="Port">0 = any free one.</param>
/// <param name="IsPlain">Written with <c>http://</c>: no TLS there even when a certificate is set.</param>
public readonly record struct ListenAddress(IPAddress Address, int Port, bool IsPlain = false)
{
    public const string Allowed = "ADDRESS:PORT, [IPV6]:PORT or PORT, with http:// before it for no TLS";

    public bool IsLoopback => IPAddress.IsLoopback(Address);

    public override string ToString() =>
        Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{Address}]:{Port}" : $"{Address}:{Port}";

    public static bool TryParse(string text, out ListenAddress address)
    {
        address = default;
        var plain = text.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        var rest = plain ? text[7..].TrimEnd('/') : text;
        var colon = rest.LastIndexOf(':');
        if (!int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535) return false;
        var host = colon < 0 ? "127.0.0.1" : rest[..colon];
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) host = "127.0.0.1";
        if (host is "*") host = "0.0.0.0";
        if (host.Contains(':') && !(host.StartsWith('[') && host.EndsWith(']'))) return false;
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var ip)) return false;
        address = new ListenAddress(ip, port, plain);
        return true;
    }
}
