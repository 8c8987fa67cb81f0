using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Chorale.Bench.Ingest;

/// <summary>The bytes of uploads. The file itself is never copied: each request is a head, the one file, a tail.</summary>
internal static class Upload
{
    public const string Place = "00000000-0000-0000-0000-0000000000a1";
    private const string Boundary = "d2a5c1f04b7e4f0f9d1f3d8c6f3a9b10";

    public static readonly byte[] Tail = Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n");

    public static string DeviceId(int sender) => string.Create(CultureInfo.InvariantCulture, $"00000000-0000-0000-0000-{sender:000000000000}");

    /// <summary>What recorder-agent sends before the bytes of the file.</summary>
    public static byte[] Head(string token, int sender, DateTimeOffset start, int fileBytes)
    {
        var fields = new StringBuilder();
        foreach (var (name, value) in new[]
        {
            ("point_id", Place), ("register_id", Place), ("device_id", DeviceId(sender)), ("start_ts", Text(start)),
            ("end_ts", Text(start.AddMinutes(1))), ("codec", "opus"), ("sample_rate", "48000"), ("channels", "1"),
        })
        {
            fields.Append(CultureInfo.InvariantCulture, $"--{Boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }

        fields.Append(CultureInfo.InvariantCulture,
            $"--{Boundary}\r\nContent-Disposition: form-data; name=\"chunk_file\"; filename=\"chunk.ogg\"\r\nContent-Type: audio/ogg\r\n\r\n");
        return Encoding.ASCII.GetBytes(
            $"POST /api/v1/chunks HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Length: {fields.Length + fileBytes + Tail.Length}\r\n"
            + $"Content-Type: multipart/form-data; boundary={Boundary}\r\n\r\n{fields}");
    }

    public static byte[] PutHead(string path, int fileBytes) =>
        Encoding.ASCII.GetBytes($"PUT /{path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {fileBytes}\r\n\r\n");

    /// <summary>Sends requests one after the other on one connection; each answer must have a status of 2xx.</summary>
    /// <returns>Milliseconds from the first byte sent to the answer, in order.</returns>
    public static async Task<List<double>> SendAllAsync(Uri server, IEnumerable<IReadOnlyList<byte[]>> requests)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port);
        var latencies = new List<double>();
        var answer = new byte[16 * 1024];
        foreach (var request in requests)
        {
            var watch = Stopwatch.StartNew();
            foreach (var part in request)
            {
                for (var sent = 0; sent < part.Length;) sent += await socket.SendAsync(part.AsMemory(sent));
            }

            await ReadAnswerAsync(socket, answer);
            latencies.Add(watch.Elapsed.TotalMilliseconds);
        }

        return latencies;
    }

    private static async Task ReadAnswerAsync(Socket socket, byte[] buffer)
    {
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length));
            if (read == 0) throw new IOException("the server closed the connection");
            length += read;
            var text = Encoding.ASCII.GetString(buffer, 0, length);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0) continue;
            if (text[9] != '2') throw new IOException("the server answered: " + text);
            var at = text.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
            var body = at < 0 ? 0 : int.Parse(text.AsSpan(at + 16, text.IndexOf('\r', at) - at - 16), CultureInfo.InvariantCulture);
            if (length >= end + 4 + body) return;
        }
    }

    private static string Text(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
}
