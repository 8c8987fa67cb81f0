using Microsoft.AspNetCore.Builder;

namespace Chorale.Hub.Access;

/// <summary>Metadata of an endpoint that authenticates its callers itself, or needs none: uploads, health, the files of the page.</summary>
internal sealed class OwnAuthentication
{
    public static readonly OwnAuthentication Instance = new();
}

/// <summary>Metadata of an endpoint for callers known and unknown: the login itself.</summary>
internal sealed class ForEverybody
{
    public static readonly ForEverybody Instance = new();
}

/// <summary>Metadata of an endpoint: what a caller must be able to do.</summary>
internal sealed record Needs(Ability Ability);

/// <summary>Metadata of an endpoint whose answer costs the disk or the processor more than others.</summary>
internal sealed class Dear
{
    public static readonly Dear Instance = new();
}

/// <summary>
/// Metadata of an endpoint that changes something and is yet open to programs of this machine while the hub listens on loopback alone and
/// has neither users nor operators: whoever can reach it can reach the broker beside it too.
/// </summary>
internal sealed class OpenOnLoopback
{
    public static readonly OpenOnLoopback Instance = new();
}

/// <summary>Metadata of an endpoint of the older dashboard, whose front end knows the realm by name.</summary>
internal sealed class DashboardRealm
{
    public const string Name = "Login Required";

    public static readonly DashboardRealm Instance = new();
}

/// <summary>Says of endpoints who may use them.</summary>
internal static class EndpointRights
{
    public static TBuilder Needs<TBuilder>(this TBuilder endpoint, Ability ability)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Needs(ability));

    public static TBuilder IsDear<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(Dear.Instance);

    public static TBuilder OpenOnLoopback<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(Access.OpenOnLoopback.Instance);
}
