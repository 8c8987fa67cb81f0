using System.Threading.Channels;
using Chorale.Mqtt;
using Chorale.Protocol;
using Chorale.Protocol.Rooms;
using Chorale.Show.Devices;
using Chorale.Show.Feedback;
using Chorale.Show.Players;
using Chorale.Show.Players.Buttons;
using Chorale.Show.Scenes;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Room;

/// <summary>One room of this hub: its files, its player, its engine thread, and the doors through which others talk to it. Any thread.</summary>
public sealed class RoomHost : IAsyncDisposable
{
    /// <summary>How often a change is told at most.</summary>
    private static readonly TimeSpan ViewInterval = TimeSpan.FromMilliseconds(30);

    private static readonly TimeSpan ViewIntervalMax = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan FilesInterval = TimeSpan.FromSeconds(2);

    /// <summary>Scenes that are read at one time because somebody on the network asked for them.</summary>
    private const int LoadsMax = 4;

    private readonly RoomLoad _load;
    private readonly RoomDevices _devices;
    private readonly StageOptions _options;
    private readonly DeviceRegistry _registry;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly IRoomPlayer _player;
    private readonly RoomOutside _outside;
    private readonly RoomJournal _journal;
    private readonly RoomEngine _engine;
    private readonly RoomViews _views;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _loops = [];
    private int _loads;
    private readonly Channel<byte> _changes = Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly RoomView _firstView;
    private volatile RoomView? _view;
    private DateTimeOffset? _ambientModified;
    private readonly Lock _asking = new();
    private Task<RoomView> _asked = Task.FromResult<RoomView>(null!);
    private GpioButtons? _buttons;

    internal RoomHost(RoomLoad load, StageOptions options, MqttClient? mqtt, DeviceRegistry registry, TraceStore traces, TimeProvider time, ILoggerFactory logs)
    {
        (_load, _options, _registry, _time) = (load, options, registry, time);
        _log = logs.CreateLogger("room");
        var room = load.Room;
        var problems = load.Problems.ToList();
        _devices = ReadDevices(room, problems);
        NodeIds = _devices.Nodes.Select(n => n.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var problem in problems) Log.FileProblem(_log, problem);
        _player = options.PlayerFor?.Invoke(room) ?? RoomPlayers.For(room, options, mqtt, time, logs);
        Scenes = new SceneFolder(room.ScenesFolder, time, CheckContext);
        var born = time.GetTimestamp();
        _outside = new RoomOutside(room, mqtt, _player, options, time) { Born = born };
        var machine = new RoomMachine(room, _devices, _outside, Guid.NewGuid().ToString("N")[..6]);
        Lateness = machine.Runs.Lateness;
        _views = new RoomViews(room, problems, _devices, registry, time, born);
        _journal = new RoomJournal([new RoomLog(room.Id, options, logs, time), new TraceWriter(room.Id, traces, time), new RoomTeller(room.Id, options, time, Changed)], _log);
        _engine = new RoomEngine(machine, room.Id, born, time, new CueWait(time), _log);
        (_outside.Engine, _outside.Journal) = (_engine, _journal);
        _player.Happened = Heard;
        _views.Take(Scenes.List(), _player.View, DefaultScene());
        _firstView = _views.Of(machine, TimeSpan.Zero);
        Log.Opened(_log, room.Id, Scenes.List().Count, _devices.Nodes.Count, room.Player.ToString());
    }

    public string Id => _load.Room.Id;

    public RoomSettings Settings => _load.Room;

    public SceneFolder Scenes { get; }

    /// <summary>How late its cues were since the start.</summary>
    public LatenessHistogram Lateness { get; private init; }

    /// <summary>As it was at most a fifth of a second ago.</summary>
    public RoomView View => _view ?? _firstView;

    internal IReadOnlySet<string> NodeIds { get; }

    internal void Start(bool hasBroker)
    {
        _engine.Start();
        if (!hasBroker) _engine.Post((m, now) => m.LinkDown(isSimulated: true, "no broker is set", now));
        if (_load.Room.Ambient is not null)
        {
            var ambient = LoadAmbient(); // null while its file has errors: it begins when they are mended
            _engine.Post((m, now) => m.SetAmbient(ambient, mayBegin: true, now));
        }

        _buttons = new GpioButtons(
            [.. Settings.Buttons.Where(b => b.Gpio is not null).Select(b => new ButtonOrder(b.Name, b.Topic, b.Message, b.Gpio))],
            GpioButtons.DefaultDebounce, GpioButtons.DefaultCooldown, b => TakeEvent(b.Topic, b.Message, $"button {b.Name}"), _time, _log);
        Changed();
        _loops.Add(ShowAsync(_stopping.Token));
        _loops.Add(FollowFilesAsync(_stopping.Token));
    }

