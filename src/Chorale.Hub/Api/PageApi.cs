using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>The page: a few files built into the program.</summary>
internal static class PageApi
{
    /// <summary>Nothing from anywhere else, nothing inline: a name that is markup stays text even where the page forgot.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; media-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "/", "index.html", "text/html; charset=utf-8");
        Map(routes, "/app.js", "app.js", "text/javascript; charset=utf-8");
        Map(routes, "/timeline.js", "timeline.js", "text/javascript; charset=utf-8");
        Map(routes, "/style.css", "style.css", "text/css; charset=utf-8");
        Map(routes, "/icon.svg", "icon.svg", "image/svg+xml");
    }

    private static void Map(IEndpointRouteBuilder routes, string path, string file, string type)
    {
        using var stream = typeof(PageApi).Assembly.GetManifestResourceStream("web/" + file)
            ?? throw new InvalidOperationException($"web/{file} is not built into the hub");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var bytes = memory.ToArray();
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"";
        routes.MapMethods(path, ["GET", "HEAD"], (HttpContext http) =>
        {
            var headers = http.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.CacheControl = "no-cache"; // asked again each time, answered 304 while it is the same
            headers.ETag = tag;
            return http.Request.Headers.IfNoneMatch == tag ? Results.StatusCode(304) : Results.Bytes(bytes, type);
        }).ExcludeFromDescription();
    }
}
