using Chorale.Hub.Access;
using Chorale.Hub.Health;
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
    public static void Map(IEndpointRouteBuilder routes, HubParts hub, HubHealth health) =>
        routes.MapGet("/health", http => GetAsync(http, hub, health)).WithMetadata(OwnAuthentication.Instance).ExcludeFromDescription();

    private static Task GetAsync(HttpContext http, HubParts hub, HubHealth health)
    {
        var db = IsIndexReadable(hub) && hub.Access.IsReadable();
        var writable = health.IsWritable();
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
}
