using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Upload;

/// <summary>How far an attempt got.</summary>
internal enum LinkEnd
{
    /// <summary>A complete answer; <see cref="ServerReply.Status"/> is set.</summary>
    Answered,

    /// <summary>No connection: name, route, refusal, TLS.</summary>
    NotReached,

    /// <summary>Connected, then cut or silent.</summary>
    Broken,
}

/// <param name="End">How far it got.</param>
/// <param name="Status">HTTP status when answered, else 0.</param>
/// <param name="Text">Body of the answer (at most 64 KiB of it), or what went wrong.</param>
/// <param name="ContentType">Of the answer.</param>
/// <param name="RetryAfter">Asked for by the server.</param>
internal sealed record ServerReply(LinkEnd End, int Status, string Text, string? ContentType = null, TimeSpan? RetryAfter = null)
{
    /// <summary>What the server said of <see cref="LiveWire.Header"/>; null where it does not speak it.</summary>
    public string? Live { get; init; }
}

/// <summary>One server over HTTP/1.1 with keep-alive. Never throws for anything the network does; used by one task at a time.</summary>
internal sealed class ServerLink : IDisposable
{
    /// <summary>An answer of either contract is under 1 KiB; a page of a captive portal is worth no more than its beginning.</summary>
    private const int ReplyBytesMax = 64 * 1024;
    private const int RedirectsMax = 3;

    /// <summary>
    /// Left to itself the kernel takes megabytes at once, and a slow line then looks like one that stopped. 128 KiB drain in 60 s at
    /// 17 kbit/s, and carry 10 Mbit/s over a line of 100 ms.
    /// </summary>
    private const int SendBufferBytes = 128 * 1024;

    internal static readonly string Agent = $"chorale/{typeof(ServerLink).Assembly.GetName().Version?.ToString(3)}";

    private readonly HttpClient _http;
    private readonly ServerOptions _options;
    private readonly TimeProvider _time;

    public ServerLink(ServerOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        Address = options.Parse();
        _http = new HttpClient(CreateHandler(options, SendBufferBytes)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public Uri Address { get; }

    /// <param name="options">Trust and patience.</param>
    /// <param name="sendBufferBytes">What the kernel may hold of a body.</param>
    internal static SocketsHttpHandler CreateHandler(ServerOptions options, int sendBufferBytes) => new()
    {
        AllowAutoRedirect = false, // it would turn a POST into a GET
        UseCookies = false,
        ConnectTimeout = options.ProgressTimeout < TimeSpan.FromSeconds(20) ? options.ProgressTimeout : TimeSpan.FromSeconds(20),
        PooledConnectionLifetime = TimeSpan.FromMinutes(15), // a server that moved is found again
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90), // survives the pause between two chunks of a minute
        ConnectCallback = (context, cancel) => ConnectAsync(context, sendBufferBytes, cancel),
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = options.CreateValidation() },
    };

    /// <summary>Posts to <paramref name="path"/> below the base address, following 307 and 308 within the same host.</summary>
    /// <param name="body">Makes the body; called once per hop with what to call when there is a line and when bytes have gone out.</param>
    /// <param name="askFirst">Sends <c>Expect: 100-continue</c>, so that a refusal comes before the body and is not lost in a reset.</param>
    public async Task<ServerReply> PostAsync(string path, Func<Action, HttpContent> body, Action<HttpRequestHeaders> headers, bool askFirst, CancellationToken stopping)
    {
        var target = _options.At(path);
        for (var hop = 0; ; hop++)
        {
            var (reply, location) = await PostOnceAsync(target, body, headers, askFirst, stopping);
            if (reply.Status is < 300 or > 399) return reply;
            if (location is null) return reply with { Text = "redirects without saying where" };
            var next = new Uri(target, location);
            if (reply.Status is not (307 or 308)) return reply with { Text = $"redirects to {Shown(next)}, which would turn the POST into a GET" };
            if (!KeepsCredentialsSafe(target, next)) return reply with { Text = $"redirects to {Shown(next)}, another server, which gets no token" };
            if (hop == RedirectsMax) return reply with { Text = $"redirects more than {RedirectsMax} times" };
            target = next;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Same host, and never from https back to http.</summary>
    private static bool KeepsCredentialsSafe(Uri from, Uri to) =>
        from.Host == to.Host && ((from.Scheme == to.Scheme && from.Port == to.Port) || (from.Scheme == "http" && to.Scheme == "https"));

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, int sendBufferBytes, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendBufferSize = sendBufferBytes };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Shown(Uri uri) => uri.GetLeftPart(UriPartial.Path);

    private async Task<(ServerReply Reply, Uri? Location)> PostOnceAsync(
        Uri target, Func<Action, HttpContent> body, Action<HttpRequestHeaders> headers, bool askFirst, CancellationToken stopping)
    {
        using var stalled = new CancellationTokenSource(_options.ProgressTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stalled.Token, stopping);
        var begun = false;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, target) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Content = body(() =>
            {
                begun = true;
                stalled.CancelAfter(_options.ProgressTimeout);
            });
            headers(request.Headers);
            request.Headers.UserAgent.ParseAdd(Agent);
            if (askFirst) request.Headers.ExpectContinue = true;
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            stalled.CancelAfter(_options.ProgressTimeout);
            begun = true;
            var text = await ReadAsync(response.Content, either.Token);
            var after = response.Headers.RetryAfter is { } r ? r.Delta ?? r.Date - _time.GetUtcNow() : null;
            return (new ServerReply(LinkEnd.Answered, (int)response.StatusCode, text, response.Content.Headers.ContentType?.MediaType, after) { Live = LiveOf(response) }, response.Headers.Location);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            var what = stalled.IsCancellationRequested ? $"nothing moved for {_options.ProgressTimeout.TotalSeconds:0} s" : "no connection in time";
            return (new ServerReply(begun ? LinkEnd.Broken : LinkEnd.NotReached, 0, what), null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (new ServerReply(IsBeforeConnection(e) ? LinkEnd.NotReached : LinkEnd.Broken, 0, Describe(e)), null);
        }
    }

    /// <summary>What breaks once there is a connection has no error of its own there, were it in the first piece of the body or while the server was asked first.</summary>
    private static bool IsBeforeConnection(Exception e) => e is HttpRequestException
    {
        HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
    };

    private static string? LiveOf(HttpResponseMessage response) => response.Headers.TryGetValues(LiveWire.Header, out var values) ? values.First() : null;

    private static async Task<string> ReadAsync(HttpContent content, CancellationToken cancel)
    {
        await using var stream = await content.ReadAsStreamAsync(cancel);
        var buffer = new byte[ReplyBytesMax];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    /// <summary>The innermost message says what happened; the outer ones say that something did.</summary>
    private static string Describe(Exception e)
    {
        var inner = e;
        while (inner.InnerException is { } deeper) inner = deeper;
        return (e as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => $"name not found: {inner.Message}",
            HttpRequestError.ConnectionError => $"no connection: {inner.Message}",
            HttpRequestError.SecureConnectionError => $"TLS: {inner.Message}",
            HttpRequestError.ResponseEnded => "connection closed before the answer",
            _ => inner.Message,
        };
    }
}
