using System.Globalization;
using System.Text.Json.Serialization;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Hub.Health;
using Chorale.Hub.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Api;

/// <summary>How long audio is kept, how full the disk is, and what another rule would do.</summary>
internal static class StorageApi
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub, HubHealth health)
    {
        var storage = routes.MapGroup("/api/v2/storage").WithTags("health");
        storage.MapGet("", () => Looked(health, s => s.Look())).WithSummary("Free space, what arrives in a day, and when the disk will be full or retention begins to delete").ProducesProblem(503);
        storage.MapPost("/estimate", (KeepBody body) => body.Problem() ?? Looked(health, s => s.Estimate(body.KeepFor, body.KeepBytes)))
            .Needs(Ability.Read).IsNotAudited().WithSummary("What another rule of keeping would delete at once, and when the disk would be full then; nothing is changed").ProducesProblem(400).ProducesProblem(503);
        storage.MapPut("/rule", (KeepChangeBody body, HttpContext http) => Change(hub, health, body, http)).Needs(Ability.Configure).Audited("keep_rule_set")
            .WithSummary("Set how long audio is kept, in place of what hub.yaml says. seen is the rule that was looked at, deletes_bytes what of the estimate was agreed to; with as_file hub.yaml counts again").ProducesProblem(400).ProducesProblem(409).ProducesProblem(503);
    }

    private static Results<Ok<StorageView>, ProblemHttpResult> Change(HubParts hub, HubHealth health, KeepChangeBody body, HttpContext http)
    {
        if (body.Rule.Problem() is { } bad) return bad;
        var next = body.AsFile == true ? KeepState.OfFile(hub.Settings) : new KeepState(body.Rule.KeepFor, body.Rule.KeepBytes, null, null, null);
        AuditNote.Of(http).Say(detail: body.AsFile == true ? $"as hub.yaml says: {next.Words}" : next.Words);
        return Guarded<StorageView>(health, storage =>
        {
            var (now, before) = (hub.Keep.State, body.Seen ?? new KeepBody(null, null));
            if (now.KeepFor?.TotalDays != before.KeepDays || now.KeepBytes != before.KeepBytes) return Stale(hub, http);

            var estimate = storage.Estimate(next.KeepFor, next.KeepBytes);
            if (estimate.DeletesBytes > (body.DeletesBytes ?? 0) * 1.1 + estimate.BytesPerMinute)
            {
                AuditNote.Of(http).Reason = "it would delete more than was agreed to";
                return TypedResults.Problem(
                    string.Create(CultureInfo.InvariantCulture, $"This would delete about {estimate.DeletesBytes} bytes at once, and {body.DeletesBytes ?? 0} were agreed to (deletes_bytes)"), statusCode: 409,
                    title: "It would delete more", type: "urn:chorale:deletes-more", extensions: new Dictionary<string, object?> { ["estimate"] = estimate });
            }

            try
            {
                var isSet = body.AsFile == true ? hub.Keep.TryClear(now) : hub.Keep.TrySet(now, next.KeepFor, next.KeepBytes, Caller.Of(http).Name ?? "somebody");
                return isSet ? TypedResults.Ok(storage.Look()) : Stale(hub, http);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return TypedResults.Problem(e.Message, statusCode: 503, title: "The rule could not be written; the one before it holds on");
            }
        });
    }

    private static ProblemHttpResult Stale(HubParts hub, HttpContext http)
    {
        AuditNote.Of(http).Reason = "changed by somebody else meanwhile";
        return TypedResults.Problem($"How long audio is kept has been changed since you looked: {hub.Keep.State.Words}", statusCode: 409, title: "Changed meanwhile", type: "urn:chorale:stale-version");
    }

    private static Results<Ok<T>, ProblemHttpResult> Looked<T>(HubHealth health, Func<StorageWatch, T> look) => Guarded<T>(health, s => TypedResults.Ok(look(s)));

    private static Results<Ok<T>, ProblemHttpResult> Guarded<T>(HubHealth health, Func<StorageWatch, Results<Ok<T>, ProblemHttpResult>> look)
    {
        try
        {
            return look(health.Storage);
        }
        catch (SqliteException e)
        {
            return TypedResults.Problem(e.Message, statusCode: 503, title: "The index cannot be read");
        }
    }
}

/// <summary>A rule of keeping as a client posts it.</summary>
/// <param name="KeepDays">Null: for ever.</param>
/// <param name="KeepBytes">Null: without bound.</param>
internal sealed record KeepBody([property: JsonPropertyName("keep_days")] double? KeepDays, [property: JsonPropertyName("keep_bytes")] long? KeepBytes)
{
    [JsonIgnore]
    public TimeSpan? KeepFor => KeepDays is { } days ? TimeSpan.FromDays(days) : null;

    public ProblemHttpResult? Problem()
    {
        if (KeepDays is { } days and not (> 0 and < 100_000)) return V2Query.Bad("keep_days", days.ToString(CultureInfo.InvariantCulture), "allowed are numbers above 0 and below 100000, or null for ever");
        return KeepBytes is { } bytes and not (> 0 and <= ByteSize.Most) ? V2Query.Bad("keep_bytes", bytes.ToString(CultureInfo.InvariantCulture), "allowed are 1 to 1000000000000000 bytes, or null for no bound") : null;
    }
}

/// <param name="AsFile">Take back what was set: <c>hub.yaml</c> counts again, whatever else stands here.</param>
/// <param name="Seen">The rule that was looked at; another one meanwhile refuses this.</param>
/// <param name="DeletesBytes">As much may be deleted at once; absent: nothing.</param>
internal sealed record KeepChangeBody(
    [property: JsonPropertyName("keep_days")] double? KeepDays, [property: JsonPropertyName("keep_bytes")] long? KeepBytes, [property: JsonPropertyName("as_file")] bool? AsFile, [property: JsonPropertyName("seen")] KeepBody? Seen,
    [property: JsonPropertyName("deletes_bytes")] long? DeletesBytes)
{
    [JsonIgnore]
    public KeepBody Rule => new(KeepDays, KeepBytes);
}
