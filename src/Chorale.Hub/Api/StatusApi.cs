using Chorale.Hub.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>How the hub itself is. The public <c>/health</c> is <see cref="HealthApi"/>; what is mapped here is the operator's.</summary>
internal static class StatusApi
{
    public static void Map(IEndpointRouteBuilder routes, HubHealth health) =>
        routes.MapGroup("/api/v2").WithTags("health").MapGet("/health", () => TypedResults.Ok(health.Look())).WithSummary("Links, databases, disk, queues, process, lateness of cues, players");
}
