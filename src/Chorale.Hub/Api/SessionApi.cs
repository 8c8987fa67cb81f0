using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>Logging in and out in a browser, and the one-time links.</summary>
internal sealed class SessionApi(HubParts hub)
{
    private const string WrongLogin = "Name and password do not belong together";
    private const string DeadLink = "This link is not good: it was used, is older than a day, or was replaced by a newer one";

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var api = new SessionApi(hub);
        var v2 = routes.MapGroup("/api/v2").WithTags("access");
        v2.MapGet("/session", (HttpContext http) => api.Tell(http, Caller.Of(http))).WithMetadata(ForEverybody.Instance).WithSummary("Who asks, and what this caller may do");
        v2.MapPost("/session", (LoginBody body, HttpContext http, CancellationToken cancel) => api.LoginAsync(body, http, cancel)).WithMetadata(ForEverybody.Instance).Audited("login")
            .WithSummary("Log in: name and password of a user, or name and secret of an operator's credential").ProducesProblem(401).ProducesProblem(429);
        v2.MapDelete("/session", (HttpContext http) => api.Logout(http)).Needs(Ability.Read).Audited("logout").WithSummary("Log out");
        v2.MapPost("/session/password", (PasswordBody body, HttpContext http, CancellationToken cancel) => api.ChangePasswordAsync(body, http, cancel)).Needs(Ability.Read)
            .Audited("password_change").WithSummary("A new password for oneself; every other login of this user ends").ProducesProblem(400).ProducesProblem(401);
        v2.MapPost("/welcome/look", (WelcomeBody body, HttpContext http) => api.Look(body, http)).WithMetadata(ForEverybody.Instance).IsNotAudited()
            .WithSummary("What a one-time link is for").ProducesProblem(404);
        v2.MapPost("/welcome", (WelcomeBody body, HttpContext http, CancellationToken cancel) => api.WelcomeAsync(body, http, cancel)).WithMetadata(ForEverybody.Instance)
            .Audited("link_use").WithSummary("Use a one-time link: make the user, or set the password, and be logged in").ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
    }

    private Ok<WhoView> Tell(HttpContext http, Caller caller)
    {
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(WhoView.Of(hub, caller));
    }

    private async Task<Results<Ok<WhoView>, ProblemHttpResult>> LoginAsync(LoginBody body, HttpContext http, CancellationToken cancel)
    {
        AuditNote.Of(http).Say(target: KnownName(body.Name));
        if (Throttled(http) is { } wait) return wait;
        if (string.IsNullOrEmpty(body.Name) || string.IsNullOrEmpty(body.Password)) return V2Query.Bad(body.Name is { Length: > 0 } ? "password" : "name", null, "name and password are needed");
        try
        {
            var known = hub.Access.People.FindForLogin(body.Name.Trim());
            if (await hub.Passwords.MatchesAsync(body.Password, known?.PasswordHash, cancel) && known is { } found)
            {
                if (!found.User.IsEnabled) return Refuse(http, 403, "disabled", $"{found.User.Name} has been disabled; a technician can enable it again");
                return Begin(http, hub.Access.Sessions.Begin(found.User));
            }
        }
        catch (PasswordsBusyException)
        {
            return Busy(http);
        }

        if (Operators.Find(hub, body.Name, body.Password) is { } credential) return Begin(http, hub.Access.Sessions.Begin(credential));
        hub.Throttle.Failed(http.Connection.RemoteIpAddress);
        return Refuse(http, 401, "wrong-login", WrongLogin);
    }

    private string KnownName(string? typed) =>
        typed is null ? "" : hub.Access.People.FindByName(typed.Trim())?.Name ?? AuditNote.Known(typed, hub.Access.IsValidSubject(CredentialKind.Operator, typed));

    private NoContent Logout(HttpContext http)
    {
        if (Caller.Of(http).Session is { } session) hub.Access.Sessions.End(session.Hash);
        hub.Cookies.Take(http);
        return TypedResults.NoContent();
    }

    private async Task<Results<NoContent, ProblemHttpResult>> ChangePasswordAsync(PasswordBody body, HttpContext http, CancellationToken cancel)
    {
        if (Caller.Of(http).Session is not { UserId: { } id } session) return Refuse(http, 400, "no-user", "Only a user who is logged in has a password to change");
        AuditNote.Of(http).Say(target: session.Name);
        if (Throttled(http) is { } wait) return wait;
        if (Passwords.Problem(body.New, session.Name) is { } problem) return NotThat(problem);
        try
        {
            if (!await hub.Passwords.MatchesAsync(body.Old ?? "", hub.Access.People.FindForLogin(session.Name)?.PasswordHash, cancel))
            {
                hub.Throttle.Failed(http.Connection.RemoteIpAddress);
                return Refuse(http, 403, "wrong-password", "The old password is another one");
            }

            hub.Access.People.SetPassword(id, await hub.Passwords.HashAsync(body.New!, cancel), session.Hash);
            return TypedResults.NoContent();
        }
        catch (PasswordsBusyException)
        {
            return Busy(http);
        }
    }

    private Results<Ok<WelcomeView>, ProblemHttpResult> Look(WelcomeBody body, HttpContext http)
    {
        if (Throttled(http) is { } wait) return wait;
        if (hub.Access.Links.Find(body.Secret ?? "") is { } link) return TypedResults.Ok(WelcomeView.Of(link));
        hub.Throttle.Failed(http.Connection.RemoteIpAddress);
        return Refuse(http, 404, "dead-link", DeadLink);
    }

    private async Task<Results<Ok<WhoView>, ProblemHttpResult>> WelcomeAsync(WelcomeBody body, HttpContext http, CancellationToken cancel)
    {
        if (Throttled(http) is { } wait) return wait;
        if (hub.Access.Links.Find(body.Secret ?? "") is not { } link)
        {
            hub.Throttle.Failed(http.Connection.RemoteIpAddress);
            return Refuse(http, 404, "dead-link", DeadLink);
        }

        var name = link.UserName ?? (body.Name ?? "").Trim();
        AuditNote.Of(http).Say(target: name, detail: $"link {link.Id}, {link.Purpose.ToString().ToLowerInvariant()}, made by {link.MadeBy}");
        if (User.NameProblem(name) is { } badName) return V2Query.Bad("name", name, badName);
        if (Passwords.Problem(body.Password, name) is { } badPassword) return NotThat(badPassword);
        try
        {
            var hash = await hub.Passwords.HashAsync(body.Password!, cancel);
            if (hub.Access.Links.Use(body.Secret!, name, hash, out var isTaken) is { } user) return Begin(http, hub.Access.Sessions.Begin(user));
            return isTaken ? Refuse(http, 409, "name-taken", $"There is a user or a program '{name}' already: take another name") : Refuse(http, 404, "dead-link", DeadLink);
        }
        catch (PasswordsBusyException)
        {
            return Busy(http);
        }
    }

    /// <summary>The answer belongs to the new login: its antiforgery value is in it.</summary>
    private Results<Ok<WhoView>, ProblemHttpResult> Begin(HttpContext http, string cookie)
    {
        if (hub.Cookies.Read(http.Request) is { } before) hub.Access.Sessions.End(Secrets.Hash(before));
        hub.Cookies.Give(http, cookie);
        var session = hub.Access.Sessions.Find(cookie)!;
        (AuditNote.Of(http).Who, AuditNote.Of(http).Role) = (session.Name, session.Role);
        return Tell(http, new Caller(CallerKind.Session, session.Name, session.Role, session));
    }

    private ProblemHttpResult? Throttled(HttpContext http)
    {
        var wait = hub.Throttle.Wait(http.Connection.RemoteIpAddress);
        return wait > TimeSpan.Zero ? Wait(http, wait, "throttled", "Too many failed logins from this address") : null;
    }

    private static ProblemHttpResult Busy(HttpContext http) => Wait(http, TimeSpan.FromSeconds(5), "busy", "So many people are logging in that this one could not be looked at");

    private static ProblemHttpResult Wait(HttpContext http, TimeSpan wait, string type, string detail)
    {
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        AuditNote.Of(http).Reason = detail;
        return TypedResults.Problem($"{detail}: again in {seconds} s", statusCode: 429, title: "Wait", type: "urn:chorale:" + type, extensions: new Dictionary<string, object?> { ["retry_after_s"] = seconds });
    }

    private static ProblemHttpResult NotThat(string problem) =>
        TypedResults.Problem($"password: {problem}", statusCode: 400, title: "A value cannot be used", extensions: new Dictionary<string, object?> { ["parameter"] = "password" });

    private static ProblemHttpResult Refuse(HttpContext http, int status, string type, string detail)
    {
        AuditNote.Of(http).Reason = detail;
        return TypedResults.Problem(detail, statusCode: status, title: "Not let in", type: "urn:chorale:" + type);
    }
}
