using Chorale.Audio.Capture;
using Chorale.Recorder;
using Chorale.Recorder.Settings;
using Chorale.Tests.Hub;
using System.Text.Json;

namespace Chorale.Tests.Live;

/// <summary>A real recorder on the test signal, a real hub, and who listens; the line between the two may be a bad one.</summary>
internal sealed class LiveRig : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _http = new();
    private Task<int> _running = Task.FromResult(0);

    private LiveRig(TestHub hub) => Hub = hub;

    public TestHub Hub { get; private set; }

    public TestLog Log { get; } = new();

    public RecorderHost Recorder { get; private set; } = null!;

    public string Token { get; private set; } = "";

    /// <param name="through">Port that the recorder goes through; null: the hub's own.</param>
    /// <param name="settings">KEY=VALUE over the usual ones.</param>
    public static async Task<LiveRig> StartAsync(TcpFaultProxy? through = null, TestHub? hub = null, params string[] settings)
    {
        var rig = new LiveRig(hub ?? await TestHub.StartAsync());
        rig.Token = rig.Hub.IssueDevice();
        var load = SettingsLoader.Load(new SettingsInput
        {
            LooksInUsualPlaces = false, WorkingFolder = rig._folder.Path, Flavour = SettingsFlavour.Own,
            Flags = [.. new[]
            {
                "id=mic1", "capture.device=tone:", "health.port=0", "upload.sink=ingest", $"upload.url={through?.Url ?? rig.Hub.Url.ToString()}", $"upload.token={rig.Token}",
                $"upload.point_id={TestHub.Point}", $"upload.register_id={TestHub.Register}", $"upload.device_id={TestHub.DeviceId}", "upload.retry_min_seconds=0.2",
                "upload.retry_max_seconds=1", "recording.chunk_seconds=2", "spool.folder=spool", "spool.min_free=1MB",
            }.Where(d => !settings.Any(s => s.Split('=')[0] == d.Split('=')[0])).Concat(settings).Select(s => new FlagSetting("--set", s.Split('=')[0], s[(s.IndexOf('=', StringComparison.Ordinal) + 1)..]))],
        });
        Assert.True(load.Settings is not null, string.Join('\n', load.Problems));
        rig.Recorder = new RecorderHost(load.Settings, new CaptureInputs(TimeProvider.System), TimeProvider.System, rig.Log, "test");
        rig._running = rig.Recorder.RunAsync(rig._stop.Token);
        return rig;
    }

    public LiveEar Listen(string query = "") => LiveEar.Open(Hub.Url, TestHub.DeviceId, query);

    public async Task<JsonElement> JsonAsync(string path) => JsonDocument.Parse(await _http.GetStringAsync(new Uri(Hub.Url, path))).RootElement;

    /// <summary>The recorder's line as the hub shows it; null before it came.</summary>
    public async Task<JsonElement?> LineAsync() =>
        (await JsonAsync("/api/v2/live")).GetProperty("recorders").EnumerateArray().Cast<JsonElement?>().FirstOrDefault(r => r!.Value.GetProperty("name").GetString() == "mic1");

    public async Task<IReadOnlyList<JsonElement>> HeldAsync() => [.. (await JsonAsync("/api/v2/live")).GetProperty("held").EnumerateArray()];

    /// <summary>Ends the recorder in an orderly way, with everything sent.</summary>
    public Task<int> StopRecorderAsync()
    {
        _stop.Cancel();
        return _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopRecorderAsync();
        await Hub.DisposeAsync();
        _http.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }
}
