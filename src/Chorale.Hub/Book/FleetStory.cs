using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Presence;
using Chorale.Fleet.Sessions;
using Chorale.Hub.Fleet;
using Chorale.Protocol;
using Chorale.Protocol.Modules;

namespace Chorale.Hub.Book;

/// <summary>The fleet's events in words, and the troubles that begin and end with them. One thread at a time: that of the desk's events.</summary>
internal sealed class FleetStory(EventBook book, TimeProvider time)
{
    public const string Alarm = "alarm_raised", Gone = "module_gone", Broker = "broker_lost", Failed = "command_failed", Erring = "module_error";

    private const string ClockFree = "clock_free";

    /// <summary>So much is lost where the power goes now; Home names it from there on.</summary>
    private const double LagMs = 10_000;

    /// <summary>From here on files of a session do not line up; a clock that wavers about it is one trouble.</summary>
    private const double ClockUs = 20_000, ClockGoodUs = 15_000;

    /// <summary>Alarms that stood when a module was last heard.</summary>
    private readonly Dictionary<ModuleId, IReadOnlyList<string>> _alarms = [];
    private readonly Dictionary<ModuleId, bool> _errors = [];
    private readonly Dictionary<string, SessionState> _sessions = new(StringComparer.Ordinal);

    public void Follow(FleetEvent told)
    {
        switch (told)
        {
            case ModuleChanged changed:
                if (changed.Change is { } change) Presence(changed.Module.Id, change);
                if (!changed.Module.IsOnline) break;
                Alarms(changed.Module);
                Error(changed.Module);
                break;
            case SessionChanged { Session: var session }:
                Session(session);
                break;
            case LinkChanged link:
                Link(link);
                break;
            case ModuleReported { Data.Event: ModuleData.RecordingStarted or ModuleData.RecordingComplete or ModuleData.RecordingError } reported:
                Reported(reported);
                break;
            case CommandContradicted c:
                Tell(BookLevel.Warn, c.Module.Value, "command_contradicted", "It answered a command again, and differently; the first answer counts", c.Message);
                break;
        }
    }

    /// <summary>A command of a client has all its verdicts. Any thread.</summary>
    public void Ended(FleetCommand command, FleetAnswer answer, string? by)
    {
        if (command.Command is "watch" or "status") return; // asked for by pages that are looked at, all the time
        var bad = answer.Results.Where(r => r.Verdict is not (Verdict.Confirmed or Verdict.NotIdle or Verdict.NotRecording or Verdict.Superseded)).ToList();
        var name = command.Modules is [var only] ? only : null;
        var text = answer.Problem is not null ? $"{command.Command}: could not be done" : $"{command.Command}: {answer.Confirmed} of {answer.Total} confirmed";
        var reason = answer.Problem ?? (bad.Count == 0 ? null : string.Join("; ", bad.Take(20).Select(r => $"{r.Module}: {Word(r.Verdict)}{(r.Reason is null ? "" : $", {r.Reason}")}")) + (bad.Count > 20 ? $"; and {bad.Count - 20} more" : ""));
        book.Tell(new BookEvent(reason is null ? BookLevel.Info : BookLevel.Warn, BookArea.Fleet, name, reason is null ? "command" : Failed, text)
        {
            Reason = reason, By = by,
            Args = answer.Problem is not null ? null : Of(("command", command.Command ?? ""), ("confirmed", Text(answer.Confirmed)), ("total", Text(answer.Total))),
        });
        foreach (var result in answer.Results)
        {
            if (result.Verdict == Verdict.Confirmed) book.Troubles.Clear(Failed, result.Module, null);
            else if (bad.Contains(result)) book.Troubles.Raise(Failed, BookArea.Fleet, result.Module, null, $"{command.Command}: {Word(result.Verdict)}{(result.Reason is null ? "" : $", {result.Reason}")}", NowUs);
        }
    }

    public void Forget(string module) => book.Troubles.Forget(BookArea.Fleet, module);

    private long NowUs => WallTime.ToMicroseconds(time.GetUtcNow());

    private void Presence(ModuleId id, PresenceChange change)
    {
        if (change.To is ModulePresence.Lost or ModulePresence.Offline) book.Troubles.Raise(Gone, BookArea.Fleet, id.Value, null, change.Reason, NowUs);
        else if (change.To == ModulePresence.Online) book.Troubles.Clear(Gone, id.Value, null);
        switch (change.To)
        {
            case ModulePresence.Lost: Tell(BookLevel.Error, id.Value, "module_lost", "The module is lost", change.Reason); break;
            case ModulePresence.Offline: Tell(BookLevel.Warn, id.Value, "module_offline", "The module is off", change.Reason); break;
            case ModulePresence.Late: Tell(BookLevel.Warn, id.Value, "module_late", "The module is late", change.Reason); break;
            case ModulePresence.Online: Tell(BookLevel.Info, id.Value, "module_online", "The module is there", change.Reason); break;
            case ModulePresence.Unknown: break; // the link's own event says it of all
        }
    }

