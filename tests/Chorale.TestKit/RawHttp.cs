using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Chorale.TestKit;

/// <summary>HTTP over a bare socket: the request is exactly the bytes given.</summary>
public static class RawHttp
{
    public sealed record Reply(int Status, IReadOnlyDictionary<string, string> Headers, string Body);

    /// <summary>Sends the bytes on a connection of their own and reads one answer.</summary>
    public static async Task<Reply> SendAsync(Uri hub, byte[] request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(hub.Host, hub.Port).WaitAsync(Wait.Patience);
        var stream = client.GetStream();
        await stream.WriteAsync(request);
        return await ReadAsync(stream).WaitAsync(Wait.Patience);
    }

    public static async Task<Reply> ReadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0) throw new EndOfStreamException("connection closed after: " + head);
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(l => l.Split(':', 2)).ToDictionary(p => p[0].Trim(), p => p[1].Trim(), StringComparer.OrdinalIgnoreCase);
        var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body);
        return new Reply(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, Encoding.UTF8.GetString(body));
    }

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(p => p)];

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));
}
