using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Chorale.Hub.Settings;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Fleet;

/// <summary>The hub as master: its API and its events, over a real broker.</summary>
public sealed class FleetApiTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private TestBroker _broker = null!;
    private TestHub _hub = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync();
        await StartHubAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _hub.DisposeAsync();
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_command_posted_twice_is_one_command_with_a_verdict_for_each_module()
    {
        await using var modules = await ModulesAsync("a", "b");
        var body = new { id = "c1", command = "start", duration_s = 60, recording_id = "s1" };
        var first = await _http.PostAsJsonAsync("/api/v2/commands", body);
        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.Equal("/api/v2/commands/c1", first.Headers.Location!.OriginalString);
        var ended = await EndedAsync("c1");
        Assert.Equal(HttpStatusCode.Accepted, (await _http.PostAsJsonAsync("/api/v2/commands", body)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await _http.PostAsJsonAsync("/api/v2/commands", new { id = "c1", command = "stop" })).StatusCode);
        Assert.Equal(["confirmed", "confirmed"], Verdicts(ended));
        Assert.All(ended.GetProperty("answer").GetProperty("results").EnumerateArray(), r => Assert.True(r.GetProperty("armed").GetBoolean()));
        Assert.Single((await GetAsync("/api/v2/sessions")).GetProperty("sessions").EnumerateArray());

        var second = await RunAsync(new { id = "c2", command = "start" });
        Assert.Equal(["not_idle", "not_idle"], Verdicts(second));
        Assert.Equal(["confirmed"], Verdicts(await RunAsync(new { id = "c3", command = "stop", modules = new[] { "a" } })));
        await Wait.Until("one records", async () => (await StatesAsync()).Order().SequenceEqual(["idle", "recording"]));
        Assert.Equal(["confirmed"], Verdicts(await RunAsync(new { id = "c4", command = "stop" })));
        Assert.Empty(Verdicts(await RunAsync(new { id = "c5", command = "stop" })));
    }

    [Fact]
    public async Task A_command_that_was_given_up_before_it_came_is_refused_when_it_comes_also_after_a_restart()
    {
        await using var modules = await ModulesAsync("a");
        Assert.Equal(HttpStatusCode.NoContent, (await _http.DeleteAsync("/api/v2/commands/c1")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await _http.DeleteAsync("/api/v2/commands/c1")).StatusCode);
        _http.Dispose();
        await _hub.DisposeAsync();
        await StartHubAsync();
        var late = await _http.PostAsJsonAsync("/api/v2/commands", new { id = "c1", command = "start", recording_id = "s1" });
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        Assert.Contains("withdrawn before it came", await late.Content.ReadAsStringAsync());
        Assert.Empty((await GetAsync("/api/v2/commands")).GetProperty("commands").EnumerateArray()); // nobody has to see that nothing was done
        Assert.Null(modules.BeganAt("a"));
        var ended = await RunAsync(new { id = "c2", command = "status" });
        var tooLate = await _http.DeleteAsync("/api/v2/commands/c2");
        Assert.Equal(ended.GetRawText(), await tooLate.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_synchronised_session_ends_as_a_manifest_and_outlives_the_hub()
    {
        await using var modules = await ModulesAsync("a", "b", "c");
        await RunAsync(new { id = "c1", command = "start", recording_id = "s1" });
        await Wait.Until("first frames", async () => (await ManifestAsync("s1")).GetProperty("spread_us").ValueKind == JsonValueKind.Number);
        // The hub goes while they record, and comes back before they end.
        _http.Dispose();
        await _hub.DisposeAsync();
        await StartHubAsync();
        var kept = (await GetAsync("/api/v2/modules")).GetProperty("modules").EnumerateArray().ToList();
        Assert.Equal(3, kept.Count);
        await Wait.Until("modules were asked and have answered", async () => (await GetAsync("/api/v2/modules")).GetProperty("modules").EnumerateArray()
            .All(m => m.GetProperty("presence").GetString() == "online"));
        modules.Complete(480_000, 12.5);
        await Wait.Until("the session is complete", async () => (await ManifestAsync("s1")).GetProperty("state").GetString() == "complete");
        var manifest = await ManifestAsync("s1");
        Assert.Equal(3, manifest.GetProperty("armed").GetInt32());
        Assert.All(manifest.GetProperty("modules").EnumerateArray(), m =>
        {
            Assert.Equal(480_000, m.GetProperty("frames").GetInt64());
            Assert.Equal(12.5, m.GetProperty("rate_ppm").GetDouble());
            Assert.StartsWith("recording_s1_", m.GetProperty("files")[0].GetString());
            Assert.NotNull(m.GetProperty("first_frame_utc").GetString());
        });
        Assert.Equal("ended", (await GetAsync("/api/v2/commands/c1")).GetProperty("state").GetString());

        // After another restart the session is on the disk alone; its name used again does not take its place.
        _http.Dispose();
        await _hub.DisposeAsync();
        await StartHubAsync();
        await Wait.Until("modules are idle again", async () => (await StatesAsync()).TrueForAll(s => s == "idle")
            && (await GetAsync("/api/v2/modules")).GetProperty("modules").EnumerateArray().All(m => m.GetProperty("presence").GetString() == "online"));
        Assert.Equal("s1-2", (await RunAsync(new { id = "c2", command = "start", recording_id = "s1" })).GetProperty("answer").GetProperty("session_id").GetString());
        Assert.Equal("complete", (await ManifestAsync("s1")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Events_begin_with_a_snapshot_and_go_on_where_a_listener_left()
    {
        await using var modules = await ModulesAsync("a");
        string last;
        await using (var first = await ListenAsync(null))
        {
            var snapshot = await first.NextAsync("snapshot");
            Assert.Equal("a", JsonDocument.Parse(snapshot.Data).RootElement.GetProperty("modules")[0].GetProperty("id").GetString());
            await first.NextAsync("beat");
            await RunAsync(new { id = "c1", command = "start" });
            last = (await first.NextAsync("command")).EventId!;
        }

        modules.Add("late");
        await Wait.Until("it is there", async () => (await StatesAsync()).Count == 2);
        await using (var again = await ListenAsync(last))
        {
            var next = await again.NextAsync("module");
            Assert.Equal(Number(last) + 1, Number((await again.FirstAsync()).EventId!));
            Assert.Contains("module", next.EventType);
        }

        await using var stranger = await ListenAsync("00000000-5");
        await stranger.NextAsync("snapshot");

        static long Number(string id) => long.Parse(id.Split('-')[1]);
    }

    [Fact]
    public async Task What_cannot_be_used_is_named_with_what_is_allowed()
    {
        foreach (var (body, name) in new (object, string)[]
        {
            (new { command = "stop" }, "id"), (new { id = "../x", command = "stop" }, "id"), (new { id = "c", command = "explode" }, "command"),
            (new { id = "c", command = "stop", modules = new[] { "a/b" } }, "modules"), (new { id = "c", command = "start", duration_s = -1 }, "duration_s"),
            (new { id = "c", command = "start", recording_id = "../../etc" }, "recording_id"), (new { id = "c", command = "config" }, "config"),
            (new { id = "c", command = "mute" }, "seconds"), (new { id = "c", command = "shutdown" }, "modules"),
        })
        {
            var reply = await _http.PostAsJsonAsync("/api/v2/commands", body);
            Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
            Assert.Equal(name, (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("parameter").GetString());
        }

        foreach (var path in new[] { "modules/x", "commands/x", "sessions/x/manifest" })
            Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/api/v2/" + path)).StatusCode);
        var document = (await GetAsync("/api/v2/openapi.json")).GetProperty("paths");
        foreach (var path in new[] { "/modules", "/modules/{id}", "/commands", "/commands/{id}", "/sessions", "/sessions/{id}/manifest", "/events" })
            Assert.True(document.TryGetProperty("/api/v2" + path, out _), path);
    }

    [Fact]
    public async Task Without_a_broker_the_hub_serves_and_says_so_and_with_an_operator_nobody_else_commands()
    {
        await using var alone = await TestHub.StartAsync(s => s with { Broker = new HubBroker("127.0.0.1", 9) });
        using var http = new HttpClient { BaseAddress = alone.Url };
        var fleet = await http.GetFromJsonAsync<JsonElement>("/api/v2/modules");
        Assert.False(fleet.GetProperty("broker").GetProperty("connected").GetBoolean());
        Assert.Equal("127.0.0.1:9", fleet.GetProperty("broker").GetProperty("address").GetString());
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsJsonAsync("/api/v2/commands", new { id = "c1", command = "stop", modules = new[] { "a" } })).StatusCode);
        await Wait.Until("it has ended", async () => (await http.GetFromJsonAsync<JsonElement>("/api/v2/commands/c1")).GetProperty("state").GetString() == "ended");
        var answer = (await http.GetFromJsonAsync<JsonElement>("/api/v2/commands/c1")).GetProperty("answer");
        Assert.Equal("lost_link", answer.GetProperty("results")[0].GetProperty("verdict").GetString());

        var secret = alone.Host.Tokens.Issue(Chorale.Hub.Access.CredentialKind.Operator, "op").Secret;
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsJsonAsync("/api/v2/commands", new { id = "c2", command = "stop" })).StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsJsonAsync("/api/v2/commands", new { id = "c2", command = "stop" })).StatusCode);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/api/v2/commands") { Content = JsonContent.Create(new { id = "c3", command = "stop" }) };
        foreign.Headers.Add("Origin", "http://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(foreign)).StatusCode);
    }

    private async Task StartHubAsync()
    {
        _hub = await TestHub.StartAsync(s => s with { Broker = new HubBroker("127.0.0.1", _broker.Port) }, _folder);
        _http = new HttpClient { BaseAddress = _hub.Url };
    }

    private async Task<SimulatedModules> ModulesAsync(params string[] names)
    {
        var modules = new SimulatedModules(_broker);
        await Wait.Until("connected", async () => modules.IsConnected && (await GetAsync("/api/v2/modules")).GetProperty("broker").GetProperty("connected").GetBoolean());
        foreach (var name in names) modules.Add(name);
        await Wait.Until("modules are there", async () => (await StatesAsync()).Count == names.Length);
        return modules;
    }

    private async Task<List<string?>> StatesAsync() =>
        [.. (await GetAsync("/api/v2/modules")).GetProperty("modules").EnumerateArray().Select(m => m.GetProperty("state").GetString())];

    private async Task<JsonElement> RunAsync(object command)
    {
        var posted = await _http.PostAsJsonAsync("/api/v2/commands", command);
        Assert.Equal(HttpStatusCode.Accepted, posted.StatusCode);
        return await EndedAsync((await posted.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!);
    }

    private async Task<JsonElement> EndedAsync(string id)
    {
        JsonElement command = default;
        await Wait.Until($"command {id} has ended", async () => (command = await GetAsync($"/api/v2/commands/{id}")).GetProperty("state").GetString() == "ended");
        return command;
    }

    private static List<string?> Verdicts(JsonElement command) =>
        [.. command.GetProperty("answer").GetProperty("results").EnumerateArray().Select(r => r.GetProperty("verdict").GetString())];

    private Task<JsonElement> ManifestAsync(string id) => GetAsync($"/api/v2/sessions/{id}/manifest");

    private async Task<JsonElement> GetAsync(string path) => await _http.GetFromJsonAsync<JsonElement>(path);

    private async Task<Listener> ListenAsync(string? lastEventId)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v2/events");
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return new Listener(response, SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator());
    }

    private sealed class Listener(HttpResponseMessage response, IAsyncEnumerator<SseItem<string>> events) : IAsyncDisposable
    {
        private SseItem<string>? _first;

        public Task<SseItem<string>> FirstAsync() => Task.FromResult(_first!.Value);

        public async Task<SseItem<string>> NextAsync(string type)
        {
            while (await events.MoveNextAsync().AsTask().WaitAsync(Wait.Patience))
            {
                _first ??= events.Current;
                if (events.Current.EventType == type) return events.Current;
            }

            throw new InvalidOperationException($"the stream ended before a {type}");
        }

        public async ValueTask DisposeAsync()
        {
            await events.DisposeAsync();
            response.Dispose();
        }
    }
}
