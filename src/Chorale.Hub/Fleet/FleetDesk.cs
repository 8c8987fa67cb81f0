using System.Text.Json;
using Chorale.Fleet;
using Chorale.Fleet.Sessions;
using Chorale.Hub.Book;
using Chorale.Hub.Jobs;
using Chorale.Hub.Live;
using Chorale.Hub.Settings;
using Chorale.Protocol;
using Chorale.Show.Room;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Fleet;

/// <summary>
/// The fleet in this hub: the controller, what is kept of it over restarts, and what pages are told. Runs with no broker, and no broker
/// slows it: nothing here waits for one.
/// </summary>
internal sealed class FleetDesk : IAsyncDisposable
{
    /// <summary>The registry is written this often at most: what a power cut takes of it is heard again within a heartbeat.</summary>
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(2);

    /// <summary>A hub that is away for longer is told of recordings by their files alone.</summary>
    private static readonly TimeSpan AwayMax = TimeSpan.FromDays(7);

    private readonly HubBroker? _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly HashSet<ModuleId> _changed = [];
    private readonly Dictionary<string, SessionManifest> _changedSessions = [];
    private readonly HashSet<Task> _running = [];
    private readonly IAsyncEnumerable<FleetEvent> _events;
    private readonly List<Task> _loops = [];
    private HomeAssistantBridge? _homeAssistant;
    private FleetStory? _story;
    private Troubles? _troubles;

    private FleetDesk(HubSettings settings, string clientId, FleetStore store, TimeProvider time, ILoggerFactory logs)
    {
        (_broker, Store, _time, _log) = (settings.Broker, store, time, logs.CreateLogger("Chorale.Fleet"));
        Live = new LiveEvents(time);
        Fleet = new FleetController(
            new FleetOptions
            {
                // The broker keeps what modules report while the hub is away: a recording that ended meanwhile would never be heard of.
                Mqtt = settings.Broker?.ToOptions(clientId) is { } mqtt ? mqtt with { SessionExpiry = AwayMax } : null,
                BaseTopic = settings.Broker?.Topic ?? Protocol.Modules.ModuleTopics.DefaultBase, Zone = settings.Zone, IsSessionIdTaken = id => store.FindSession(id) is not null,
            },
            time, _log);
        Sockets = new RecorderSockets(Fleet, time, _log);
        _events = Fleet.EventsAsync(CancellationToken.None); // ends with the controller
    }

    public FleetController Fleet { get; }

    /// <summary>Recorders that come by a WebSocket instead of the broker.</summary>
    public RecorderSockets Sockets { get; }

    /// <summary>Cancelled when this begins to end.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public FleetStore Store { get; }

    public LiveEvents Live { get; }

    public BrokerView Broker => new(_broker?.ToString(), Fleet.IsConnected, Fleet.LinkProblem);