    /// <summary>As it is now.</summary>
    public async Task<RoomView> ViewAsync(CancellationToken cancel = default)
    {
        Task<RoomView> asked;
        lock (_asking)
        {
            // Whoever asks while it is being made gets the same one: many pages cost the room's thread no more than one.
            if (_asked.IsCompleted) _asked = AskView();
            asked = _asked;
        }

        return await asked.WaitAsync(TimeSpan.FromSeconds(5), _time, cancel);
    }

    private Task<RoomView> AskView()
    {
        var seen = new TaskCompletionSource<RoomView>(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Post((m, now) =>
        {
            try
            {
                seen.TrySetResult(_view = _views.Of(m, now));
            }
            catch (Exception e)
            {
                seen.TrySetException(e); // who looks on must not end what is looked at
            }
        });
        return seen.Task;
    }

    /// <param name="scene">Null: the default scene.</param>
    /// <param name="by">Who wants it, for the trace.</param>
    public Task<RunOutcome> RunAsync(string? scene, string by, CancellationToken cancel = default) => RunAsync(scene, by, _outside.Now, cancel);

    private async Task<RunOutcome> RunAsync(string? scene, string by, TimeSpan askedAt, CancellationToken cancel)
    {
        var name = scene ?? DefaultScene();
        if (name is null) return new RunOutcome(false, null, "the room has no default scene: set default_scene in room.yaml, or name one");
        if (SceneFolder.NameProblem(name) is { } problem) return new RunOutcome(false, null, $"'{PrintableText.Of(name)}' {problem}");
        if (await Task.Run(() => Scenes.Open(name), cancel) is not { } load) return new RunOutcome(false, null, $"there is no scene '{PrintableText.Of(name)}' in this room") { IsUnknown = true };
        if (load.Errors > 0 || load.Scene is null)
            return new RunOutcome(false, null, $"'{name}' has {load.Errors} errors, the first: {load.Problems.First(p => p.Severity == Severity.Error)}") { Problems = load.Problems };
        var request = new RunRequest(load.Scene, PlainName(name), by) { AskedAt = askedAt };
        var answered = new TaskCompletionSource<RunAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Post((m, now) => answered.TrySetResult(m.Run(request, now)));
        var answer = await answered.Task.WaitAsync(TimeSpan.FromSeconds(5), _time, cancel);
        return new RunOutcome(answer.IsAccepted, answer.RunId, answer.Reason);
    }

    /// <summary>The check of a scene as this room sees it.</summary>
    public SceneLoad CheckScene(ReadOnlyMemory<byte> utf8, string name) => SceneCheck.CheckFile(utf8, name, CheckContext());

    /// <summary>STOP: said in any case.</summary>
    public void Stop(string by) => _engine.Post((m, now) => m.StopAll(by, now));

    /// <summary>True for a topic that the room's files, its outputs or its own words name: what is sent there is a command of this room and no message at large.</summary>
    public bool Knows(string topic) =>
        _devices.NodeFor(topic) is not null || _devices.Named(topic) is not null || View.Outputs.Any(o => o.Topic == topic)
        || RoomTopics.Classify(Id, topic) is RoomTopicKind.Scene or RoomTopicKind.StartScene or RoomTopicKind.Stop
        || topic == $"{Id}/audio" || topic == $"{Id}/video" || (_devices.NodeOf(topic) is { } node && NodeIds.Contains(node));

    /// <summary>Why this cannot be sent at all, by whomever; null: it can.</summary>
    public string? SendProblem(string topic, string payload)
    {
        if (TopicFilter.ProblemOfTopic(topic) is { } problem) return problem;
        if (!topic.StartsWith(Id + "/", StringComparison.Ordinal) && !topic.StartsWith("devices/", StringComparison.Ordinal)) return $"topic '{topic}': a topic of this room is allowed, {Id}/...";
        if (RoomTopics.IsFeedback(topic) || RoomTopics.TryDeviceStatus(topic, out _)) return $"topic '{topic}': that is where devices answer";
        if (System.Text.Encoding.UTF8.GetByteCount(payload) is var bytes && bytes > Limits.ControlBytesMax) return $"{bytes} bytes: at most {Limits.ControlBytesMax} are allowed";
        return _devices.PayloadMaxFor(topic) is var max && bytes > max ? $"{bytes} bytes: the device behind {topic} takes at most {max}, and drops longer messages without a word" : null;
    }

    /// <summary>A command of a person; its verdict comes as an event with this <paramref name="id"/>.</summary>
    /// <returns>Null, or why it cannot be sent at all.</returns>
    public string? Send(string id, string topic, string payload, string by)
    {
        if (SendProblem(topic, payload) is { } problem) return problem;
        var command = new Sent(Origin.Person, topic, payload, by) { Id = id };
        if (IsTrigger(new MqttMessage(topic, System.Text.Encoding.UTF8.GetBytes(payload)), out var scene))
        {
            // What we publish does not come back to us: a trigger is taken here.
            Trigger(scene, by);
            _engine.Post((m, now) => m.Commands.Refuse(command, Verdict.Confirmed, "taken as a trigger", now));
        }
        else
        {
            _engine.Post((m, now) => m.Send(command, now));
        }

        return null;
    }

    /// <returns>False: there is no such button.</returns>
    public bool Press(string button, string by)
    {
        if (_load.Room.Buttons.FirstOrDefault(b => b.Name == button) is not { } found) return false;
        TakeEvent(found.Topic, found.Message, by);
        return true;
    }

    /// <summary>As if a message had come from a device of the room: what we publish ourselves is no event of ours.</summary>
    /// <returns>Null, or why it cannot happen.</returns>
    public string? Happen(string topic, string message, string by)
    {
        if (TopicFilter.ProblemOfTopic(topic) is { } problem) return problem;
        if (!topic.StartsWith(Id + "/", StringComparison.Ordinal)) return $"topic '{topic}': a topic of this room is allowed, {Id}/...";
        if (System.Text.Encoding.UTF8.GetByteCount(message) is var bytes && bytes > Limits.ControlBytesMax) return $"{bytes} bytes: at most {Limits.ControlBytesMax} are allowed";
        TakeEvent(topic, message, by);
        return null;
    }

    /// <summary>Everything that the broker has for this room. Dispatch thread of the client.</summary>
    internal void Heard(MqttMessage message)
    {
        // A node that never says online twice is known to live by its answers.
        if (!message.Retain && RoomTopics.IsFeedback(message.Topic) && _devices.NodeOf(RoomTopics.CommandOf(message.Topic).ToString()) is { } node) _registry.Spoke(node);
        if (!message.Retain && IsTrigger(message, out var scene)) Trigger(scene, message.Topic);
        else if (!message.Retain && message.Topic == RoomTopics.Stop(Id)) _engine.PostStop((m, now) => m.Heard(message.Topic, message.Payload, message.Correlation, message.Retain, now));
        else _engine.PostMessage((m, now) => m.Heard(message.Topic, message.Payload, message.Correlation, message.Retain, now), message.ReceivedStamp);
    }

    internal void LinkUp() => _engine.Post((m, now) => m.LinkUp(now));

    internal void LinkDown(bool isSimulated, string? reason) => _engine.Post((m, now) => m.LinkDown(isSimulated, reason, now));

    /// <summary>Presence of a device changed; those of other rooms are none of ours.</summary>
    internal void DeviceChanged(DeviceChange change)
    {
        if (!NodeIds.Contains(change.Id)) return;
        Changed();
        if (change.IsBack) _engine.Post((m, now) => m.NodeBack(change.Id, now));
        else if (change.IsGone) _engine.Post((m, now) => m.NodeGone(change.Id, now));
    }

    public async ValueTask DisposeAsync()
    {
        // A hub that ends leaves nothing on behind it.
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Post((m, now) =>
        {
            if (m.Runs.Current is not null) m.StopAll("the end of the hub", now);
            stopped.TrySetResult();
        });
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stopping.CancelAsync();
        _buttons?.Dispose();
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _engine.Dispose();
        await _player.DisposeAsync();
        await _journal.DisposeAsync();
        _outside.Stop();
        _stopping.Dispose();
    }

    internal SceneCheckContext CheckContext() => new()
    {
        RoomId = Id, HasMedia = RoomPlayers.MediaOf(_load.Room), PayloadBytesMax = topic => _devices.PayloadMaxFor(topic), HasPlayer = _load.Room.Player != PlayerKind.None,
    };

    private static RoomDevices ReadDevices(RoomSettings room, List<string> problems)
    {
        var found = new List<DeviceProblem>();
        var json = Path.Combine(room.Folder, DevicesJson.FileName);
        var devices = RoomDevices.Read(room.Id, room.Nodes, Path.Combine(room.Folder, RoomFile.Name), File.Exists(json) ? File.ReadAllBytes(json) : null, found);
        problems.AddRange(found.Select(p => $"{p.File}{(p.Line > 0 ? $", line {p.Line}" : "")}: {p.Path}: {p.Text}"));
        return devices;
    }

    private static string PlainName(string name) => name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? name[..^5] : name;

    private void Changed() => _changes.Writer.TryWrite(0);

    /// <summary>Runs at <c>{room}/scene</c> START; null: none is named, and there is not exactly one.</summary>
    public string? DefaultScene()
    {
        if (_load.Room.DefaultScene is { } named) return named;
        return Scenes.List() is [{ Name: var only }] ? only : null;
    }

    private bool IsTrigger(MqttMessage message, out string? scene)
    {
        scene = null;
        var kind = RoomTopics.Classify(Id, message.Topic);
        if (kind is not (RoomTopicKind.Scene or RoomTopicKind.StartScene) || !RoomPayload.TryRead(message.Payload.Span, out var text)) return false;
        if (kind == RoomTopicKind.Scene) return text.Trim().Equals("START", StringComparison.OrdinalIgnoreCase);
        scene = text.Trim();
        return true;
    }

    private void TakeEvent(string topic, string message, string by)
    {
        switch (RoomTopics.Classify(Id, topic))
        {
            case RoomTopicKind.Scene: Trigger(null, by); break;
            case RoomTopicKind.StartScene: Trigger(message, by); break;
            case RoomTopicKind.Stop: Stop(by); break;
            default: _engine.Post((m, now) => m.Press(topic, message, now)); break;
        }
    }

    private void Trigger(string? scene, string by)
    {
        if (Interlocked.Increment(ref _loads) > LoadsMax)
        {
            Interlocked.Decrement(ref _loads);
            _engine.PostMessage((m, now) => m.Commands.Malformed(), _time.GetTimestamp());
            return;
        }

        var askedAt = _outside.Now; // a STOP that comes while the file is read is a STOP of it as well

        _ = Task.Run(async () =>
        {
            try
            {
                var outcome = await RunAsync(scene, by, askedAt, _stopping.Token);
                if (!outcome.IsAccepted) _outside.Note(new RoomProblem(_outside.Now, $"'{PrintableText.Of(scene ?? "the default scene")}' asked for by {by} does not start: {outcome.Reason}"));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.TaskFailed(_log, "start of a scene", e);
            }
            finally
            {
                Interlocked.Decrement(ref _loads);
            }
        });
    }

    private void Heard(PlayerEvent happened)
    {
        Changed();
        switch (happened.Kind)
        {
            case PlayerEventKind.AudioEnd: _engine.Post((m, now) => m.MediaEnded(SceneEventKind.AudioEnd, happened.Text, now)); break;
            case PlayerEventKind.VideoEnd: _engine.Post((m, now) => m.MediaEnded(SceneEventKind.VideoEnd, happened.Text, now)); break;
            case PlayerEventKind.Problem: _outside.Note(new PlayerSaid(_outside.Now, happened.Text)); break;
        }
    }

    private async Task ShowAsync(CancellationToken stopping)
    {
        while (await _changes.Reader.WaitToReadAsync(stopping))
        {
            _changes.Reader.TryRead(out _);
            var begun = _time.GetTimestamp();
            try
            {
                _views.Take(_player.View);
                var view = await ViewAsync(stopping);
                _options.Told?.Invoke(new RoomChanged(view));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // A machine that stood still for seconds: pages must not stay stale for ever after it.
                Changed();
                Log.TaskFailed(_log, "the picture of the room", e);
            }

            // A change that comes alone is told at once; many are told together, and a picture that is dear to make is made less often.
            var rest = _time.GetElapsedTime(begun) * 8;
            await Task.Delay(rest < ViewInterval ? ViewInterval : rest < ViewIntervalMax ? rest : ViewIntervalMax, _time, stopping);
        }
    }

    private async Task FollowFilesAsync(CancellationToken stopping)
    {
        using var tick = new PeriodicTimer(FilesInterval, _time);
        while (await tick.WaitForNextTickAsync(stopping))
        {
            try
            {
                if (_views.Take(Scenes.List(), _player.View, DefaultScene())) Changed();
                if (AmbientModified() != _ambientModified)
                {
                    var ambient = LoadAmbient();
                    _engine.Post((m, now) => m.SetAmbient(ambient, mayBegin: false, now));
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.TaskFailed(_log, "a look at the room's files", e);
            }
        }
    }

    private DateTimeOffset? AmbientModified() => _load.Room.Ambient is { } name ? Scenes.List().FirstOrDefault(s => s.Name == name)?.ModifiedAt : null;

    private RunRequest? LoadAmbient()
    {
        if (_load.Room.Ambient is not { } name) return null;
        _ambientModified = AmbientModified();
        if (Scenes.Open(name) is { Errors: 0, Scene: { } scene }) return new RunRequest(scene, name, "the room", IsAmbient: true);
        _outside.Note(new RoomProblem(_outside.Now, $"the ambient scene '{name}' cannot run: `chorale scene check` says why"));
        return null;
    }
}

/// <summary>What became of a wish to run a scene.</summary>
/// <param name="RunId">Set when it runs now.</param>
public sealed record RunOutcome(bool IsAccepted, string? RunId, string? Reason)
{
    public bool IsUnknown { get; init; }

    public IReadOnlyList<SceneProblem> Problems { get; init; } = [];
}
