using System.Text;
using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Hub.Show;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Show.Players;
using Chorale.Show.Room;
using Chorale.Show.Scenes;
using Chorale.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>Files of a room by the paths of the older dashboard: scenes, devices.json, command lists, media.</summary>
internal static class DashboardFilesApi
{
    /// <summary>A film of an hour.</summary>
    private const long MediaBytesMax = 4L << 30;

    private const int CommandsMax = 500;

    private static readonly JsonSerializerOptions ForPeople = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var api = routes.MapGroup("/api").WithTags("dashboard").WithMetadata(DashboardRealm.Instance);
        MapScenes(api, hub);
        MapDevices(api, hub);
        MapCommands(api, hub);
        MapMedia(api, hub);
    }

    private static void MapScenes(RouteGroupBuilder api, HubParts hub)
    {
        api.MapGet("/scenes", (HttpContext http, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, room => Task.FromResult(Results.Json(
            room.Scenes.List().Select(s => new { name = s.Name + ".json", path = $"scenes/{room.Id}/{s.Name}.json", modified = s.ModifiedAt.ToUnixTimeMilliseconds() / 1e3 })))));
        api.MapGet("/config/main_scene", (HttpContext http, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, room => Task.FromResult(Results.Json(
            new { main_scene = room.DefaultScene() is { } name ? name + ".json" : null }))));
        api.MapGet("/scene/{name}", (HttpContext http, string name, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, room => Task.FromResult(
            SceneFolder.NameProblem(name) is { } problem ? DashboardApi.Error(400, $"'{name}' {problem}")
            : room.Scenes.Bytes(name) is { } bytes ? Results.Bytes(bytes, "application/json") : DashboardApi.Error(404, $"there is no scene '{name}'"))));
        api.MapPost("/scene/{name}", (HttpContext http, string name, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, async room =>
        {
            if (SceneFolder.NameProblem(name) is { } problem) return DashboardApi.Error(400, $"'{name}' {problem}");
            using var body = await DashboardApi.BodyAsync(http);
            if (body is null) return DashboardApi.Error(400, "JSON is expected");
            var bytes = Indented(body);
            var load = room.CheckScene(bytes, name);
            if (load.Errors > 0) return Results.Json(new { error = $"{load.Errors} errors; nothing is saved", problems = load.Problems.Select(SceneProblemView.Of) }, statusCode: 400);
            room.Scenes.Save(name, bytes);
            return Results.Json(new { success = true, warnings = load.Problems.Select(SceneProblemView.Of) });
        })).OpenOnLoopback().Needs(Ability.EditRooms).Audited("scene_write");
    }

    private static void MapDevices(RouteGroupBuilder api, HubParts hub)
    {
        api.MapGet("/devices", (HttpContext http, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, room => Task.FromResult(
            File.Exists(DevicesFile(room)) ? Results.Bytes(File.ReadAllBytes(DevicesFile(room)), "application/json") : Results.Json(new { motors = Array.Empty<int>(), relays = Array.Empty<int>(), lights = Array.Empty<int>() }))));
        api.MapPost("/devices", (HttpContext http, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, async room =>
        {
            using var body = await DashboardApi.BodyAsync(http);
            if (body?.RootElement is not { ValueKind: JsonValueKind.Object } o || !(o.TryGetProperty("motors", out _) || o.TryGetProperty("relays", out _) || o.TryGetProperty("lights", out _)))
                return DashboardApi.Error(400, "an object with motors, relays or lights is expected");
            DurableFile.Write(DevicesFile(room), Indented(body));
            return Results.Json(new { success = true, message = "saved; it is read at the hub's next start" });
        })).OpenOnLoopback().Needs(Ability.EditRooms).Audited("room_devices_write");
    }

    private static void MapCommands(RouteGroupBuilder api, HubParts hub)
    {
        api.MapGet("/commands", (HttpContext http, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, room => Task.FromResult(Results.Json(
            Directory.Exists(room.Settings.CommandsFolder)
                ? Directory.EnumerateFiles(room.Settings.CommandsFolder, "*.json").Select(Path.GetFileName).Order(StringComparer.Ordinal).Select(n => new { name = n }).ToArray() : []))));
        api.MapGet("/command/{name}", (HttpContext http, string name, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, room => Task.FromResult(
            CommandFile(room, name) is not { } file ? BadName(name) : File.Exists(file) ? Results.Bytes(File.ReadAllBytes(file), "application/json") : DashboardApi.Error(404, $"there is no command file '{name}'"))));
        api.MapPost("/command/{name}", (HttpContext http, string name, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, async room =>
        {
            if (CommandFile(room, name) is not { } file) return BadName(name);
            using var body = await DashboardApi.BodyAsync(http);
            if (body is null || Commands(body.RootElement) is null) return DashboardApi.Error(400, $"a list of at most {CommandsMax} objects with topic and message is expected");
            Directory.CreateDirectory(room.Settings.CommandsFolder);
            DurableFile.Write(file, Indented(body));
            return Results.Json(new { success = true });
        })).OpenOnLoopback().Needs(Ability.EditRooms).Audited("room_command_write");
        api.MapPost("/run_command/{name}", (HttpContext http, string name, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, async room =>
        {
            if (CommandFile(room, name) is not { } file) return BadName(name);
            if (!File.Exists(file)) return DashboardApi.Error(404, $"there is no command file '{name}'");
            if (!(await room.ViewAsync(http.RequestAborted)).IsConnected) return DashboardApi.Error(503, "there is no broker");
            if (Read(file) is not { } commands) return DashboardApi.Error(500, $"'{name}' is not a list of topics and messages");
            foreach (var (topic, message) in commands)
            {
                if (room.Send("dash-" + Guid.NewGuid().ToString("N"), topic, message, $"command {name}") is { } problem) return DashboardApi.Error(400, problem);
            }

            return Results.Json(new { success = true, sent = commands.Count });
        })).OpenOnLoopback().Audited("room_command_run");
    }

    private static void MapMedia(RouteGroupBuilder api, HubParts hub)
    {
        api.MapGet("/media/{kind:regex(^(audio|video)$)}", (HttpContext http, string kind, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, room =>
            Task.FromResult(Results.Json(new MediaFolder(room.Settings.MediaFolder).List(Kind(kind))))));
        api.MapPost("/media/{kind:regex(^(audio|video)$)}", (HttpContext http, string kind, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, room => UploadAsync(room, http, Kind(kind))))
            .OpenOnLoopback().Needs(Ability.EditRooms).Audited("media_upload").DisableAntiforgery();
        api.MapDelete("/media/{kind:regex(^(audio|video)$)}/{file}", (HttpContext http, string kind, string file, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, room =>
        {
            var media = new MediaFolder(room.Settings.MediaFolder);
            if (!media.TryFind(Kind(kind), file, out var path, out var problem)) return Task.FromResult(DashboardApi.Error(404, problem));
            File.Delete(path);
            return Task.FromResult(Results.Json(new { success = true }));
        })).OpenOnLoopback().Needs(Ability.EditRooms).Audited("media_delete");
        api.MapPost("/media/play/{kind:regex(^(audio|video)$)}", (HttpContext http, string kind, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, async room =>
        {
            using var body = await DashboardApi.BodyAsync(http);
            if (body?.RootElement is not { ValueKind: JsonValueKind.Object } o || !o.TryGetProperty("filename", out var name) || name.GetString() is not { Length: > 0 } file)
                return DashboardApi.Error(400, "an object with filename is expected");
            if (!new MediaFolder(room.Settings.MediaFolder).TryFind(Kind(kind), file, out _, out var problem)) return DashboardApi.Error(404, problem);
            room.Send("dash-" + Guid.NewGuid().ToString("N"), $"{room.Id}/{kind}", kind == "audio" ? $"PLAY:{file}" : $"PLAY_VIDEO:{file}", DashboardApi.Who(http));
            return Results.Json(new { success = true });
        })).OpenOnLoopback().Audited("media_play");
        api.MapPost("/media/stop", (HttpContext http, [FromQuery(Name = DashboardApi.RoomKey)] string? named) => DashboardApi.ForRoomAsync(hub, named, room =>
        {
            room.Send("dash-" + Guid.NewGuid().ToString("N"), $"{room.Id}/audio", "STOP", DashboardApi.Who(http));
            room.Send("dash-" + Guid.NewGuid().ToString("N"), $"{room.Id}/video", "STOP_VIDEO", DashboardApi.Who(http));
            return Task.FromResult(Results.Json(new { success = true }));
        })).OpenOnLoopback().Audited("media_stop");
    }

    private static async Task<IResult> UploadAsync(RoomHost room, HttpContext http, MediaKind kind)
    {
        var allowed = MediaFolder.Extensions(kind);
        if (http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MediaBytesMax;
        if (!http.Request.HasFormContentType) return DashboardApi.Error(400, "a form with a part 'file' is expected");
        // The form has a limit of its own, 128 MiB where nobody says otherwise.
        var form = await http.Request.ReadFormAsync(new Microsoft.AspNetCore.Http.Features.FormOptions { MultipartBodyLengthLimit = MediaBytesMax }, http.RequestAborted);
        if (form.Files.GetFile("file") is not { } file) return DashboardApi.Error(400, "a form with a part 'file' is expected");
        if (MediaFolder.ProblemOf(file.FileName) is not null || file.FileName.Contains('/')) return DashboardApi.Error(400, $"'{Shown(file.FileName)}': a plain file name is expected");
        if (!allowed.Contains(Path.GetExtension(file.FileName).ToLowerInvariant())) return DashboardApi.Error(400, $"'{Shown(file.FileName)}': {string.Join(" ", allowed)} are allowed");
        var folder = new MediaFolder(room.Settings.MediaFolder).FolderOf(kind);
        Directory.CreateDirectory(folder);
        var part = Path.Combine(folder, $".{Guid.NewGuid():N}.part");
        try
        {
            await using (var to = new FileStream(part, FileMode.CreateNew))
            {
                await file.CopyToAsync(to, http.RequestAborted);
                to.Flush(flushToDisk: true);
            }

            File.Move(part, Path.Combine(folder, file.FileName), overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }

        return Results.Json(new { success = true, filename = file.FileName }, statusCode: 201);
    }

    private static List<(string Topic, string Message)>? Read(string file)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { MaxDepth = 32 });
            return Commands(json.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<(string Topic, string Message)>? Commands(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > CommandsMax) return null;
        var commands = new List<(string, string)>();
        foreach (var one in list.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty("topic", out var topic) || topic.ValueKind != JsonValueKind.String || !one.TryGetProperty("message", out var message)) return null;
            commands.Add((topic.GetString()!, message.ValueKind == JsonValueKind.String ? message.GetString()! : message.GetRawText()));
        }

        return commands;
    }

    private static byte[] Indented(JsonDocument body) =>
        JsonSerializer.SerializeToUtf8Bytes(body.RootElement, ForPeople);

    private static MediaKind Kind(string kind) => kind == "audio" ? MediaKind.Audio : MediaKind.Video;

    private static string DevicesFile(RoomHost room) => Path.Combine(room.Settings.Folder, "devices.json");

    /// <summary>Null: not a name.</summary>
    private static string? CommandFile(RoomHost room, string name)
    {
        var plain = name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? name[..^5] : name;
        return SceneFolder.NameProblem(plain) is null ? Path.Combine(room.Settings.CommandsFolder, plain + ".json") : null;
    }

    private static IResult BadName(string name) => DashboardApi.Error(400, $"'{Shown(name)}' {SceneFolder.NameProblem(name)}");

    private static string Shown(string text) => text.Length <= 80 ? text : text[..80] + "...";
}
