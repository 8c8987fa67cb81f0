using Microsoft.AspNetCore.Http;

namespace Chorale.Hub.Access;

/// <summary>How a caller came in.</summary>
internal enum CallerKind
{
    /// <summary>Nobody knows who it is.</summary>
    Nobody,

    /// <summary>A program or page of this machine, while the hub listens on loopback alone and has neither users nor operators.</summary>
    Open,

    /// <summary>An operator's credential, by Basic or Bearer.</summary>
    Token,

    /// <summary>A browser in which somebody is logged in.</summary>
    Session,
}

/// <summary>Who asks, as the gate found out; a feature of each request that it let through.</summary>
/// <param name="Name">Null: nobody in particular.</param>
/// <param name="Role">Null: none.</param>
/// <param name="Session">Of a browser.</param>
internal sealed record Caller(CallerKind Kind, string? Name, Role? Role, Session? Session)
{
    public static readonly Caller Nobody = new(CallerKind.Nobody, null, null, null);

    public static readonly Caller Open = new(CallerKind.Open, null, Access.Role.Operator, null);

    public static Caller Of(HttpContext http) => http.Features.Get<Caller>() ?? Nobody;

    public bool May(Ability ability) => Kind == CallerKind.Open ? Abilities.IsOpenOnLoopback(ability) : Role >= Abilities.Needed(ability);

    /// <summary>For logs, traces and the record of who did what.</summary>
    public string Words(HttpRequest request) =>
        Name ?? (request.Headers.UserAgent.ToString().StartsWith("chorale", StringComparison.Ordinal) ? "the command line"
            : request.Headers.ContainsKey(Cookies.PageHeader) ? "the page" : "somebody on this machine");
}
