using System.Text.Json;
using Chorale.Fleet.Clock;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Presence;
using Chorale.Fleet.Sessions;
using Chorale.Mqtt;
using Chorale.Protocol.Modules;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Fleet;

/// <summary>
/// The master of a fleet of recorder modules: finds them, knows which of them live, commands one, several or all with a verdict for each,
/// starts them on one instant, and tells what happens.
/// <code>
/// await using var fleet = new FleetController(new FleetOptions { Mqtt = new MqttOptions { Host = "localhost" } });
/// fleet.Start();
/// await fleet.WaitForModulesAsync(3, TimeSpan.FromSeconds(10));
/// var start = await fleet.StartAsync(new StartRequest { Duration = TimeSpan.FromSeconds(60) });
/// </code>
/// Thread-safe. Runs on without a broker: commands then end as lost link, and modules are found when it is there.
/// </summary>
public sealed class FleetController : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Roster _roster;
    private readonly ClockDesk _clocks;
    private readonly CommandDesk _commands;
    private readonly StartDesk _starts;
    private readonly ChangeDesk _changes;
    private readonly FleetInbox _inbox;
    private readonly MqttClient? _mqtt;
    private readonly MqttModuleLink _mqttLink;
    private readonly List<Task> _loops = [];
    private long _badNames;

    /// <param name="options">Broker, topics, deadlines.</param>
    /// <param name="time">Every clock and timer; the system's by default.</param>
    /// <param name="log">Where events are logged; nowhere by default.</param>
    /// <exception cref="ArgumentException">The base topic cannot be published to; the message says why.</exception>
    public FleetController(FleetOptions options, TimeProvider? time = null, ILogger? log = null)
    {
        if (ModuleTopics.BaseProblem(options.BaseTopic) is { } problem) throw new ArgumentException(problem, nameof(options));
        _roster = new Roster(options, time ?? TimeProvider.System, log ?? NullLogger.Instance);
        _clocks = new ClockDesk(_roster);
        _commands = new CommandDesk(_roster);
        _changes = new ChangeDesk(_roster, _commands);
        _inbox = new FleetInbox(_roster, _clocks, Probe);
        _mqtt = options.Mqtt is null ? null : new MqttClient(options.Mqtt, _roster.Time, _roster.Logger);
        _mqttLink = new MqttModuleLink(_mqtt, options.BaseTopic);
        _starts = new StartDesk(_roster, _commands, _clocks, Need);
        if (_mqtt is null) return;
        // Events alone at QoS 1: they are what a broker keeps for a master that is away. A status is retained, and an answer of yesterday is none.
        foreach (var kind in (ModuleTopic[])[ModuleTopic.Status, ModuleTopic.Response, ModuleTopic.Data, ModuleTopic.Levels, ModuleTopic.ClockReply])
            _mqtt.Subscribe(ModuleTopics.Filter(options.BaseTopic, kind), kind == ModuleTopic.Data ? 1 : 0, Take);
        _mqtt.OnConnected = OnConnectedAsync;
        _mqtt.Disconnected += OnDisconnected;
    }

    /// <summary>True while the broker is there.</summary>
    public bool IsConnected => _mqtt?.IsConnected == true;

    /// <summary>The status map: every module that is known, by name, as it stands now.</summary>
    public IReadOnlyDictionary<ModuleId, FleetModule> Modules => _roster.Modules.Select(m => m.Snapshot()).ToDictionary(m => m.Id);

    /// <summary>Open sessions and the last hundred that ended, oldest first.</summary>
    public IReadOnlyList<SessionManifest> Sessions => _roster.Sessions.All;

    /// <summary>Why there is no connection to the broker at the moment; null while there is one.</summary>
    public string? LinkProblem => _mqtt is null ? "no broker is set" : _mqtt.LastFailure;

    /// <summary>Of the connection to the broker.</summary>
    public MqttCounters Counters => _mqtt?.Counters ?? default;

    /// <summary>Connects, and goes on connecting for as long as this lives. Returns at once.</summary>
    public void Start()
    {
        _mqtt?.Start();
        _loops.Add(WatchAsync(_stopping.Token));
        _loops.Add(_clocks.RunAsync(_stopping.Token));
    }

    /// <summary>Takes over what an earlier process knew: modules as unknown until they are heard, sessions that were open.</summary>
    public void Restore(IEnumerable<KnownModule> modules, IEnumerable<SessionManifest> sessions)
    {
        foreach (var known in modules)
        {
            if (_roster.FindOrAdd(known.Id, _mqttLink) is not { } module) continue;
            lock (module.Gate)
            {
                module.Presence.Restore(known.LastSeenAt, known.Session);
                module.Status ??= known.Status;
            }
        }

        var open = sessions.ToList();
        foreach (var session in open)
        {
            foreach (var part in session.Modules)
            {
                if (part.FirstFrameUtc is not { } first || part.CompletedAt is not null || _roster.Find(part.Module) is not { } module) continue;
                lock (module.Gate) module.FirstFrame = (session.RecordingId, first);
            }
        }

        _roster.Sessions.Restore(open);
    }

    /// <summary>One module as it stands now; null when the name is not known.</summary>
    public FleetModule? Find(ModuleId module) => _roster.Find(module)?.Snapshot();

    /// <summary>One of <see cref="Sessions"/>.</summary>
    public SessionManifest? FindSession(string sessionId) => _roster.Sessions.Find(sessionId);

    /// <summary>Forgets a module until it is heard again.</summary>
    public bool Forget(ModuleId module) => _roster.Remove(module);

    /// <summary>Everything that happens from this call on, in order. Ends with the controller; to be enumerated once. A reader that falls 8,192 events behind is told how many it missed.</summary>
    public IAsyncEnumerable<FleetEvent> EventsAsync(CancellationToken cancel = default) => _roster.Events.Read(cancel);

    /// <summary>Waits until this many modules have been heard; false when the time was over first. Old modules are heard within their heartbeat, 30 s.</summary>
    public async Task<bool> WaitForModulesAsync(int count, TimeSpan limit, CancellationToken cancel = default)
    {
        var begun = _roster.Time.GetTimestamp();
        while (_roster.Modules.Count(m => m.Snapshot().IsOnline) < count)
        {
            if (_roster.Time.GetElapsedTime(begun) >= limit || _stopping.IsCancellationRequested) return false;
            await Task.Delay(Limits.WaitInterval, _roster.Time, cancel);
        }

        return true;
    }

    /// <summary>
    /// Starts a recording on one, several or all modules, all at one T0 (control.md 3), and waits for their answers, not for the recording.
    /// </summary>
    /// <exception cref="ArgumentException">A value cannot be used; the message names it and what is allowed.</exception>
    public Task<SessionStart> StartAsync(StartRequest request, CancellationToken cancel = default) => _starts.StartAsync(request, cancel);

    /// <summary>Stops these modules; null: all that record or wait for a start. An empty result means that there was nothing to stop.</summary>
    public Task<FleetResult> StopAsync(IReadOnlyList<ModuleId>? modules = null, CancellationToken cancel = default) =>
        SendAsync(modules is null ? _starts.Recording() : Records(modules), new ModuleCommand { Name = "stop" }, cancel);

    /// <summary>Asks for a status now. Null: every module that is known and has not said goodbye.</summary>
    public Task<FleetResult> AskStatusAsync(IReadOnlyList<ModuleId>? modules = null, CancellationToken cancel = default) =>
        SendAsync(Records(modules), new ModuleCommand { Name = "status" }, cancel);

    /// <summary>Changes settings between recordings.</summary>
    /// <param name="modules">Null: all.</param>
    /// <param name="config">An object: <c>samplerate</c> (Hz), <c>channels</c>, <c>device</c>, <c>recording_dir</c>, ...</param>
    /// <param name="save">Keep them over a restart of the module.</param>
    /// <param name="expect">Settings as whoever asks saw them, by module: one that has others by now is refused.</param>
    /// <param name="cancel">The caller gives up.</param>
    public Task<FleetResult> ConfigureAsync(
        IReadOnlyList<ModuleId>? modules, JsonElement config, bool save, IReadOnlyDictionary<ModuleId, JsonElement>? expect = null, CancellationToken cancel = default) =>
        _changes.SendAsync(Records(modules), new ModuleCommand { Name = "config", Config = config, Save = save }, expect, cancel);

    /// <summary>Changes when continuous recording is open.</summary>
    /// <param name="modules">Null: all.</param>
    /// <param name="windows"><c>always</c>, windows such as <c>mon-fri 08:00-22:00</c>, or <c>settings</c> for what each module's own file says.</param>
    /// <param name="timeZone">Null: that of the schedule in force.</param>
    /// <param name="save">Keep it over a restart of the module.</param>
    /// <param name="expect">As with <see cref="ConfigureAsync"/>: <c>windows</c>, <c>timezone</c>.</param>
    /// <param name="cancel">The caller gives up.</param>
    public Task<FleetResult> ScheduleAsync(
        IReadOnlyList<ModuleId>? modules, string windows, string? timeZone, bool save, IReadOnlyDictionary<ModuleId, JsonElement>? expect = null, CancellationToken cancel = default) =>
        _changes.SendAsync(Records(modules), new ModuleCommand { Name = "schedule", Schedule = windows, TimeZone = timeZone, Save = save }, expect, cancel);

    /// <summary>Ends module programs. Old modules say goodbye instead of answering; both count.</summary>
    public Task<FleetResult> ShutdownAsync(IReadOnlyList<ModuleId> modules, CancellationToken cancel = default) =>
        SendAsync(Records(modules), new ModuleCommand { Name = "shutdown" }, cancel);

    /// <summary>Throws frames away at the ring for so long; the ledger says so.</summary>
    public Task<FleetResult> MuteAsync(IReadOnlyList<ModuleId>? modules, TimeSpan length, CancellationToken cancel = default) =>
        SendAsync(Records(modules), new ModuleCommand { Name = "mute", Seconds = length.TotalSeconds }, cancel);

    public Task<FleetResult> UnmuteAsync(IReadOnlyList<ModuleId>? modules, CancellationToken cancel = default) =>
        SendAsync(Records(modules), new ModuleCommand { Name = "unmute" }, cancel);

    /// <summary>Asks for levels, ten a second, for so long.</summary>
    public Task<FleetResult> WatchAsync(IReadOnlyList<ModuleId>? modules, TimeSpan length, CancellationToken cancel = default) =>
        SendAsync(Records(modules), new ModuleCommand { Name = "watch", Seconds = length.TotalSeconds }, cancel);

    /// <summary>Asks a module to send what it records to the hub it uploads to, for so long. Programs that do not know the word refuse it.</summary>
    public Task<FleetResult> LiveAsync(IReadOnlyList<ModuleId> modules, TimeSpan length, CancellationToken cancel = default) =>
        SendAsync(Records(modules), new ModuleCommand { Name = "live", Seconds = length.TotalSeconds }, cancel);

    /// <summary>A module that comes by another way than the broker; what it says goes into the returned port.</summary>
    /// <returns>Null when there is no room for another name.</returns>
    public ModulePort? Attach(ModuleId id, IModuleLink link)
    {
        if (_roster.FindOrAdd(id, link) is not { } module) return null;
        lock (module.Gate) module.Link = link;
        return new ModulePort(_inbox, module);
    }

    /// <summary>Ends within 2 s; commands under way end as lost link, event readers after what they have waiting.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        if (_mqtt is not null) await _mqtt.DisposeAsync();
        _roster.Pending.LinkLost("the controller was ended");
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _roster.Events.Complete();
        _stopping.Dispose();
    }

    private Task<FleetResult> SendAsync(IEnumerable<ModuleRecord> modules, ModuleCommand command, CancellationToken cancel) =>
        _commands.SendAsync(modules.Select(m => (m, command)), _roster.Options.AnswerWithin, cancel);

    private IEnumerable<ModuleRecord> Records(IReadOnlyList<ModuleId>? modules) =>
        modules is not null ? modules.Distinct().Select(Need) : _roster.Modules.Where(m => m.Snapshot().Presence != ModulePresence.Offline);

    /// <summary>A module that nobody has heard yet may live: whoever names it may command it.</summary>
    private ModuleRecord Need(ModuleId id)
    {
        if (!ModuleId.IsValid(id.Value)) throw new ArgumentException($"module \"{id.Value}\": 1 to 64 of A-Z a-z 0-9 _ - are allowed", nameof(id));
        return _roster.Find(id) ?? new ModuleRecord(id, _mqttLink, _roster.Time);
    }

    private async Task WatchAsync(CancellationToken stopping)
    {
        using var tick = new PeriodicTimer(Limits.PresenceTick, _roster.Time);
        while (await tick.WaitForNextTickAsync(stopping))
        {
            foreach (var module in _roster.Modules)
            {
                PresenceChange? change;
                bool alarmEnded, mayLive;
                lock (module.Gate)
                {
                    mayLive = module.Presence.Presence == ModulePresence.Unknown;
                    if (module.GoodbyeStamp is { } said && _roster.Time.GetElapsedTime(said) > Limits.GoodbyeGrace) (mayLive, module.GoodbyeStamp) = (true, null);
                    change = module.Presence.Evaluate();
                    alarmEnded = module.WasFlapping != module.Presence.IsFlapping || module.WasDoubleId != module.Presence.IsDoubleId;
                }

                if (change is not null || alarmEnded) _roster.Told(module, change);
                if (mayLive) Probe(module);
            }
        }
    }

    /// <summary>On the dispatch thread of the client.</summary>
    private void Take(MqttMessage message)
    {
        if (!ModuleTopics.TryParse(_roster.Options.BaseTopic, message.Topic, out var name, out var kind)) return;
        if (!ModuleId.IsValid(name))
        {
            var count = ++_badNames;
            if ((count & (count - 1)) == 0) Log.BadName(_roster.Logger, name.Length <= 80 ? name : name[..80] + "...", count);
            return;
        }

        // Only a status may be retained; anything else that is kept is somebody's mistake, and about a past that is over.
        if (message.Retain && kind != ModuleTopic.Status) return;
        var isFirst = kind is ModuleTopic.Status or ModuleTopic.Response or ModuleTopic.Data;
        var module = isFirst ? _roster.FindOrAdd(new ModuleId(name), _mqttLink) : _roster.Find(new ModuleId(name));
        if (module is null) return;
        try
        {
            if (kind == ModuleTopic.Status) _inbox.Status(module, message.Payload.Span, message.Retain);
            else if (kind == ModuleTopic.Response) _inbox.Response(module, message.Payload.Span);
            else if (kind == ModuleTopic.Data) _inbox.Data(module, message.Payload.Span);
            else if (kind == ModuleTopic.Levels) _inbox.Levels(module, message.Payload.Span);
            else if (kind == ModuleTopic.ClockReply) _inbox.ClockReply(module, message.Payload.Span, message.ReceivedStamp);
        }
        catch (Exception e)
        {
            Log.MessageFailed(_roster.Logger, message.Topic, e);
        }
    }

    /// <summary>Asks a module for its status without waiting: whoever lives answers, and is heard by that.</summary>
    private void Probe(ModuleRecord module)
    {
        lock (module.Gate)
        {
            if (_roster.Options.Simulate || !module.Link.IsConnected) return;
            if (module.ProbedStamp is { } last && _roster.Time.GetElapsedTime(last) < Limits.ProbeInterval) return;
            if (++module.Probes > Limits.ProbesMax) return;
            module.ProbedStamp = _roster.Time.GetTimestamp();
        }

        _ = module.Link.SendAsync(module.Id, new ModuleCommand { Name = "status", RequestId = "probe-" + CommandDesk.NewId() }, Limits.ProbeInterval, _stopping.Token)
            .ContinueWith(t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private Task OnConnectedAsync(CancellationToken cancel)
    {
        var known = _roster.Modules.Where(m => m.Link == _mqttLink).ToList();
        Log.LinkBack(_roster.Logger, known.Count);
        _roster.Events.Tell(new LinkChanged(true, null));
        foreach (var module in known) Probe(module);
        return Task.CompletedTask;
    }

    private void OnDisconnected(string reason)
    {
        if (_stopping.IsCancellationRequested) return;
        Log.LinkLost(_roster.Logger, reason);
        _roster.Pending.LinkLost("the connection to the broker ended before it answered", id => _roster.Find(id)?.Link is null or MqttModuleLink);
        _roster.Events.Tell(new LinkChanged(false, reason));
        foreach (var module in _roster.Modules.Where(m => m.Link == _mqttLink))
        {
            PresenceChange? change;
            lock (module.Gate)
            {
                (module.ProbedStamp, module.Probes) = (null, 0);
                change = module.Presence.LinkLost();
            }

            if (change is not null) _roster.Events.Tell(new ModuleChanged(module.Snapshot(), change));
        }
    }
}

/// <summary>What an earlier process knew of a module.</summary>
public sealed record KnownModule(ModuleId Id, DateTimeOffset? LastSeenAt, long? Session, ModuleStatus? Status);

/// <summary>Where what an attached module says goes in.</summary>
public sealed class ModulePort
{
    private readonly FleetInbox _inbox;
    private readonly ModuleRecord _module;

    internal ModulePort(FleetInbox inbox, ModuleRecord module) => (_inbox, _module) = (inbox, module);

    public void Say(ModuleStatus status) => _inbox.Status(_module, status, isRetained: false);

    public void Say(ModuleResponse response) => _inbox.Response(_module, response);

    public void Say(ModuleData data) => _inbox.Data(_module, data);
}
