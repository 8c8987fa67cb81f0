using System.Text.Json.Serialization;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Hub.Show;
using Chorale.Protocol;
using Chorale.Show.Room;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>Every device that was ever heard on <c>devices/&lt;id&gt;/status</c>, of whatever room. The operator's.</summary>
internal static class DevicesApi
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var devices = routes.MapGroup("/api/v2/devices").WithTags("rooms");
        devices.MapGet("", (bool? connected) => TypedResults.Ok(new DevicesView(WallTime.ToMicroseconds(hub.Time.GetUtcNow()), List(hub.Show, connected ?? false))))
            .WithSummary("All devices, or with connected=true those that are there; with their last outages");
        devices.MapDelete("", (HttpContext _) => Clear(hub.Show)).OpenOnLoopback().Needs(Ability.Forget).Audited("devices_forget")
            .WithSummary("Forget everybody: strangers are gone, devices that a room names are unknown until they are heard");
    }

    private static IReadOnlyList<StageDevice> List(ShowDesk show, bool isConnectedOnly) =>
        [.. (show.Stage?.Devices ?? []).Where(d => !isConnectedOnly || d.Presence is "online" or "late")];

    private static NoContent Clear(ShowDesk show)
    {
        show.Stage?.ForgetDevices();
        return TypedResults.NoContent();
    }
}

internal sealed record DevicesView(
    [property: JsonPropertyName("now_us")] long NowUs, [property: JsonPropertyName("devices")] IReadOnlyList<StageDevice> Devices);
