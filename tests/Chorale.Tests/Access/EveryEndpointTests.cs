using Chorale.Hub.Access;
using Chorale.Tests.Hub;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Tests.Access;

/// <summary>Every endpoint of the hub, and who may use it: one that is not in this list fails the first test until somebody has judged it.</summary>
public sealed class EveryEndpointTests
{
    /// <summary>own: authenticates its callers itself, or has nothing to hide; everybody: the login; else the least role.</summary>
    private const string Judged = """
        everybody  GET /api/v2/session
        everybody  POST /api/v2/session
        everybody  POST /api/v2/welcome
        everybody  POST /api/v2/welcome/look
        operator   DELETE /api/v2/commands/{id}
        operator   DELETE /api/v2/rooms/{room}/presses/{id}
        operator   POST /api/logs/clear
        operator   POST /api/media/play/{kind:regex(^(audio|video)$)}
        operator   POST /api/media/stop
        operator   POST /api/mqtt/send
        operator   POST /api/run_command/{name}
        operator   POST /api/run_scene/{name}
        operator   POST /api/stop_scene
        operator   POST /api/v2/rooms/{room}/button
        operator   POST /api/v2/rooms/{room}/event
        operator   POST /api/v2/rooms/{room}/run
        operator   POST /api/v2/rooms/{room}/send
        operator   POST /api/v2/rooms/{room}/stop
        own        * /auth/jwt/login
        own        * /oauth/token
        own        * /recorder
        own        GET /api/v1/admin/devices
        own        GET /api/v1/internal/chunks/{id}/file
        own        GET /health
        own        PATCH /api/v1/admin/devices/{id}
        own        PATCH /api/v1/admin/points/{id}
        own        PATCH /api/v1/admin/registers/{id}
        own        POST /api/audio/ingest
        own        POST /api/v1/admin/devices
        own        POST /api/v1/auth/login
        own        POST /api/v1/chunks
        technician DELETE /api/media/{kind:regex(^(audio|video)$)}/{file}
        technician DELETE /api/v2/devices
        technician DELETE /api/v2/modules/{id}
        technician DELETE /api/v2/tokens/{id}
        technician DELETE /api/v2/users/links/{id}
        technician GET /api/v2/audit
        technician GET /api/v2/audit/export
        technician GET /api/v2/tokens
        technician GET /api/v2/users
        technician PATCH /api/v2/users/{id}
        technician POST /api/command/{name}
        technician POST /api/devices
        technician POST /api/media/{kind:regex(^(audio|video)$)}
        technician POST /api/scene/{name}
        technician POST /api/v2/tokens
        technician POST /api/v2/users/links
        technician PUT /api/v2/rooms/{room}/scenes/{name}
        viewer     DELETE /api/v2/session
        viewer     GET /api/command/{name}
        viewer     GET /api/commands
        viewer     GET /api/config/main_scene
        viewer     GET /api/device_states
        viewer     GET /api/devices
        viewer     GET /api/logs
        viewer     GET /api/logs/export
        viewer     GET /api/media/{kind:regex(^(audio|video)$)}
        viewer     GET /api/scene/{name}
        viewer     GET /api/scenes
        viewer     GET /api/stats
        viewer     GET /api/status
        viewer     GET /api/v2/chunks/{id}
        viewer     GET /api/v2/chunks/{id}/file
        viewer     GET /api/v2/commands/{id}
        viewer     GET /api/v2/devices
        viewer     GET /api/v2/events
        viewer     GET /api/v2/modules
        viewer     GET /api/v2/modules/{id}
        viewer     GET /api/v2/openapi.json
        viewer     GET /api/v2/recorders
        viewer     GET /api/v2/recorders/{id}/peaks
        viewer     GET /api/v2/recorders/{id}/range
        viewer     GET /api/v2/recorders/{id}/timeline
        viewer     GET /api/v2/rooms
        viewer     GET /api/v2/rooms/{room}
        viewer     GET /api/v2/rooms/{room}/log
        viewer     GET /api/v2/rooms/{room}/runs
        viewer     GET /api/v2/rooms/{room}/runs/{run}
        viewer     GET /api/v2/rooms/{room}/scenes/{name}
        viewer     GET /api/v2/rooms/{room}/scenes/{name}/graph
        viewer     GET /api/v2/sessions
        viewer     GET /api/v2/sessions/{id}/manifest
        viewer     GET /api/v2/stats
        viewer     GET /api/v2/timeline
        viewer     POST /api/v2/commands
        viewer     GET /api/v2/commands
        operator   DELETE /api/v2/jobs/{id}
        operator   POST /api/v2/jobs/checks
        operator   POST /api/v2/jobs/exports
        operator   POST /api/v2/jobs/imports
        operator   POST /api/v2/live/{recorder}/keep
        operator   PUT /api/v2/jobs/{id}/files/{number:int}
        own        GET /api/v2/live/{recorder}/wanted
        own        PUT /api/v2/live/{recorder}
        viewer     GET /api/v2/health
        viewer     GET /api/v2/jobs
        viewer     GET /api/v2/jobs/{id}
        viewer     GET /api/v2/jobs/{id}/file
        viewer     GET /api/v2/jobs/{id}/manifest
        viewer     GET /api/v2/levels
        viewer     GET /api/v2/live
        viewer     GET /api/v2/log
        viewer     GET /api/v2/log/export
        viewer     GET /api/v2/log/troubles
        viewer     GET /api/v2/overview
        viewer     GET /api/v2/recorders/{id}/live
        viewer     GET /api/v2/storage
        technician PUT /api/v2/storage/rule
        viewer     POST /api/v2/storage/estimate
        viewer     POST /api/v2/jobs/exports/estimate
        viewer     GET /api/v2/rooms/{room}/scenes/{name}/versions
        viewer     GET /api/v2/rooms/{room}/scenes/{name}/versions/{version}
        viewer     GET /api/v2/sessions/{id}/tracks
        viewer     GET /api/v2/sessions/{id}/tracks/{module}
        viewer     GET /api/v2/sessions/{id}/tracks/{module}/peaks
        viewer     POST /api/v2/rooms/{room}/check
        viewer     POST /api/v2/rooms/{room}/graph
        viewer     POST /api/v2/session/password
        """;

