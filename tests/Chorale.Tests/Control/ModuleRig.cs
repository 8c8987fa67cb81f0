using System.Globalization;
using Chorale.Audio.Capture;
using Chorale.Mqtt;
using Chorale.Recorder;
using Chorale.Recorder.Settings;

namespace Chorale.Tests.Control;

/// <summary>A recorder as a module under a real broker, and a master that knows only the contract.</summary>
internal sealed class ModuleRig : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TempFolder? _ownFolder;
    private Task<int> _running = Task.FromResult(0);

    private ModuleRig(TempFolder? ownFolder, string folder, BrokerProcess broker, bool ownsBroker)
    {
        (_ownFolder, Folder, Broker, _ownsBroker) = (ownFolder, folder, broker, ownsBroker);
    }

    private readonly bool _ownsBroker;

    public string Folder { get; }

    public BrokerProcess Broker { get; }

    public RslMaster Master { get; private set; } = null!;

    public RecorderHost Host { get; private set; } = null!;

    public TestLog Log { get; } = new();

    public string Recordings => Path.Combine(Folder, "recordings");

    public Task<int> Ended => _running;

    /// <summary>A module <c>mic1</c> on the test signal, idle and heard of.</summary>
    /// <param name="settings">KEY=VALUE over the usual ones.</param>
    public static async Task<ModuleRig> StartAsync(params string[] settings)
    {
        var folder = new TempFolder();
        var broker = await BrokerProcess.StartAsync(new BrokerSettings(), TimeProvider.System, new TestLog());
        return await StartAsync(folder, folder.Path, broker, true, settings);
    }

    /// <summary>Another one in a folder and under a broker that are there.</summary>
    public static Task<ModuleRig> JoinAsync(string folder, BrokerProcess broker, params string[] settings) => StartAsync(null, folder, broker, false, settings);

    private static async Task<ModuleRig> StartAsync(TempFolder? own, string folder, BrokerProcess broker, bool ownsBroker, string[] settings)
    {
        var rig = new ModuleRig(own, folder, broker, ownsBroker);
        rig.Master = await RslMaster.StartAsync(broker.Port, settings.FirstOrDefault(s => s.StartsWith("mqtt.base_topic=", StringComparison.Ordinal))?[16..] ?? "rslogger/audio");
        var load = SettingsLoader.Load(new SettingsInput
        {
            LooksInUsualPlaces = false, WorkingFolder = folder, Flavour = SettingsFlavour.Rsl,
            Flags = [.. new[]
            {
                "id=mic1", "mqtt.host=127.0.0.1", $"mqtt.port={broker.Port.ToString(CultureInfo.InvariantCulture)}", "capture.device=tone:", "health.port=0", "upload.sink=none",
                "spool.folder=spool", "spool.min_free=1MB",
            }.Where(d => !settings.Any(s => s.Split('=')[0] == d.Split('=')[0])).Concat(settings).Select(s => new FlagSetting("--set", s.Split('=')[0], s[(s.IndexOf('=', StringComparison.Ordinal) + 1)..]))],
        });
        Assert.True(load.Settings is not null, string.Join('\n', load.Problems));
        rig.Host = new RecorderHost(load.Settings, new CaptureInputs(TimeProvider.System), TimeProvider.System, rig.Log, "test");
        rig._running = rig.Host.RunAsync(rig._stop.Token);
        await rig.Master.StateAsync(load.Settings.Id.Value, "idle");
        return rig;
    }

    /// <summary>Waits until the ring holds that much.</summary>
    public Task WarmAsync(double seconds) => Wait.Until("the microphone has been open for a while", () => Host.Report().CapturedFrames > 44_100 * seconds);

    public Task StopAsync()
    {
        _stop.Cancel();
        return _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Master.DisposeAsync();
        if (_ownsBroker) await Broker.DisposeAsync();
        _ownFolder?.Dispose();
        _stop.Dispose();
    }
}
