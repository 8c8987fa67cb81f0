using Chorale.Hub.Access;
using Chorale.Hub.Listening;
using Chorale.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary><c>GET /api/v2/recorders/{id}/live</c>: a microphone as it is now, for pages (<see cref="LiveBlock"/>) and players (Ogg without end).</summary>
internal static class ListenApi
{
    /// <summary>A login that has ended hears nothing more.</summary>
    private static readonly TimeSpan MayEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan NewsEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>Half a second of stereo.</summary>
    private const int SendBufferBytes = 64 * 1024;

    /// <summary>A listener that takes nothing for so long is not there.</summary>
    private static readonly TimeSpan WriteMax = TimeSpan.FromSeconds(15);

    public enum LiveFormat
    {
        Pcm,
        Ogg,
    }

    public static void Map(IEndpointRouteBuilder routes, HubParts hub) =>
        routes.MapGet("/api/v2/recorders/{id}/live", (string id, string? quality, string? format, HttpContext http, CancellationToken cancel) =>
                ListenAsync(hub, id, quality, format, http, cancel))
            .WithTags("live").WithSummary("Hear a microphone now")
            .WithDescription("format: pcm (default; blocks of s16le with their time, see design/live.md) or ogg (Opus without end, also by Accept: audio/ogg). quality: high (48 kHz) or low (24 kHz mono).");

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> ListenAsync(
        HubParts hub, string id, string? quality, string? format, HttpContext http, CancellationToken cancel)
    {
        if (V2Query.Choice("quality", quality, LiveQuality.High, out var wanted) is { } badQuality) return badQuality;
        if (wanted == LiveQuality.Ogg) return V2Query.Bad("quality", quality, "allowed are high, low");
        var accepts = http.Request.Headers.Accept.ToString().Contains("audio/ogg", StringComparison.OrdinalIgnoreCase) ? LiveFormat.Ogg : LiveFormat.Pcm;
        if (V2Query.Choice("format", format, accepts, out var form) is { } badFormat) return badFormat;
        if (!hub.Live.IsKnown(id)) return V2Query.NotFound($"There is no recorder '{id}'");
        if (hub.Live.Join(id, form == LiveFormat.Ogg ? LiveQuality.Ogg : wanted) is not { } listener)
        {
            http.Response.Headers.RetryAfter = "5";
            return TypedResults.Problem($"{LiveDesk.ListenersMax} listen already", statusCode: 503, title: "Busy");
        }

        try
        {
            http.Response.ContentType = form == LiveFormat.Ogg ? "audio/ogg" : "application/octet-stream";
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would wait for 4 kB
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            // Left to itself the kernel takes 4 MB, half a minute of sound, before anybody knows that a listener is slow.
            if (http.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket) socket.SendBufferSize = SendBufferBytes;
            await http.Response.StartAsync(cancel);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel, hub.Live.Stopping);
            await SendAsync(hub, listener, http, form == LiveFormat.Pcm, ending.Token);
            return TypedResults.Empty;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            http.Abort(); // gone, cut off or stopped: nobody shall take it for the end of a recording
            return TypedResults.Empty;
        }
        finally
        {
            hub.Live.Leave(listener);
        }
    }

    private static async Task SendAsync(HubParts hub, LiveListener listener, HttpContext http, bool hasNews, CancellationToken ending)
    {
        LiveNews? last = null;
        var stamp = hub.Time.GetTimestamp();
        var ready = listener.WaitAsync(ending).AsTask();
        var (caller, looked) = (Caller.Of(http), stamp);
        while (true)
        {
            if (hub.Time.GetElapsedTime(looked) >= MayEvery)
            {
                looked = hub.Time.GetTimestamp();
                if (!hub.Callers.IsStill(caller, http)) throw new OperationCanceledException("may listen no longer");
            }

            using var cut = CancellationTokenSource.CreateLinkedTokenSource(ending);
            cut.CancelAfter(WriteMax);
            if (hasNews)
            {
                var news = listener.Line!.News();
                if (news.State != last?.State || news.Why != last.Why || hub.Time.GetElapsedTime(stamp) >= NewsEvery)
                {
                    await http.Response.Body.WriteAsync(LiveBlock.Note(news, WallTime.ToMicroseconds(hub.Time.GetUtcNow())), cut.Token);
                    (last, stamp) = (news, hub.Time.GetTimestamp());
                }
            }

            while (listener.Take() is { } bytes) await http.Response.Body.WriteAsync(bytes, cut.Token);
            await http.Response.Body.FlushAsync(cut.Token);
            if (await Task.WhenAny(ready, Task.Delay(Look, hub.Time, ending)) != ready) continue;
            if (!await ready) return;
            ready = listener.WaitAsync(ending).AsTask();
        }
    }
}
