using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Hub.Settings;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Fleet;

/// <summary>Several people at one hub: who asked, what was asked before, and changes that rest on what is no longer so.</summary>
public sealed class FleetChangesApiTests : IAsyncLifetime
{
    private TestBroker _broker = null!;
    private TestHub _hub = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync();
        _hub = await TestHub.StartAsync(change: s => s with { Broker = new HubBroker("127.0.0.1", _broker.Port) });
        _http = new HttpClient { BaseAddress = _hub.Url };
        await Wait.Until("the hub has its broker", async () => (await GetAsync("/api/v2/modules")).GetProperty("broker").GetProperty("connected").GetBoolean());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _hub.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Two_changes_of_one_module_at_once_are_one_and_the_other_is_told_what_is_now()
    {
        using var old = await ContractModule.StartAsync(_broker.Port, "old");
        await Wait.Until("it is there", async () => (await GetAsync("/api/v2/modules")).GetProperty("modules").GetArrayLength() == 1);
        object Change(string id, int rate) => new { id, command = "config", modules = new[] { "old" }, config = new { samplerate = rate }, expect = new { old = new { samplerate = 44100 } } };
        var both = await Task.WhenAll(RunAsync(Change("a", 16000)), RunAsync(Change("b", 8000)));
        Assert.Equal(["confirmed", "refused"], both.SelectMany(Verdicts).Order());
        Assert.Single(old.Commands, c => c.Contains("\"config\"", StringComparison.Ordinal) && c.Contains("samplerate", StringComparison.Ordinal));
        var third = await RunAsync(Change("c", 22050));
        Assert.Contains("not 44100", Results(third)[0].GetProperty("reason").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asked_and_from_where_is_told_and_the_list_knows_whom_it_concerned()
    {
        await using var modules = new SimulatedModules(_broker);
        await Wait.Until("connected", () => modules.IsConnected);
        modules.Add("a");
        modules.Add("b");
        await Wait.Until("both are there", async () => (await GetAsync("/api/v2/modules")).GetProperty("modules").GetArrayLength() == 2);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _hub.Host.Tokens.Issue(CredentialKind.Operator, "anna").Secret);
        await RunAsync(new { id = "c1", command = "start", recording_id = "s1", from = "page" });
        await RunAsync(new { id = "c2", command = "watch", seconds = 5 });
        var stop = await RunAsync(new { id = "c3", command = "stop", modules = new[] { "b" } });
        Assert.Equal(("anna", "stop"), (stop.GetProperty("by").GetString(), stop.GetProperty("command").GetString()));
        var all = (await GetAsync("/api/v2/commands")).GetProperty("commands").EnumerateArray().ToList();
        Assert.Equal(["c3", "c1"], all.Select(c => c.GetProperty("id").GetString())); // who only looks is not in the way
        Assert.Equal("page", all[1].GetProperty("from").GetString());
        Assert.Empty(Results(all[1])); // of many, those who did not confirm
        var ofA = (await GetAsync("/api/v2/commands?module=a")).GetProperty("commands").EnumerateArray().ToList();
        Assert.Equal(["c1"], ofA.Select(c => c.GetProperty("id").GetString()));
        Assert.Equal("a", Assert.Single(Results(ofA[0])).GetProperty("module").GetString());
        Assert.Single((await GetAsync("/api/v2/sessions?module=b")).GetProperty("sessions").EnumerateArray());
        Assert.Empty((await GetAsync("/api/v2/sessions?module=zz")).GetProperty("sessions").EnumerateArray());
    }

    [Fact]
    public async Task A_recording_runs_since_its_first_frame_and_a_start_for_later_waits_for_its_time()
    {
        await using var modules = new SimulatedModules(_broker);
        await Wait.Until("connected", () => modules.IsConnected);
        modules.Add("a");
        await Wait.Until("it is there", async () => (await GetAsync("/api/v2/modules")).GetProperty("modules").GetArrayLength() == 1);
        var at = Chorale.Protocol.WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow().AddMinutes(30)) / 1000 * 1000;
        Assert.Equal(["confirmed"], Verdicts(await RunAsync(new { id = "c1", command = "start", recording_id = "s1", start_at_us = at })));
        Assert.Equal(at, (await GetAsync("/api/v2/sessions")).GetProperty("sessions")[0].GetProperty("start_at_us").GetInt64());
        await Wait.Until("its first frame is told", async () => (await GetAsync("/api/v2/modules/a")).GetProperty("recording_since_us") is { ValueKind: JsonValueKind.Number } since
            && Math.Abs(since.GetInt64() - at) < 5_000);
        var late = await RunAsync(new { id = "c2", command = "start", start_at_us = 1_000_000 });
        Assert.Contains("within the next 24 hours", late.GetProperty("answer").GetProperty("problem").GetString()!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":"x","command":"start","start_at_us":1,"lead_ms":5}""", "start_at_us")]
    [InlineData("""{"id":"x","command":"stop","start_at_us":1}""", "start_at_us")]
    [InlineData("""{"id":"x","command":"schedule"}""", "schedule")]
    [InlineData("""{"id":"x","command":"config","config":{},"expect":{"a/b":{}}}""", "expect")]
    [InlineData("""{"id":"x","command":"config","config":{},"expect":{"a":5}}""", "expect")]
    [InlineData("""{"id":"x","command":"mute"}""", "seconds")]
    [InlineData("""{"id":"x","command":"mute","until_us":-4}""", "until_us")]
    [InlineData("""{"id":"x","command":"stop","from":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""", "from")]
    public async Task What_cannot_be_used_is_named(string body, string field)
    {
        var answer = await _http.PostAsync("/api/v2/commands", new StringContent(body, null, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(field, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<JsonElement> RunAsync(object command)
    {
        var answer = await _http.PostAsJsonAsync("/api/v2/commands", command);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        var id = JsonSerializer.SerializeToElement(command).GetProperty("id").GetString();
        JsonElement ended = default;
        await Wait.Until("the command has ended", async () => (ended = await GetAsync($"/api/v2/commands/{id}")).GetProperty("state").GetString() == "ended");
        return ended;
    }

    private async Task<JsonElement> GetAsync(string path) => await _http.GetFromJsonAsync<JsonElement>(path);

    private static List<JsonElement> Results(JsonElement command) => [.. command.GetProperty("answer").GetProperty("results").EnumerateArray()];

    private static List<string?> Verdicts(JsonElement command) => [.. Results(command).Select(r => r.GetProperty("verdict").GetString())];
}