    private void Alarms(FleetModule module)
    {
        var isKnown = _alarms.TryGetValue(module.Id, out var before);
        var now = Standing(module, before?.Contains(ClockFree) == true);
        if (!isKnown)
        {
            // Heard for the first time: what stood before this hub was started may have ended meanwhile.
            before = [.. book.Troubles.Of(Alarm, module.Id.Value).Select(t => t.Detail).OfType<string>()];
        }
        else if (ReferenceEquals(before, now) || before!.SequenceEqual(now))
        {
            return;
        }

        _alarms[module.Id] = now;
        foreach (var alarm in now.Except(before!))
        {
            book.Troubles.Raise(Alarm, BookArea.Fleet, module.Id.Value, alarm, module.Status?.Error, NowUs);
            Tell(BookLevel.Warn, module.Id.Value, Alarm, $"Alarm {alarm}", module.Status?.Error, ("alarm", alarm));
        }

        foreach (var alarm in before!.Except(now))
        {
            book.Troubles.Clear(Alarm, module.Id.Value, alarm);
            Tell(BookLevel.Info, module.Id.Value, "alarm_cleared", $"Alarm {alarm} has ended", null, ("alarm", alarm));
        }
    }

    /// <summary>Its alarms, and what its figures say and no alarm does.</summary>
    private static IReadOnlyList<string> Standing(FleetModule module, bool wasFree)
    {
        var late = module.Status?.DurableLagMs > LagMs;
        var aside = module.Status?.Queue?.Quarantined > 0 && !module.Alarms.Contains("quarantine");
        var free = module.Status?.Clock?.Source == "none" && module.Clock is { } clock && clock.UncertaintyUs > (wasFree ? ClockGoodUs : ClockUs);
        return !late && !aside && !free ? module.Alarms
            : [.. module.Alarms, .. late ? (string[])["durable_lag"] : [], .. aside ? (string[])["quarantine"] : [], .. free ? (string[])[ClockFree] : []];
    }

    /// <summary>What it says of itself beside its alarms: since when.</summary>
    private void Error(FleetModule module)
    {
        var now = module.Status?.Error is not null;
        if (!_errors.TryGetValue(module.Id, out var before)) before = book.Troubles.Of(Erring, module.Id.Value).Count > 0;
        _errors[module.Id] = now;
        if (now == before) return;
        if (now) book.Troubles.Raise(Erring, BookArea.Fleet, module.Id.Value, null, module.Status!.Error, NowUs);
        else book.Troubles.Clear(Erring, module.Id.Value, null);
        if (now && module.Alarms.Count == 0) Tell(BookLevel.Error, module.Id.Value, Erring, "The module reports an error", module.Status!.Error);
    }

    private void Session(SessionManifest session)
    {
        if (_sessions.TryGetValue(session.SessionId, out var before) && before == session.State) return;
        if (session.State is SessionState.Complete or SessionState.Failed) _sessions.Remove(session.SessionId);
        else _sessions[session.SessionId] = session.State;
        var (level, name, text) = session.State switch
        {
            SessionState.Armed => (BookLevel.Info, "session_armed", $"Recording '{session.RecordingId}' is armed on {session.Armed} of {session.Modules.Count}"),
            SessionState.Recording => (BookLevel.Info, "session_recording", $"Recording '{session.RecordingId}' has begun"),
            SessionState.Complete => (BookLevel.Info, "session_complete", $"Recording '{session.RecordingId}' is complete"),
            _ => (BookLevel.Warn, "session_failed", $"Recording '{session.RecordingId}' has failed"),
        };
        Tell(level, null, name, text, session.SpreadUs is { } spread ? $"spread {spread / 1000:0.00} ms" : null, ("recording", session.RecordingId), ("armed", Text(session.Armed)), ("total", Text(session.Modules.Count)));
    }

    private void Link(LinkChanged link)
    {
        if (link.IsConnected)
        {
            book.Troubles.Clear(Broker, null, null);
            book.Tell(new BookEvent(BookLevel.Info, BookArea.Broker, null, "broker_back", "The broker is there"));
        }
        else
        {
            book.Troubles.Raise(Broker, BookArea.Broker, null, null, link.Reason, NowUs);
            book.Tell(new BookEvent(BookLevel.Error, BookArea.Broker, null, Broker, "The broker is lost; modules are not known until they are heard again") { Reason = link.Reason });
        }
    }

    private void Reported(ModuleReported reported)
    {
        var (data, id) = (reported.Data, reported.Module.Value);
        if (data.Event == ModuleData.RecordingError) Tell(BookLevel.Error, id, "recording_error", $"Recording '{data.RecordingId}' failed on the module", data.Error, ("recording", data.RecordingId ?? ""));
        else if (data.Event == ModuleData.RecordingStarted) Tell(BookLevel.Info, id, "recording_started", $"Recording '{data.RecordingId}' has begun on the module", null, ("recording", data.RecordingId ?? ""));
        else Tell(BookLevel.Info, id, "recording_complete", $"Recording '{data.RecordingId}' is complete on the module: {data.FileName}", null, ("recording", data.RecordingId ?? ""), ("file", data.FileName ?? ""));
    }

    private void Tell(BookLevel level, string? module, string name, string text, string? reason, params (string Name, string Value)[] args) =>
        book.Tell(new BookEvent(level, BookArea.Fleet, module, name, text) { Reason = reason, Args = Of(args) });

    private static Dictionary<string, string> Of(params (string Name, string Value)[] args) => args.ToDictionary(a => a.Name, a => a.Value);

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Word(Verdict verdict) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.ToString());
}
