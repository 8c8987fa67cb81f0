using System.IO.Compression;
using System.Security.Cryptography;
using Chorale.Hub.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>The page: the files that <c>src/web</c> was built into, embedded in the program.</summary>
internal static class PageApi
{
    /// <summary>
    /// The one style element that wavesurfer 7.12.12 makes, by its content with a height of 96: another version, or another text, is refused
    /// by the browser, and the page's tests fail.
    /// </summary>
    private const string WaveStyle = "'sha256-Y/8t1dAKa3ay+RZEiEFEDr8dFiQhpaFvYXXUfT3p6ZU='";

    /// <summary>Nothing from anywhere else, nothing inline: a name that is markup stays text even where the page forgot.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' " + WaveStyle + "; img-src 'self' data:; connect-src 'self'; media-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Prefix = "web/";

    /// <summary>Of each file there is one that is packed already; browsers take it over https and from the machine itself, elsewhere gzip.</summary>
    private const string Brotli = ".br";

    /// <summary>Files below have their content's hash in their name.</summary>
    private const string Hashed = "/assets/";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var assembly = typeof(PageApi).Assembly;
        var names = assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToList();
        if (!names.Contains(Prefix + "index.html")) throw new InvalidOperationException("the page is not built into the hub: run scripts/build-page, then build again");
        foreach (var name in names.Where(n => !n.EndsWith(Brotli, StringComparison.Ordinal)))
        {
            var path = name == Prefix + "index.html" ? "/" : "/" + name[Prefix.Length..];
            Map(routes, path, Read(name), Read(name + Brotli), Type(name));
        }

        byte[] Read(string name)
        {
            using var stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not built into the hub: run scripts/build-page, then build again");
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.ToArray();
        }
    }

    private static void Map(IEndpointRouteBuilder routes, string path, byte[] plain, byte[] brotli, string type)
    {
        var packed = Pack(plain);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(plain))[..16]}\"";
        var caching = path.StartsWith(Hashed, StringComparison.Ordinal) ? "max-age=31536000, immutable" : "no-cache"; // asked again each time, answered 304 while it is the same
        routes.MapMethods(path, ["GET", "HEAD"], (HttpContext http) =>
        {
            var headers = http.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.CacheControl = caching;
            headers.Vary = "Accept-Encoding";
            headers.ETag = tag;
            if (http.Request.Headers.IfNoneMatch == tag) return Results.StatusCode(304);
            var (encoding, bytes) = Takes(http, "br") ? ("br", brotli) : Takes(http, "gzip") ? ("gzip", packed) : ("", plain);
            if (encoding != "") headers.ContentEncoding = encoding;
            return Results.Bytes(bytes, type);
        }).WithMetadata(OwnAuthentication.Instance).ExcludeFromDescription(); // there is nothing in them that is not in the program
    }

    private static bool Takes(HttpContext http, string encoding) =>
        http.Request.Headers.AcceptEncoding.ToString().Split(',', StringSplitOptions.TrimEntries).Any(e => e.Split(';')[0].TrimEnd().Equals(encoding, StringComparison.OrdinalIgnoreCase));

    private static byte[] Pack(byte[] plain)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Optimal)) gzip.Write(plain);
        return memory.ToArray();
    }

    private static string Type(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"{name}: say here of what type {other} is"),
    };
}
