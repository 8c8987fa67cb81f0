using System.Text.Json.Serialization;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>Credentials of recorders, programs and people, and the broker's users. The technician's.</summary>
internal sealed class TokensApi(HubParts hub)
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var api = new TokensApi(hub);
        var v2 = routes.MapGroup("/api/v2").WithTags("access").Needs(Ability.Administer);
        v2.MapGet("/tokens", api.List).WithSummary("Credentials without their secrets, devices with their last audio, users of the broker");
        v2.MapPost("/tokens", (TokenBody body, HttpContext http) => api.Add(body, http)).Audited("token_add")
            .WithSummary("A credential; its secret is told once. A device that is not known is registered").ProducesProblem(400);
        v2.MapDelete("/tokens/{id}", (string id, HttpContext http) => api.Revoke(id, http)).Audited("token_revoke").WithSummary("End a credential, from the next request on");
    }

    private Ok<TokensView> List()
    {
        var known = hub.Index.Read(V2Sql.Recorders).ToDictionary(r => r.RecorderId);
        return TypedResults.Ok(new TokensView(
            [.. hub.Access.List().Select(TokenView.Of)],
            [.. hub.Access.Devices().Select(d => new DeviceView(
                d.DeviceId, known.GetValueOrDefault(d.DeviceId)?.Name, d.PointId, d.RegisterId, d.IsEnabled, WallTime.ToMicroseconds(d.CreatedAt), known.GetValueOrDefault(d.DeviceId)?.LastSeenUs))],
            [.. hub.Access.MqttUsers().Select(u => new BrokerUserView(u.User.Name, u.User.Role.ToString().ToLowerInvariant(), u.User.BaseTopic))]));
    }

    private Results<Ok<NewTokenView>, ProblemHttpResult> Add(TokenBody body, HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (V2Query.Choice("kind", body.Kind, CredentialKind.Device, out var kind) is { } bad) return bad;
        var name = body.Name ?? "";
        AuditNote.Of(http).Say(target: name, detail: CredentialSql.ToText(kind));
        if (kind == CredentialKind.Device && !DeviceIds.TryNormalize(name, out name)) return V2Query.Bad("name", body.Name, "a UUID or 1 to 64 of A-Z a-z 0-9 _ - is allowed");
        if (kind == CredentialKind.Client && !RecorderId.IsValid(name)) return V2Query.Bad("name", body.Name, "1 to 64 of A-Z a-z 0-9 _ - are allowed");
        if (User.NameProblem(name) is { } problem) return V2Query.Bad("name", body.Name, problem);
        // An operator is as good as a technician: whoever has the secret of one of that name must not be mistaken for a user.
        if (kind == CredentialKind.Operator && hub.Access.People.FindByName(name) is not null) return V2Query.Bad("name", name, "a name that no user has is allowed");
        var token = kind == CredentialKind.Device ? hub.Access.IssueDevice(name) : hub.Access.Issue(kind, name);
        AuditNote.Of(http).Say(detail: $"{CredentialSql.ToText(kind)}, credential {token.Id}");
        return TypedResults.Ok(new NewTokenView(token.Id, CredentialSql.ToText(kind), name, token.Secret));
    }

    private Results<NoContent, ProblemHttpResult> Revoke(string id, HttpContext http)
    {
        var known = hub.Access.List().FirstOrDefault(c => c.Id == id && c.RevokedAt is null);
        if (known is null) return V2Query.NotFound($"There is no valid credential '{id}'");
        AuditNote.Of(http).Say(target: known.Subject, detail: $"{CredentialSql.ToText(known.Kind)}, credential {id}");
        hub.Access.RevokeOne(id);
        return TypedResults.NoContent();
    }
}

internal sealed record TokensView(
    [property: JsonPropertyName("tokens")] IReadOnlyList<TokenView> Tokens, [property: JsonPropertyName("devices")] IReadOnlyList<DeviceView> Devices,
    [property: JsonPropertyName("broker_users")] IReadOnlyList<BrokerUserView> BrokerUsers);

/// <param name="Kind">device, client, operator, admin, internal.</param>
internal sealed record TokenView(
    [property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("kind")] string Kind, [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("created_us")] long CreatedUs, [property: JsonPropertyName("revoked_us")] long? RevokedUs)
{
    public static TokenView Of(Credential c) => new(
        c.Id, CredentialSql.ToText(c.Kind), c.Subject, WallTime.ToMicroseconds(c.CreatedAt), c.RevokedAt is { } at ? WallTime.ToMicroseconds(at) : null);
}

/// <param name="Name">As its audio says; null before any came.</param>
/// <param name="SeenUs">When audio last arrived.</param>
internal sealed record DeviceView(
    [property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("name")] string? Name, [property: JsonPropertyName("point")] string? Point, [property: JsonPropertyName("register")] string? Register,
    [property: JsonPropertyName("enabled")] bool IsEnabled, [property: JsonPropertyName("created_us")] long CreatedUs, [property: JsonPropertyName("seen_us")] long? SeenUs);

internal sealed record BrokerUserView(
    [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("role")] string Role, [property: JsonPropertyName("topic")] string Topic);

internal sealed record TokenBody([property: JsonPropertyName("kind")] string? Kind, [property: JsonPropertyName("name")] string? Name);

internal sealed record NewTokenView(
    [property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("kind")] string Kind, [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("secret")] string Secret);
