using Chorale.Mqtt;
using Chorale.Protocol.Rooms;
using Chorale.Show.Devices;
using Chorale.Show.Scenes;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Room;

/// <summary>All rooms of one hub: one connection to the broker, one registry of devices, one store of traces, and a thread for each room.</summary>
public sealed class Stage : IAsyncDisposable
{
    /// <summary>Failed tries after which a room says that it simulates.</summary>
    public const int TriesBeforeSimulation = 5;

    private static readonly TimeSpan LinkInterval = TimeSpan.FromMilliseconds(100);

    private readonly StageOptions _options;
    private readonly MqttClient? _mqtt;
    private readonly DeviceStore _devices;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private Task _linkLoop = Task.CompletedTask;
    private readonly Lock _turning = new();
    private long _failuresAtConnect;
    private bool _isUp, _isSimulated;

    private Stage(StageOptions options, TimeProvider time, ILoggerFactory logs)
    {
        (_options, _time) = (options, time);
        Directory.CreateDirectory(options.DataFolder);
        Traces = TraceStore.Open(options.DataFolder, time);
        if (Traces.SetAside is { } aside) Chorale.Show.Scenes.Log.TraceSetAside(logs.CreateLogger("scene"), aside);
        _devices = DeviceStore.Open(options.DataFolder);
        Registry = new DeviceRegistry(_devices, time, logs);
        _mqtt = options.Mqtt is { } mqtt ? new MqttClient(mqtt, time, logs.CreateLogger("mqtt")) : null;
        Rooms = [.. RoomFile.ReadAll(options.RoomsFolder).Select(l => new RoomHost(l, options, _mqtt, Registry, Traces, time, logs))];
    }

    public IReadOnlyList<RoomHost> Rooms { get; }

    public TraceStore Traces { get; }

    /// <summary>Everybody who was ever heard, by id.</summary>
    public IReadOnlyList<StageDevice> Devices =>
        [.. Registry.Devices.Select(d => StageDevice.Of(d, [.. Rooms.Where(r => r.NodeIds.Contains(d.Id)).Select(r => r.Id)]))];

    internal DeviceRegistry Registry { get; }

    /// <summary>Strangers are gone; devices that a room names are unknown until they are heard.</summary>
    public void ForgetDevices() => Registry.Clear();

    public RoomHost? Find(string id) => Rooms.FirstOrDefault(r => r.Id == id);

    /// <exception cref="DirectoryNotFoundException">There is no folder of rooms.</exception>
    public static Stage Start(StageOptions options, TimeProvider time, ILoggerFactory logs)
    {
        Rehearsal.Play();
        var stage = new Stage(options, time, logs);
        stage.Start();
        return stage;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Rooms.Select(r => r.DisposeAsync().AsTask()));
        await _stopping.CancelAsync();
        await _linkLoop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_mqtt is not null) await _mqtt.DisposeAsync();
        Registry.Dispose();
        _devices.Dispose();
        Traces.Dispose();
        _stopping.Dispose();
    }

    private void Start()
    {
        Registry.Changed += change =>
        {
            foreach (var room in Rooms) room.DeviceChanged(change);
        };
        Registry.Expect(Rooms.SelectMany(r => r.NodeIds));
        Registry.Start();
        foreach (var run in Traces.CutOff) _options.Told?.Invoke(RoomEvents.Of(run));
        foreach (var room in Rooms) room.Start(_mqtt is not null);
        if (_mqtt is null) return;
        _mqtt.Subscribe(RoomTopics.DeviceStatusFilter, qos: 1, HeardDevice);
        _mqtt.Subscribe("devices/+/+/feedback", qos: 1, message => ForAll(message));
        foreach (var room in Rooms) _mqtt.Subscribe(room.Id + "/#", qos: 1, room.Heard);
        _mqtt.OnConnected = _ =>
        {
            lock (_turning)
            {
                (_isUp, _isSimulated, _failuresAtConnect) = (true, false, _mqtt.Counters.Failures);
                Registry.LinkBack();
                foreach (var room in Rooms) room.LinkUp();
            }

            return Task.CompletedTask;
        };
        _mqtt.Disconnected += reason =>
        {
            lock (_turning)
            {
                (_isUp, _isSimulated) = (false, false);
                Registry.LinkLost();
                foreach (var room in Rooms) room.LinkDown(isSimulated: false, reason);
            }
        };
        _mqtt.Start();
        _linkLoop = WatchLinkAsync(_mqtt, _stopping.Token);
    }

    private void HeardDevice(MqttMessage message)
    {
        if (!RoomTopics.TryDeviceStatus(message.Topic, out var id)) return;
        Registry.Heard(id, message.Payload.Span, message.Retain);
        if (RoomWords.Presence(message.Payload.Span) is PresenceWord.Ok or PresenceWord.Error) ForAll(message);
    }

    private void ForAll(MqttMessage message)
    {
        foreach (var room in Rooms) room.Heard(message);
    }

    /// <summary>Nobody tells of a try that failed: this asks. Under the lock, for a connection that comes up meanwhile has the last word.</summary>
    private async Task WatchLinkAsync(MqttClient mqtt, CancellationToken stopping)
    {
        using var tick = new PeriodicTimer(LinkInterval, _time);
        while (await tick.WaitForNextTickAsync(stopping))
        {
            lock (_turning)
            {
                if (_isUp || _isSimulated || mqtt.IsConnected || mqtt.Counters.Failures - _failuresAtConnect < TriesBeforeSimulation) continue;
                _isSimulated = true;
                foreach (var room in Rooms) room.LinkDown(isSimulated: true, mqtt.LastFailure);
            }
        }
    }
}
