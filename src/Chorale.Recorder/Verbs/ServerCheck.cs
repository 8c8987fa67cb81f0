using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Upload;

namespace Chorale.Recorder.Verbs;

/// <summary>
/// Walks to the server step by step: name, connection, TLS, token, permission to upload. Nothing is stored there. For the Ingest API the
/// last step posts a complete form whose file is empty: a server looks at the token first (401), then at the ids (422 that says so), and
/// refuses the empty file last (422), so that very refusal is the proof. For Mycelia the token is fetched, and a post without audio must
/// be refused with 400.
/// </summary>
internal sealed class ServerCheck(UploadSettings upload, TimeProvider time)
{
    private const string Area = "server";
    private static readonly TimeSpan StepTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SoonExpired = TimeSpan.FromDays(14);

    public async IAsyncEnumerable<CheckStep> RunAsync([EnumeratorCancellation] CancellationToken stopping)
    {
        if (upload.Sink == UploadSink.None)
        {
            yield return new CheckStep(Area, "sink", CheckResult.Skipped, "none: chunks stay in the spool", null);
            yield break;
        }

        var url = upload.Url!;
        foreach (var (name, step) in Steps(url))
        {
            var result = await WithinAsync(name, step, stopping);
            yield return result;
            if (result.Result == CheckResult.Failed)
            {
                yield return new CheckStep(Area, "the rest", CheckResult.Skipped, $"after {name} failed");
                yield break;
            }
        }
    }

    private IEnumerable<(string, Func<CancellationToken, Task<CheckStep>>)> Steps(Uri url)
    {
        yield return ("name", c => ResolveAsync(url, c));
        yield return ("connection", c => ConnectAsync(url, c));
        yield return ("TLS", c => SecureAsync(url, c));
        if (upload.Sink == UploadSink.Ingest)
        {
            yield return ("token and permission", PostEmptyChunkAsync);
            yield break;
        }

        yield return ("token", FetchTokenAsync);
        yield return ("permission", PostWithoutAudioAsync);
    }

