using System.Text.Json.Serialization;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>Users and the links that wait for them. The technician's.</summary>
internal sealed class UsersApi(HubParts hub)
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var api = new UsersApi(hub);
        var users = routes.MapGroup("/api/v2/users").WithTags("access").Needs(Ability.Administer);
        users.MapGet("", () => TypedResults.Ok(new UsersView(
            [.. hub.Access.People.List().Select(UserView.Of)], [.. hub.Access.Links.List().Where(l => l.Purpose != LinkPurpose.First).Select(LinkView.Of)])))
            .WithSummary("Users, and links that were not used yet");
        users.MapPatch("/{id}", (string id, UserChangeBody body, HttpContext http) => api.Change(id, body, http)).Audited("user_change")
            .WithSummary("Another role, or disable and enable; ends every login of this user. version is the one that was seen").ProducesProblem(400).ProducesProblem(409);
        users.MapPost("/links", (LinkBody body, HttpContext http) => api.MakeLink(body, http)).Audited("link_make")
            .WithSummary("A one-time link: an invitation with a role, or a new password for a user; its secret is told once").ProducesProblem(400);
        users.MapDelete("/links/{id}", (string id) => api.RemoveLink(id)).Audited("link_remove").WithSummary("End a link that was not used yet");
    }

    private Results<Ok<UserView>, ProblemHttpResult> Change(string id, UserChangeBody body, HttpContext http)
    {
        var note = AuditNote.Of(http);
        if (body.Version is not { } version) return V2Query.Bad("version", null, "the version that was seen is required");
        var role = Role.Viewer;
        if (body.Role is not null && V2Query.Choice("role", body.Role, Role.Viewer, out role) is { } bad) return bad;
        if (body.Role is null && body.IsEnabled is null) return V2Query.Bad("role", null, "role or enabled is needed");
        note.Say(target: hub.Access.People.Find(id)?.Name ?? id, detail: string.Join(", ", new[] { body.Role is null ? null : $"role {body.Role}", body.IsEnabled is null ? null : body.IsEnabled == true ? "enabled" : "disabled" }.Where(t => t is not null)));
        switch (hub.Access.People.Change(id, version, body.Role is null ? null : role, body.IsEnabled, out var now))
        {
            case UserChange.Done:
                return TypedResults.Ok(UserView.Of(now!));
            case UserChange.Stale:
                note.Reason = "changed by somebody else meanwhile";
                return TypedResults.Problem(
                    $"{now!.Name} has been changed since you looked: {Abilities.Word(now.Role)}, {(now.IsEnabled ? "enabled" : "disabled")}", statusCode: 409, title: "Changed meanwhile", type: "urn:chorale:stale-version",
                    extensions: new Dictionary<string, object?> { ["current"] = UserView.Of(now) });
            case UserChange.LastTechnician:
                note.Reason = "the last technician";
                return TypedResults.Problem($"{now!.Name} is the last technician: make another one first", statusCode: 409, title: "Nobody would be left", type: "urn:chorale:last-technician");
            default:
                return V2Query.NotFound($"There is no user '{id}'");
        }
    }

    private Results<Ok<NewLinkView>, ProblemHttpResult> MakeLink(LinkBody body, HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        var by = Caller.Of(http).Name ?? "somebody";
        string secret;
        if (body.UserId is { } id)
        {
            AuditNote.Of(http).Say(target: hub.Access.People.Find(id)?.Name ?? id, detail: "new password");
            if (hub.Access.Links.MakePassword(id, by) is not { } made) return V2Query.NotFound($"There is no user '{id}', or it is disabled");
            secret = made;
        }
        else
        {
            if (body.Role is null) return V2Query.Bad("role", null, "allowed are viewer, operator, technician");
            if (V2Query.Choice("role", body.Role, Role.Viewer, out var role) is { } bad) return bad;
            secret = hub.Access.Links.MakeInvite(role, by);
            AuditNote.Of(http).Say(detail: $"invitation, {Abilities.Word(role)}");
        }

        return TypedResults.Ok(new NewLinkView(LinkView.Of(hub.Access.Links.Find(secret)!), Links.Path(secret)));
    }

    private Results<NoContent, ProblemHttpResult> RemoveLink(string id) =>
        hub.Access.Links.Remove(id) ? TypedResults.NoContent() : V2Query.NotFound($"There is no link '{id}'");
}

internal sealed record UsersView(
    [property: JsonPropertyName("users")] IReadOnlyList<UserView> Users, [property: JsonPropertyName("links")] IReadOnlyList<LinkView> Links);

/// <param name="Version">To be sent back with a change.</param>
/// <param name="Logins">Browsers in which this user is logged in.</param>
internal sealed record UserView(
    [property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("role")] string Role,
    [property: JsonPropertyName("enabled")] bool IsEnabled, [property: JsonPropertyName("version")] long Version, [property: JsonPropertyName("created_us")] long CreatedUs,
    [property: JsonPropertyName("seen_us")] long? SeenUs, [property: JsonPropertyName("logins")] int Logins)
{
    public static UserView Of(User u) => new(
        u.Id, u.Name, Abilities.Word(u.Role), u.IsEnabled, u.Version, WallTime.ToMicroseconds(u.CreatedAt), u.SeenAt is { } at ? WallTime.ToMicroseconds(at) : null, u.Logins);
}

internal sealed record LinkView(
    [property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("purpose")] string Purpose, [property: JsonPropertyName("role")] string Role,
    [property: JsonPropertyName("user")] string? User, [property: JsonPropertyName("made_by")] string MadeBy, [property: JsonPropertyName("expires_us")] long ExpiresUs)
{
    public static LinkView Of(OneTimeLink l) => new(
        l.Id, l.Purpose.ToString().ToLowerInvariant(), Abilities.Word(l.Role), l.UserName, l.MadeBy, WallTime.ToMicroseconds(l.ExpiresAt));
}

/// <param name="Path">Behind the hub's address; told only now.</param>
internal sealed record NewLinkView([property: JsonPropertyName("link")] LinkView Link, [property: JsonPropertyName("path")] string Path);

internal sealed record UserChangeBody(
    [property: JsonPropertyName("version")] long? Version, [property: JsonPropertyName("role")] string? Role, [property: JsonPropertyName("enabled")] bool? IsEnabled);

/// <param name="Role">Of an invitation.</param>
/// <param name="UserId">For a new password.</param>
internal sealed record LinkBody([property: JsonPropertyName("role")] string? Role, [property: JsonPropertyName("user_id")] string? UserId);
