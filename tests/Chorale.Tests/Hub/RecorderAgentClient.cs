using System.Text;

namespace Chorale.Tests.Hub;

/// <summary>What recorder-agent sends, byte for byte: an httpx multipart with these parts in this order and a Content-Length.</summary>
internal sealed record RecorderAgentClient(string Token, string DeviceId = TestHub.DeviceId)
{
    public const string Boundary = "d2a5c1f04b7e4f0f9d1f3d8c6f3a9b10";

    public string Point { get; init; } = TestHub.Point;
    public string Register { get; init; } = TestHub.Register;
    public string ExtraHeaders { get; init; } = "";
    public string? Omit { get; init; }

    public byte[] Request(byte[] file, string startTs = "2026-01-05T10:00:00", string endTs = "2026-01-05T10:01:00", string codec = "opus")
    {
        var body = Body(file, startTs, endTs, codec);
        return RawHttp.Join(RawHttp.Text(
            $"""
             POST /api/v1/chunks HTTP/1.1
             Host: audio.example.com
             Accept: */*
             Accept-Encoding: gzip, deflate
             Connection: keep-alive
             User-Agent: python-httpx/0.27.0
             Authorization: Bearer {Token}
             Content-Length: {body.Length}
             Content-Type: multipart/form-data; boundary={Boundary}
             {ExtraHeaders}

             """.Replace("\n\n\n", "\n\n", StringComparison.Ordinal) + (ExtraHeaders.Length > 0 ? "\n" : "")), body);
    }

    public byte[] Body(byte[] file, string startTs, string endTs, string codec)
    {
        var fields = new StringBuilder();
        foreach (var (name, value) in new[]
        {
            ("point_id", Point), ("register_id", Register), ("device_id", DeviceId), ("start_ts", startTs), ("end_ts", endTs),
            ("codec", codec), ("sample_rate", "48000"), ("channels", "1"),
        })
        {
            if (name != Omit) fields.Append($"--{Boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }

        if (Omit == "chunk_file") return RawHttp.Text($"{fields}--{Boundary}--\r\n");
        return RawHttp.Join(
            RawHttp.Text($"{fields}--{Boundary}\r\nContent-Disposition: form-data; name=\"chunk_file\"; filename=\"chunk_20260105_100000.ogg\"\r\nContent-Type: audio/ogg\r\n\r\n"),
            file, RawHttp.Text($"\r\n--{Boundary}--\r\n"));
    }
}