    private async Task<CheckStep> WithinAsync(string name, Func<CancellationToken, Task<CheckStep>> step, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(StepTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            return await step(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return Failed(name, $"no answer within {StepTime.TotalSeconds:0} s", "is the server up, and does a firewall drop the packets?");
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or ArgumentException)
        {
            return Failed(name, (e.InnerException ?? e).Message, null);
        }
    }

    private static async Task<CheckStep> ResolveAsync(Uri url, CancellationToken cancel)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(url.DnsSafeHost, cancel);
            return addresses.Length == 0 ? Failed("name", $"{url.Host} has no address", null) : Ok("name", $"{url.Host} is {string.Join(", ", addresses.Select(a => a.ToString()))}");
        }
        catch (SocketException e)
        {
            return Failed("name", $"{url.Host}: {e.Message}", "check the spelling, and the network of this machine");
        }
    }

    private static async Task<CheckStep> ConnectAsync(Uri url, CancellationToken cancel)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(url.DnsSafeHost, url.Port, cancel);
            return Ok("connection", $"port {url.Port} of {socket.RemoteEndPoint}");
        }
        catch (SocketException e)
        {
            return Failed("connection", $"port {url.Port}: {e.Message}", "is the server running, and is this its port?");
        }
    }

    private async Task<CheckStep> SecureAsync(Uri url, CancellationToken cancel)
    {
        if (url.Scheme == "http")
        {
            return new CheckStep(Area, "TLS", url.IsLoopback ? CheckResult.Ok : CheckResult.Warning, "http: not encrypted", url.IsLoopback ? null : "use https beyond this machine");
        }

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(url.DnsSafeHost, url.Port, cancel);
        var validate = new ServerOptions(url.AbsoluteUri, upload.CaFile).CreateValidation();
        await using var tls = new SslStream(new NetworkStream(socket));
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.Host, RemoteCertificateValidationCallback = validate }, cancel);
        }
        catch (AuthenticationException e)
        {
            return Failed("TLS", e.Message, "a private authority goes into upload.ca_file; a wrong date on this machine also looks like this");
        }

        using var certificate = new X509Certificate2(tls.RemoteCertificate!);
        var expiry = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        var detail = string.Create(CultureInfo.InvariantCulture, $"{tls.SslProtocol}, {certificate.Subject}, until {expiry:yyyy-MM-dd}");
        return expiry - time.GetUtcNow() < SoonExpired ? new CheckStep(Area, "TLS", CheckResult.Warning, detail, "the certificate expires within two weeks") : Ok("TLS", detail);
    }

    private async Task<CheckStep> PostEmptyChunkAsync(CancellationToken cancel)
    {
        const string Name = "token and permission";
        var ids = upload.Ids!;
        // The very form of an upload: what this server takes from the recorder is what it is asked about.
        var empty = Path.GetTempFileName();
        using var file = new ChunkFile(empty);
        File.Delete(empty);
        KeyValuePair<string, string>[] fields =
        [
            new(IngestParts.PointId, ids.PointId.ToString()), new(IngestParts.RegisterId, ids.RegisterId.ToString()), new(IngestParts.DeviceId, ids.DeviceId.ToString()),
            new(IngestParts.StartTs, "2000-01-01T00:00:00Z"), new(IngestParts.EndTs, "2000-01-01T00:01:00Z"), new(IngestParts.Codec, "opus"), new(IngestParts.SampleRate, "48000"), new(IngestParts.Channels, "1"),
        ];
        var reply = await PostAsync(IngestParts.Path, () => new ChunkMultipart(fields, IngestParts.ChunkFile, "chunk_20000101_000000.ogg", "audio/ogg", file),
            new AuthenticationHeaderValue("Bearer", upload.Token), cancel);
        var says = Said(reply);
        return reply.Status switch
        {
            401 => Failed(Name, "401: the token is refused. " + says, "compare upload.token with the server's list of devices; is the device enabled there?"),
            403 => Failed(Name, "403: the token is known but may not upload. " + says, null),
            422 when says.Contains("does not match", StringComparison.Ordinal) => Failed(Name, "422: " + says, "upload.point_id, upload.register_id and upload.device_id must be those the token belongs to"),
            400 or 422 => Ok(Name, $"token and ids are taken (an empty chunk was refused: {reply.Status} {says})"),
            _ => Unexpected(Name, reply, IngestParts.Path),
        };
    }

    private string? _accessToken;

    private async Task<CheckStep> FetchTokenAsync(CancellationToken cancel)
    {
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{upload.ClientId}:{upload.Token}"));
        var reply = await PostAsync("/oauth/token", () => new FormUrlEncodedContent([new("grant_type", "client_credentials")]), new AuthenticationHeaderValue("Basic", basic), cancel);
        if (reply.Status is 400 or 401) return Failed("token", $"{reply.Status}: client id or token are refused. {Said(reply)}", "compare upload.client_id and upload.token (MYCELIA_CLIENT_ID, MYCELIA_TOKEN)");
        if (reply.Status != 200) return Unexpected("token", reply, "/oauth/token");
        try
        {
            using var json = JsonDocument.Parse(reply.Text);
            _accessToken = json.RootElement.GetProperty("access_token").GetString();
            var seconds = json.RootElement.TryGetProperty("expires_in", out var expires) && expires.TryGetDouble(out var s) ? s : 0;
            return Ok("token", seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $"valid for {seconds / 3600:0.#} h") : "given");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Failed("token", "200, but no token in the answer: is this a Mycelia server?", null);
        }
    }

    private async Task<CheckStep> PostWithoutAudioAsync(CancellationToken cancel)
    {
        var reply = await PostAsync("/api/audio/ingest", () => new MultipartFormDataContent { { new StringContent("{}"), "data" } },
            new AuthenticationHeaderValue("Bearer", _accessToken), cancel);
        return reply.Status switch
        {
            400 or 422 => Ok("permission", $"uploads are taken (one without audio was refused: {reply.Status} {Said(reply)})"),
            401 or 403 => Failed("permission", $"{reply.Status}: the token may not upload. {Said(reply)}", null),
            _ => Unexpected("permission", reply, "/api/audio/ingest"),
        };
    }

    private async Task<ServerReply> PostAsync(string path, Func<HttpContent> body, AuthenticationHeaderValue authorization, CancellationToken cancel)
    {
        using var link = new ServerLink(new ServerOptions(upload.Url!.AbsoluteUri, upload.CaFile) { ProgressTimeout = StepTime }, time);
        return await link.PostAsync(path, _ => body(), headers => headers.Authorization = authorization, askFirst: false, cancel);
    }

    private static CheckStep Unexpected(string name, ServerReply reply, string path) => reply switch
    {
        { End: not LinkEnd.Answered } => Failed(name, reply.Text, null),
        { Status: 404 or 405 } => Failed(name, $"{reply.Status}: there is no {path} there", "is upload.url the base address of the server, and upload.sink its kind?"),
        { Status: >= 200 and < 300 } => Failed(name, $"{reply.Status} where a refusal is right: {Said(reply)}", "something else answers in place of the server, such as the log-in page of a network"),
        { Status: >= 300 and < 400 } => Failed(name, $"{reply.Status}: {Said(reply)}", "set upload.url to where it leads"),
        { Status: 429 or >= 500 } => new CheckStep(Area, name, CheckResult.Warning, $"{reply.Status}: the server cannot answer now. {Said(reply)}", "chunks wait in the spool meanwhile"),
        _ => Failed(name, $"{reply.Status}: {Said(reply)}", null),
    };

    // Only the beginning, in one line: it is a stranger's text.
    private static string Said(ServerReply reply)
    {
        var text = string.Concat(reply.Text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return text.Length > 160 ? text[..160] + "..." : text;
    }

    private static CheckStep Ok(string name, string detail) => new(Area, name, CheckResult.Ok, detail);

    private static CheckStep Failed(string name, string detail, string? advice) => new(Area, name, CheckResult.Failed, detail, advice);
}
