using Chorale.Hub.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Api;

/// <summary>How the hub itself is. The public <c>/health</c> is <see cref="HealthApi"/>; everything mapped here is the operator's.</summary>
internal static class StatusApi
{
    public static void Map(IEndpointRouteBuilder routes, HubHealth health)
    {
        var v2 = routes.MapGroup("/api/v2").WithTags("health");
        v2.MapGet("/health", () => TypedResults.Ok(health.Look())).WithSummary("Links, databases, disk, queues, process, lateness of cues, players");
        v2.MapGet("/storage", () => Storage(health)).WithSummary("Free space, what arrives in a day, and when the disk will be full or retention begins to delete").ProducesProblem(503);
    }

    private static Results<Ok<StorageView>, ProblemHttpResult> Storage(HubHealth health)
    {
        try
        {
            return TypedResults.Ok(health.Storage.Look());
        }
        catch (SqliteException e)
        {
            return TypedResults.Problem(e.Message, statusCode: 503, title: "The index cannot be read");
        }
    }
}
