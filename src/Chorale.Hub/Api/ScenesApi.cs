using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Hub.Show;
using Chorale.Protocol;
using Chorale.Show.Room;
using Chorale.Show.Scenes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>Scene files of a room: read, checked, drawn, and written with the version before them kept. Writing is the technician's.</summary>
internal static class ScenesApi
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var rooms = routes.MapGroup("/api/v2/rooms/{room}").WithTags("rooms");
        rooms.MapGet("/scenes/{name}", (string room, string name, HttpContext http) => Read(hub.Show, room, name, http))
            .WithSummary("The file of a scene, with its ETag").Produces(200, contentType: "application/json");
        rooms.MapPut("/scenes/{name}", (string room, string name, HttpContext http, CancellationToken cancel) => WriteAsync(hub.Show, room, name, http, cancel))
            .OpenOnLoopback().Needs(Ability.EditRooms).Audited("scene_write")
            .WithSummary("Replace the file of a scene (If-Match), or make it (If-None-Match: *). A scene with errors is refused").ProducesProblem(400).ProducesProblem(412);
        rooms.MapGet("/scenes/{name}/versions", (string room, string name) => Versions(hub.Show, room, name))
            .WithSummary("What the file of a scene was before, the newest first").ProducesProblem(404);
        rooms.MapGet("/scenes/{name}/versions/{version}", (string room, string name, string version) => Version(hub.Show, room, name, version))
            .WithSummary("One of them, as it was").Produces(200, contentType: "application/json").ProducesProblem(404);
        rooms.MapPost("/check", (string room, HttpContext http, CancellationToken cancel) => CheckAsync(hub.Show, room, http, cancel))
            .OpenOnLoopback().Needs(Ability.Read).IsDear().IsNotAudited().WithSummary("Every problem of the scene in the body, with its line");
        rooms.MapGet("/scenes/{name}/graph", (string room, string name) => Graph(hub.Show, room, name)).WithSummary("States and transitions of a scene");
        rooms.MapPost("/graph", (string room, HttpContext http, CancellationToken cancel) => GraphOfBodyAsync(hub.Show, room, http, cancel))
            .OpenOnLoopback().Needs(Ability.Read).IsDear().IsNotAudited().WithSummary("States and transitions of the scene in the body, as far as it can be read");
    }

    private static Results<FileContentHttpResult, ProblemHttpResult> Read(ShowDesk show, string room, string name, HttpContext http)
    {
        if (Find(show, room, name, out var host) is { } problem) return problem;
        if (host.Scenes.Bytes(name) is not { } bytes) return NoScene(name);
        http.Response.Headers.ETag = Tag(bytes);
        return TypedResults.File(bytes, "application/json");
    }

    private static Results<Ok<SceneVersionsView>, ProblemHttpResult> Versions(ShowDesk show, string room, string name) =>
        Find(show, room, name, out var host) is { } problem ? problem
            : TypedResults.Ok(new SceneVersionsView([.. host.Scenes.Versions(name).Select(SceneVersionView.Of)]));

    private static Results<FileContentHttpResult, ProblemHttpResult> Version(ShowDesk show, string room, string name, string version)
    {
        if (Find(show, room, name, out var host) is { } problem) return problem;
        // Compared with the names that are there: what was asked for never becomes part of a path.
        var path = host.Scenes.Versions(name).FirstOrDefault(p => Path.GetFileNameWithoutExtension(p) == version);
        try
        {
            if (path is not null && new FileInfo(path).Length <= SceneLimits.FileBytesMax) return TypedResults.File(File.ReadAllBytes(path), "application/json");
        }
        catch (FileNotFoundException)
        {
            // A newer one has just pushed it out.
        }

        return V2Query.NotFound($"There is no version '{version}' of '{name}'");
    }

    private static async Task<Results<Ok<CheckView>, ProblemHttpResult>> WriteAsync(ShowDesk show, string room, string name, HttpContext http, CancellationToken cancel)
    {
        if (Find(show, room, name, out var host) is { } problem) return problem;
        if (await BodyAsync(http, cancel) is not { } body) return TooLarge();
        var known = host.Scenes.Bytes(name);
        var (match, noneMatch) = (http.Request.Headers.IfMatch.ToString(), http.Request.Headers.IfNoneMatch.ToString());
        if (match.Length == 0 && noneMatch != "*") return V2Query.Bad("If-Match", null, "the ETag of the file that was read is required, or If-None-Match: * for a new one");
        bool IsAsSeen(byte[]? there) => there is null ? match.Length == 0 : match == Tag(there);
        if (!IsAsSeen(known)) return Changed();
        var load = host.CheckScene(body, name);
        if (load.Errors > 0)
        {
            return TypedResults.Problem(
                $"{load.Errors} errors; the file stays as it was", statusCode: 400, title: "Not written",
                extensions: new Dictionary<string, object?> { ["problems"] = load.Problems.Select(SceneProblemView.Of).ToList() });
        }

        // Asked again where it is written: two authors may have passed the check above together.
        if (!host.Scenes.TrySave(name, body, IsAsSeen)) return Changed();
        http.Response.Headers.ETag = Tag(body);
        return TypedResults.Ok(CheckView.Of(load));
    }

    private static async Task<Results<Ok<CheckView>, ProblemHttpResult>> CheckAsync(ShowDesk show, string room, HttpContext http, CancellationToken cancel)
    {
        if (show.Find(room) is not { } host) return RoomsApi.NoRoom(room);
        return await BodyAsync(http, cancel) is { } body ? TypedResults.Ok(CheckView.Of(host.CheckScene(body, "scene"))) : TooLarge();
    }

    private static Results<Ok<GraphView>, ProblemHttpResult> Graph(ShowDesk show, string room, string name)
    {
        if (Find(show, room, name, out var host) is { } problem) return problem;
        return host.Scenes.Open(name) is not { } load ? NoScene(name)
            : load.Scene is { } scene ? TypedResults.Ok(GraphView.Of(scene)) : V2Query.NotFound($"'{name}' cannot be read: {load.Problems[0]}");
    }

    private static async Task<Results<Ok<GraphView>, ProblemHttpResult>> GraphOfBodyAsync(ShowDesk show, string room, HttpContext http, CancellationToken cancel)
    {
        if (show.Find(room) is not { } host) return RoomsApi.NoRoom(room);
        if (await BodyAsync(http, cancel) is not { } body) return TooLarge();
        return host.CheckScene(body, "scene").Scene is { } scene ? TypedResults.Ok(GraphView.Of(scene))
            : TypedResults.Problem("It cannot be read yet", statusCode: 422, title: "No graph");
    }

    private static ProblemHttpResult? Find(ShowDesk show, string room, string name, out RoomHost host)
    {
        host = show.Find(room)!;
        if (host is null) return RoomsApi.NoRoom(room);
        return SceneFolder.NameProblem(name) is { } problem ? V2Query.Bad("name", name, problem) : null;
    }

    /// <summary>Null: larger than a scene may be.</summary>
    private static async Task<byte[]?> BodyAsync(HttpContext http, CancellationToken cancel)
    {
        AllowScene(http);
        using var body = new MemoryStream();
        var part = new byte[65_536];
        int read;
        while ((read = await http.Request.Body.ReadAsync(part, cancel)) > 0)
        {
            if (body.Length + read > SceneLimits.FileBytesMax) return null;
            body.Write(part, 0, read);
        }

        return body.ToArray();
    }

    /// <summary>A scene may be larger than other bodies.</summary>
    internal static void AllowScene(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = SceneLimits.FileBytesMax + 1;
    }

    private static string Tag(byte[] bytes) => $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"";

    private static ProblemHttpResult NoScene(string name) => V2Query.NotFound($"There is no scene '{name}' in this room");

    private static ProblemHttpResult Changed() =>
        TypedResults.Problem("The file has been changed since it was read", statusCode: 412, title: "Not written");

    private static ProblemHttpResult TooLarge() =>
        TypedResults.Problem($"A scene has at most {SceneLimits.FileBytesMax} bytes", statusCode: 413, title: "Too large");
}

