using Chorale.Archive.Index;
using Chorale.Archive.Peaks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>How loud it was: outlines of up to two hours, levels of any period.</summary>
internal static class V2Levels
{
    private const int RecordersMax = 200;

    /// <summary>What was kept, for up to a quarter of an hour.</summary>
    private const int PointsUnsaid = 10_000;

    public static void Map(RouteGroupBuilder v2, HubParts hub)
    {
        v2.MapGet("/recorders/{id}/peaks", (string id, string? from, string? to, string? points, string? fine, CancellationToken cancel) =>
                Peaks(hub, id, from, to, points, fine is not null, cancel))
            .WithSummary("Outline of the audio of a period of up to two hours")
            .WithDescription("points: about how many are enough over the period; 10 a second are kept. fine: 100 a second, decoded now, of up to a minute.");
        v2.MapGet("/overview", () => Overview(hub)).WithSummary("How much audio there is of all recorders together, from the first to the last");
        v2.MapGet("/levels", (string[]? recorder, string? from, string? to, string? steps, CancellationToken cancel) => Levels(hub, recorder ?? [], from, to, steps, cancel))
            .WithSummary("How loud any period was, for one or several recorders")
            .WithDescription("recorder: may be given several times. steps: at most so many, 10 s or longer each.");
    }

    private static Ok<OverviewView> Overview(HubParts hub)
    {
        var told = hub.Index.Read(OverviewQuery.Read);
        return TypedResults.Ok(new OverviewView(told.OldestUs, told.NewestUs, told.FromUs, told.StepUs, told.CoveredUs));
    }

    private static Results<Ok<PeaksView>, ProblemHttpResult> Peaks(HubParts hub, string id, string? from, string? to, string? points, bool isFine, CancellationToken cancel)
    {
        if (V2Query.Period(from, to, out var fromUs, out var toUs) is { } bad) return bad;
        if (toUs - fromUs > ChunkPeaks.PeriodMaxUs) return V2Query.Bad("to", to, "it must be within 2 hours of from");
        if (V2Query.Number("points", points, 1, 100_000, PointsUnsaid, out var most) is { } badPoints) return badPoints;
        if (!hub.Index.Read(c => V2Sql.HasRecorder(c, id))) return V2Query.NotFound($"There is no recorder '{id}'");
        var peaks = ChunkPeaks.Read(hub.Index, hub.Store.Folder, id, fromUs, toUs, most, isFine, cancel);
        return TypedResults.Ok(new PeaksView(
            peaks.PerSecond, [.. peaks.Chunks.Select(p => new ChunkPeaksView(p.ChunkId, p.StartUs, p.EndUs, [.. p.Points.Select(b => (int)(sbyte)b)]))]));
    }

    private static Results<Ok<LevelsOfView>, ProblemHttpResult> Levels(HubParts hub, string[] recorders, string? from, string? to, string? steps, CancellationToken cancel)
    {
        if (V2Query.Period(from, to, out var fromUs, out var toUs, V2Query.Ever) is { } bad) return bad;
        if (V2Query.Number("steps", steps, 1, LevelQuery.StepsMax, 1_000, out var most) is { } badSteps) return badSteps;
        if (recorders.Length is 0 or > RecordersMax) return V2Query.Bad("recorder", recorders.Length == 0 ? null : $"given {recorders.Length} times", $"allowed are 1 to {RecordersMax} of them");
        if (recorders.FirstOrDefault(r => !hub.Index.Read(c => V2Sql.HasRecorder(c, r))) is { } unknown) return V2Query.NotFound($"There is no recorder '{unknown}'");
        var told = hub.Index.Read(c => LevelQuery.Read(c, fromUs, toUs, recorders, most, cancel));
        return TypedResults.Ok(new LevelsOfView(
            told.FromUs, told.StepUs, [.. told.Recorders.Select(r => new RecorderLevelsView(r.Recorder, r.PeakDbfs, r.RmsDbfs, r.QuietestDbfs))]));
    }
}