    [Fact]
    public async Task Every_endpoint_has_been_judged_and_none_is_open_by_oversight()
    {
        await using var hub = await PeopleHub.StartAsync();
        var judged = Judged.Split('\n').Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToHashSet();
        var found = Endpoints(hub).Select(e => $"{e.Right} {e.Method} {e.Pattern}").ToHashSet();
        Assert.True(found.SetEquals(judged), "judge these: " + string.Join("; ", found.Except(judged).Order()) + "\nand these are not there: " + string.Join("; ", judged.Except(found).Order()));
    }

    [Fact]
    public async Task Each_role_is_let_in_where_it_may_and_nowhere_else()
    {
        await using var hub = await PeopleHub.StartAsync();
        using var nobody = new PersonClient(hub.Url);
        using var vera = await hub.LoginAsync("vera");
        using var olga = await hub.LoginAsync("olga");
        using var tom = await hub.LoginAsync("tom");
        using var token = new PersonClient(hub.Url);
        token.Bearer(hub.Host.Tokens.Issue(CredentialKind.Operator, "script").Secret);
        var wrong = new List<string>();
        foreach (var (right, method, pattern) in Endpoints(hub).Where(e => e.Right is "viewer" or "operator" or "technician" && e is not ({ Method: "DELETE", Pattern: "/api/v2/session" } or { Method: "POST", Pattern: "/api/v2/commands" })))
        {
            var path = System.Text.RegularExpressions.Regex.Replace(pattern, @"\{kind[^}]*\)\}", "audio");
            path = System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]+\}", "x");
            foreach (var (client, role) in ((PersonClient, int)[])[(nobody, -1), (vera, 0), (olga, 1), (tom, 2), (token, 2)])
            {
                var least = Array.IndexOf(["viewer", "operator", "technician"], right);
                var status = await client.StatusAsync(new HttpMethod(method), path, method == "GET" ? null : new { });
                var mayPass = role >= least;
                var passed = status is not (401 or 403);
                if (passed != mayPass || (role < 0 && status != 401) || (role >= 0 && !mayPass && status != 403)) wrong.Add($"{method} {path} by {role}: {status}, least is {right}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task What_only_the_body_tells_is_held_to_the_same_roles()
    {
        await using var hub = await PeopleHub.StartAsync();
        using var olga = await hub.LoginAsync("olga");
        using var tom = await hub.LoginAsync("tom");
        foreach (var order in (object[])[new { id = "a", command = "shutdown", modules = new[] { "m" } }, new { id = "b", command = "config", config = new { } }, new { id = "c", command = "start", config = new { gain = 3 } }, new { id = "e", command = "schedule", schedule = "always" }])
        {
            using var no = await olga.PostAsync("/api/v2/commands", order);
            Assert.Equal((403, "role"), ((int)no.StatusCode, await PeopleHub.TypeAsync(no)));
            Assert.NotEqual(403, await tom.StatusAsync(HttpMethod.Post, "/api/v2/commands", order));
        }

        Assert.Equal(202, await olga.StatusAsync(HttpMethod.Post, "/api/v2/commands", new { id = "d", command = "start" }));
        using var vera = await hub.LoginAsync("vera");
        using var start = await vera.PostAsync("/api/v2/commands", new { id = "f", command = "start" });
        Assert.Equal((403, "role"), ((int)start.StatusCode, await PeopleHub.TypeAsync(start)));
        Assert.Equal(202, await vera.StatusAsync(HttpMethod.Post, "/api/v2/commands", new { id = "g", command = "watch", seconds = 5 })); // levels are to look at
        Assert.Equal(403, await olga.StatusAsync(HttpMethod.Post, "/api/v2/jobs/checks", new { id = "h", repair = true }));
    }

    [Fact]
    public async Task In_a_room_an_operator_commands_its_outputs_and_only_a_technician_any_other_topic()
    {
        await using var test = await TestRoomHub.StartAsync();
        foreach (var (name, role) in ((string, Role)[])[("vera", Role.Viewer), ("olga", Role.Operator), ("tom", Role.Technician)]) PeopleHub.Add(test.Hub, name, role);
        using var vera = await test.Hub.LoginAsync("vera");
        using var olga = await test.Hub.LoginAsync("olga");
        using var tom = await test.Hub.LoginAsync("tom");
        const string send = "/api/v2/rooms/room1/send";
        Assert.Equal(403, await vera.StatusAsync(HttpMethod.Post, "/api/v2/rooms/room1/stop", new { id = "s" }));
        Assert.Equal(202, await olga.StatusAsync(HttpMethod.Post, send, new { id = "a", topic = "room1/light/1", payload = "ON" }));
        Assert.Equal(403, await olga.StatusAsync(HttpMethod.Post, send, new { id = "b", topic = "room1/firmware", payload = "http://evil" }));
        Assert.Equal(403, await olga.StatusAsync(HttpMethod.Post, send, new { id = "c", topic = "devices/Somebody_Elses/reboot", payload = "1" }));
        Assert.Equal(403, await olga.StatusAsync(HttpMethod.Post, "/api/mqtt/send", new { topic = "room1/firmware", message = "x" }));
        Assert.Equal(202, await tom.StatusAsync(HttpMethod.Post, send, new { id = "d", topic = "room1/firmware", payload = "x" }));
        Assert.Equal(202, await olga.StatusAsync(HttpMethod.Post, "/api/v2/rooms/room1/stop", new { id = "t" }));
        var said = await tom.GetAsync("/api/v2/audit?q=firmware");
        Assert.Equal(["accepted", "refused", "refused"], said.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("outcome").GetString()!));
    }

    private static IEnumerable<(string Right, string Method, string Pattern)> Endpoints(TestHub hub)
    {
        foreach (var endpoint in hub.Host.Endpoints.OfType<RouteEndpoint>())
        {
            var pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/');
            if (pattern is "/" or "/icon.svg" || pattern.StartsWith("/assets/", StringComparison.Ordinal)) continue; // the page's files
            var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"];
            foreach (var method in methods.Where(m => m != "HEAD"))
            {
                var needs = endpoint.Metadata.GetMetadata<Needs>()?.Ability ?? (method == "GET" ? Ability.Read : Ability.Operate);
                yield return (
                    endpoint.Metadata.GetMetadata<OwnAuthentication>() is not null ? "own" : endpoint.Metadata.GetMetadata<ForEverybody>() is not null ? "everybody" : Abilities.Word(Abilities.Needed(needs)),
                    method, pattern);
            }
        }
    }
}
