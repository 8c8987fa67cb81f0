using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Chorale.Hub.Access;

/// <summary>The cookie of a login, and what a request that comes with it has to carry besides.</summary>
internal sealed class Cookies(byte[] key)
{
    /// <summary>The page marks what it asks: such an answer never makes the browser open its own login dialog.</summary>
    public const string PageHeader = "X-Chorale-Page";

    /// <summary>Carries <see cref="Antiforgery"/>.</summary>
    public const string AntiforgeryHeader = "X-Chorale-Antiforgery";

    /// <summary>Browsers do not tell the ports of a machine apart: two hubs on one machine must not log each other's people out.</summary>
    private readonly string _name = "chorale_" + Convert.ToHexStringLower(HMACSHA256.HashData(key, "name"u8))[..8];

    public string? Read(HttpRequest request) => request.Cookies[_name] is { Length: > 0 and < 200 } cookie ? cookie : null;

    public void Give(HttpContext http, string cookie) => http.Response.Cookies.Append(_name, cookie, Options(http.Request, Sessions.LifeMax));

    public void Take(HttpContext http) => http.Response.Cookies.Delete(_name, Options(http.Request, null));

    /// <summary>Belongs to one login: another page cannot read it, and one that was loaded before somebody else logged in has an old one.</summary>
    public string Antiforgery(Session session) =>
        Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes("form " + session.Hash))[..24]).Replace('+', '-').Replace('/', '_');

    public bool IsAntiforgery(HttpRequest request, Session session) => Secrets.AreEqual(request.Headers[AntiforgeryHeader].ToString(), Antiforgery(session));

    private static CookieOptions Options(HttpRequest request, TimeSpan? life) => new()
    {
        HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = life, IsEssential = true,
        // Behind a proxy that has the certificate, the page's own word says that it came by https.
        Secure = request.IsHttps || request.Headers.Origin.ToString().StartsWith("https://", StringComparison.OrdinalIgnoreCase),
    };
}
