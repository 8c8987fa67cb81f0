using System.Text.Json;
using Chorale.Archive.Copies;
using Chorale.Archive.Index;
using Chorale.Hub.Access;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>Reading the archive. Everything mapped here is the viewer's (<see cref="Access.OperatorGate"/>).</summary>
internal static class V2Api
{
    /// <param name="routes">Root of the hub: paths are given in full.</param>
    /// <param name="hub">What to build from.</param>
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var v2 = routes.MapGroup("/api/v2").WithTags("archive");
        v2.MapGet("/recorders", () => Recorders(hub)).WithSummary("Recorders, with state and level of their last chunk");
        v2.MapGet("/stats", () => Stats(hub)).WithSummary("What the archive holds in all");
        v2.MapGet("/timeline", (string[]? recorder, string? from, string? to, string? detail, CancellationToken cancel) =>
                Timeline(hub, recorder is { Length: > 0 } ? recorder : null, from, to, detail, cancel))
            .IsDear().WithSummary("Audio and gaps of a period, for all recorders").WithDescription("recorder: only this one; may be given several times.");
        v2.MapGet("/recorders/{id}/timeline", (string id, string? from, string? to, string? detail, CancellationToken cancel) =>
            Timeline(hub, [id], from, to, detail, cancel)).IsDear().WithSummary("Audio and gaps of a period, for one recorder");
        V2Chunks.Map(v2, hub);
        V2Levels.Map(v2, hub);
        V2Range.Map(v2, hub);
        PageApi.Map(routes);
    }

    private static Ok<RecordersView> Recorders(HubParts hub) => TypedResults.Ok(new RecordersView(
        WallTime.ToMicroseconds(hub.Time.GetUtcNow()), [.. hub.Index.Read(V2Sql.Recorders).Select(r => View(r, LiveOf(hub, r.RecorderId)))]));

    private static RecorderLiveView? LiveOf(HubParts hub, string recorder)
    {
        var held = hub.Live.Copies.All.Where(c => c.Place.RecorderId == recorder).ToList();
        if (hub.Live.OfDevice(recorder)?.State() is not { } line) return held.Count == 0 ? null : new RecorderLiveView("gone", null, null, false, 0, held.Count, Length(held));
        return new RecorderLiveView(line.State, line.Why, line.LagMs, line.IsCopy, line.Listeners, held.Count, Length(held));

        static long Length(IEnumerable<HeldCopyView> all) => all.Sum(c => c.ToUs - c.FromUs);
    }

    private static RecorderView View(V2Sql.RecorderRow row, RecorderLiveView? live)
    {
        var header = Parse<ChunkHeader>(row.LastHeader);
        var levels = header?.Levels ?? Parse<ChunkLevels>(row.LastLevels);
        return new RecorderView(
            row.RecorderId, row.Name, header?.State, levels?.PeakDbfs, levels?.RmsDbfs, levels?.ClippedSamples, row.FirstSeenUs, row.LastSeenUs,
            row.LastEndUs, row.LastLabel, row.Chunks, row.Bytes, row.CoveredUs, live);
    }

    private static Ok<StatsView> Stats(HubParts hub)
    {
        var row = hub.Index.Read(V2Sql.Stats);
        long? free;
        try
        {
            free = new DriveInfo(hub.Store.Folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            free = null; // unknown is not infinite
        }

        return TypedResults.Ok(new StatsView(row.Recorders, row.Chunks, row.Bytes, row.CoveredUs, row.OldestUs, row.NewestUs, row.Refused, free));
    }

    private static Results<Ok<TimelineView>, ProblemHttpResult> Timeline(
        HubParts hub, IReadOnlyList<string>? recorders, string? from, string? to, string? detail, CancellationToken cancel)
    {
        if (V2Query.Period(from, to, out var fromUs, out var toUs, V2Query.Ever) is { } badPeriod) return badPeriod;
        if (V2Query.Choice("detail", detail, TimelineDetail.Auto, out var wanted) is { } badDetail) return badDetail;
        if (recorders?.FirstOrDefault(r => !hub.Index.Read(c => V2Sql.HasRecorder(c, r))) is { } unknown) return V2Query.NotFound($"There is no recorder '{unknown}'");
        var told = hub.Index.Read(c => TimelineQuery.Read(c, fromUs, toUs, recorders, wanted, bucketsMax: 200, cancel));
        var held = hub.Live.Copies.All.Where(c => c.FromUs < toUs && c.ToUs > fromUs).ToLookup(c => c.Place.RecorderId);
        return TypedResults.Ok(new TimelineView(
            told.FromUs, told.ToUs, told.Detail.ToString().ToLowerInvariant(), told.BucketUs,
            [.. told.Recorders.Select(r => new RecorderTimelineView(
                r.Recorder,
                r.Spans.Select(s => new SpanView(s.FromUs, s.ToUs, s.Chunks)),
                r.Gaps.Select(g => new GapView(g.FromUs, g.ToUs, g.Cause, g.DurationUs, g.Count)),
                r.Buckets.Select(b => new BucketView(b.FromUs, b.CoveredUs, b.Chunks, b.Labelled)),
                r.Chunks.Select(c => new TimelineChunkView(c.ChunkId, c.StartUs, c.EndUs, c.RunId, c.Number, c.Label)),
                held[r.Recorder].OrderBy(c => c.FromUs).Select(c => new HeldSpanView(c.FromUs, c.ToUs, c.Place.Run.ToString(), c.Place.Number))))]));
    }

    /// <summary>What is in the index was written by a hub, perhaps by an older one: what cannot be read is not there.</summary>
    private static T? Parse<T>(string? json)
        where T : class
    {
        try
        {
            return json is null ? null : JsonSerializer.Deserialize<T>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
