using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Chorale.TestKit;

/// <summary>A request as it came over the wire.</summary>
public sealed record SeenRequest(string Method, string Path, string Protocol, IReadOnlyDictionary<string, string> Headers, byte[] Body, string ConnectionId)
{
    /// <summary>Body split at its boundary, in wire order; throws on anything that is not exactly RFC 7578.</summary>
    public IReadOnlyList<SeenPart> Parts => SeenPart.Split(Headers["Content-Type"], Body);

    public SeenPart Part(string name) => Parts.Single(p => p.Name == name);
}

/// <summary>One answer of the script: gets the request, and decides how much of it is read.</summary>
public delegate Task IngestAnswer(ScriptedIngest server, HttpContext http);

/// <summary>
/// A real HTTP server on loopback that answers a script, then <see cref="Default"/>. What it says it stored is stored once per
/// <c>Idempotency-Key</c>, as an honest server does.
/// </summary>
public sealed class ScriptedIngest : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<string, byte[]> _stored = new();

    private ScriptedIngest(WebApplication app) => _app = app;

    public ConcurrentQueue<IngestAnswer> Script { get; } = new();

    /// <summary>Answers of the token endpoint.</summary>
    public ConcurrentQueue<IngestAnswer> TokenScript { get; } = new();

    public IngestAnswer Default { get; set; } = Answers.Store;

    public IngestAnswer TokenDefault { get; set; } = Answers.Token("token-1", 86400);

    /// <summary>Every request whose body was read to its end, in order.</summary>
    public ConcurrentQueue<SeenRequest> Seen { get; } = new();

    public int Connections => Seen.Select(r => r.ConnectionId).Distinct().Count();

    /// <summary>Requests that reached the server, whatever became of them.</summary>
    public int Begun => _begun;

    /// <summary>Chunk bytes by idempotency key.</summary>
    public IReadOnlyDictionary<string, byte[]> Stored => _stored;

    /// <summary>Keys in the order they were first stored.</summary>
    public ConcurrentQueue<string> StoredOrder { get; } = new();

    public string Url => _app.Urls.Single();

    public int Port => new Uri(Url).Port;

    /// <summary>Cancelled when the server goes.</summary>
    public CancellationToken Ending => _ending.Token;

    private int _begun;

    public static async Task<ScriptedIngest> StartAsync(int port = 0, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        if (certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.Limits.MaxRequestBodySize = null;
            k.Limits.MinRequestBodyDataRate = null;
            k.Listen(IPAddress.Loopback, port, l =>
            {
                if (certificate is not null) l.UseHttps(certificate);
            });
        });
        var app = builder.Build();
        var server = new ScriptedIngest(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>Reads the body and remembers the request.</summary>
    public async Task<SeenRequest> ReadAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var headers = http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var request = new SeenRequest(http.Request.Method, http.Request.Path, http.Request.Protocol, headers, body.ToArray(), http.Connection.Id);
        Seen.Enqueue(request);
        return request;
    }

    /// <summary>Keeps the chunk under its key; false when it was there.</summary>
    public bool Keep(SeenRequest request)
    {
        var key = request.Headers.GetValueOrDefault("Idempotency-Key") ?? Guid.NewGuid().ToString();
        if (!_stored.TryAdd(key, request.Parts[^1].Bytes)) return false;
        StoredOrder.Enqueue(key);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _ending.Dispose();
    }

    private Task AnswerAsync(HttpContext http)
    {
        Interlocked.Increment(ref _begun);
        var isToken = http.Request.Path == "/oauth/token";
        var script = isToken ? TokenScript : Script;
        var answer = script.TryDequeue(out var next) ? next : isToken ? TokenDefault : Default;
        return answer(this, http);
    }
}

/// <summary>The answers a script is made of.</summary>
public static class Answers
{
    /// <summary>Stores the chunk and says so, in the words of whichever contract the path belongs to.</summary>
    public static async Task Store(ScriptedIngest server, HttpContext http)
    {
        var request = await server.ReadAsync(http);
        server.Keep(request);
        await Text(http, 200, "application/json", request.Path.EndsWith("/api/audio/ingest", StringComparison.Ordinal)
            ? """{"success":true,"chunk_id":"c1","source_file_id":"65a000000000000000000001","chunk_number":0,"start_time":"2026-01-05T10:00:00Z","file_size":9,"streaming":true,"duration_ms":10000,"message":"ok"}"""
            : """{"status":"ok","chunk_id":"5e0c4a3e-0000-4000-8000-000000000001","stored_path":"audio/p/r/2026-01-05/10/chunk_x.ogg","queued":true}""");
    }

    /// <summary>Reads everything, then answers.</summary>
    public static IngestAnswer Say(int status, string text, string type = "application/json", string? retryAfter = null, string? location = null) => async (server, http) =>
    {
        await server.ReadAsync(http);
        if (retryAfter is not null) http.Response.Headers.RetryAfter = retryAfter;
        if (location is not null) http.Response.Headers.Location = location;
        await Text(http, status, type, text);
    };

    /// <summary>Answers before the body is read, lingers a moment, and closes: what a server with a size limit does.</summary>
    public static IngestAnswer RefuseUnread(int status, string text) => async (_, http) =>
    {
        http.Response.Headers.Connection = "close";
        await Text(http, status, "application/json", text);
        await http.Response.CompleteAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        http.Abort();
    };

    /// <summary>Reads the body and never answers.</summary>
    public static async Task Hang(ScriptedIngest server, HttpContext http)
    {
        await server.ReadAsync(http);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationTokenSource.CreateLinkedTokenSource(server.Ending, http.RequestAborted).Token)
            .ContinueWith(_ => { }, TaskScheduler.Default);
    }

    /// <summary>Reads a little, then resets the connection.</summary>
    public static async Task ResetMidBody(ScriptedIngest server, HttpContext http)
    {
        await http.Request.Body.ReadAtLeastAsync(new byte[1000], 1000, throwOnEndOfStream: false);
        http.Abort();
    }

    /// <summary>Stores the chunk, then the line breaks before the answer.</summary>
    public static async Task StoreButDropReply(ScriptedIngest server, HttpContext http)
    {
        server.Keep(await server.ReadAsync(http));
        http.Abort();
    }

    public static IngestAnswer Token(string token, int expiresInSeconds) =>
        Say(200, $$"""{"access_token":"{{token}}","token_type":"bearer","expires_in":{{expiresInSeconds}},"scope":"*"}""");

    private static async Task Text(HttpContext http, int status, string type, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        await http.Response.WriteAsync(text);
    }
}
