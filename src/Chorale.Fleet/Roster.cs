using System.Collections.Concurrent;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Presence;
using Chorale.Fleet.Sessions;
using Chorale.Protocol.Modules;
using Microsoft.Extensions.Logging;

namespace Chorale.Fleet;

/// <summary>The modules, the commands under way and the sessions of one fleet, and who is told of changes: what the parts of a controller share.</summary>
internal sealed class Roster(FleetOptions options, TimeProvider time, ILogger log)
{
    private readonly ConcurrentDictionary<ModuleId, ModuleRecord> _modules = new();

    /// <summary>What was logged of open sessions: a line a state, not one a module.</summary>
    private readonly ConcurrentDictionary<string, SessionState> _sessionStates = new();

    public FleetOptions Options => options;

    public TimeProvider Time => time;

    public ILogger Logger => log;

    public FleetEvents Events { get; } = new();

    public PendingCommands Pending { get; } = new(time);

    public SessionBook Sessions { get; } = new();

    public IEnumerable<ModuleRecord> Modules => _modules.Values;

    public int Count => _modules.Count;

    public ModuleRecord? Find(ModuleId id) => _modules.GetValueOrDefault(id);

    /// <summary>Null when there is no room for another name.</summary>
    public ModuleRecord? FindOrAdd(ModuleId id, IModuleLink link)
    {
        if (_modules.TryGetValue(id, out var known)) return known;
        return _modules.Count >= Limits.ModulesMax ? null : _modules.GetOrAdd(id, name => new ModuleRecord(name, link, time));
    }

    public bool Remove(ModuleId id) => _modules.TryRemove(id, out _);

    /// <summary>Tells of a module after something was heard of it, and of alarms that began or ended with that.</summary>
    public void Told(ModuleRecord module, PresenceChange? change)
    {
        bool? flapping = null, doubled = null;
        lock (module.Gate)
        {
            if (module.Presence.IsFlapping != module.WasFlapping) flapping = module.WasFlapping = module.Presence.IsFlapping;
            if (module.Presence.IsDoubleId != module.WasDoubleId) doubled = module.WasDoubleId = module.Presence.IsDoubleId;
            if (module.WasFlapping) change = null; // one alarm stands for all of them
        }

        if (change is not null) Log(module.Id, change);
        Events.Tell(new ModuleChanged(module.Snapshot(), change));
        if (flapping is { } f) Alarm(module.Id, Alarms.Flapping, f);
        if (doubled is { } d) Alarm(module.Id, Alarms.DoubleId, d);
    }

    public void Told(SessionManifest? session)
    {
        if (session is null) return;
        if (!_sessionStates.TryGetValue(session.SessionId, out var before) || before != session.State)
            Fleet.Log.Session(log, session.SessionId, session.State.ToString().ToLowerInvariant(), session.Armed, session.Modules.Count, session.SpreadUs, session.SpreadUncertaintyUs);
        if (session.State is SessionState.Complete or SessionState.Failed) _sessionStates.TryRemove(session.SessionId, out _);
        else _sessionStates[session.SessionId] = session.State;
        Events.Tell(new SessionChanged(session));
    }

    private void Alarm(ModuleId id, string alarm, bool isRaised)
    {
        if (isRaised) Fleet.Log.Alarm(log, id.Value, alarm);
        else Fleet.Log.AlarmEnded(log, id.Value, alarm);
        Events.Tell(new ModuleAlarm(id, alarm, isRaised));
    }

    private void Log(ModuleId id, PresenceChange change)
    {
        var text = change.To.ToString().ToLowerInvariant();
        if (change.To is ModulePresence.Online or ModulePresence.Unknown) Fleet.Log.Presence(log, id.Value, text, change.Reason);
        else Fleet.Log.Gone(log, id.Value, text, change.Reason);
    }
}
