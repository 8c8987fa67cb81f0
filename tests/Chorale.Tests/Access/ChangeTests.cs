using System.Net;
using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Access;

/// <summary>Forms that are old, users who change each other, requests that come too fast.</summary>
public sealed class ChangeTests
{
    [Fact]
    public async Task A_form_that_is_older_than_the_login_is_refused_and_nothing_is_done()
    {
        await using var hub = await PeopleHub.StartAsync();
        using var tom = await hub.LoginAsync("tom");
        var old = tom.Antiforgery;
        using (var again = await tom.PostAsync("/api/v2/session", new { name = "tom", password = PeopleHub.Password })) Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        foreach (var sent in (string?[])[old, null, "", "x"])
        {
            tom.Antiforgery = sent;
            using var no = await tom.PostAsync("/api/v2/tokens", new { kind = "device", name = "attic" });
            Assert.Equal((403, "stale-form"), ((int)no.StatusCode, await PeopleHub.TypeAsync(no)));
        }

        Assert.Empty(hub.Host.Tokens.List());
        await tom.WhoAsync();
        Assert.Equal(200, await tom.StatusAsync(HttpMethod.Post, "/api/v2/tokens", new { kind = "device", name = "attic" }));
        using var vera = await hub.LoginAsync("vera");
        tom.Antiforgery = vera.Antiforgery; // another login's
        Assert.Equal(403, await tom.StatusAsync(HttpMethod.Post, "/api/v2/tokens", new { kind = "device", name = "cellar" }));
    }

    [Fact]
    public async Task Who_changes_a_user_that_somebody_else_has_changed_is_shown_what_it_is_now()
    {
        await using var hub = await PeopleHub.StartAsync();
        using var tom = await hub.LoginAsync("tom");
        var olga = (await tom.GetAsync("/api/v2/users")).GetProperty("users").EnumerateArray().Single(u => u.GetProperty("name").GetString() == "olga");
        var (path, version) = ($"/api/v2/users/{olga.GetProperty("id").GetString()}", olga.GetProperty("version").GetInt64());
        Assert.Equal(200, await tom.StatusAsync(HttpMethod.Patch, path, new { version, role = "viewer" }));
        using var late = await tom.SendAsync(HttpMethod.Patch, path, new { version, role = "technician" });
        var body = JsonDocument.Parse(await late.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal((409, "stale-version", "viewer"), ((int)late.StatusCode, await PeopleHub.TypeAsync(late), body.GetProperty("current").GetProperty("role").GetString()));
        Assert.Equal(Role.Viewer, hub.Host.Tokens.People.FindByName("olga")!.Role);
        Assert.Equal(400, await tom.StatusAsync(HttpMethod.Patch, path, new { role = "viewer" }));
        Assert.Equal(400, await tom.StatusAsync(HttpMethod.Patch, path, new { version = version + 1, role = "king" }));
        Assert.Equal(404, await tom.StatusAsync(HttpMethod.Patch, "/api/v2/users/nobody", new { version = 1, role = "viewer" }));
    }

    [Fact]
    public async Task The_last_technician_cannot_lock_everybody_out()
    {
        await using var hub = await PeopleHub.StartAsync();
        using var tom = await hub.LoginAsync("tom");
        var user = hub.Host.Tokens.People.FindByName("tom")!;
        foreach (var change in (object[])[new { version = user.Version, role = "viewer" }, new { version = user.Version, enabled = false }])
        {
            using var no = await tom.SendAsync(HttpMethod.Patch, $"/api/v2/users/{user.Id}", change);
            Assert.Equal((409, "last-technician"), ((int)no.StatusCode, await PeopleHub.TypeAsync(no)));
        }
    }

    [Fact]
    public async Task One_who_sends_as_fast_as_a_loop_can_is_slowed_alone_and_is_heard_again_a_moment_later()
    {
        var time = new ManualTime();
        await using var hub = await PeopleHub.StartAsync(time);
        using var loop = await hub.LoginAsync("olga");
        using var other = await hub.LoginAsync("tom");
        var order = new { id = "x", command = "fly" }; // 400 each: no broker is needed
        HttpResponseMessage last;
        var n = 0;
        while ((last = await loop.PostAsync("/api/v2/commands", order)).StatusCode == HttpStatusCode.BadRequest && n++ < 2_000) last.Dispose();
        Assert.Equal((429, "too-fast"), ((int)last.StatusCode, await PeopleHub.TypeAsync(last)));
        Assert.Equal(600, n);
        Assert.Equal(1, last.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        last.Dispose();
        Assert.Equal(404, await loop.StatusAsync(HttpMethod.Post, "/api/v2/rooms/hall/stop", new { id = "s" })); // STOP is never slowed
        Assert.Equal(400, await other.StatusAsync(HttpMethod.Post, "/api/v2/commands", order));
        Assert.Equal(200, (await RawHttp.SendAsync(hub.Url, new RecorderAgentClient(hub.IssueDevice()).Request(OggChunk.Make(1)))).Status);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(400, await loop.StatusAsync(HttpMethod.Post, "/api/v2/commands", order));
    }

    [Fact]
    public async Task A_credential_is_made_once_seen_and_revoked_from_the_page()
    {
        await using var hub = await PeopleHub.StartAsync();
        using var tom = await hub.LoginAsync("tom");
        using var made = await tom.PostAsync("/api/v2/tokens", new { kind = "device", name = TestHub.DeviceId.ToUpperInvariant() });
        var token = JsonDocument.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal("no-store", made.Headers.CacheControl!.ToString());
        var upload = new RecorderAgentClient(token.GetProperty("secret").GetString()!);
        Assert.Equal(200, (await RawHttp.SendAsync(hub.Url, upload.Request(OggChunk.Make(1)))).Status);
        var listed = await tom.GetAsync("/api/v2/tokens");
        Assert.NotEqual(JsonValueKind.Null, listed.GetProperty("devices")[0].GetProperty("seen_us").ValueKind);
        Assert.DoesNotContain(token.GetProperty("secret").GetString()!, listed.ToString(), StringComparison.Ordinal);
        Assert.Equal(204, await tom.StatusAsync(HttpMethod.Delete, $"/api/v2/tokens/{token.GetProperty("id").GetString()}"));
        Assert.Equal(401, (await RawHttp.SendAsync(hub.Url, upload.Request(OggChunk.Make(1)))).Status);
        Assert.Equal(404, await tom.StatusAsync(HttpMethod.Delete, $"/api/v2/tokens/{TestHub.DeviceId}")); // by id alone
        Assert.Equal(400, await tom.StatusAsync(HttpMethod.Post, "/api/v2/tokens", new { kind = "operator", name = "olga" })); // a user's name
    }
}
