using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chorale.Hub.Access;

namespace Chorale.Tests.Hub;

public sealed class AdminApiTests
{
    private const string AdminToken = "an-admin-token-of-the-settings";

    [Fact]
    public async Task A_device_is_registered_uploads_is_listed_renamed_and_switched_off()
    {
        await using var hub = await TestHub.StartAsync(s => s with { AdminToken = AdminToken, InternalToken = "an-internal-token-1" });
        using var http = Client(hub, AdminToken);
        var device = new { point_id = TestHub.Point, register_id = TestHub.Register, device_id = TestHub.DeviceId.ToUpperInvariant(), token_plain = "sixteen-chars-or-more" };

        var created = await http.PostAsJsonAsync("/api/v1/admin/devices", device);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("""{"detail":"Device already exists"}""", await (await http.PostAsJsonAsync("/api/v1/admin/devices", device)).Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.Conflict, (await http.PostAsJsonAsync("/api/v1/admin/devices", device)).StatusCode);

        var file = OggChunk.Make(2);
        var agent = new RecorderAgentClient("sixteen-chars-or-more");
        var upload = TestHub.Json(await RawHttp.SendAsync(hub.Url, agent.Request(file)));
        await http.PatchAsJsonAsync($"/api/v1/admin/points/{TestHub.Point}", new { name = "Shop 7" });
        await http.PatchAsJsonAsync($"/api/v1/admin/registers/{TestHub.Register}", new { name = "Till 2" });

        var listed = Assert.Single((await http.GetFromJsonAsync<JsonElement>("/api/v1/admin/devices")).EnumerateArray());
        Assert.Equal(TestHub.DeviceId, listed.GetProperty("device_id").GetString());
        Assert.Equal("Shop 7", listed.GetProperty("point_name").GetString());
        Assert.Equal("Till 2", listed.GetProperty("register_name").GetString());
        Assert.True(listed.GetProperty("is_enabled").GetBoolean());
        Assert.Equal(JsonValueKind.String, listed.GetProperty("last_seen_at").ValueKind);

        using var program = Client(hub, "an-internal-token-1");
        var stored = await program.GetAsync($"/api/v1/internal/chunks/{upload.GetProperty("chunk_id").GetString()}/file");
        Assert.Equal("audio/ogg", stored.Content.Headers.ContentType!.MediaType);
        Assert.Equal(file, await stored.Content.ReadAsByteArrayAsync());
        var unknown = await program.GetAsync($"/api/v1/internal/chunks/{Guid.NewGuid()}/file");
        Assert.Equal("""{"detail":"Chunk not found"}""", await unknown.Content.ReadAsStringAsync());
        File.Delete(Path.Combine(hub.Host.Store.Folder, upload.GetProperty("stored_path").GetString()!));
        var gone = await program.GetAsync($"/api/v1/internal/chunks/{upload.GetProperty("chunk_id").GetString()}/file");
        Assert.Equal("""{"detail":"Chunk file not found on disk"}""", await gone.Content.ReadAsStringAsync());

        var off = await http.PatchAsJsonAsync($"/api/v1/admin/devices/{TestHub.DeviceId}", new { is_enabled = false });
        Assert.False((await off.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("is_enabled").GetBoolean());
        var refused = await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(1)));
        Assert.Equal((401, """{"detail":"Invalid or disabled device token"}"""), (refused.Status, refused.Body));
    }

    [Fact]
    public async Task Only_administrators_administer()
    {
        await using var hub = await TestHub.StartAsync(s => s with { AdminToken = AdminToken });
        var client = hub.Host.Tokens.Issue(CredentialKind.Client, "someone");
        var person = hub.Host.Tokens.Issue(CredentialKind.Operator, "ada");
        async Task<HttpStatusCode> As(string? token)
        {
            using var http = Client(hub, token);
            return (await http.GetAsync("/api/v1/admin/devices")).StatusCode;
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await As(null));
        Assert.Equal(HttpStatusCode.Unauthorized, await As("guess"));
        Assert.Equal(HttpStatusCode.Unauthorized, await As(hub.IssueDevice()));
        Assert.Equal(HttpStatusCode.Unauthorized, await As(hub.Host.Tokens.Issue(CredentialKind.Internal, "worker").Secret));
        var jwt = TestHub.Json(await RawHttp.SendAsync(hub.Url, new MyceliaClient(client.Subject, client.Secret).TokenRequest())).GetProperty("access_token").GetString();
        Assert.Equal(HttpStatusCode.Unauthorized, await As(jwt));

        using var login = Client(hub, null);
        var session = await (await login.PostAsJsonAsync("/api/v1/auth/login", new { username = "ada", password = person.Secret })).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(HttpStatusCode.OK, await As(session.GetProperty("access_token").GetString()));
        Assert.Equal(HttpStatusCode.OK, await As(hub.Host.Tokens.Issue(CredentialKind.Admin, "script").Secret));
        Assert.Equal(HttpStatusCode.OK, await As(AdminToken));
    }

    [Fact]
    public async Task Bad_devices_are_refused_field_by_field()
    {
        await using var hub = await TestHub.StartAsync(s => s with { AdminToken = AdminToken });
        using var http = Client(hub, AdminToken);
        var bad = await http.PostAsJsonAsync("/api/v1/admin/devices", new { point_id = "../../etc", device_id = 7, token = "short", zone = "Mars/Olympus" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, bad.StatusCode);
        var fields = (await bad.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").EnumerateArray().Select(e => e.GetProperty("loc")[1].GetString());
        Assert.Equal(["device_id", "point_id", "register_id", "token", "zone"], fields.Order());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await http.PostAsync("/api/v1/admin/devices", new StringContent("{"))).StatusCode);
        var nobody = await http.PatchAsJsonAsync($"/api/v1/admin/devices/{Guid.NewGuid()}", new { is_enabled = true });
        Assert.Equal("""{"detail":"Device not found"}""", await nobody.Content.ReadAsStringAsync());
        var nowhere = await http.PatchAsJsonAsync($"/api/v1/admin/points/{Guid.NewGuid()}", new { name = "x" });
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
    }

    private static HttpClient Client(TestHub hub, string? token)
    {
        var http = new HttpClient { BaseAddress = hub.Url };
        if (token is not null) http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return http;
    }
}
