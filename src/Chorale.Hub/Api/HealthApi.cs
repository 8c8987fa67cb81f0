using Chorale.Archive.Store;
using Chorale.Hub.Access;
using Chorale.Protocol;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Api;

/// <summary><c>GET /health</c>: always 200, with the keys of an Ingest API and of a Mycelia server.</summary>
internal static class HealthApi
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub) =>
        routes.MapGet("/health", http => GetAsync(http, hub)).WithMetadata(OwnAuthentication.Instance).ExcludeFromDescription();

    private static Task GetAsync(HttpContext http, HubParts hub)
    {
        var db = IsIndexReadable(hub) && hub.Access.IsReadable();
        var writable = IsWritable(hub);
        var time = WallTime.ToText(hub.Time.GetUtcNow());
        return Answer.JsonAsync(http, 200, new { status = db && writable ? "ok" : "degraded", db, storage_writable = writable, time, timestamp = time });
    }

    private static bool IsIndexReadable(HubParts hub)
    {
        try
        {
            return hub.Index.Read(c => c.ExecuteScalar<int>("SELECT 1 FROM sqlite_schema LIMIT 1")) == 1;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    /// <summary>Tried, not asked for: a file system that went read-only answers permission questions as before.</summary>
    private static bool IsWritable(HubParts hub)
    {
        try
        {
            using var probe = hub.Store.Receive();
            probe.Append("probe"u8);
            probe.WriteOut();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
