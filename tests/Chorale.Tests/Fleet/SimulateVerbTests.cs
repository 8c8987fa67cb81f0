using System.Net.Http.Json;
using System.Text.Json;
using Chorale.Hub.Settings;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Fleet;

public sealed class SimulateVerbTests
{
    [Fact]
    public async Task Simulated_modules_are_found_started_and_archived_like_any_other_and_end_by_themselves()
    {
        await using var broker = await TestBroker.StartAsync();
        using var folder = new TempFolder();
        await using var hub = await TestHub.StartAsync(s => s with { Broker = new HubBroker("127.0.0.1", broker.Port) }, folder);
        using var http = new HttpClient { BaseAddress = hub.Url };
        using var simulation = ChildProcess.Chorale(
        [
            "simulate", "fleet", "--modules", "12", "--broker", $"127.0.0.1:{broker.Port}", "--hub", hub.Url.ToString(), "--hub-data", folder.Path, "--chunk-seconds", "2",
            "--for", "25", "--json",
        ]);
        await Wait.Until("all are online", async () => (await http.GetStringAsync("/api/v2/modules")).Split("\"presence\":\"online\"").Length == 13);
        var posted = await http.PostAsJsonAsync("/api/v2/commands", new { id = "c1", command = "start", duration_s = 1, recording_id = "s1" });
        Assert.True(posted.IsSuccessStatusCode);
        await Wait.Until("the session is complete", async () =>
            (await http.GetAsync("/api/v2/sessions/s1/manifest")) is { IsSuccessStatusCode: true } r
            && (await r.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("state").GetString() == "complete");
        await Wait.Until("every module has a chunk in the archive", () => hub.Chunks().Select(c => c.RecorderId).Distinct().Count() == 12);
        Assert.True(await simulation.ExitCodeAsync(TimeSpan.FromSeconds(60)) == 0, simulation.Output);
        Assert.InRange(JsonDocument.Parse(simulation.Output).RootElement.GetProperty("commands_answered").GetInt32(), 12, 1_000);
        await Wait.Until("all have said goodbye", async () => (await http.GetStringAsync("/api/v2/modules")).Split("\"presence\":\"offline\"").Length == 13);
        using var wrong = ChildProcess.Chorale(["simulate", "fleet", "--modules", "0"]);
        Assert.Equal(64, await wrong.ExitCodeAsync());
    }
}
