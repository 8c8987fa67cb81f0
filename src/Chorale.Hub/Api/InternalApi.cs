using Chorale.Archive.Index;
using Chorale.Hub.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary><c>GET /api/v1/internal/chunks/{id}/file</c>: the file as it was received.</summary>
internal static class InternalApi
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub) =>
        routes.MapGet("/api/v1/internal/chunks/{id}/file", http => GetAsync(http, hub)).WithMetadata(OwnAuthentication.Instance).ExcludeFromDescription();

    private static async Task GetAsync(HttpContext http, HubParts hub)
    {
        if (!await AdminAuth.PassAsync(http, hub, CredentialKind.Internal)) return;
        var id = Guid.TryParse((string?)http.Request.RouteValues["id"], out var uuid) ? uuid.ToString() : "";
        if (hub.Index.Read(c => ChunkSql.Find(c, id)) is not { } chunk)
        {
            await Answer.DetailAsync(http, 404, "Chunk not found");
            return;
        }

        FileStream file;
        try
        {
            file = new FileStream(Path.Combine(hub.Store.Folder, chunk.Path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, useAsync: true);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            await Answer.DetailAsync(http, 404, "Chunk file not found on disk");
            return;
        }

        await using (file)
        {
            http.Response.ContentType = chunk.Codec switch { "opus" => "audio/ogg", "flac" => "audio/flac", _ => "audio/wav" };
            http.Response.ContentLength = file.Length;
            http.Response.Headers.ContentDisposition = $"attachment; filename=\"chunk_{chunk.ChunkId}{Path.GetExtension(chunk.Path)}\"";
            await file.CopyToAsync(http.Response.Body, http.RequestAborted);
        }
    }
}
