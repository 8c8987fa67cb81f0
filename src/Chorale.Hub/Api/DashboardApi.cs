using System.Globalization;
using System.Text;
using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Hub.Show;
using Chorale.Protocol;
using Chorale.Show.Room;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>
/// The dashboard of the older room controller, for front ends and scripts that know it: paths and bodies as there, Basic authentication by
/// an operator's credential, no default password. It knew one room: <c>?room=</c> names another than the first.
/// </summary>
internal static class DashboardApi
{
    /// <summary>Names the room in the query.</summary>
    internal const string RoomKey = "room";

    private const int LogsMax = 1_000, LogsUnsaid = 500;

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var api = routes.MapGroup("/api").WithTags("dashboard").WithMetadata(DashboardRealm.Instance);
        var started = hub.Time.GetTimestamp();
        var startedAt = hub.Time.GetUtcNow();
        api.MapGet("/status", (HttpContext http, [FromQuery(Name = RoomKey)] string? named) => ForRoomAsync(hub, named, async room =>
        {
            var view = await room.ViewAsync(http.RequestAborted);
            return Results.Json(new
            {
                room_id = room.Id, scene_running = view.Run is not null, mqtt_connected = view.IsConnected,
                uptime = Math.Round(hub.Time.GetElapsedTime(started).TotalSeconds, 1), log_count = hub.Show.Lines.Of(room.Id).Count,
            });
        }));
        api.MapGet("/stats", (HttpContext http, [FromQuery(Name = RoomKey)] string? named) => ForRoomAsync(hub, named, async room =>
        {
            var view = await room.ViewAsync(http.RequestAborted);
            var runs = hub.Show.Stage!.Traces.List(room.Id, 1_000);
            return Results.Json(new
            {
                total_scenes_played = runs.Count,
                scene_play_counts = runs.GroupBy(r => r.Scene).ToDictionary(g => g.Key, g => g.Count()),
                total_uptime = Math.Round(hub.Time.GetElapsedTime(started).TotalSeconds, 1),
                last_start_time = WallTime.ToText(startedAt),
                connected_devices = view.Nodes.ToDictionary(n => n.Id, n => new { status = Status(n), last_updated = n.LastSeenUs / 1e6 }),
            });
        }));
        api.MapGet("/logs", (HttpContext http, string? level, int? limit, [FromQuery(Name = RoomKey)] string? named) => ForRoomAsync(hub, named, room => Task.FromResult(Logs(hub, room, level, limit))));
        api.MapPost("/logs/clear", (HttpContext http, [FromQuery(Name = RoomKey)] string? named) => ForRoomAsync(hub, named, room =>
        {
            hub.Show.Lines.Clear(room.Id);
            return Task.FromResult(Results.Json(new { success = true }));
        })).OpenOnLoopback().Audited("room_log_clear");
        api.MapGet("/logs/export", (HttpContext http, [FromQuery(Name = RoomKey)] string? named) => ForRoomAsync(hub, named, room => Task.FromResult(Results.File(
            Encoding.UTF8.GetBytes(string.Concat(hub.Show.Lines.Of(room.Id).Select(l => $"[{WallTime.ToText(l.TsUs)}] [{l.Level.ToUpperInvariant()}] {l.Logger} - {l.Text}\n"))),
            "text/plain; charset=utf-8", $"{room.Id}.log"))));
        api.MapPost("/run_scene/{name}", (HttpContext http, string name, [FromQuery(Name = RoomKey)] string? named) => ForRoomAsync(hub, named, async room =>
        {
            var outcome = await room.RunAsync(name, Who(http), http.RequestAborted);
            return outcome.IsAccepted ? Results.Json(new { success = true, message = $"Scene {name} started", run_id = outcome.RunId })
                : Results.Json(new { success = false, error = outcome.Reason }, statusCode: outcome.IsUnknown ? 404 : 400);
        })).OpenOnLoopback().Audited("room_run");
        api.MapPost("/stop_scene", (HttpContext http, [FromQuery(Name = RoomKey)] string? named) => ForRoomAsync(hub, named, room =>
        {
            room.Stop(Who(http));
            return Task.FromResult(Results.Json(new { success = true, message = "STOP is being said" }));
        })).OpenOnLoopback().Needs(Ability.Stop).Audited("room_stop");
        api.MapPost("/mqtt/send", (HttpContext http, [FromQuery(Name = RoomKey)] string? named) => ForRoomAsync(hub, named, room => SendAsync(room, http))).OpenOnLoopback().Audited("room_send");
        api.MapGet("/device_states", (HttpContext http, [FromQuery(Name = RoomKey)] string? named) => ForRoomAsync(hub, named, async room =>
            Results.Json((await room.ViewAsync(http.RequestAborted)).Outputs.Select(State))));
    }

    /// <summary>Every endpoint of the dashboard is about one room.</summary>
    internal static Task<IResult> ForRoomAsync(HubParts hub, string? named, Func<RoomHost, Task<IResult>> work)
    {
        var room = named is { Length: > 0 } ? hub.Show.Find(named) : hub.Show.Rooms.Count > 0 ? hub.Show.Rooms[0] : null;
        return room is not null ? work(room) : Task.FromResult(Error(404, named is { Length: > 0 } ? $"there is no room '{named}'" : "this hub has no rooms: its setting `rooms` names their folder"));
    }

    /// <summary>For log and trace: a person where there is one.</summary>
    internal static string Who(HttpContext http) => Caller.Of(http).Name ?? "the dashboard";

    internal static IResult Error(int status, string text) => Results.Json(new { error = text }, statusCode: status);

    /// <summary>The body as an object or list; null when it is no JSON, or larger than a scene may be.</summary>
    internal static async Task<JsonDocument?> BodyAsync(HttpContext http)
    {
        try
        {
            if (http.Request.ContentLength > Chorale.Show.Scenes.SceneLimits.FileBytesMax) return null;
            ScenesApi.AllowScene(http);
            return await JsonDocument.ParseAsync(http.Request.Body, new JsonDocumentOptions { MaxDepth = 32 }, http.RequestAborted);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IResult Logs(HubParts hub, RoomHost room, string? level, int? limit)
    {
        if (limit is < 1) return Error(400, $"limit {limit}: 1 to {LogsMax} is allowed");
        var lines = hub.Show.Lines.Of(room.Id).Where(l => level is null or "" or "ALL" || Name(l.Level).Equals(level, StringComparison.OrdinalIgnoreCase));
        return Results.Json(lines.TakeLast(Math.Min(limit ?? LogsUnsaid, LogsMax)).Select(l => new { timestamp = WallTime.ToText(l.TsUs), level = Name(l.Level), module = l.Logger, message = l.Text }));
    }

    private static async Task<IResult> SendAsync(RoomHost room, HttpContext http)
    {
        using var body = await BodyAsync(http);
        if (body?.RootElement is not { ValueKind: JsonValueKind.Object } o || !o.TryGetProperty("topic", out var topic) || topic.ValueKind != JsonValueKind.String || !o.TryGetProperty("message", out var message))
            return Error(400, "an object with topic and message is expected");
        if (!(await room.ViewAsync(http.RequestAborted)).IsConnected) return Error(503, "there is no broker");
        var text = message.ValueKind == JsonValueKind.String ? message.GetString()! : message.GetRawText();
        AuditNote.Of(http).Say(target: room.Id, detail: $"{topic.GetString()}: {text}");
        if (room.SendProblem(topic.GetString()!, text) is null && !room.Knows(topic.GetString()!) && OperatorGate.Demand(http, Ability.SendRaw) is { } refused) return Error(403, refused.ProblemDetails.Detail!);
        return room.Send("dash-" + Guid.NewGuid().ToString("N"), topic.GetString()!, text, Who(http)) is { } problem ? Error(400, problem) : Results.Json(new { success = true });
    }

    private static object State(RoomOutputView o) => new
    {
        topic = o.Topic,
        desired_state = o.Desired is null ? null : Protocol.Rooms.RoomWords.Output(o.Desired) switch { true => "ON", false => "OFF", null => null },
        confirmed_state = o.Confirmed ?? "UNKNOWN",
        state_source = o.Source switch { "manual" => "manual", "stop" or "auto_off" => "forced", "none" => "none", _ => o.State == "confirmed" ? "feedback" : "state" },
        last_update_ts = o.SinceUs / 1e6,
        node_id = o.Node,
        stale = o.IsStale,
        motor_direction = o.MotorDirection switch { "L" => "LEFT", "R" => "RIGHT", _ => null },
        motor_speed = o.MotorSpeed,
    };

    /// <summary>Only who has been heard is online here; the older dashboard knows two words.</summary>
    private static string Status(NodeView node) => node.Presence is "online" or "late" ? "online" : "offline";

    private static string Name(string level) => level switch { "information" => "INFO", "critical" => "CRITICAL", _ => level.ToUpper(CultureInfo.InvariantCulture) };
}
