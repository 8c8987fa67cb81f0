using System.Net;
using Chorale.Hub;
using Chorale.Hub.Settings;
using Chorale.Recorder;
using Chorale.Recorder.Settings;
using Chorale.Audio.Capture;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.SystemTests;

/// <summary>A hub that can go away and come back on the same port, and recorders of the real kind that upload to it.</summary>
internal sealed class PageHub : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _recorders = [];
    private readonly Dictionary<string, string[]> _devices = [];
    private readonly TestLog _log;
    private readonly Func<HubSettings, HubSettings> _change;
    private int _port;
    private HubHost? _host;

    private PageHub(TestLog log, Func<HubSettings, HubSettings> change) => (_log, _change) = (log, change);

    public HubHost Host => _host ?? throw new InvalidOperationException("the hub is gone just now");

    public Uri Address => new($"http://127.0.0.1:{_port}/");

    public string DataFolder => _folder["hub"];

    /// <param name="change">What this hub has beyond an archive: a broker, rooms.</param>
    public static async Task<PageHub> StartAsync(TestLog log, Func<HubSettings, HubSettings>? change = null)
    {
        var hub = new PageHub(log, change ?? (s => s));
        await hub.ComeBackAsync();
        hub._port = new Uri(hub.Host.Addresses[0]).Port;
        return hub;
    }

    public async Task GoAwayAsync()
    {
        await Host.DisposeAsync();
        _host = null;
    }

    public async Task ComeBackAsync() => _host = await HubHost.StartAsync(
        _change(new HubSettings { DataFolder = _folder["hub"], Listen = [new ListenAddress(IPAddress.Loopback, _port)] }), TimeProvider.System, _log);

    /// <inheritdoc cref="RunRecorder"/>
    public void StartRecorder(string name, string device = "tone:") => _ = RunRecorder(name, CancellationToken.None, device);

    /// <summary>A recorder in this process, which hears a chirp (or what <paramref name="device"/> gives) and cuts a chunk every two seconds.</summary>
    /// <returns>Its end, which comes with <paramref name="stopping"/> or with this.</returns>
    public Task RunRecorder(string name, CancellationToken stopping, string device = "tone:")
    {
        // The same device under the same name, should it be started again.
        string[] ids = _devices.TryGetValue(name, out var known) ? known : _devices[name] = [Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), Guid.NewGuid().ToString()];
        (SettingKey Key, string Text)[] settings =
        [
            (SettingKeys.Id, name), (SettingKeys.Device, device), (SettingKeys.ChunkSeconds, "2"), (SettingKeys.SpoolFolder, _folder[name]),
            (SettingKeys.RecordingFolder, _folder[name + "-recordings"]), (SettingKeys.Sink, "ingest"), (SettingKeys.Url, Address.ToString()),
            (SettingKeys.Token, Host.Tokens.IssueDevice(ids[2], ids[0], ids[1]).Secret), (SettingKeys.PointId, ids[0]),
            (SettingKeys.RegisterId, ids[1]), (SettingKeys.DeviceId, ids[2]), (SettingKeys.HealthPort, "0"), (SettingKeys.RetryMax, "2"),
        ];
        var load = SettingsLoader.Load(new SettingsInput
        {
            Flavour = SettingsFlavour.Own, LooksInUsualPlaces = false, WorkingFolder = _folder.Path,
            Flags = [.. settings.Select(s => new FlagSetting("test", s.Key.Name, s.Text))],
        });
        Assert.True(load.Settings is not null, string.Join('\n', load.Problems));
        var recorder = new RecorderHost(load.Settings, new CaptureInputs(TimeProvider.System), TimeProvider.System, NullLoggerFactory.Instance, "test");
        var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, stopping);
        var running = recorder.RunAsync(either.Token);
        _recorders.Add(running);
        return running;
    }

    /// <summary>A recorder that hears a chirp and has for the rest what a settings file says.</summary>
    public void StartRecorderFrom(string lines)
    {
        var file = _folder["recorder.yaml"];
        File.WriteAllText(file, lines + "\n");
        (SettingKey Key, string Text)[] settings =
        [
            (SettingKeys.Device, "tone:"), (SettingKeys.ChunkSeconds, "2"), (SettingKeys.SpoolFolder, _folder["spool"]), (SettingKeys.RecordingFolder, _folder["recordings"]), (SettingKeys.HealthPort, "0"),
        ];
        var load = SettingsLoader.Load(new SettingsInput
        {
            Flavour = SettingsFlavour.Own, LooksInUsualPlaces = false, WorkingFolder = _folder.Path, ConfigPath = file,
            Flags = [.. settings.Select(s => new FlagSetting("test", s.Key.Name, s.Text))],
        });
        Assert.True(load.Settings is not null, string.Join('\n', load.Problems));
        _recorders.Add(new RecorderHost(load.Settings, new CaptureInputs(TimeProvider.System), TimeProvider.System, NullLoggerFactory.Instance, "test").RunAsync(_stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_recorders);
        if (_host is not null) await _host.DisposeAsync();
        _stop.Dispose();
        _folder.Dispose();
    }
}
