using System.Net.ServerSentEvents;
using Chorale.Hub.Access;
using Chorale.Hub.Live;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>Everything as it happens, for pages and programs that look on.</summary>
internal static class EventsApi
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        routes.MapGet("/api/v2/events", async Task<IResult> (HttpContext http) =>
        {
            http.Response.ContentType = "text/event-stream";
            http.Response.Headers.CacheControl = "no-cache,no-store";
            http.Response.Headers.ContentEncoding = "identity"; // what compresses keeps events back
            http.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
            try
            {
                await WhileMayAsync(hub, http, may => hub.Fleet.Live.WriteAsync(
                    http.Response.BodyWriter, http.Request.Headers["Last-Event-ID"], () => hub.Fleet.Snapshot(hub.Show.Views, hub.Jobs.All), may));
            }
            catch (OperationCanceledException)
            {
                // Who looked on has gone, or may look no longer.
            }

            return Results.Empty;
        })
            .WithTags("fleet", "rooms", "jobs").Produces<EventBodies>(200, "text/event-stream")
            .WithSummary("Server-sent events: snapshot (or what was missed since Last-Event-ID), then changes, with a beat every second")
            .WithDescription("The body of an event is that of the property with its name.");
    }

    /// <summary>A login that ended, a credential that was revoked: the stream ends within a beat or two. The page then asks who it is.</summary>
    private static async Task WhileMayAsync(HubParts hub, HttpContext http, Func<CancellationToken, Task> write)
    {
        var caller = Caller.Of(http);
        using var may = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var writing = write(may.Token);
        try
        {
            while (await Task.WhenAny(writing, Task.Delay(LookEvery, hub.Time, may.Token)) != writing)
            {
                if (may.IsCancellationRequested || !hub.Callers.IsStill(caller, http)) break;
            }
        }
        finally
        {
            await may.CancelAsync();
            await writing;
        }
    }

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(0.9);
}
