using Chorale.Fleet.Clock;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Presence;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet;

/// <summary>Takes in what modules say, whichever way it came. Called on the thread of the connection; never waits.</summary>
internal sealed class FleetInbox(Roster roster, ClockDesk clocks, Action<ModuleRecord> probe)
{
    /// <summary>An unreadable message is told of at the 1st, 2nd, 4th, 8th... of a module.</summary>
    private static bool IsWorthALine(long count) => (count & (count - 1)) == 0;

    public void Status(ModuleRecord module, ReadOnlySpan<byte> payload, bool isRetained)
    {
        if (ModuleStatus.Read(payload, roster.Options.Zone, out var problem) is { } status) Status(module, status, isRetained);
        else if (!isRetained || payload.Length > 0) Unreadable(module, "status", payload.Length, problem!); // empty and retained: the kept one was deleted
    }

    public void Status(ModuleRecord module, ModuleStatus status, bool isRetained)
    {
        StatusWeight weight;
        PresenceChange? change;
        bool mayLive;
        lock (module.Gate)
        {
            var isSolicited = roster.Pending.Count > 0 || module.Status?.StateText != status.StateText;
            var heartbeat = status.HeartbeatSeconds is { } seconds and >= 0 and < 86_400 ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
            var isGoodbye = status.State == ModuleState.Disconnected;
            var wasThere = module.Presence.Presence is ModulePresence.Online or ModulePresence.Late;
            weight = module.Presence.HeardStatus(isRetained, isGoodbye, isSolicited, status.Session, heartbeat, status.Timestamp, out change);
            if (weight == StatusWeight.OldWill) return;
            if (weight == StatusWeight.Live) module.Probes = 0;
            if (weight == StatusWeight.Live || module.Presence.SilentFor is null) module.Status = status;
            mayLive = module.Presence.Presence == ModulePresence.Unknown;
            module.GoodbyeStamp = isGoodbye && wasThere ? roster.Time.GetTimestamp() : null;
        }

        if (weight == StatusWeight.Live) roster.Pending.StatusHeard(module.Id, status);
        roster.Told(module, change);
        if (mayLive) probe(module);
    }

    public void Response(ModuleRecord module, ReadOnlySpan<byte> payload)
    {
        if (ModuleResponse.Read(payload, roster.Options.Zone, out var problem) is { } answer) Response(module, answer);
        else Unreadable(module, "response", payload.Length, problem!);
    }

    public void Response(ModuleRecord module, ModuleResponse answer)
    {
        PresenceChange? change;
        var isNew = false;
        lock (module.Gate)
        {
            // What it has taken holds from its answer on: who asks next must not be judged by a status from before.
            if (answer is { Success: true, Data: { } told } && module.Status is { } status && (told.Config is not null || told.Schedule is not null))
            {
                module.Status = status with { Config = told.Config ?? status.Config, Schedule = told.Schedule ?? status.Schedule };
                isNew = module.Status != status;
            }
        }

        var fate = roster.Pending.Answered(module.Id, answer);
        lock (module.Gate)
        {
            change = module.Presence.Heard();
            if (fate == AnswerFate.Contradiction) module.Presence.AnsweredTwice();
        }

        if (fate == AnswerFate.Contradiction)
        {
            Log.Contradicted(roster.Logger, module.Id.Value, answer.RequestId, answer.Message);
            roster.Events.Tell(new CommandContradicted(module.Id, answer.RequestId, answer.Message));
        }

        if (change is not null || isNew || fate == AnswerFate.Contradiction) roster.Told(module, change);
    }

    public void Data(ModuleRecord module, ReadOnlySpan<byte> payload)
    {
        if (ModuleData.Read(payload, roster.Options.Zone, out var problem) is { } data) Data(module, data);
        else Unreadable(module, "data", payload.Length, problem!);
    }

    public void Data(ModuleRecord module, ModuleData data)
    {
        PresenceChange? change;
        double? clockPpm;
        lock (module.Gate)
        {
            change = module.Presence.Heard();
            clockPpm = module.Clock.RatePpm(out _);
        }

        if (change is not null) roster.Told(module, change);
        if (data.Event == ModuleData.RecordingStarted)
        {
            if (data is { RecordingId: { } id, FirstFrameUtc: { } first })
            {
                lock (module.Gate) module.FirstFrame = (id, first.AddMicroseconds(-module.ClockAt(first).OffsetUs));
                roster.Told(module, null);
            }

            roster.Told(roster.Sessions.Started(module.Id, data, module.ClockAt(data.FirstFrameUtc ?? roster.Time.GetUtcNow())));
        }
        else if (data.Event == ModuleData.RecordingComplete)
        {
            roster.Pending.RecordingCompleted(module.Id, data.RecordingId);
            var clock = module.ClockAt(data.FirstFrameUtc ?? roster.Time.GetUtcNow());
            roster.Told(roster.Sessions.Completed(module.Id, data, clock, clockPpm, roster.Time.GetUtcNow()));
        }

        roster.Events.Tell(new ModuleReported(module.Id, data));
    }

    public void Levels(ModuleRecord module, ReadOnlySpan<byte> payload)
    {
        if (ModuleLevels.Read(payload, out var problem) is not { } levels)
        {
            Unreadable(module, "levels", payload.Length, problem!);
            return;
        }

        Heard(module);
        roster.Events.Tell(new LevelsHeard(module.Id, levels));
    }

    /// <param name="receivedStamp">Monotonic stamp of its arrival, before it waited for anybody.</param>
    public void ClockReply(ModuleRecord module, ReadOnlySpan<byte> payload, long receivedStamp)
    {
        if (Protocol.Modules.ClockReply.Read(payload, out var problem) is not { } reply)
        {
            Unreadable(module, "clock reply", payload.Length, problem!);
            return;
        }

        Heard(module);
        clocks.Replied(module.Id, reply, receivedStamp);
    }

    private void Heard(ModuleRecord module)
    {
        PresenceChange? change;
        lock (module.Gate) change = module.Presence.Heard();
        if (change is not null) roster.Told(module, change);
    }

    private void Unreadable(ModuleRecord module, string kind, int bytes, WireProblem problem)
    {
        long count;
        lock (module.Gate) count = ++module.Unreadable;
        if (IsWorthALine(count)) Log.Unreadable(roster.Logger, module.Id.Value, kind, bytes, problem.ToString(), count);
    }
}
