using Chorale.Archive.Index;
using Chorale.Hub.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Chorale.Hub.Api;

/// <summary>Single chunks: what is known of them, their files as they were received.</summary>
internal static class V2Chunks
{
    public static void Map(RouteGroupBuilder v2, HubParts hub)
    {
        v2.MapGet("/chunks/{id}", (string id) => Chunk(hub, id)).WithSummary("What is known of one chunk");
        v2.MapMethods("/chunks/{id}/file", ["GET", "HEAD"], (string id) => FileOf(hub, id))
            .WithSummary("The file as it was received; Range requests are answered");
    }

    private static Results<Ok<ChunkView>, ProblemHttpResult> Chunk(HubParts hub, string id) =>
        hub.Index.Read(c => ChunkSql.Find(c, id)) is { } r
            ? TypedResults.Ok(new ChunkView(
                r.ChunkId, r.RecorderId, r.RunId, r.Number, r.FirstFrame, r.Frames, r.RateHz, r.Channels, r.Codec, r.StartUs, r.EndUs, r.UncertaintyUs,
                r.RatePpm, r.SizeBytes, r.Sha256, r.ReceivedUs, r.Label))
            : V2Query.NotFound("There is no such chunk");

    private static Results<FileStreamHttpResult, ProblemHttpResult> FileOf(HubParts hub, string id)
    {
        if (hub.Index.Read(c => ChunkSql.Find(c, id)) is not { } row) return V2Query.NotFound("There is no such chunk");
        FileStream file;
        try
        {
            file = new FileStream(
                Path.Combine(hub.Store.Folder, row.Path), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 * 1024, FileOptions.Asynchronous);
        }
        catch (IOException e)
        {
            return V2Query.NotFound($"The file of this chunk cannot be read ({e.GetType().Name}): `chorale archive check` tells more");
        }

        var type = row.Codec switch { "opus" => "audio/ogg", "flac" => "audio/flac", _ => "audio/wav" };
        return TypedResults.File(
            file, type, Path.GetFileName(row.Path), entityTag: new EntityTagHeaderValue($"\"{row.Sha256}\""), enableRangeProcessing: true);
    }
}
