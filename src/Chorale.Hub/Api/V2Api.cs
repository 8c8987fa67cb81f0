using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>Reading the archive. Everything mapped here is the operator's (<see cref="Access.OperatorGate"/>).</summary>
internal static class V2Api
{
    /// <param name="routes">Root of the hub: paths are given in full.</param>
    /// <param name="hub">What to build from.</param>
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        _ = routes;
        _ = hub;
    }
}
