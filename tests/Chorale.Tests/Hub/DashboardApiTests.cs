using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Chorale.Tests.Hub;

/// <summary>Scripts and front ends of the older room controller find what they know.</summary>
public sealed class DashboardApiTests
{
    [Fact]
    public async Task A_script_of_the_older_dashboard_runs_a_scene_reads_states_and_stops_it()
    {
        await using var test = await TestRoomHub.StartAsync();
        Assert.Equal("visit.json", (await GetAsync(test, "/api/config/main_scene")).GetProperty("main_scene").GetString());
        Assert.Equal("visit.json", Assert.Single((await GetAsync(test, "/api/scenes")).EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(test, "/api/run_scene/visit.json")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(test, "/api/run_scene/visit")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(test, "/api/run_scene/other")).Status);
        Assert.True((await GetAsync(test, "/api/status")).GetProperty("scene_running").GetBoolean());
        await Wait.Until("the light is confirmed", async () => (await GetAsync(test, "/api/device_states")).EnumerateArray().Any(s =>
            s.GetProperty("topic").GetString() == "room1/light/1" && s.GetProperty("desired_state").GetString() == "ON" && s.GetProperty("confirmed_state").GetString() == "ON"));
        var stats = await GetAsync(test, "/api/stats");
        Assert.Equal("online", stats.GetProperty("connected_devices").GetProperty("Room1_Relays_Ctrl").GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(test, "/api/stop_scene")).Status);
        await Wait.Until("it has stopped", async () => !(await GetAsync(test, "/api/status")).GetProperty("scene_running").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(test, "/api/mqtt/send", """{"topic":"room1/scene","message":"START"}""")).Status);
        await Wait.Until("a raw START is a trigger as it was there", async () => (await GetAsync(test, "/api/status")).GetProperty("scene_running").GetBoolean());
        Assert.Contains((await GetAsync(test, "/api/logs?limit=500")).EnumerateArray(), l =>
            l.GetProperty("module").GetString() == "mqtt" && l.GetProperty("message").GetString() == "Publishing to room1/light/1: ON" && l.GetProperty("level").GetString() == "INFO");
    }

    [Fact]
    public async Task Raw_messages_command_lists_devices_and_media_work_inside_the_room_and_nowhere_else()
    {
        await using var test = await TestRoomHub.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(test, "/api/mqtt/send", """{"topic":"room1/light/4","message":1}""")).Status);
        await Wait.Until("the device has it", () => test.Devices.Nodes.Any(n => n.On.ContainsKey("room1/light/4")));
        foreach (var bad in (string[])["""{"topic":"room2/light","message":"ON"}""", """{"topic":"room1/light"}""", "[]", "x"])
            Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(test, "/api/mqtt/send", bad)).Status);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(test, "/api/command/lights.json", """[{"topic":"room1/light/3","message":"ON"},{"topic":"room1/motor1","message":"ON:20:L"}]""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(test, "/api/run_command/lights")).Status);
        await Wait.Until("both devices have it", () => test.Devices.Nodes.Sum(n => n.On.Count) == 3);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(test, "/api/command/..%2f..%2fx", "[]")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(test, "/api/command/x", """[{"topic":1}]""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(test, "/api/devices", "[]")).Status);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(test, "/api/devices", """{"relays":[{"id":"l1","name":"Lamp","topic":"room1/light/1"}]}""")).Status);
        Assert.Equal("Lamp", (await GetAsync(test, "/api/devices")).GetProperty("relays")[0].GetProperty("name").GetString());

        Assert.Equal(HttpStatusCode.Created, await UploadAsync(test, "bell.ogg"));
        Assert.Contains("bell.ogg", (await GetAsync(test, "/api/media/audio")).EnumerateArray().Select(f => f.GetString()));
        foreach (var bad in (string[])["../bell.ogg", "bell.exe", ".ogg"]) Assert.Equal(HttpStatusCode.BadRequest, await UploadAsync(test, bad));
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(test, "/api/media/play/audio", """{"filename":"../room.yaml"}""")).Status);
        using var deleted = await test.Http.DeleteAsync("/api/media/audio/bell.ogg");
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        await test.Broker.KillAsync();
        await Wait.Until("without a broker it says so", async () => (await PostAsync(test, "/api/mqtt/send", """{"topic":"room1/light/4","message":1}""")).Status == HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task A_scene_with_errors_is_not_saved_and_there_is_no_default_password()
    {
        await using var test = await TestRoomHub.StartAsync();
        var (status, body) = await PostAsync(test, "/api/scene/new", """{"sceneId":"new","initialState":"A","states":{}}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("states", body);
        Assert.False(File.Exists(Path.Combine(test.RoomFolder, "scenes", "new.json")));
        test.Hub.Host.Tokens.Issue(Chorale.Hub.Access.CredentialKind.Operator, "operator");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/status");
        request.Headers.Authorization = new("Basic", Convert.ToBase64String("admin:admin"u8));
        using var reply = await test.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, reply.StatusCode);
        Assert.Contains("Login Required", reply.Headers.WwwAuthenticate.ToString());
    }

    private static async Task<JsonElement> GetAsync(TestRoomHub test, string path) => (await test.Http.GetFromJsonAsync<JsonElement>(path))!;

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(TestRoomHub test, string path, string? json = null)
    {
        using var reply = await test.Http.PostAsync(path, json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"));
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }

    private static async Task<HttpStatusCode> UploadAsync(TestRoomHub test, string name)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent("OggS"u8.ToArray()), "file", name } };
        using var reply = await test.Http.PostAsync("/api/media/audio", form);
        return reply.StatusCode;
    }
}
