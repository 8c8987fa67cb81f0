using System.Net;
using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Protocol;

namespace Chorale.Tests.Hub;

/// <summary>How long audio is kept, set by a technician while the hub runs.</summary>
public sealed class KeepRuleTests : IAsyncDisposable
{
    private const string Password = "a quiet evening in May";
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 1, 9, 12, 0, 0, TimeSpan.Zero));
    private TestHub _hub = null!;

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Set_anew_it_is_obeyed_without_a_restart_outlives_one_and_gives_way_to_the_file_again()
    {
        using var tom = await StartAsync(keepDays: 300);
        var told = await tom.GetAsync("/api/v2/storage");
        Assert.Equal((300.0, null), (told.GetProperty("keep_days").GetDouble(), told.GetProperty("set_by").GetString()));
        var would = await AnswerAsync(await tom.PostAsync("/api/v2/storage/estimate", new { keep_days = 2 }));
        var bytes = would.GetProperty("deletes_bytes").GetInt64();
        Assert.Equal(_hub.Chunks()[0].SizeBytes, bytes);
        Assert.Equal(_hub.Chunks()[0].EndUs, would.GetProperty("deletes_until_us").GetInt64());

        var set = await AnswerAsync(await PutAsync(tom, new { keep_days = 2, seen = new { keep_days = 300 }, deletes_bytes = bytes }));
        Assert.Equal((2.0, "tom", 300.0), (set.GetProperty("keep_days").GetDouble(), set.GetProperty("set_by").GetString(), set.GetProperty("file_keep_days").GetDouble()));
        await Wait.Until("the old chunk is gone", () =>
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            return _hub.Chunks().Count == 1;
        });
        Assert.True(_hub.Log.Has("keep_rule_set"));

        await _hub.DisposeAsync();
        _hub = await TestHub.StartAsync(s => s with { KeepFor = TimeSpan.FromDays(300) }, _folder, _time);
        using var again = await PersonClient.LoginAsync(_hub.Url, "tom", Password);
        Assert.Equal(2.0, (await again.GetAsync("/api/v2/storage")).GetProperty("keep_days").GetDouble());
        var back = await AnswerAsync(await PutAsync(again, new { as_file = true, seen = new { keep_days = 2 } }));
        Assert.Equal((300.0, null), (back.GetProperty("keep_days").GetDouble(), back.GetProperty("set_by").GetString()));
        Assert.False(File.Exists(_folder["retention.json"]));
    }

    [Fact]
    public async Task What_would_delete_more_than_was_agreed_to_or_was_made_for_another_rule_changes_nothing()
    {
        using var tom = await StartAsync(keepDays: null);
        await ProblemAsync(await PutAsync(tom, new { keep_days = 2 }), 409, "urn:chorale:deletes-more");
        await ProblemAsync(await PutAsync(tom, new { keep_bytes = 1, deletes_bytes = _hub.Chunks()[0].SizeBytes }), 409, "urn:chorale:deletes-more");
        await ProblemAsync(await PutAsync(tom, new { keep_days = 900, seen = new { keep_days = 30 } }), 409, "urn:chorale:stale-version");
        foreach (var (body, value) in ((object, string)[])[(new { keep_days = 0 }, "keep_days is '0'"), (new { keep_days = -1 }, "'-1'"), (new { keep_days = 1e9 }, "'1000000000'"), (new { keep_bytes = 0 }, "keep_bytes is '0'")])
            Assert.Contains(value, await ProblemAsync(await PutAsync(tom, body), 400, null), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, (await tom.GetAsync("/api/v2/storage")).GetProperty("keep_days").ValueKind);
        Assert.False(File.Exists(_folder["retention.json"]));

        _hub.Host.Tokens.People.TryAdd("olga", Role.Operator, Passwords.Hash(Password));
        using var olga = await PersonClient.LoginAsync(_hub.Url, "olga", Password);
        Assert.Equal(403, await olga.StatusAsync(HttpMethod.Put, "/api/v2/storage/rule", new { keep_days = 900 }));
    }

    [Fact]
    public async Task A_rule_that_cannot_be_read_deletes_nothing_and_says_so()
    {
        using (await StartAsync(keepDays: null)) await _hub.DisposeAsync();
        await File.WriteAllTextAsync(_folder["retention.json"], "{\"keep_days\": -", TestContext.Current.CancellationToken);
        _hub = await TestHub.StartAsync(s => s with { KeepFor = TimeSpan.FromDays(1) }, _folder, _time);
        Assert.True(_hub.Log.Has("keep_rule_unreadable"));
        using var tom = await PersonClient.LoginAsync(_hub.Url, "tom", Password);
        var told = await tom.GetAsync("/api/v2/storage");
        Assert.Contains("retention.json", told.GetProperty("rule_problem").GetString(), StringComparison.Ordinal);
        Assert.Equal((JsonValueKind.Null, 2), (told.GetProperty("keep_days").ValueKind, _hub.Chunks().Count));
        var set = await AnswerAsync(await PutAsync(tom, new { keep_days = 90 }));
        Assert.Equal(JsonValueKind.Null, set.GetProperty("rule_problem").ValueKind);
    }

    [Fact]
    public async Task Of_two_who_looked_at_the_same_rule_one_sets_another()
    {
        using var tom = await StartAsync(keepDays: 300);
        var rule = Chorale.Hub.Settings.KeepRule.Open(new() { DataFolder = _folder.Path }, _time, _hub.Log);
        var seen = rule.State;
        Assert.True(rule.TrySet(seen, TimeSpan.FromDays(90), null, "tom"));
        Assert.False(rule.TrySet(seen, TimeSpan.FromDays(10), null, "olga"));
        Assert.False(rule.TryClear(seen));
        Assert.Equal((90, "tom"), (rule.State.KeepFor!.Value.TotalDays, rule.State.SetBy));
    }

    /// <summary>A hub with a chunk of four days ago and one of now.</summary>
    private async Task<PersonClient> StartAsync(double? keepDays)
    {
        _hub = await TestHub.StartAsync(s => s with { KeepFor = keepDays is { } days ? TimeSpan.FromDays(days) : null }, _folder, _time);
        _hub.Host.Tokens.People.TryAdd("tom", Role.Technician, Passwords.Hash(Password));
        var now = WallTime.ToMicroseconds(_time.GetUtcNow());
        await HubArchive.AddRunAsync(_hub.Host, "hall", now - 60_000_000, chunks: 1, secondsPerChunk: 10);
        await HubArchive.AddRunAsync(_hub.Host, "attic", now - 4 * 86_400_000_000L, chunks: 1, secondsPerChunk: 10);
        return await PersonClient.LoginAsync(_hub.Url, "tom", Password);
    }

    private static Task<HttpResponseMessage> PutAsync(PersonClient who, object body) => who.SendAsync(HttpMethod.Put, "/api/v2/storage/rule", body);

    private static async Task<JsonElement> AnswerAsync(HttpResponseMessage reply)
    {
        using (reply)
        {
            var text = await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(reply.StatusCode == HttpStatusCode.OK, text);
            return JsonDocument.Parse(text).RootElement;
        }
    }

    private static async Task<string> ProblemAsync(HttpResponseMessage reply, int status, string? type)
    {
        using (reply)
        {
            var text = await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(status == (int)reply.StatusCode, text);
            var problem = JsonDocument.Parse(text).RootElement;
            if (type is not null) Assert.Equal(type, problem.GetProperty("type").GetString());
            return problem.GetProperty("detail").GetString()!;
        }
    }
}
