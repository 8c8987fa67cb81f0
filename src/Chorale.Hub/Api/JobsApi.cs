using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Hub.Jobs;
using Chorale.Protocol.Chunks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Chorale.Hub.Api;

/// <summary>A check as a client posts it.</summary>
/// <param name="IsQuick">Names and sizes only.</param>
/// <param name="IsRepair">Make rows for files that have none, take away rows whose file is gone.</param>
internal sealed record CheckRequest(
    [property: JsonPropertyName("id")] string? Id, [property: JsonPropertyName("quick")] bool? IsQuick, [property: JsonPropertyName("repair")] bool? IsRepair);

/// <summary>Long work: exports, checks, imports. Everything mapped here is the operator's (<see cref="OperatorGate"/>).</summary>
internal static class JobsApi
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var jobs = routes.MapGroup("/api/v2/jobs").WithTags("jobs");
        var planner = new ExportPlanner(hub);
        jobs.MapGet("", () => TypedResults.Ok(new JobsView(hub.Jobs.All))).WithSummary("Every job that waits, runs, or ended within a day; newest first");
        jobs.MapGet("/{id}", (string id) => One(hub, id)).WithSummary("One job as it stands");
        jobs.MapDelete("/{id}", (string id, [FromQuery(Name = "open_only")] bool? openOnly) => DeleteAsync(hub, id, openOnly ?? false)).OpenOnLoopback().Audited("job_cancel")
            .WithSummary("Cancel a job that waits or runs (200, as it ended), or forget one that has ended, with its file (204; with open_only=true it stays: 200, as it ended)");
        jobs.MapMethods("/{id}/file", ["GET", "HEAD"], (string id) => FileOf(hub, id)).WithSummary("What a job has made; Range requests are answered");
        jobs.MapGet("/{id}/manifest", (string id) => Manifest(hub, id)).WithSummary("What an export consists of: files, frames, digests, gaps");
        jobs.MapPost("/exports", (ExportRequest request, HttpContext http, CancellationToken cancel) => Export(hub, planner, request, http, cancel))
            .OpenOnLoopback().Audited("export").ProducesProblem(409).ProducesProblem(507)
            .WithSummary("Export a period of recorders, or a session; 202 at once. The same id twice is one job");
        jobs.MapPost("/exports/estimate", (ExportRequest request, CancellationToken cancel) => Estimate(hub, planner, request, cancel))
            .OpenOnLoopback().Needs(Ability.Read).IsNotAudited().WithSummary("What an export would consist of and about how large it would be; nothing is begun");
        jobs.MapPost("/checks", (CheckRequest request, HttpContext http) => Check(hub, request, http)).OpenOnLoopback().Audited("archive_check")
            .WithSummary("Compare the archive's files with its index, both ways");
        jobs.MapPost("/imports", (ImportRequest request, HttpContext http) => Import(hub, request, http)).OpenOnLoopback().Audited("import")
            .ProducesProblem(507).WithSummary("Take audio files into the archive; each is then sent by PUT");
        jobs.MapPut("/{id}/files/{number:int}", (string id, int number, HttpContext http) => ReceiveAsync(hub, id, number, http)).OpenOnLoopback().IsNotAudited()
            .WithSummary("The bytes of one file of an import, by its number from 0");
    }

    private static Results<Ok<JobView>, ProblemHttpResult> One(HubParts hub, string id) =>
        hub.Jobs.Find(id) is { } view ? TypedResults.Ok(view) : NoJob(id);

    private static async Task<Results<Ok<JobView>, NoContent, ProblemHttpResult>> DeleteAsync(HubParts hub, string id, bool isOpenOnly)
    {
        if (hub.Jobs.Find(id) is null) return NoJob(id);
        return await hub.Jobs.DeleteAsync(id, isOpenOnly) is { } ended ? TypedResults.Ok(ended) : TypedResults.NoContent();
    }

    private static Results<PhysicalFileHttpResult, ProblemHttpResult> FileOf(HubParts hub, string id)
    {
        if (hub.Jobs.FileOf(id) is not var (path, file)) return hub.Jobs.Find(id) is null ? NoJob(id) : V2Query.NotFound("This job has no file");
        var tag = file.Sha256 is { } sha256 ? new EntityTagHeaderValue($"\"{sha256}\"") : null;
        return TypedResults.PhysicalFile(path, file.ContentType, file.Name, entityTag: tag, enableRangeProcessing: true);
    }

    private static Results<PhysicalFileHttpResult, ProblemHttpResult> Manifest(HubParts hub, string id) =>
        hub.Jobs.ManifestOf(id) is { } path ? TypedResults.PhysicalFile(path, "application/json", "manifest.json") : V2Query.NotFound("This job has no manifest");

    private static Results<Accepted<JobView>, ProblemHttpResult> Export(HubParts hub, ExportPlanner planner, ExportRequest request, HttpContext http, CancellationToken cancel)
    {
        if (request.Problem() is var (field, value, allowed)) return V2Query.Bad(field, value, allowed);
        var subject = new JobSubject
        {
            Recorders = request.Recorders ?? request.Modules, Session = request.Session, FromUs = request.FromUs, ToUs = request.ToUs,
            Format = request.Codec.ToString().ToLowerInvariant(), Layout = request.Wanted.ToString().ToLowerInvariant(),
        };
        return Post(hub, request.Id!, request, http, () => new ExportWork(planner.Plan(request, cancel), subject, hub.Time));
    }

    private static Results<Ok<ExportEstimateView>, ProblemHttpResult> Estimate(HubParts hub, ExportPlanner planner, ExportRequest request, CancellationToken cancel)
    {
        if ((request with { Id = "estimate" }).Problem() is var (field, value, allowed)) return V2Query.Bad(field, value, allowed);
        try
        {
            var plan = planner.Plan(request, cancel);
            return TypedResults.Ok(new ExportEstimateView(
                plan.FileName, plan.EstimatedBytes, plan.ToUs - plan.FromUs, plan.Parts.Count, [.. plan.Parts.SelectMany(p => p.Tracks)], plan.LeftOut, hub.Jobs.Space.Free(),
                hub.Jobs.Space.Refusal(plan.EstimatedBytes, 0)));
        }
        catch (JobProblemException e)
        {
            return TypedResults.Ok(new ExportEstimateView("", 0, Math.Max(0, (request.ToUs ?? 0) - (request.FromUs ?? 0)), 0, [], [], hub.Jobs.Space.Free(), e.Message)); // it is the answer that was asked for
        }
    }

    private static Results<Accepted<JobView>, ProblemHttpResult> Check(HubParts hub, CheckRequest request, HttpContext http)
    {
        if (!RecorderId.IsValid(request.Id)) return V2Query.Bad("id", request.Id, "1 to 64 of A-Z a-z 0-9 _ - are allowed");
        if (request.IsRepair == true && OperatorGate.Demand(http, Ability.Configure) is { } refused) return refused; // it sets rows and files aside
        return Post(hub, request.Id!, request, http, () => new CheckWork(hub, request.IsQuick ?? false, request.IsRepair ?? false));
    }

    private static Results<Accepted<JobView>, ProblemHttpResult> Import(HubParts hub, ImportRequest request, HttpContext http)
    {
        if (request.Problem(hub.Settings.OwnUploadBytesMax) is var (field, value, allowed)) return V2Query.Bad(field, value, allowed);
        return Post(hub, request.Id!, request, http, () => new ImportWork(hub, request), isHeld: true);
    }

    private static Results<Accepted<JobView>, ProblemHttpResult> Post<T>(HubParts hub, string id, T request, HttpContext http, Func<IJobWork> make, bool isHeld = false)
    {
        AuditNote.Of(http).Say(target: id);
        JobPost post;
        try
        {
            post = hub.Jobs.Post(id, JsonSerializer.Serialize(request), RoomsApi.Who(http), make, isHeld);
        }
        catch (JobProblemException e)
        {
            return TypedResults.Problem(e.Message, statusCode: 422, title: "This cannot be done");
        }
        catch (IOException e)
        {
            return TypedResults.Problem(e.Message, statusCode: 507, title: "The disk refuses");
        }

        return post.Refusal switch
        {
            JobRefusal.None => TypedResults.Accepted($"{http.Request.PathBase}/api/v2/jobs/{id}", post.View),
            JobRefusal.OtherRequest => TypedResults.Problem($"id '{id}' stands for another job; make a new one", statusCode: 409, title: "A value cannot be used"),
            JobRefusal.TooMany => TypedResults.Problem(post.Why, statusCode: 503, title: "Busy"),
            _ => TypedResults.Problem(post.Why, statusCode: 507, title: "There is not enough room"),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ReceiveAsync(HubParts hub, string id, int number, HttpContext http)
    {
        if (hub.Jobs.WorkOf<ImportWork>(id) is not { } work) return V2Query.NotFound($"There is no import '{id}' that waits for files");
        if (!work.HasFile(number)) return V2Query.NotFound($"This import has no file {number}");
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = work.BytesMax(number) + 1;
        try
        {
            if (await work.ReceiveAsync(number, http.Request.Body, bytes => hub.Jobs.Received(id, bytes), http.RequestAborted)) hub.Jobs.Release(id);
            return TypedResults.NoContent();
        }
        catch (JobProblemException e)
        {
            return TypedResults.Problem(e.Message, statusCode: 409, title: "This file cannot be taken");
        }
        catch (Exception e) when (e is IOException && !http.RequestAborted.IsCancellationRequested)
        {
            return TypedResults.Problem(e.Message, statusCode: 507, title: "The disk refuses");
        }
    }

    private static ProblemHttpResult NoJob(string id) => V2Query.NotFound($"There is no job '{(id.Length <= 100 ? id : id[..100] + "...")}'");
}
