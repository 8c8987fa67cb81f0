using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Chorale.Hub.Api;
using Chorale.Hub.Show;
using Chorale.Show.Feedback;
using Chorale.Show.Room;

namespace Chorale.Tests.Hub;

public sealed class RoomsApiTests
{
    private const string Rooms = "/api/v2/rooms";

    [Fact]
    public async Task A_person_runs_the_example_sees_it_live_and_reads_its_trace_afterwards()
    {
        await using var test = await TestRoomHub.StartAsync();
        var run = await PostAsync<RoomAnswer>(test, "run", new { id = "a1" });
        Assert.NotNull(run.RunId);
        var view = await test.Http.GetFromJsonAsync<RoomView>($"{Rooms}/room1");
        Assert.Equal("Entrance", view!.Run!.State);
        Assert.NotEmpty(view.Run.Next);
        Assert.Contains(view.Run.Waits, w => w is { Type: "audioEnd", Target: "welcome.ogg", GoTo: "Crossing" });
        await Wait.Until("the end of the sound takes it on", async () => (await ViewAsync(test)).Run?.State == "Crossing");
        await PostAsync<RoomAnswer>(test, "button", new { id = "a2", name = "go_on" });
        await Wait.Until("the button takes it on", async () => (await ViewAsync(test)).Run?.State == "Deep");
        await PostAsync<RoomAnswer>(test, "stop", new { id = "a3" });
        await Wait.Until("STOP is confirmed by both devices", async () => (await ViewAsync(test)) is { Run: null, Stop: { Verdict: Verdict.Confirmed, Expected: 2 } });
        Assert.All(test.Devices.Nodes, n => Assert.Empty(n.On));
        await Wait.Until("the trace is kept", async () => (await test.Http.GetFromJsonAsync<RunsView>($"{Rooms}/room1/runs"))!.Runs is [{ EndReason: not null }]);
        var trace = await test.Http.GetFromJsonAsync<TraceView>($"{Rooms}/room1/runs/{run.RunId}");
        Assert.Contains(trace!.Entries, e => e is { What: "room1/light/1: ON", Verdict: "confirmed", Path: "states.Entrance.onEnter[0]" });
        Assert.Contains(trace.Entries, e => e is { What: "Crossing -> Deep", Reason: "room1/button1 PRESSED" });
        Assert.Equal("STOP by somebody on this machine", trace.Run.EndReason);
    }

    [Fact]
    public async Task A_command_by_hand_gets_its_one_verdict_as_an_event_with_its_id()
    {
        await using var test = await TestRoomHub.StartAsync();
        using var stream = await test.Http.GetStreamAsync("/api/v2/events");
        await PostAsync<RoomAnswer>(test, "send", new { id = "hand-1", topic = "room1/light/5", payload = "ON" });
        var told = await FirstAsync(stream, e => e.Type == "room_command" && e.Data.GetProperty("id").GetString() == "hand-1");
        Assert.Equal("confirmed", told.GetProperty("verdict").GetString());
        Assert.Equal("room1/light/5", told.GetProperty("topic").GetString());
    }

    [Fact]
    public async Task What_cannot_be_done_is_answered_with_the_value_and_what_is_allowed()
    {
        await using var test = await TestRoomHub.StartAsync();
        foreach (var (what, body, status, says) in ((string, string, int, string)[])
        [
            ("run", """{"id":"x","scene":"../visit"}""", 409, "not the name"),
            ("run", """{"id":"x","scene":"nope"}""", 404, "there is no scene 'nope'"),
            ("run", """{"id":"not an id"}""", 400, "1 to 64 of A-Z"),
            ("send", """{"id":"x","topic":"room2/light","payload":"ON"}""", 400, "a topic of this room"),
            ("send", """{"id":"x","topic":"room1/#","payload":"ON"}""", 400, "filters only"),
            ("send", """{"id":"x","topic":"room1/light/1/feedback","payload":"OK"}""", 400, "where devices answer"),
            ("send", """{"id":"x","topic":"room1/light/1","payload":"ONNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN"}""", 400, "at most 31"),
            ("button", """{"id":"x","name":"nope"}""", 400, "visitor, go_on"),
        ])
        {
            using var reply = await test.Http.PostAsync($"{Rooms}/room1/{what}", new StringContent(body, Encoding.UTF8, "application/json"));
            var text = await reply.Content.ReadAsStringAsync();
            Assert.True(status == (int)reply.StatusCode, $"{body}: {(int)reply.StatusCode} {text}");
            Assert.Contains(says, JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString());
        }
    }

