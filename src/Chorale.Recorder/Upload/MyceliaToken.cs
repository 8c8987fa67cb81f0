using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Upload;

/// <summary>The Bearer token of a Mycelia server: fetched when needed, kept while it lasts. Used by one task.</summary>
internal sealed class MyceliaToken(MyceliaOptions options, ServerLink link, TimeProvider time)
{
    /// <summary>A token with less than this left may expire while a chunk is on its way.</summary>
    private static readonly TimeSpan LeastLeft = TimeSpan.FromSeconds(60);

    private string? _token;
    private long _gotStamp;
    private TimeSpan _lasts;

    public string Current => _token ?? "";

    /// <summary>The server did not want it.</summary>
    public void Forget() => _token = null;

    /// <returns>Null when <see cref="Current"/> can be used, else why there is none.</returns>
    public async Task<UploadResult?> EnsureAsync(CancellationToken stopping)
    {
        if (_token is not null && _lasts - time.GetElapsedTime(_gotStamp) >= LeastLeft) return null;
        _token = null;
        var asked = time.GetTimestamp(); // its life begins at the latest when it was asked for, by our own monotonic clock
        var reply = await link.PostAsync(MyceliaParts.TokenPath, _ => Body(), AddHeaders, askFirst: false, stopping);
        if (reply.Status is 400 or 401 or 403)
            return new(UploadOutcome.Unavailable, $"token refused, {reply.Status}: {Verdict.Excerpt(reply.Text, options.ClientSecret)}", reply.Status, reply.RetryAfter, IsCredentialProblem: true);
        if (reply.Status == 200 && Read(reply.Text) is { AccessToken: { Length: > 0 } token } granted)
        {
            (_token, _gotStamp, _lasts) = (token, asked, TimeSpan.FromSeconds(Math.Clamp(granted.ExpiresIn ?? 0, 0, 1e9)));
            return null;
        }

        var result = Verdict.Of(reply, _ => null, options.ClientSecret);
        return result with { Outcome = UploadOutcome.Unavailable, Detail = $"no token: {result.Detail}", MayBeTheChunk = false };
    }

    private static ByteArrayContent Body()
    {
        var body = new ByteArrayContent(Encoding.ASCII.GetBytes(MyceliaParts.TokenBody));
        body.Headers.TryAddWithoutValidation("Content-Type", MyceliaParts.TokenContentType);
        return body;
    }

    private static TokenReply? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, UploadJson.Default.TokenReply);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void AddHeaders(HttpRequestHeaders headers)
    {
        var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.ClientId}:{options.ClientSecret}"));
        headers.TryAddWithoutValidation("Authorization", $"Basic {pair}");
        headers.TryAddWithoutValidation("Accept", "application/json");
    }
}
