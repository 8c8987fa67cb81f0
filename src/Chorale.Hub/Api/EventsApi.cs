using System.Net.ServerSentEvents;
using Chorale.Hub.Access;
using Chorale.Hub.Live;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>Everything as it happens, for pages and programs that look on.</summary>
internal static class EventsApi
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        routes.MapGet("/api/v2/events", (HttpContext http) => (IResult)TypedResults.ServerSentEvents(
            WhileMayAsync(hub, http, hub.Fleet.Live.ListenAsync(http.Request.Headers["Last-Event-ID"], () => hub.Fleet.Snapshot(hub.Show.Views), http.RequestAborted))))
            .WithTags("fleet", "rooms").Produces<EventBodies>(200, "text/event-stream")
            .WithSummary("Server-sent events: snapshot (or what was missed since Last-Event-ID), then changes, with a beat every second")
            .WithDescription("The body of an event is that of the property with its name.");
    }

    /// <summary>A login that ended, a credential that was revoked: the stream ends within a beat or two. The page then asks who it is.</summary>
    private static async IAsyncEnumerable<SseItem<string>> WhileMayAsync(HubParts hub, HttpContext http, IAsyncEnumerable<SseItem<string>> told)
    {
        var caller = Caller.Of(http);
        var looked = hub.Time.GetTimestamp();
        await foreach (var one in told)
        {
            if (hub.Time.GetElapsedTime(looked) >= LookEvery)
            {
                looked = hub.Time.GetTimestamp();
                if (!hub.Callers.IsStill(caller, http)) yield break;
            }

            yield return one;
        }
    }

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(0.9);
}
