using System.Net;
using System.Security.Claims;
using System.Security.Principal;
using System.Text;
using Chorale.Hub.Api;
using Microsoft.AspNetCore.Http;

namespace Chorale.Hub.Access;

/// <summary>Metadata of an endpoint that authenticates its callers itself, or needs none. Everything else is the operator's.</summary>
internal sealed class OwnAuthentication
{
    public static readonly OwnAuthentication Instance = new();
}

/// <summary>
/// Metadata of an endpoint that changes something and is yet open to programs of this machine while the hub listens on loopback alone and
/// has no operator: whoever can reach it can reach the broker beside it too.
/// </summary>
internal sealed class OpenOnLoopback
{
    public static readonly OpenOnLoopback Instance = new();
}

/// <summary>Metadata of an endpoint of the older dashboard, whose front end knows the realm by name.</summary>
internal sealed class DashboardRealm
{
    public const string Name = "Login Required";

    public static readonly DashboardRealm Instance = new();
}

/// <summary>
/// Middleware after routing: fails closed. Whatever endpoint does not carry <see cref="OwnAuthentication"/> needs an operator (Basic with
/// name and secret, Bearer with the secret or with a token of the login), except that a hub on loopback without any operator credential
/// may be read by anybody on the machine.
/// </summary>
internal sealed class OperatorGate(HubParts hub, RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<OwnAuthentication>() is not null)
        {
            await next(http);
            return;
        }

        if (IsForeignOrigin(http.Request))
        {
            await Answer.DetailAsync(http, 403, "Cross-origin request");
            return;
        }

        switch (Judge(http))
        {
            case Verdict.Pass:
                await next(http);
                return;
            case Verdict.Wait:
                await Answer.ThrottledAsync(http, hub.Throttle.Wait(http.Connection.RemoteIpAddress));
                return;
            default:
                var realm = http.GetEndpoint()?.Metadata.GetMetadata<DashboardRealm>() is null ? "Chorale" : DashboardRealm.Name;
                http.Response.Headers.WWWAuthenticate = $"Basic realm=\"{realm}\", charset=\"UTF-8\"";
                await Answer.DetailAsync(http, 401, "Operator credential required: `chorale token add --operator NAME` makes one");
                return;
        }
    }

    private enum Verdict
    {
        Pass,
        Refuse,
        Wait,
    }

    private Verdict Judge(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (header.Length == 0) return IsOpen(http) ? Verdict.Pass : Verdict.Refuse;
        var address = http.Connection.RemoteIpAddress;
        if (hub.Throttle.Wait(address) > TimeSpan.Zero) return Verdict.Wait;
        if (Operators.Authenticate(hub, header) is { } name)
        {
            http.User = new ClaimsPrincipal(new GenericIdentity(name)); // who asked is told to everybody who looks on
            return Verdict.Pass;
        }

        hub.Throttle.Failed(address);
        return Verdict.Refuse;
    }

    /// <summary>Reading on loopback, and commanding the fleet there, asked for under a loopback name: a foreign page that rebinds its own name to 127.0.0.1 is refused.</summary>
    private bool IsOpen(HttpContext http) => http.Request is var request
        && hub.Settings.IsLoopbackOnly
        && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || http.GetEndpoint()?.Metadata.GetMetadata<OpenOnLoopback>() is not null)
        && (request.Host.Host is "localhost" || (IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)))
        && !hub.Access.Has(CredentialKind.Operator);

    /// <summary>A browser sends Basic credentials along with whatever page asks: what changes something must come from our own page, or from no page.</summary>
    private static bool IsForeignOrigin(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
        && request.Headers.Origin.ToString() is { Length: > 0 } origin
        && !(Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
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
        return hub.Signer.Read(token) is { } claims && (string?)claims["role"] == "operator" && (string?)claims["sub"] is { } subject
            && hub.Access.IsValidSubject(CredentialKind.Operator, subject) ? subject : null;
    }

    /// <summary>Name and secret must belong together.</summary>
    public static string? ByPassword(HubParts hub, string name, string secret) =>
        hub.Access.Find(secret) is { Kind: CredentialKind.Operator } found && found.Subject == name ? name : null;

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
