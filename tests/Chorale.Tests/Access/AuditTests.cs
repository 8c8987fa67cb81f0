using System.Net;
using System.Text;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Tests.Hub;
using Microsoft.Data.Sqlite;

namespace Chorale.Tests.Access;

/// <summary>Who did what.</summary>
public sealed class AuditTests
{
    [Fact]
    public async Task Every_hand_that_changes_something_is_written_down_with_what_came_of_it_and_without_secrets()
    {
        using var folder = new TempFolder();
        var secrets = new List<string> { PeopleHub.Password };
        await using (var hub = await PeopleHub.StartAsync(folder: folder))
        {
            using var tom = await hub.LoginAsync("tom");
            using var vera = await hub.LoginAsync("vera");
            await vera.StatusAsync(HttpMethod.Post, "/api/v2/commands", new { id = "a", command = "start" });
            await tom.StatusAsync(HttpMethod.Post, "/api/v2/commands", new { id = "b", command = "config", modules = new[] { "hall" }, config = new { mqtt_password = "hidden-in-config" } });
            using (var made = await tom.PostAsync("/api/v2/tokens", new { kind = "operator", name = "script" }))
                secrets.Add(System.Text.Json.JsonDocument.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("secret").GetString()!);
            using var script = new PersonClient(hub.Url);
            script.Bearer(secrets[^1]);
            await script.StatusAsync(HttpMethod.Delete, "/api/v2/modules/ghost");
            using var stranger = new PersonClient(hub.Url);
            await stranger.StatusAsync(HttpMethod.Post, "/api/v2/session", new { name = "tom", password = "wrong-but-secret" });
            await stranger.StatusAsync(HttpMethod.Post, "/api/v2/session", new { name = "typed-into-the-wrong-field", password = "x" });
            using (var old = new FormUrlEncodedContent(new Dictionary<string, string> { ["username"] = "typed-as-the-name", ["password"] = "x" }))
            using (var http = new HttpClient { BaseAddress = hub.Url })
            {
                await http.PostAsync("/oauth/token", old, TestContext.Current.CancellationToken);
                await http.PostAsync("/api/v1/auth/login", old, TestContext.Current.CancellationToken);
            }

            await tom.StatusAsync(HttpMethod.Delete, "/api/v2/session");
            using var again = await hub.LoginAsync("tom");
            secrets.AddRange(["hidden-in-config", "wrong-but-secret", "typed-into-the-wrong-field", "typed-as-the-name"]);

            var rows = (await again.GetAsync("/api/v2/audit")).GetProperty("rows").EnumerateArray().Reverse()
                .Select(r => string.Join(' ', ((string[])["who", "role", "action", "target", "outcome"]).Select(p => r.GetProperty(p).GetString()))).ToList();
            Assert.Equal(
                [
                    "tom technician login tom accepted", "vera viewer login vera accepted", "vera viewer fleet_start all refused", "tom technician fleet_config hall accepted",
                    "tom technician token_add script accepted", "script technician module_forget ghost refused", "somebody unknown  login tom refused", "somebody unknown  login a name that is not known refused",
                    "somebody unknown  client_login a name that is not known refused", "somebody unknown  login a name that is not known refused", "tom technician logout  accepted",
                    "tom technician login tom accepted",
                ], rows);
            var first = (await again.GetAsync("/api/v2/audit?limit=4")).GetProperty("next").GetInt64();
            Assert.Equal(8, (await again.GetAsync($"/api/v2/audit?before={first}")).GetProperty("rows").GetArrayLength());
            Assert.Equal(1, (await again.GetAsync("/api/v2/audit?q=mqtt_password")).GetProperty("rows").GetArrayLength());
            Assert.Equal(1, (await again.GetAsync("/api/v2/audit?who=vera&action=login")).GetProperty("rows").GetArrayLength());
            Assert.Equal(0, (await again.GetAsync("/api/v2/audit?q=%25")).GetProperty("rows").GetArrayLength());
            Assert.Equal(400, await again.StatusAsync(HttpMethod.Get, "/api/v2/audit?limit=0"));
        }

        var written = Encoding.Latin1.GetString(File.ReadAllBytes(folder["audit.db"]));
        Assert.All(secrets, s => Assert.DoesNotContain(s, written, StringComparison.Ordinal));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["audit.db"]));
    }

    [Fact]
    public async Task An_open_machine_is_written_down_too_and_only_technicians_may_read_it()
    {
        await using var hub = await TestHub.StartAsync();
        using var somebody = new PersonClient(hub.Url);
        await somebody.StatusAsync(HttpMethod.Delete, "/api/v2/modules/ghost");
        Assert.Equal(401, await somebody.StatusAsync(HttpMethod.Get, "/api/v2/audit"));
        var row = Assert.Single(await hub.Host.Audit.ReadAsync(new AuditQuery()));
        Assert.Equal(("the page", "operator", "module_forget", "ghost", "refused", 404), (row.Who, row.Role, row.Action, row.Target, row.Outcome, row.Status));
    }

    [Fact]
    public async Task A_flood_of_strangers_does_not_push_out_what_people_did()
    {
        var time = new ManualTime();
        await using var hub = await PeopleHub.StartAsync(time);
        using var stranger = new PersonClient(hub.Url);
        for (var n = 0; n < 200; n++) Assert.Equal(401, await stranger.StatusAsync(HttpMethod.Delete, "/api/v2/modules/ghost"));
        Assert.Equal(20, (await hub.Host.Audit.ReadAsync(new AuditQuery(Limit: 1_000))).Count);
        time.Advance(TimeSpan.FromMinutes(1));
        await stranger.StatusAsync(HttpMethod.Delete, "/api/v2/modules/ghost");
        Assert.Contains("180 more", (await hub.Host.Audit.ReadAsync(new AuditQuery()))[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_can_be_taken_away_as_a_table_and_nothing_in_it_becomes_a_formula_or_a_line_of_its_own()
    {
        await using var hub = await PeopleHub.StartAsync();
        using var tom = await hub.LoginAsync("tom");
        await tom.StatusAsync(HttpMethod.Post, "/api/v2/tokens", new { kind = "client", name = "=HYPERLINK(\"x\")\n,evil" });
        using var csv = await tom.SendAsync(HttpMethod.Get, "/api/v2/audit/export?format=csv");
        var lines = (await csv.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Contains("\"'=HYPERLINK(\"\"x\"\") ,evil\"", lines[1], StringComparison.Ordinal);
        using var jsonl = await tom.SendAsync(HttpMethod.Get, "/api/v2/audit/export?format=jsonl&who=tom");
        Assert.All((await jsonl.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries), l => System.Text.Json.JsonDocument.Parse(l).Dispose());
    }

    [Fact]
    public async Task It_is_added_to_and_never_changed_and_forgets_after_400_days()
    {
        var time = new ManualTime();
        using var folder = new TempFolder();
        using (var local = AuditLog.OpenToAdd(folder.Path, time))
        {
            local.Add("ada", "user_add", "bob", "");
            time.Advance(TimeSpan.FromDays(399));
            local.Add("ada", "user_add", "eve\u0007\u2028\ud800", new string('x', 1_000));
        }

        using (var file = Chorale.Storage.SqliteFile.Open(folder["audit.db"]))
        {
            using var change = file.CreateCommand();
            change.CommandText = "UPDATE audit SET who = 'nobody'";
            Assert.Contains("append-only", Assert.Throws<SqliteException>(() => change.ExecuteNonQuery()).Message, StringComparison.Ordinal);
        }

        time.Advance(TimeSpan.FromDays(2));
        await using var log = AuditLog.Open(folder.Path, new Chorale.Storage.AgeClock(time));
        var left = Assert.Single(await log.ReadAsync(new AuditQuery()));
        Assert.Equal(("eve   ", AuditEntry.TextCharsMax + 1), (left.Target, left.Detail.Length));
    }
}
