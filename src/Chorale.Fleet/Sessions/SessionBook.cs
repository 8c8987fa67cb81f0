using Chorale.Fleet.Clock;
using Chorale.Fleet.Commands;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet.Sessions;

/// <summary>How a module's clock was brought to ours.</summary>
/// <param name="OffsetUs">Theirs minus ours.</param>
/// <param name="UncertaintyUs">Half-width; null = unknown.</param>
/// <param name="Source">As in the manifest.</param>
internal readonly record struct ClockUse(double OffsetUs, double? UncertaintyUs, string Source)
{
    /// <summary>
    /// A measured offset is taken off whenever it is certain that there is one. Where zero lies within the measurement, the clocks are one
    /// or are held alike: two that nobody holds do not agree to a fraction of a millisecond by chance, and half a round trip is a worse guess.
    /// </summary>
    public static ClockUse Choose(ClockStatus? declared, ClockEstimate? measured)
    {
        var claimed = declared?.Source == "host" ? declared.UncertaintyUs : null;
        if (measured is null) return new ClockUse(0, claimed, declared?.Source == "host" ? "host" : "assumed");
        if (Math.Abs(measured.OffsetUs) > measured.UncertaintyUs) return new ClockUse(measured.OffsetUs, measured.UncertaintyUs, "measured");
        var bound = Math.Abs(measured.OffsetUs) + measured.UncertaintyUs;
        return claimed < bound ? new ClockUse(0, claimed, "host") : new ClockUse(0, bound, "agreeing");
    }
}

/// <summary>The sessions that are open and the last ones that ended. Thread-safe, no I/O.</summary>
internal sealed class SessionBook
{
    /// <summary>Ended sessions kept in memory; the owner keeps all.</summary>
    private const int EndedMax = 100;

    private readonly Lock _gate = new();
    private readonly List<SessionManifest> _sessions = [];

    public IReadOnlyList<SessionManifest> All
    {
        get
        {
            lock (_gate) return [.. _sessions];
        }
    }

    public SessionManifest? Find(string sessionId)
    {
        lock (_gate) return _sessions.FindLast(s => s.SessionId == sessionId);
    }

    /// <summary>Takes sessions that an earlier process left open.</summary>
    public void Restore(IEnumerable<SessionManifest> sessions)
    {
        lock (_gate) _sessions.AddRange(sessions);
    }

    /// <summary>Takes the session under an id that no session has, also not one that begins at the same time: its own, with a number when that was used before.</summary>
    /// <returns>The session as it was taken.</returns>
    public SessionManifest Begin(SessionManifest manifest, Func<string, bool>? isTaken = null)
    {
        lock (_gate)
        {
            bool Taken(string id) => _sessions.Exists(s => s.SessionId == id) || isTaken?.Invoke(id) == true;
            var (id, number) = (manifest.SessionId, 1);
            while (Taken(id)) id = $"{manifest.SessionId}-{++number}";
            _sessions.Add(manifest = manifest with { SessionId = id });
            var ended = _sessions.Count(s => s.State is SessionState.Complete or SessionState.Failed);
            if (ended > EndedMax) _sessions.Remove(_sessions.First(s => s.State is SessionState.Complete or SessionState.Failed));
            return manifest;
        }
    }

    public SessionManifest? Answered(string sessionId, IReadOnlyList<CommandResult> results)
    {
        var verdicts = results.ToDictionary(r => r.Module);
        return Change(s => s.SessionId == sessionId, s => s with
        {
            Modules =
            [
                .. s.Modules.Select(m => verdicts.TryGetValue(m.Module, out var r)
                    // What it has reported since counts more than an answer that was lost.
                    ? m with { Verdict = m.IsConfirmed ? m.Verdict : r.Verdict, Reason = m.IsConfirmed ? null : r.Reason, IsSynchronised = r.IsConfirmed ? r.IsArmed : m.IsSynchronised }
                    : m),
            ],
        });
    }