    /// <param name="clientId">The hub's own at the broker, the same at each of its starts.</param>
    /// <exception cref="SqliteException"><c>fleet.db</c> is damaged or not writable.</exception>
    public static FleetDesk Start(HubSettings settings, string clientId, TimeProvider time, ILoggerFactory logs)
    {
        var store = FleetStore.Open(settings.DataFolder);
        try
        {
            var desk = new FleetDesk(settings, clientId, store, time, logs);
            foreach (var id in store.Unended())
                store.End(id, JsonSerializer.Serialize(FleetAnswer.Failed("the hub ended before the last answer came; the modules may have done it")), desk.NowUs);
            desk.Fleet.Restore(store.Modules(), store.Sessions(1_000, openOnly: true).Reverse());
            desk._loops.Add(desk.FollowAsync());
            desk._loops.Add(desk.SaveAsync(desk._stopping.Token));
            desk.Fleet.Start();
            if (settings.Broker is { HomeAssistantPrefix: not null } broker) desk._homeAssistant = new HomeAssistantBridge(broker, desk.Fleet, time, desk._log);
            return desk;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Begins a command, or finds the one that was posted under this id before.</summary>
    /// <returns>False when the id stands for another command.</returns>
    /// <param name="command">Checked already.</param>
    /// <param name="by">The operator who asks; null where nobody has to say.</param>
    /// <param name="teller">Who asks in the words of the log, whether or not it is an operator.</param>
    /// <param name="view">How it stands.</param>
    public bool Post(FleetCommand command, string? by, string teller, out CommandView view)
    {
        var request = JsonSerializer.Serialize(command with { Id = null });
        if (Store.TryBegin(command.Id!, request, command.Command!, by, command.From, NowUs))
        {
            if (!command.IsLook) Live.Tell("command", FindCommand(command.Id!));
            var run = RunAsync(command, by ?? teller);
            lock (_gate) _running.Add(run);
            _ = run.ContinueWith(t => { lock (_gate) _running.Remove(t); }, TaskScheduler.Default);
        }

        var row = Store.FindCommand(command.Id!)!;
        view = View(row);
        return row.Request == request;
    }

    /// <summary>Should this command come after all, it is refused: its client has given it up, and says so.</summary>
    /// <returns>How it stands, where it came before this; null: it did not.</returns>
    public CommandView? Withdraw(string id, string? by)
    {
        if (Store.TryWithdraw(id, by, NowUs)) return null;
        return FindCommand(id) is { } known && known.Command != FleetStore.Withdrawn ? known : null;
    }

    /// <summary>From now on the book has what happens in the fleet, and pages are told of what comes into the book.</summary>
    public void KeepIn(EventBook book)
    {
        _story = new FleetStory(book, _time);
        book.Told = row => Live.Tell("log", row);
        book.TroubleTold = (key, standing) =>
        {
            if (standing is null) Live.Tell("trouble_ended", new TroubleEndedView(key));
            else Live.Tell("trouble", standing);
        };
        _troubles = book.Troubles;
    }

    public CommandView? FindCommand(string id) => Store.FindCommand(id) is { } row ? View(row) : null;

    /// <summary>Newest first, without those that only look.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="module">Those that concern it, and what it said; null: all, with those who did not confirm.</param>
    public IReadOnlyList<CommandView> Commands(int limit, string? module) =>
        [.. Store.Commands(limit, module).Select(r => View(r) is var view && view.Answer is { } answer ? view with { Answer = answer.Only(module) } : view)];

    public ModulesView Modules() => new(NowUs, Broker, [.. Fleet.Modules.Values.OrderBy(m => m.Id.Value, StringComparer.Ordinal).Select(ModuleView.Of)]);

    /// <summary>Newest first; open ones as they are now, the others as they were kept.</summary>
    public IReadOnlyList<SessionManifest> Sessions(int limit)
    {
        var now = Fleet.Sessions.ToDictionary(s => s.SessionId);
        var kept = Store.Sessions(limit).Where(s => !now.ContainsKey(s.SessionId));
        return [.. now.Values.Concat(kept).OrderByDescending(s => s.CreatedAt).Take(limit)];
    }

    public SessionManifest? FindSession(string id) => Fleet.FindSession(id) ?? Store.FindSession(id);

    /// <summary>Forgets a module: from the registry, and until it is heard again.</summary>
    public bool Forget(ModuleId id)
    {
        var known = Fleet.Forget(id);
        lock (_gate) _changed.Remove(id);
        Store.Forget(id);
        _homeAssistant?.Forget(id);
        _story?.Forget(id.Value);
        if (known) Live.Tell("module_forgotten", new ModuleForgottenView(id.Value));
        return known;
    }

    /// <param name="rooms">Of the same hub.</param>
    /// <param name="jobs">Long work of the same hub.</param>
    public SnapshotView Snapshot(IReadOnlyList<RoomView> rooms, IReadOnlyList<JobView> jobs) =>
        new(NowUs, Broker, Modules().Modules, [.. Sessions(20).Select(SessionView.Of)], rooms, _troubles?.All() ?? [], Commands(8, null), jobs);

    public async ValueTask DisposeAsync()
    {
        Live.Complete();
        await _stopping.CancelAsync();
        await Fleet.DisposeAsync();
        if (_homeAssistant is not null) await _homeAssistant.DisposeAsync();
        Task[] running;
        lock (_gate) running = [.. _running];
        await Task.WhenAll([.. _loops, .. running]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Save();
        Store.Dispose();
        _stopping.Dispose();
    }

    private long NowUs => WallTime.ToMicroseconds(_time.GetUtcNow());

    private async Task RunAsync(FleetCommand command, string by)
    {
        await Task.Yield(); // the answer to the post does not wait for the first message
        FleetAnswer answer;
        try
        {
            answer = await command.RunAsync(Fleet, _time, _stopping.Token);
        }
        catch (Exception e)
        {
            if (e is not (ArgumentException or OperationCanceledException)) Log.CommandFailed(_log, command.Id!, e);
            answer = FleetAnswer.Failed(e is OperationCanceledException ? "the hub was stopped" : e.Message);
        }

        // Who has the verdict may rely on the session: both outlive this process.
        try
        {
            if (answer.SessionId is { } id && Fleet.FindSession(id) is { } session) Store.Save([], [session], NowUs);
            Store.End(command.Id!, JsonSerializer.Serialize(answer), NowUs);
        }
        catch (SqliteException e) // a full disk: who pressed hears the verdict all the same
        {
            Log.CommandFailed(_log, command.Id!, e);
        }

        if (FindCommand(command.Id!) is { } view) Live.Tell("command", view with { State = "ended", EndedUs = view.EndedUs ?? NowUs, Answer = answer });
        _story?.Ended(command, answer, by);
    }

    private async Task FollowAsync()
    {
        await foreach (var told in _events)
        {
            try
            {
                Follow(told);
            }
            catch (Exception e)
            {
                Log.FleetEventFailed(_log, told.GetType().Name, e);
            }
        }
    }

    private void Follow(FleetEvent told)
    {
        _story?.Follow(told);
        switch (told)
        {
            case ModuleChanged changed:
                lock (_gate) _changed.Add(changed.Module.Id);
                Live.Tell("module", ModuleView.Of(changed.Module));
                break;
            case SessionChanged { Session: var session }:
                bool isNew;
                lock (_gate)
                {
                    isNew = session.State == SessionState.Armed && !_changedSessions.ContainsKey(session.SessionId);
                    _changedSessions[session.SessionId] = session;
                }

                if (isNew) Save(); // the manifest of a session outlives this process from its first moment
                Live.Tell("session", SessionView.Of(session));
                break;
            case ModuleAlarm alarm:
                Live.Tell("alarm", new AlarmView(alarm.Module.Value, alarm.Alarm, alarm.IsRaised));
                break;
            case LevelsHeard levels:
                Live.TellInPassing("levels", new LevelsView(levels.Module.Value, levels.Levels.PeakDbfs, levels.Levels.RmsDbfs));
                break;
            case LinkChanged:
                Live.Tell("broker", Broker);
                break;
            case EventsMissed:
                // Too much at once to follow one by one: what is kept is brought up to date from the map.
                lock (_gate) _changed.UnionWith(Fleet.Modules.Keys);
                break;
        }
    }

    private async Task SaveAsync(CancellationToken stopping)
    {
        using var tick = new PeriodicTimer(SaveInterval, _time);
        while (await tick.WaitForNextTickAsync(stopping)) Save();
    }

    private void Save()
    {
        List<FleetModule> modules;
        List<SessionManifest> sessions;
        lock (_gate)
        {
            modules = [.. _changed.Select(Fleet.Find).OfType<FleetModule>()];
            sessions = [.. _changedSessions.Values];
            _changed.Clear();
            _changedSessions.Clear();
        }

        try
        {
            Store.Save(modules, sessions, NowUs);
        }
        catch (Exception e) // the supervisor: whatever it was, what is not written now is tried again
        {
            Log.FleetSaveFailed(_log, e);
            lock (_gate)
            {
                _changed.UnionWith(modules.Select(m => m.Id));
                foreach (var session in sessions) _changedSessions.TryAdd(session.SessionId, session);
            }
        }
    }

    private static CommandView View(FleetStore.CommandRow row)
    {
        var request = JsonSerializer.Deserialize<FleetCommand>(row.Request);
        return new CommandView(
            row.CommandId, row.State, row.CreatedUs, row.EndedUs, row.Command ?? request?.Command, request?.Modules, request?.RecordingId, row.ByWhom, row.Source,
            row.Answer is { } json ? JsonSerializer.Deserialize<FleetAnswer>(json) : null);
    }
}
