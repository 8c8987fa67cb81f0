using Chorale.Archive.Index;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>
/// Administration as an Ingest API has it: <c>/api/v1/admin/devices</c>, <c>points</c>, <c>registers</c>. Ours: <c>zone</c> (IANA name) of
/// a device, which reads its naive times.
/// </summary>
internal sealed class AdminApi(HubParts hub)
{
    private const string Root = "/api/v1/admin";

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var api = new AdminApi(hub);
        var group = routes.MapGroup(Root).WithMetadata(OwnAuthentication.Instance).ExcludeFromDescription();
        group.MapPost("/devices", http => api.WithAdminAsync(http, api.AddAsync)).Audited("device_add");
        group.MapGet("/devices", http => api.WithAdminAsync(http, api.ListAsync));
        group.MapPatch("/devices/{id}", http => api.WithAdminAsync(http, api.ChangeAsync)).Audited("device_change");
        group.MapPatch("/points/{id}", http => api.WithAdminAsync(http, h => api.RenameAsync(h, PlaceKind.Point))).Audited("point_rename");
        group.MapPatch("/registers/{id}", http => api.WithAdminAsync(http, h => api.RenameAsync(h, PlaceKind.Register))).Audited("register_rename");
    }

    private async Task WithAdminAsync(HttpContext http, RequestDelegate then)
    {
        if (await AdminAuth.PassAsync(http, hub, CredentialKind.Admin)) await then(http);
    }

    private async Task AddAsync(HttpContext http)
    {
        if (await ReadAsync(http) is not { } body) return;
        var device = new Device(Id(body, "device_id"), Id(body, "point_id"), Id(body, "register_id"), Zone(body), true, hub.Time.GetUtcNow());
        var secret = body.Text(body.Has("token") && !body.Has("token_plain") ? "token" : "token_plain", 16, 512);
        AuditNote.Of(http).Say(target: device.DeviceId);
        if (body.Errors.Count > 0) await Answer.FieldsAsync(http, body.Errors);
        else if (!hub.Access.TryAddDevice(device, secret, out var problem)) await Answer.DetailAsync(http, 409, problem);
        else await Answer.JsonAsync(http, 201, Describe(device, null, Names(PlaceKind.Point), Names(PlaceKind.Register)));
    }

    private Task ListAsync(HttpContext http)
    {
        var seen = hub.Index.Read(RecorderSql.LastSeen);
        var (points, registers) = (Names(PlaceKind.Point), Names(PlaceKind.Register));
        return Answer.JsonAsync(http, 200, hub.Access.Devices().Select(d =>
            Describe(d, seen.TryGetValue(d.DeviceId, out var us) ? us : null, points, registers)));
    }

    private async Task ChangeAsync(HttpContext http)
    {
        if (await ReadAsync(http) is not { } body) return;
        _ = DeviceIds.TryNormalize((string?)http.Request.RouteValues["id"], out var id);
        var enable = body.Has("is_enabled") || !body.Has("zone") ? body.Flag("is_enabled") : (bool?)null;
        var zone = Zone(body);
        if (body.Errors.Count > 0)
        {
            await Answer.FieldsAsync(http, body.Errors);
            return;
        }

        if (enable is { } isEnabled) hub.Access.SetEnabled(id, isEnabled);
        if (body.Has("zone")) hub.Access.SetZone(id, zone);
        if (hub.Access.FindDevice(id) is not { } device)
        {
            await Answer.DetailAsync(http, 404, "Device not found");
            return;
        }

        var seen = hub.Index.Read(RecorderSql.LastSeen);
        await Answer.JsonAsync(http, 200, Describe(
            device, seen.TryGetValue(id, out var us) ? us : null, Names(PlaceKind.Point), Names(PlaceKind.Register)));
    }

    private async Task RenameAsync(HttpContext http, PlaceKind kind)
    {
        if (await ReadAsync(http) is not { } body) return;
        _ = DeviceIds.TryNormalize((string?)http.Request.RouteValues["id"], out var id);
        var name = body.Text("name", 1, 255);
        if (body.Errors.Count > 0) await Answer.FieldsAsync(http, body.Errors);
        else if (!hub.Access.SetName(kind, id, name)) await Answer.DetailAsync(http, 404, $"{kind} not found");
        else if (kind == PlaceKind.Point) await Answer.JsonAsync(http, 200, new { point_id = id, name });
        else await Answer.JsonAsync(http, 200, new { register_id = id, name });
    }

    private static async Task<JsonBody?> ReadAsync(HttpContext http)
    {
        var body = await JsonBody.ReadAsync(http.Request, http.RequestAborted);
        if (body is null) await Answer.FieldsAsync(http, [new FieldError("json_invalid", ["body"], "JSON decode error", null)]);
        return body;
    }

    private static string Id(JsonBody body, string name)
    {
        var text = body.Text(name, 1, 64);
        if (text.Length > 0 && !Guid.TryParse(text, out _)) body.Errors.Add(FieldError.Bad(name, "uuid_parsing", "Input should be a valid UUID", text));
        _ = DeviceIds.TryNormalize(text, out var id);
        return id;
    }

    private static string? Zone(JsonBody body)
    {
        if (!body.Has("zone")) return null;
        var zone = body.Text("zone", 0, 64);
        if (zone.Length == 0) return null;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _)) return zone;
        body.Errors.Add(FieldError.Bad("zone", "value_error", "Input should be an IANA time zone such as Europe/Berlin", zone));
        return null;
    }

    private IReadOnlyDictionary<string, string> Names(PlaceKind kind) => hub.Access.Names(kind);

    private static object Describe(Device device, long? seenUs, IReadOnlyDictionary<string, string> points, IReadOnlyDictionary<string, string> registers) => new
    {
        device_id = device.DeviceId,
        point_id = device.PointId,
        point_name = points.GetValueOrDefault(device.PointId ?? ""),
        register_id = device.RegisterId,
        register_name = registers.GetValueOrDefault(device.RegisterId ?? ""),
        is_enabled = device.IsEnabled,
        created_at = WallTime.ToText(device.CreatedAt),
        last_seen_at = seenUs is { } us ? WallTime.ToText(us) : null,
        zone = device.Zone,
    };
}