internal sealed record CheckView(
    [property: JsonPropertyName("errors")] int Errors, [property: JsonPropertyName("warnings")] int Warnings,
    [property: JsonPropertyName("problems")] IReadOnlyList<SceneProblemView> Problems)
{
    public static CheckView Of(SceneLoad load) => new(load.Errors, load.Warnings, [.. load.Problems.Select(SceneProblemView.Of)]);
}

internal sealed record SceneVersionsView([property: JsonPropertyName("versions")] IReadOnlyList<SceneVersionView> Versions);

/// <param name="Id">When it was replaced, as it stands in its file's name.</param>
internal sealed record SceneVersionView(
    [property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("replaced_us")] long? ReplacedUs, [property: JsonPropertyName("bytes")] long Bytes)
{
    public static SceneVersionView Of(string path)
    {
        var id = Path.GetFileNameWithoutExtension(path);
        var isTime = DateTime.TryParseExact(
            id, "yyyyMMdd'T'HHmmss'.'ffffff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at);
        return new SceneVersionView(id, isTime ? WallTime.ToMicroseconds(new DateTimeOffset(at)) : null, new FileInfo(path) is { Exists: true } file ? file.Length : 0);
    }
}

internal sealed record GraphStateView(
    [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("description")] string? Description,
    [property: JsonPropertyName("is_initial")] bool IsInitial, [property: JsonPropertyName("is_reachable")] bool IsReachable,
    [property: JsonPropertyName("cues")] int Cues, [property: JsonPropertyName("enter")] IReadOnlyList<string> Enter);

/// <param name="From">Null: from every state.</param>
internal sealed record GraphEdgeView(
    [property: JsonPropertyName("from")] string? From, [property: JsonPropertyName("to")] string To, [property: JsonPropertyName("type")] TransitionKind Type,
    [property: JsonPropertyName("label")] string Label, [property: JsonPropertyName("is_global")] bool IsGlobal);

internal sealed record GraphView(
    [property: JsonPropertyName("states")] IReadOnlyList<GraphStateView> States, [property: JsonPropertyName("edges")] IReadOnlyList<GraphEdgeView> Edges)
{
    public static GraphView Of(Scene scene)
    {
        var graph = SceneGraph.Of(scene);
        return new GraphView(
            [.. graph.States.Select(s => new GraphStateView(s.Name, s.Description, s.IsInitial, s.IsReachable, s.Cues, s.Enter))],
            [.. graph.Edges.Select(e => new GraphEdgeView(e.From, e.To, e.Type, e.Label, e.IsGlobal))]);
    }
}
