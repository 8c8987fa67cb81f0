using System.Text;

namespace Chorale.Tests.Hub;

/// <summary>What Mycelia's recorder sends, byte for byte: oauthlib's token request and a requests multipart whose JSON says <c>True</c>.</summary>
internal sealed record MyceliaClient(string ClientId, string Secret)
{
    /// <summary>157 reads of 1024 frames: what the recorder calls ten seconds.</summary>
    public const int FramesPerChunk = 160_768;

    private const string Boundary = "8f3a6c1b9e7d4f52a0c1e8b7d6f5a493";

    public byte[] TokenRequest() => RawHttp.Text(
        $"""
         POST /oauth/token HTTP/1.1
         Host: localhost:5173
         User-Agent: python-requests/2.32.3
         Accept-Encoding: gzip, deflate
         Accept: application/json
         Connection: keep-alive
         Content-Type: application/x-www-form-urlencoded;charset=UTF-8
         Content-Length: 29
         Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId}:{Secret}"))}

         grant_type=client_credentials
         """);

    public static string Data(int number, string? sourceId = null, string start = "2026-01-05T10:00:00.123456+00:00", string recordingStart = "2026-01-05T10:00:00.123456+00:00") =>
        $"{{\"start\":\"{start}\",\"chunk_number\":{number},\"metadata\":{{\"chunk_duration_ms\":10000,\"streaming\":True,\"recording_start\":\"{recordingStart}\"}}"
        + (sourceId is null ? "}" : $",\"source_file_id\":\"{sourceId}\"}}");

    public static byte[] Upload(string token, string data, byte[] wav, int number = 0, string type = "audio/wav")
    {
        var body = RawHttp.Join(
            RawHttp.Text($"--{Boundary}\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{data}\r\n"
                + $"--{Boundary}\r\nContent-Disposition: form-data; name=\"audio\"; filename=\"chunk_{number}.wav\"\r\nContent-Type: {type}\r\n\r\n"),
            wav, RawHttp.Text($"\r\n--{Boundary}--\r\n"));
        return RawHttp.Join(RawHttp.Text(
            $"POST /api/audio/ingest HTTP/1.1\nHost: localhost:5173\nUser-Agent: python-requests/2.32.3\nAccept-Encoding: gzip, deflate\nAccept: */*\n"
            + $"Connection: keep-alive\nAuthorization: Bearer {token}\nContent-Length: {body.Length}\nContent-Type: multipart/form-data; boundary={Boundary}\n\n"), body);
    }
}