    [Fact]
    public async Task A_press_that_a_browser_sends_again_is_done_once_and_answered_as_before()
    {
        await using var test = await TestRoomHub.StartAsync();
        const string steps = """
            {"sceneId":"steps","initialState":"A","states":{
              "A":{"transitions":[{"type":"mqttMessage","topic":"room1/button1","message":"PRESSED","goto":"B"}]},
              "B":{"transitions":[{"type":"mqttMessage","topic":"room1/button1","message":"PRESSED","goto":"C"}]},
              "C":{"transitions":[{"type":"mqttMessage","topic":"room1/button1","message":"PRESSED","goto":"END"}]}}}
            """;
        await File.WriteAllTextAsync(Path.Combine(test.RoomFolder, "scenes", "steps.json"), steps);
        var first = await PostAsync<RoomAnswer>(test, "run", new { id = "p1", scene = "steps" });
        Assert.Equal(first, await PostAsync<RoomAnswer>(test, "run", new { id = "p1", scene = "steps" })); // not "another scene runs"
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => PostAsync<RoomAnswer>(test, "button", new { id = "p2", name = "go_on" })));
        await Wait.Until("it went on", async () => (await ViewAsync(test)).Run?.State != "A");
        Assert.Equal("B", (await ViewAsync(test)).Run?.State);
        using var other = await test.Http.PostAsJsonAsync($"{Rooms}/room1/button", new { id = "p2", name = "visitor" });
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        await PostAsync<RoomAnswer>(test, "button", new { id = "p3", name = "go_on" });
        await Wait.Until("a press of its own takes it on", async () => (await ViewAsync(test)).Run?.State == "C");
    }

    [Fact]
    public async Task A_press_that_was_given_up_before_it_came_is_refused_when_it_comes()
    {
        await using var test = await TestRoomHub.StartAsync();
        using var inTime = await test.Http.DeleteAsync($"{Rooms}/room1/presses/p1");
        Assert.Equal(HttpStatusCode.NoContent, inTime.StatusCode);
        using var late = await test.Http.PostAsJsonAsync($"{Rooms}/room1/run", new { id = "p1" });
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        Assert.Contains("withdrawn before it came", await late.Content.ReadAsStringAsync());
        Assert.Null((await ViewAsync(test)).Run);

        var done = await PostAsync<RoomAnswer>(test, "run", new { id = "p2" });
        using var tooLate = await test.Http.DeleteAsync($"{Rooms}/room1/presses/p2");
        Assert.Equal(done, await tooLate.Content.ReadFromJsonAsync<RoomAnswer>()); // it had come, and stands
        Assert.NotNull((await ViewAsync(test)).Run);
        using var again = await test.Http.PostAsJsonAsync($"{Rooms}/room1/run", new { id = "p3" });
        using var refused = await test.Http.DeleteAsync($"{Rooms}/room1/presses/p3");
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.False((await refused.Content.ReadFromJsonAsync<RoomAnswer>())!.IsAccepted);
    }

    [Fact]
    public async Task A_scene_is_edited_by_two_people_and_the_second_is_told_instead_of_overwriting()
    {
        await using var test = await TestRoomHub.StartAsync();
        using var read = await test.Http.GetAsync($"{Rooms}/room1/scenes/visit");
        var (tag, text) = (read.Headers.ETag!, await read.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(test, "visit", text.Replace("A visitor enters", "Somebody enters", StringComparison.Ordinal), tag.Tag)).Status);
        var (second, detail) = await PutAsync(test, "visit", text, tag.Tag);
        Assert.Equal(HttpStatusCode.PreconditionFailed, second);
        Assert.Contains("changed since", detail);
        using var now = await test.Http.GetAsync($"{Rooms}/room1/scenes/visit");
        Assert.Contains("Somebody enters", await now.Content.ReadAsStringAsync());
        Assert.Single(test.Hub.Host.Show.Find("room1")!.Scenes.Versions("visit"));
        var (broken, problems) = await PutAsync(test, "visit", text.Replace("\"Crossing\" }]", "\"Nowhere\" }]", StringComparison.Ordinal), now.Headers.ETag!.Tag);
        Assert.Equal(HttpStatusCode.BadRequest, broken);
        Assert.Contains("Nowhere", problems);
    }

    [Fact]
    public async Task The_check_names_problems_with_their_lines_and_the_graph_shows_the_states()
    {
        await using var test = await TestRoomHub.StartAsync();
        var text = await File.ReadAllTextAsync(Path.Combine(test.RoomFolder, "scenes", "visit.json"));
        using var reply = await test.Http.PostAsync($"{Rooms}/room1/check", new StringContent(text.Replace("welcome.ogg:0.8", "missing.ogg", StringComparison.Ordinal)));
        var check = JsonDocument.Parse(await reply.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(0, check.GetProperty("errors").GetInt32());
        Assert.Contains(check.GetProperty("problems").EnumerateArray(), p => p.GetProperty("line").GetInt32() == 15 && p.GetProperty("text").GetString()!.Contains("missing.ogg", StringComparison.Ordinal));
        using var large = await test.Http.PostAsync($"{Rooms}/room1/check", new StringContent(text + new string(' ', 3 << 20)));
        Assert.Equal(HttpStatusCode.OK, large.StatusCode); // scenes may be larger than other bodies
        var graph = JsonDocument.Parse(await test.Http.GetStringAsync($"{Rooms}/room1/scenes/visit/graph")).RootElement;
        Assert.Equal(["Entrance", "Crossing", "Deep", "Farewell"], graph.GetProperty("states").EnumerateArray().Select(s => s.GetProperty("name").GetString()).Where(n => n != "END"));
    }

    [Fact]
    public async Task A_scene_records_itself_on_the_recorders_of_the_fleet()
    {
        await using var test = await TestRoomHub.StartAsync();
        await using var recorders = new SimulatedModules(test.Broker);
        recorders.Add("mic1");
        recorders.Add("mic2");
        await Wait.Until("the hub knows both", () =>
        {
            recorders.Beat();
            return test.Hub.Host.Fleet.Fleet.Modules.Count == 2;
        });
        await File.WriteAllTextAsync(Path.Combine(test.RoomFolder, "scenes", "take.json"), """
            {"sceneId":"take","initialState":"A","states":{
              "A":{"onEnter":[{"action":"record","message":"start"}],"transitions":[{"type":"mqttMessage","topic":"room1/button1","message":"PRESSED","goto":"B"}]},
              "B":{"onEnter":[{"action":"record","message":"stop"}],"transitions":[{"type":"timeout","delay":0.2,"goto":"END"}]}}}
            """);
        var run = await PostAsync<RoomAnswer>(test, "run", new { id = "r1", scene = "take" });
        await Wait.Until("both record under the run's name", () => test.Hub.Host.Fleet.Fleet.Modules.Values.All(m => m.Status?.RecordingId == run.RunId));
        await PostAsync<RoomAnswer>(test, "button", new { id = "r2", name = "go_on" });
        await Wait.Until("the room says that both were stopped", () => test.Hub.Host.Show.Lines.Of("room1").Any(l => l.Text.StartsWith("Recording stop: 2 of 2", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Devices_are_listed_with_their_outages_and_can_be_forgotten()
    {
        await using var test = await TestRoomHub.StartAsync();
        var relays = test.Devices.Nodes.Single(n => n.Id == "Room1_Relays_Ctrl");
        relays.Unplug();
        await Wait.Until("it is offline", async () => (await ListAsync("")).Single(d => d.Id == relays.Id).Presence == "offline");
        Assert.DoesNotContain(await ListAsync("?connected=true"), d => d.Id == relays.Id);
        relays.Plug();
        await Wait.Until("its outage is counted", async () => (await ListAsync("?connected=true")).SingleOrDefault(d => d.Id == relays.Id) is { OutageCount: 1, Outages: [{ EndUs: not null }], Rooms: ["room1"] });
        using var cleared = await test.Http.DeleteAsync("/api/v2/devices");
        Assert.Equal(HttpStatusCode.NoContent, cleared.StatusCode);
        Assert.All(await ListAsync(""), d => Assert.Equal(0, d.OutageCount));

        async Task<IReadOnlyList<StageDevice>> ListAsync(string query) => (await test.Http.GetFromJsonAsync<DevicesView>("/api/v2/devices" + query))!.Devices;
    }

    private static Task<RoomView> ViewAsync(TestRoomHub test) => test.Http.GetFromJsonAsync<RoomView>($"{Rooms}/room1")!;

    private static async Task<T> PostAsync<T>(TestRoomHub test, string what, object body)
    {
        using var reply = await test.Http.PostAsJsonAsync($"{Rooms}/room1/{what}", body);
        Assert.True(reply.StatusCode == HttpStatusCode.Accepted, await reply.Content.ReadAsStringAsync());
        return (await reply.Content.ReadFromJsonAsync<T>())!;
    }

    private static async Task<(HttpStatusCode Status, string Body)> PutAsync(TestRoomHub test, string scene, string text, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{Rooms}/room1/scenes/{scene}") { Content = new StringContent(text) };
        request.Headers.TryAddWithoutValidation("If-Match", tag);
        using var reply = await test.Http.SendAsync(request);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }

    private static async Task<JsonElement> FirstAsync(Stream stream, Func<(string Type, JsonElement Data), bool> isIt)
    {
        using var patience = new CancellationTokenSource(Wait.Patience);
        await foreach (var told in System.Net.ServerSentEvents.SseParser.Create(stream).EnumerateAsync(patience.Token))
        {
            var data = JsonDocument.Parse(told.Data).RootElement;
            if (isIt((told.EventType, data))) return data;
        }

        throw new TimeoutException("the events ended");
    }
}
