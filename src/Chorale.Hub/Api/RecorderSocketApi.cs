using System.Net;
using Chorale.Fleet;
using Chorale.Hub.Access;
using Chorale.Hub.Fleet;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary><c>WS /recorder</c>: where the newer RSL recorders connect to (contracts.md 1.2). They know no credential until they are given one in the URL.</summary>
internal static class RecorderSocketApi
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub, CancellationToken stopping) =>
        routes.Map("/recorder", http => AnswerAsync(http, hub, stopping)).WithMetadata(OwnAuthentication.Instance).ExcludeFromDescription();

    private static async Task AnswerAsync(HttpContext http, HubParts hub, CancellationToken stopping)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            await Answer.DetailAsync(http, 426, "A WebSocket is expected here");
            return;
        }

        // A browser lets any page open a WebSocket to this machine, and names that page.
        if (http.Request.Headers.Origin.ToString() is { Length: > 0 } origin
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Authority.Equals(http.Request.Host.Value, StringComparison.OrdinalIgnoreCase)))
        {
            await Answer.DetailAsync(http, 403, "Cross-origin request");
            return;
        }

        if (!IsAllowed(http, hub, out var sender))
        {
            await Answer.DetailAsync(http, 401, "A device's token is required: ws://HUB/recorder?id=NAME&token=TOKEN, made by `chorale token add device`");
            return;
        }

        var asked = http.Request.Query["id"].ToString();
        if (asked.Length > 0 && !ModuleId.IsValid(asked))
        {
            await Answer.DetailAsync(http, 400, $"id '{(asked.Length <= 80 ? asked : asked[..80] + "...")}': 1 to 64 of A-Z a-z 0-9 _ - are allowed");
            return;
        }

        var sockets = hub.Fleet.Sockets;
        var id = asked.Length > 0 ? new ModuleId(asked) : sockets.NameOf(http.Connection.RemoteIpAddress);
        if (sender is not null && (hub.Live.OtherOwner(sender, id.Value) ?? sockets.OtherSender(id, sender)) is { } owner)
        {
            sockets.Refuse(id, sender, owner);
            await Answer.DetailAsync(http, 403, $"The name {id.Value} is another device's");
            return;
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        await sockets.FollowAsync(socket, id, sender, http.Connection.RemoteIpAddress?.ToString() ?? "?", end.Token);
    }

    /// <summary>Open to programs of this machine while the hub listens on loopback alone, under a loopback name (a page may rebind its own); elsewhere by a device's token.</summary>
    /// <param name="sender">The device whose token it is; null without a token.</param>
    private static bool IsAllowed(HttpContext http, HubParts hub, out string? sender)
    {
        sender = null;
        var header = http.Request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : http.Request.Query["token"].ToString();
        if (token.Length > 0) return (sender = hub.Access.FindSender(token)?.DeviceId) is not null;
        return hub.Settings.IsLoopbackOnly && Callers.IsLoopbackName(http.Request) && http.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from);
    }
}
