using System.Net;
using Chorale.Hub.Api;
using Chorale.Hub.Audit;
using Microsoft.AspNetCore.Http;

namespace Chorale.Hub.Access;

/// <summary>
/// Middleware after routing, the one place where it is decided who may do what; it fails closed. Whatever endpoint does not carry
/// <see cref="OwnAuthentication"/> needs a caller with the role of its <see cref="Needs"/>: where it names none, looking is the viewer's
/// and changing the operator's. Callers are an operator's credential (Basic, Bearer), a login of a browser, or, on a hub that listens on
/// loopback alone and knows neither users nor operators, anybody on the machine.
/// </summary>
internal sealed class OperatorGate(HubParts hub, RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var endpoint = http.GetEndpoint()?.Metadata;
        if (endpoint?.GetMetadata<OwnAuthentication>() is not null)
        {
            await next(http);
            return;
        }

        if (IsForeignOrigin(http.Request))
        {
            await RefuseAsync(http, 403, "foreign-origin", "Cross-origin request");
            return;
        }

        var caller = hub.Callers.Identify(http, out var wait);
        http.Features.Set(caller);
        if (endpoint?.GetMetadata<ForEverybody>() is not null)
        {
            await next(http);
            return;
        }

        if (wait > TimeSpan.Zero)
        {
            AuditNote.Of(http).Reason = "too many failed logins";
            await Answer.ThrottledAsync(http, wait);
            return;
        }

        var needs = endpoint?.GetMetadata<Needs>()?.Ability ?? (IsLook(http.Request) ? Ability.Read : Ability.Operate);
        if (caller.Kind == CallerKind.Nobody || (caller.Kind == CallerKind.Open && !IsOpen(http, caller, needs)))
        {
            await AskAsync(http);
            return;
        }

        if (!caller.May(needs))
        {
            await RefuseAsync(http, 403, "role", LacksRole(caller, needs));
            return;
        }

        if (caller.Session is { } session && !IsLook(http.Request) && !hub.Cookies.IsAntiforgery(http.Request, session))
        {
            await RefuseAsync(http, 403, "stale-form", "This form is older than your login: nothing was done. Look at what is there now, then do it again");
            return;
        }

        if (Pace(http, caller, needs) is var pause && pause > TimeSpan.Zero)
        {
            AuditNote.Of(http).Reason = "too fast";
            await Answer.TooFastAsync(http, pause);
            return;
        }

        await next(http);
    }

    /// <summary>For what only the body of a request tells: the same table, the same words.</summary>
    /// <returns>Null: the caller may.</returns>
    public static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult? Demand(HttpContext http, Ability ability)
    {
        var caller = Caller.Of(http);
        if (caller.May(ability)) return null;
        AuditNote.Of(http).Reason = LacksRole(caller, ability);
        return TypedResults.Problem(LacksRole(caller, ability), statusCode: 403, title: "Not allowed", type: Problem("role"));
    }

    private static string Problem(string word) => "urn:chorale:" + word;

    private static string LacksRole(Caller caller, Ability ability)
    {
        var role = Abilities.Word(Abilities.Needed(ability));
        return caller.Kind == CallerKind.Open ? $"This needs a {role} who is logged in, and this hub has no users yet: the link that it printed at its start makes the first one"
            : $"{caller.Name} is {(caller.Role == Role.Operator ? "an" : "a")} {Abilities.Word(caller.Role ?? Role.Viewer)}; this needs {(role[0] == 'o' ? "an" : "a")} {role}";
    }

    /// <summary>STOP waits for nothing.</summary>
    private TimeSpan Pace(HttpContext http, Caller caller, Ability needs)
    {
        if (needs == Ability.Stop) return TimeSpan.Zero;
        var who = caller.Name is { } name ? $"{caller.Kind} {name}" : $"{http.Connection.RemoteIpAddress}";
        if (http.GetEndpoint()?.Metadata.GetMetadata<Dear>() is not null) return hub.DearReads.Take(who);
        return IsLook(http.Request) ? TimeSpan.Zero : hub.Changes.Take(who);
    }

    /// <summary>What changes something is open only where its endpoint says so.</summary>
    private static bool IsOpen(HttpContext http, Caller caller, Ability needs) =>
        caller.May(needs) && (IsLook(http.Request) || http.GetEndpoint()?.Metadata.GetMetadata<OpenOnLoopback>() is not null);

    private static Task AskAsync(HttpContext http)
    {
        var realm = http.GetEndpoint()?.Metadata.GetMetadata<DashboardRealm>() is null ? "Chorale" : DashboardRealm.Name;
        if (!IsOfPage(http)) http.Response.Headers.WWWAuthenticate = $"Basic realm=\"{realm}\", charset=\"UTF-8\"";
        return RefuseAsync(http, 401, "login", "Log in on the page, or send an operator's credential: `chorale token add operator NAME` makes one");
    }

    /// <summary>The page has a login of its own; what a browser fetches for it (a player, a picture) says so by itself.</summary>
    private static bool IsOfPage(HttpContext http)
    {
        if (http.Request.Headers.ContainsKey(Cookies.PageHeader)) return true;
        var mode = http.Request.Headers["Sec-Fetch-Mode"].ToString();
        return mode.Length > 0 && mode != "navigate" && http.GetEndpoint()?.Metadata.GetMetadata<DashboardRealm>() is null;
    }

    private static Task RefuseAsync(HttpContext http, int status, string type, string detail)
    {
        AuditNote.Of(http).Reason = detail;
        return Answer.ProblemAsync(http, status, Problem(type), detail);
    }

    private static bool IsLook(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    /// <summary>A browser sends Basic credentials along with whatever page asks: what changes something must come from our own page, or from no page.</summary>
    private static bool IsForeignOrigin(HttpRequest request) =>
        !IsLook(request)
        && request.Headers.Origin.ToString() is { Length: > 0 } origin
        && !(Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
}
