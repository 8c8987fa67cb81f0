using System.Text.Json;
using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Upload;

/// <summary>
/// What an answer means, for both contracts; the table of design/upload.md. Only 413, 415 and 422 speak of the chunk. Every other refusal
/// may come from a proxy, an account or an address, and audio is never set aside for those.
/// </summary>
internal static class Verdict
{
    private const int ExcerptCharsMax = 200;

    /// <param name="accept">Reads the body of a 200; null when it is not an acceptance.</param>
    /// <param name="secret">Blanked out of whatever the server echoes.</param>
    public static UploadResult Of(ServerReply reply, Func<string, UploadResult?> accept, string secret)
    {
        var said = Excerpt(reply.Text, secret);
        return reply switch
        {
            { End: LinkEnd.NotReached } => new(UploadOutcome.Unavailable, said),
            { End: LinkEnd.Broken } => new(UploadOutcome.Unavailable, said, MayBeTheChunk: true),
            { Status: 200 } => accept(reply.Text)
                ?? new(UploadOutcome.Unavailable, $"answered 200 with {reply.ContentType ?? "an unknown type"} that is no receipt (captive portal or wrong address?)", 200),
            { Status: 413 or 415 or 422 } => new(UploadOutcome.Rejected, $"{reply.Status}: {said}", reply.Status),
            { Status: 401 or 403 } => new(UploadOutcome.Unavailable, $"{reply.Status}: {said}", reply.Status, reply.RetryAfter, IsCredentialProblem: true),
            { Status: 404 or 405 or 407 or 429 or 503 or (>= 300 and < 400) } => new(UploadOutcome.Unavailable, $"{reply.Status}: {said}", reply.Status, reply.RetryAfter),
            { Status: > 200 and < 300 } => new(UploadOutcome.Unavailable, $"{reply.Status}: only 200 is a receipt", reply.Status),
            _ => new(UploadOutcome.Unavailable, $"{reply.Status}: {said}", reply.Status, reply.RetryAfter, MayBeTheChunk: true),
        };
    }

    /// <summary>The server's own words: <c>detail</c> of an Ingest API, <c>error</c> of a token endpoint, else the beginning of the text.</summary>
    public static string Excerpt(string text, string secret)
    {
        var words = Words(text);
        if (secret.Length > 0) words = words.Replace(secret, "***", StringComparison.Ordinal);
        words = string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        words = string.Concat(words.Where(c => !char.IsControl(c)));
        return words.Length <= ExcerptCharsMax ? words : words[..ExcerptCharsMax] + "...";
    }

    private static string Words(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("{")) return text;
        try
        {
            using var json = JsonDocument.Parse(text);
            foreach (var key in (ReadOnlySpan<string>)["detail", "error", "message", "title"])
                if (json.RootElement.TryGetProperty(key, out var value)) return value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        }
        catch (JsonException)
        {
            // Cut off or not JSON after all: the text as it is says more than nothing.
        }

        return text;
    }
}
