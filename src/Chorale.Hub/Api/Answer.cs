using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Chorale.Hub.Api;

/// <summary>Bodies that the endpoints of the existing contracts share.</summary>
internal static class Answer
{
    /// <summary><c>{"detail":"..."}</c>, the shape of every refusal of an Ingest API.</summary>
    public static Task DetailAsync(HttpContext http, int status, string detail) => JsonAsync(http, status, new { detail });

    /// <summary>401 with the scheme that is asked for.</summary>
    public static Task UnauthorizedAsync(HttpContext http, string detail)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return DetailAsync(http, 401, detail);
    }

    public static Task ThrottledAsync(HttpContext http, TimeSpan wait)
    {
        http.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return DetailAsync(http, 429, "Too many failed logins from this address");
    }

    /// <summary>A caller that changes or asks faster than anybody needs to.</summary>
    public static Task TooFastAsync(HttpContext http, TimeSpan wait)
    {
        http.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return ProblemAsync(http, 429, "urn:chorale:too-fast", "Too many requests in a short time; this one was not carried out");
    }

    /// <summary>RFC 9457; <c>detail</c> stands where the refusals of an Ingest API have it.</summary>
    public static Task ProblemAsync(HttpContext http, int status, string type, string detail) =>
        JsonAsync(http, status, new { type, status, detail }, "application/problem+json");

    /// <summary>422 with a list, the shape of a form error: one entry a field.</summary>
    public static Task FieldsAsync(HttpContext http, IReadOnlyList<FieldError> errors) => JsonAsync(http, 422, new { detail = errors });

    public static Task TextAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        var bytes = Encoding.UTF8.GetBytes(text);
        http.Response.ContentLength = bytes.Length;
        return http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }

    public static async Task JsonAsync<T>(HttpContext http, int status, T body, string type = "application/json")
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, Json);
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
    }

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}

/// <summary>One entry of a form error: <c>{"type":"missing","loc":["body","point_id"],"msg":"Field required","input":null}</c>.</summary>
internal sealed record FieldError(string Type, IReadOnlyList<string> Loc, string Msg, string? Input)
{
    public static FieldError Missing(string field) => new("missing", ["body", field], "Field required", null);

    public static FieldError Bad(string field, string type, string message, string input) =>
        new(type, ["body", field], message, input.Length <= 200 ? input : input[..200]);
}
