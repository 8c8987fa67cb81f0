using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Microsoft.AspNetCore.Http;

namespace Chorale.Hub.Api;

/// <summary>Who may administer and who may fetch files: a token of the settings, a credential of the kind, or an operator.</summary>
internal static class AdminAuth
{
    /// <summary>Answers 401 or 429 itself when the caller may not.</summary>
    public static async Task<bool> PassAsync(HttpContext http, HubParts hub, CredentialKind kind)
    {
        var address = http.Connection.RemoteIpAddress;
        if (hub.Throttle.Wait(address) is var wait && wait > TimeSpan.Zero)
        {
            await Answer.ThrottledAsync(http, wait);
            return false;
        }

        var problem = Bearer.Read(http.Request, out var token);
        if (problem.Length == 0)
        {
            if (IsAllowed(http, hub, kind, token))
            {
                AuditNote.Of(http).Who = Operators.Authenticate(hub, http.Request.Headers.Authorization.ToString()) ?? hub.Access.Find(token)?.Subject ?? $"{CredentialSql.ToText(kind)} token of the settings";
                return true;
            }

            hub.Throttle.Failed(address); // these tokens may have been chosen by a person
            problem = AuditNote.Of(http).Reason = "Invalid token";
        }

        await Answer.UnauthorizedAsync(http, problem);
        return false;
    }

    private static bool IsAllowed(HttpContext http, HubParts hub, CredentialKind kind, string token)
    {
        var fromSettings = kind == CredentialKind.Admin ? hub.Settings.AdminToken : hub.Settings.InternalToken;
        if (fromSettings is { Length: > 0 } && Secrets.AreEqual(fromSettings, token)) return true;
        return hub.Access.Find(token)?.Kind == kind || Operators.Authenticate(hub, http.Request.Headers.Authorization.ToString()) is not null;
    }
}
