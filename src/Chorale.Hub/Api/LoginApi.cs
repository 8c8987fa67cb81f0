using System.Text.Json.Nodes;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Protocol.Chunks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>
/// Where secrets become tokens of a day: <c>/oauth/token</c> and its alias <c>/auth/jwt/login</c> for clients (Mycelia),
/// <c>/api/v1/auth/login</c> for operators (Ingest API).
/// </summary>
internal sealed class LoginApi(HubParts hub)
{
    private static readonly string[] LoginFields = ["username", "password"];

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var api = new LoginApi(hub);
        foreach (var path in new[] { MyceliaParts.TokenPath, "/auth/jwt/login" })
            routes.Map(path, api.TokenAsync).WithMetadata(OwnAuthentication.Instance).Audited("client_login").ExcludeFromDescription();
        routes.MapPost("/api/v1/auth/login", api.LoginAsync).WithMetadata(OwnAuthentication.Instance).Audited("login").ExcludeFromDescription();
    }

    private async Task TokenAsync(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            await Answer.TextAsync(http, 405, "Method Not Allowed");
            return;
        }

        if (await IsThrottledAsync(http)) return;
        var body = await LoginForm.ReadAsync(http.Request, http.RequestAborted);
        // What stands in the body wins over the header; a missing grant type means the only one there is.
        var id = body.GetValueOrDefault("client_id") ?? body.GetValueOrDefault("username");
        var secret = body.GetValueOrDefault("client_secret") ?? body.GetValueOrDefault("password");
        if ((id is null || secret is null) && Operators.TryReadBasic(http.Request.Headers.Authorization.ToString(), out var basicId, out var basicSecret))
            (id, secret) = (id ?? basicId, secret ?? basicSecret);
        if (body.GetValueOrDefault("grant_type", "client_credentials") is not ("client_credentials" or "password")
            || string.IsNullOrEmpty(id) || string.IsNullOrEmpty(secret))
        {
            await Answer.JsonAsync(http, 400, new { error = "invalid_request" });
            return;
        }

        AuditNote.Of(http).Say(target: AuditNote.Known(id, hub.Access.IsValidSubject(CredentialKind.Client, id)));
        if (hub.Access.Find(secret) is not { Kind: CredentialKind.Client } found || found.Subject != id)
        {
            hub.Throttle.Failed(http.Connection.RemoteIpAddress);
            await Answer.JsonAsync(http, 401, new { error = "invalid_client" });
            return;
        }

        AuditNote.Of(http).Who = id;
        var token = hub.Signer.Sign(new JsonObject
        {
            ["owner"] = id, ["principal"] = id, [TokenSigner.CredentialClaim] = found.Id,
            ["policies"] = new JsonArray(new JsonObject { ["resource"] = "**", ["action"] = "*", ["effect"] = "allow" }),
        });
        http.Response.Headers.CacheControl = "no-store"; // RFC 6749 section 5.1
        await Answer.JsonAsync(http, 200, new TokenReply
        {
            AccessToken = token, TokenType = "bearer", ExpiresIn = TokenSigner.Lifetime.TotalSeconds, Scope = "*",
        });
    }

    private async Task LoginAsync(HttpContext http)
    {
        if (await IsThrottledAsync(http)) return;
        var body = await LoginForm.ReadAsync(http.Request, http.RequestAborted);
        var missing = LoginFields.Where(n => !body.ContainsKey(n)).Select(FieldError.Missing).ToList();
        if (missing.Count > 0)
        {
            await Answer.FieldsAsync(http, missing);
            return;
        }

        AuditNote.Of(http).Say(target: AuditNote.Known(body["username"], hub.Access.IsValidSubject(CredentialKind.Operator, body["username"])));
        if (Operators.Find(hub, body["username"], body["password"]) is not { } found)
        {
            hub.Throttle.Failed(http.Connection.RemoteIpAddress);
            await Answer.UnauthorizedAsync(http, "Incorrect username or password");
            return;
        }

        var name = found.Subject;
        (AuditNote.Of(http).Who, AuditNote.Of(http).Role) = (name, Role.Technician);
        var token = hub.Signer.Sign(new JsonObject { ["sub"] = name, ["role"] = "operator", [TokenSigner.CredentialClaim] = found.Id });
        http.Response.Headers.CacheControl = "no-store";
        await Answer.JsonAsync(http, 200, new { access_token = token, token_type = "bearer", user = new { username = name, role = "admin", is_active = true } });
    }

    private async Task<bool> IsThrottledAsync(HttpContext http)
    {
        var wait = hub.Throttle.Wait(http.Connection.RemoteIpAddress);
        if (wait == TimeSpan.Zero) return false;
        await Answer.ThrottledAsync(http, wait);
        return true;
    }
}
