using Chorale.Archive.Range;
using Chorale.Audio.Files;
using Chorale.Hub.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Api;

/// <summary>Any from-to of a recorder as one stream. The work is done while the caller reads: a slow one holds a second of audio, not the range.</summary>
internal static class V2Range
{
    /// <summary>
    /// Streams at once; a player that pauses keeps its own open, so this is far more than a core can encode in real time and only bounds
    /// open files and memory (about 2 MB each).
    /// </summary>
    private const int StreamsMax = 32;

    public static void Map(RouteGroupBuilder v2, HubParts hub)
    {
        var free = new SemaphoreSlim(StreamsMax);
        v2.MapMethods("/recorders/{id}/range", ["GET", "HEAD"], (
                string id, string? from, string? to, string? format, string? gaps, string? inline, HttpContext http, CancellationToken cancel) =>
                Range(hub, free, new Asked(id, from, to, format, gaps, inline is not null), http, cancel))
            .IsDear().WithSummary("Any from-to as one Opus, FLAC or WAV stream, exact to the frame")
            .WithDescription("format: opus (default), flac, wav. gaps: silence (default) or skip. inline: without a file name, for players; begins sooner, and may end early where two chunks do not join.");
    }

    private sealed record Asked(string Recorder, string? From, string? To, string? Format, string? Gaps, bool Inline);

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> Range(
        HubParts hub, SemaphoreSlim free, Asked asked, HttpContext http, CancellationToken cancel)
    {
        if (V2Query.Period(asked.From, asked.To, out var fromUs, out var toUs) is { } badPeriod) return badPeriod;
        if (V2Query.Choice("format", asked.Format, AudioCodec.Opus, out var format) is { } badFormat) return badFormat;
        if (V2Query.Choice("gaps", asked.Gaps, GapFill.Silence, out var gaps) is { } badGaps) return badGaps;
        if (!hub.Index.Read(c => V2Sql.HasRecorder(c, asked.Recorder))) return V2Query.NotFound($"There is no recorder '{asked.Recorder}'");
        if (!await free.WaitAsync(TimeSpan.Zero, cancel))
        {
            http.Response.Headers.RetryAfter = "5";
            return TypedResults.Problem($"{StreamsMax} ranges are being read already", statusCode: 503, title: "Busy");
        }

        try
        {
            var request = new RangeRequest(asked.Recorder, fromUs, toUs, format, gaps);
            var log = hub.Logs.CreateLogger("Chorale.Archive.Range");
            var export = asked.Inline
                ? RangeExport.PrepareToPlay(hub.Index, hub.Store.Folder, request, log, cancel) : RangeExport.Prepare(hub.Index, hub.Store.Folder, request, log, cancel);
            if (!export.HasAudio) return V2Query.NotFound($"There is no audio of '{asked.Recorder}' in this period; its timeline says why");
            http.Response.ContentType = export.ContentType;
            if (!asked.Inline) http.Response.Headers.ContentDisposition = $"attachment; filename=\"{export.FileName}\"";
            http.Response.Headers.CacheControl = "no-store"; // a chunk that arrives later belongs into it
            if (!HttpMethods.IsHead(http.Request.Method)) await export.WriteAsync(http.Response.Body, cancel);
            return TypedResults.Empty;
        }
        catch (ArgumentException e) when (!http.Response.HasStarted)
        {
            return TypedResults.Problem(e.Message, statusCode: 400, title: "A value cannot be used");
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return TypedResults.Empty; // who asked has gone
        }
        finally
        {
            free.Release();
        }
    }
}