    public SessionManifest? Started(ModuleId module, ModuleData data, ClockUse clock) =>
        ChangeModule(module, data.RecordingId, m => WithFirstFrame(m, data, clock) with { Verdict = Verdict.Confirmed, Reason = null });

    public SessionManifest? Completed(ModuleId module, ModuleData data, ClockUse clock, double? clockPpm, DateTimeOffset now) =>
        ChangeModule(module, data.RecordingId, m => WithFirstFrame(m, data, m.FirstFrameUtc is null ? clock : new ClockUse(m.ClockOffsetUs, ClockPart(m), m.ClockSource)) with
        {
            ClockPpm = m.ClockSource == "measured" || clock.Source == "measured" ? clockPpm : null, RatePpm = data.RatePpm, SampleRateHz = data.SampleRateHz,
            Channels = data.Channels, Frames = data.Frames, Files = data.Files ?? (data.FileName is { } name ? [name] : []), Folder = data.Folder,
            Reason = null, Sha256 = data.Sha256, Gaps = data.Gaps ?? [], LevelsDbfs = data.LevelsDbfs, CompletedAt = now, Verdict = Verdict.Confirmed,
        });

    private static SessionModule WithFirstFrame(SessionModule module, ModuleData data, ClockUse clock)
    {
        if (data.FirstFrameUtc is not { } first) return module;
        return module with
        {
            FirstFrameModuleUtc = first, FirstFrameUtc = first.AddMicroseconds(-clock.OffsetUs), ClockOffsetUs = clock.OffsetUs, ClockSource = clock.Source,
            UncertaintyUs = data.UncertaintyUs is { } own && clock.UncertaintyUs is { } of ? own + of : module.UncertaintyUs is { } before && data.UncertaintyUs is null ? before : null,
            FrameUncertaintyUs = data.UncertaintyUs ?? module.FrameUncertaintyUs,
        };
    }

    /// <summary>What the clock added to the uncertainty when the first frame was reported.</summary>
    private static double? ClockPart(SessionModule module) =>
        module.UncertaintyUs is { } all && module.FrameUncertaintyUs is { } own ? all - own : null;

    private SessionManifest? ChangeModule(ModuleId module, string? recordingId, Func<SessionModule, SessionModule> change) => Change(
        // The newest that waits for this module: a name may have been used before.
        s => s.RecordingId == recordingId && s.Modules.Any(m => m.Module == module && m.CompletedAt is null),
        s => s with { Modules = [.. s.Modules.Select(m => m.Module == module ? change(m) : m)] });

    private SessionManifest? Change(Predicate<SessionManifest> which, Func<SessionManifest, SessionManifest> change)
    {
        lock (_gate)
        {
            var at = _sessions.FindLastIndex(which);
            return at < 0 ? null : _sessions[at] = Judge(change(_sessions[at]));
        }
    }

    private static SessionManifest Judge(SessionManifest session)
    {
        var confirmed = session.Modules.Where(m => m.IsConfirmed).ToList();
        var waits = session.Modules.Any(m => m.Verdict is null);
        var state = confirmed.Count == 0 ? waits ? SessionState.Armed : SessionState.Failed
            : !waits && confirmed.TrueForAll(m => m.CompletedAt is not null) ? SessionState.Complete
            : confirmed.Exists(m => m.FirstFrameUtc is not null || m.CompletedAt is not null || !m.IsSynchronised) ? SessionState.Recording
            : SessionState.Armed;
        var told = confirmed.Where(m => m is { IsSynchronised: true, FirstFrameUtc: not null }).OrderBy(m => m.FirstFrameUtc).ToList();
        if (told.Count < 2) return session with { State = state, SpreadUs = null, SpreadUncertaintyUs = null };
        var doubts = told.Select(m => m.UncertaintyUs).OrderDescending().Take(2).ToList();
        return session with
        {
            State = state, SpreadUs = (told[^1].FirstFrameUtc!.Value - told[0].FirstFrameUtc!.Value).TotalMicroseconds,
            SpreadUncertaintyUs = told.TrueForAll(m => m.UncertaintyUs is not null) ? doubts[0] + doubts[1] : null,
        };
    }
}
