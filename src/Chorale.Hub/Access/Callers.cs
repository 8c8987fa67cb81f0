using System.Net;
using System.Text;
using Chorale.Hub.Settings;
using Microsoft.AspNetCore.Http;

namespace Chorale.Hub.Access;

/// <summary>Finds out who asks.</summary>
internal sealed class Callers(HubParts hub)
{
    /// <param name="http">The request.</param>
    /// <param name="wait">How long to wait before a credential is looked at again; the caller is nobody until then.</param>
    public Caller Identify(HttpContext http, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        var header = http.Request.Headers.Authorization.ToString();
        if (header.Length > 0)
        {
            var address = http.Connection.RemoteIpAddress;
            wait = hub.Throttle.Wait(address);
            if (wait > TimeSpan.Zero) return Caller.Nobody;
            if (Operators.Authenticate(hub, header) is { } name) return new Caller(CallerKind.Token, name, Role.Technician, null);
            hub.Throttle.Failed(address);
            return Caller.Nobody;
        }

        if (hub.Cookies.Read(http.Request) is { } cookie && hub.Access.Sessions.Find(cookie) is { } session)
            return new Caller(CallerKind.Session, session.Name, session.Role, session);
        return IsOpenTo(http.Request) ? Caller.Open : Caller.Nobody;
    }

    /// <summary>Asked again and again while a stream is open: what was true at its beginning need not be.</summary>
    public bool IsStill(Caller caller, HttpContext http) => caller.Kind switch
    {
        CallerKind.Session => hub.Access.Sessions.FindByHash(caller.Session!.Hash) == caller.Session,
        CallerKind.Token => Operators.Authenticate(hub, http.Request.Headers.Authorization.ToString()) == caller.Name,
        CallerKind.Open => IsOpenTo(http.Request),
        _ => true,
    };

    /// <summary>Nobody is known to this hub yet: the link that it prints makes the first one.</summary>
    public bool IsFirstStart => !hub.Access.People.Any && !hub.Access.Has(CredentialKind.Operator);

    /// <summary>On loopback, asked for under a loopback name: a foreign page that rebinds its own name to 127.0.0.1 is refused.</summary>
    /// <remarks>Whoever had an operator once does not become open when that one is revoked.</remarks>
    private bool IsOpenTo(HttpRequest request) => hub.Settings.IsLoopbackOnly && IsLoopbackName(request) && !hub.Access.People.Any && !hub.Access.HadEver(CredentialKind.Operator);

    internal static bool IsLoopbackName(HttpRequest request) =>
        request.Host.Host is "localhost" || (IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}

/// <summary>Who is an operator.</summary>
internal static class Operators
{
    /// <summary>Name of the operator behind an Authorization header; null for anybody else.</summary>
    public static string? Authenticate(HubParts hub, string header)
    {
        if (header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return TryReadBasic(header, out var name, out var secret) ? ByPassword(hub, name, secret) : null;
        }

        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return null;
        var token = header["Bearer ".Length..].Trim();
        if (hub.Access.Find(token) is { Kind: CredentialKind.Operator } found) return found.Subject;
        return hub.Signer.Read(token) is { } claims && (string?)claims["role"] == "operator" ? hub.Access.SubjectOf(claims, CredentialKind.Operator, "sub") : null;
    }

    /// <summary>Name and secret must belong together.</summary>
    public static string? ByPassword(HubParts hub, string name, string secret) => Find(hub, name, secret)?.Subject;

    public static Credential? Find(HubParts hub, string name, string secret) =>
        hub.Access.Find(secret) is { Kind: CredentialKind.Operator } found && found.Subject == name ? found : null;

    public static bool TryReadBasic(string header, out string name, out string secret)
    {
        (name, secret) = ("", "");
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return false;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header["Basic ".Length..].Trim(), bytes, out var length)) return false;
        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return false;
        (name, secret) = (pair[..colon], pair[(colon + 1)..]);
        return true;
    }
}
