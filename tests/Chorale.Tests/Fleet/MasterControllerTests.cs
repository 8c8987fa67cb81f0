using System.Text.Json;
using System.Text.RegularExpressions;
using Chorale.Fleet;
using Chorale.Fleet.Sessions;
using Chorale.Hub.Settings;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Fleet;

/// <summary>Masters against recorder processes of ours, as a person runs them.</summary>
public sealed class MasterControllerTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly List<ChildProcess> _recorders = [];
    private TestBroker _broker = null!;

    private static string Example => Path.Combine(
        AppContext.BaseDirectory, "..", "..", "MasterController", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "MasterController");

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync();
        foreach (var id in new[] { "m1", "m2" }) _recorders.Add(Recorder(id));
    }

    public async ValueTask DisposeAsync()
    {
        _recorders.ForEach(r => r.Dispose());
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_example_starts_all_recorders_together_and_shows_how_their_files_line_up()
    {
        using var master = ChildProcess.Start(Example, ["127.0.0.1", $"{_broker.Port}", "2", "2"]);
        Assert.True(await master.ExitCodeAsync(TimeSpan.FromSeconds(90)) == 0, master.Output);
        Assert.Contains("2 of 2 started, 2 of them for ", master.Output);
        Assert.Contains("m1: Online, Recording", master.Output);
        Assert.Contains("2 of 2 stopped", master.Output);
        Assert.Contains("m2: recording_complete", master.Output);
        Assert.Contains("first frames lie within", master.Output);
        foreach (var id in new[] { "m1", "m2" }) Assert.Single(Directory.GetFiles(_folder.Path, $"recording_*_{id}.wav", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_hub_that_is_killed_in_the_middle_of_a_session_brings_it_to_its_end_and_exports_it()
    {
        var hubFolder = _folder["hub"];
        string id;
        using (var hub = Hub(hubFolder))
        {
            var address = new Regex(@"The hub listens on (http://127\.0\.0\.1:\d+)");
            await Wait.Until("the hub listens", () => address.IsMatch(hub.Output));
            using var http = new HttpClient { BaseAddress = new Uri(address.Match(hub.Output).Groups[1].Value) };
            await Wait.Until("both are online", async () => (await http.GetStringAsync("/api/v2/modules")).Split("\"presence\":\"online\"").Length == 3);
            using var start = ChildProcess.Chorale(["fleet", "start", "--all", "--duration", "3", "--json", "--hub", http.BaseAddress.ToString()]);
            Assert.True(await start.ExitCodeAsync() == 0, start.Output);
            var session = JsonDocument.Parse(start.Output).RootElement.GetProperty("session");
            Assert.Equal(2, session.GetProperty("armed").GetInt32());
            id = session.GetProperty("session_id").GetString()!;
            hub.Kill();
            await hub.ExitCodeAsync();
        }

        // The recordings end while there is no hub to tell it to.
        await Wait.Until("both files are complete", () => new[] { "m1", "m2" }.All(m => Directory.GetFiles(_folder[m], $"recording_*_{m}.wav", SearchOption.AllDirectories).Length == 1), TimeSpan.FromSeconds(60));
        await using var again = await TestHub.StartAsync(s => s with { Broker = new HubBroker("127.0.0.1", _broker.Port) }, new TempFolder(hubFolder));
        SessionManifest Session() => again.Host.Fleet.FindSession(id)!;
        await Wait.Until("the session is complete", () => Session().State == SessionState.Complete, TimeSpan.FromSeconds(60));
        Assert.All(Session().Modules, m => Assert.InRange(m.Frames!.Value, 3 * 44_100, 3 * 44_100));
        Assert.NotNull(Session().SpreadUs);
        using var export = ChildProcess.Chorale(["fleet", "export", id, "-o", _folder["out"], "--hub", again.Url.ToString()]);
        Assert.True(await export.ExitCodeAsync() == 0, export.Output);
        Assert.Equal(["m1.wav", "m2.wav", "session.json"], Directory.GetFiles(_folder["out"]).Select(Path.GetFileName).Order());
    }

    private ChildProcess Recorder(string id)
    {
        var folder = Directory.CreateDirectory(_folder[id]).FullName;
        return ChildProcess.Chorale(
            ["record", "--id", id, "--broker", "127.0.0.1", "--port", $"{_broker.Port}", "--device", "tone:", "--samplerate", "44100", "--spool", Path.Combine(folder, "spool"), "--mode", "on_request"],
            folder: folder);
    }

    private ChildProcess Hub(string folder) =>
        ChildProcess.Chorale(["hub", "--data", folder, "--listen", "127.0.0.1:0", "--broker", $"127.0.0.1:{_broker.Port}"], folder: _folder.Path);
}
