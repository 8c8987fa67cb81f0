using System.Globalization;
using Chorale.Fleet.Clock;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Presence;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet.Sessions;

/// <summary>Starts recordings: who is started, at which T0 on whose clock, and what the session's manifest says of it.</summary>
internal sealed class StartDesk(Roster roster, CommandDesk commands, ClockDesk clocks, Func<ModuleId, ModuleRecord> find)
{
    private readonly Lock _gate = new();

    /// <summary>Modules that are about to be started: of two who press at once one is told so, and each module gets one order. From the sending on, the waiting command stands for it.</summary>
    private readonly HashSet<ModuleId> _starting = [];

    public async Task<SessionStart> StartAsync(StartRequest request, CancellationToken cancel)
    {
        var now = roster.Time.GetUtcNow();
        var recordingId = request.RecordingId ?? now.UtcDateTime.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture);
        if (!ModuleId.IsValid(recordingId)) throw new ArgumentException($"recording id \"{recordingId}\": 1 to 64 of A-Z a-z 0-9 _ - are allowed", nameof(request));
        if (request.Duration is { } d && d <= TimeSpan.Zero) throw new ArgumentException($"duration {d.TotalSeconds} s: more than 0 is allowed", nameof(request));
        if (request.PreRoll < TimeSpan.Zero) throw new ArgumentException($"pre-roll {request.PreRoll.TotalSeconds} s: 0 or more is allowed", nameof(request));
        if (request.Lead is { } l && (l < TimeSpan.Zero || l > TimeSpan.FromHours(24)))
            throw new ArgumentException($"lead {l.TotalSeconds} s: 0 to 86400 is allowed", nameof(request));
        if (request.StartAt is { } wanted && (!request.IsSynchronised || request.Lead is not null || wanted <= now || wanted > now.AddHours(24)))
        {
            throw new ArgumentException(
                $"start at {wanted.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}: a time within the next 24 hours is allowed, with a common start and without a lead; it is {now.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'} here",
                nameof(request));
        }

        var (targets, skipped) = Choose(request.Modules);
        foreach (var result in skipped) commands.Tell(result);
        if (targets.Count == 0) return new SessionStart(null, new FleetResult(skipped));
        SessionManifest session;
        Task<FleetResult> sending;
        try
        {
            (session, sending) = await SendAsync(request, recordingId, now, targets, cancel);
        }
        finally
        {
            lock (_gate) _starting.ExceptWith(targets.Select(t => t.Id));
        }

        var sent = await sending;
        var answered = roster.Sessions.Answered(session.SessionId, sent.Results);
        roster.Told(answered);
        return new SessionStart(answered, new FleetResult([.. sent.Results, .. skipped]));
    }

    /// <returns>The session, and the answers to come: they are waited for without keeping the next start away.</returns>
    private async Task<(SessionManifest Session, Task<FleetResult> Sending)> SendAsync(
        StartRequest request, string recordingId, DateTimeOffset now, List<ModuleRecord> targets, CancellationToken cancel)
    {
        if (request.IsSynchronised && !roster.Options.Simulate) await clocks.MeasureStaleAsync(targets, cancel);
        var lead = LeadFor(targets, request.Lead ?? roster.Options.Lead);
        var soonest = roster.Time.GetUtcNow() + lead;
        // A time that has become too near while clocks were measured is the soonest that all can still take.
        var startAt = request.IsSynchronised ? Whole(request.StartAt > soonest ? request.StartAt.Value : soonest) : (DateTimeOffset?)null;
        var wanted = new SessionManifest
        {
            SessionId = recordingId, RecordingId = recordingId, CreatedAt = now, StartAt = startAt, DurationSeconds = request.Duration?.TotalSeconds,
            PreRollSeconds = request.PreRoll.TotalSeconds, LeadMs = request.IsSynchronised ? (startAt!.Value - (soonest - lead)).TotalMilliseconds : 0,
            // Whoever reports a first frame before the last answer has come is known already.
            Modules = [.. targets.Select(t => new SessionModule { Module = t.Id, IsSynchronised = request.IsSynchronised })],
        };
        var session = roster.Sessions.Begin(wanted, roster.Options.IsSessionIdTaken);
        roster.Told(session);
        return (session, commands.SendAsync(
            targets.Select(t => (t, CommandFor(t, request, recordingId, startAt))), request.AnswerWithin ?? roster.Options.AnswerWithin, cancel));
    }

    /// <summary>Modules that record or wait for a start, also those that were last heard doing so.</summary>
    public List<ModuleRecord> Recording() => [.. roster.Modules.Where(m =>
    {
        lock (m.Gate) return m.Status is { } s && (s.State == ModuleState.Recording || s.Armed is not null) && m.Presence.Presence != ModulePresence.Offline;
    })];

    private (List<ModuleRecord> Targets, List<CommandResult> Skipped) Choose(IReadOnlyList<ModuleId>? named)
    {
        var (targets, skipped) = (new List<ModuleRecord>(), new List<CommandResult>());
        void Take(ModuleRecord module)
        {
            bool isFirst;
            lock (_gate) isFirst = !roster.Pending.IsStarting(module.Id) && _starting.Add(module.Id);
            if (isFirst) targets.Add(module);
            else skipped.Add(CommandDesk.NotSent(module.Id, "start", Verdict.NotIdle, "another start of it is under way"));
        }

        if (named is not null)
        {
            foreach (var module in named.Distinct().Select(find).ToList()) Take(module);
            return (targets, skipped);
        }

        foreach (var module in roster.Modules.OrderBy(m => m.Id.Value, StringComparer.Ordinal))
        {
            var view = module.Snapshot();
            if (view.Presence == ModulePresence.Offline) continue; // it was ended on purpose, or is known to be gone: not part of "all"
            if (view.Presence == ModulePresence.Lost) skipped.Add(CommandDesk.NotSent(view.Id, "start", Verdict.LostLink, $"lost: silent for {view.SilentFor?.TotalSeconds:0} s"));
            else if (view.IsIdle) Take(module);
            else skipped.Add(CommandDesk.NotSent(view.Id, "start", Verdict.NotIdle, view.Status is { } s ? $"not idle: {s.StateText}{(s.Armed is null ? "" : ", armed")}{(s.Error is null ? "" : ", " + s.Error)}" : "nothing is known of its state"));
        }

        return (targets, skipped);
    }

    private static TimeSpan LeadFor(List<ModuleRecord> targets, TimeSpan least)
    {
        var worst = TimeSpan.Zero;
        foreach (var module in targets)
        {
            lock (module.Gate)
            {
                if (module.WorstRoundTrip > worst) worst = module.WorstRoundTrip.Value;
            }
        }

        return least > worst * 3 ? least : worst * 3;
    }

    private static ModuleCommand CommandFor(ModuleRecord module, StartRequest request, string recordingId, DateTimeOffset? startAt) => new()
    {
        Name = "start", RecordingId = recordingId, DurationSeconds = request.Duration?.TotalSeconds, Config = request.Config,
        PreRollSeconds = request.PreRoll > TimeSpan.Zero ? request.PreRoll.TotalSeconds : null,
        // T0 as the module's own clock will show it.
        StartAt = startAt?.AddMicroseconds(Math.Round(module.ClockAt(startAt.Value).OffsetUs)),
    };

    /// <summary>"On one millisecond": the next whole one.</summary>
    private static DateTimeOffset Whole(DateTimeOffset at)
    {
        var rest = at.Ticks % TimeSpan.TicksPerMillisecond;
        return rest == 0 ? at : at.AddTicks(TimeSpan.TicksPerMillisecond - rest);
    }
}
