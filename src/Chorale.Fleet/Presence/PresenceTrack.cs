namespace Chorale.Fleet.Presence;

/// <summary>
/// Presence of one module. Every duration is monotonic, so a step of the wall clock takes no module away; wall time is a label.
/// Pure: it is told what was heard and asked what to believe. Used under its owner's lock.
/// </summary>
internal sealed class PresenceTrack(TimeProvider time)
{
    /// <summary>In heartbeats of silence.</summary>
    private const double LateAfter = 2.5, LostAfter = 4;

    private readonly FlapDamper _flapping = new(time);
    private readonly DoubleIdWatch _doubleId = new(time);
    private readonly HeartbeatEstimate _heartbeat = new();
    private long? _heardStamp, _beatStamp;

    public ModulePresence Presence { get; private set; } = ModulePresence.Unknown;

    /// <summary>Wall time of the last message, of this session or, by its own timestamp, of an earlier one.</summary>
    public DateTimeOffset? LastSeenAt { get; private set; }

    /// <summary>Rises at every start of the module; null while it has told none.</summary>
    public long? Session { get; private set; }

    public TimeSpan? Heartbeat => _heartbeat.Value;

    public TimeSpan? SilentFor => _heardStamp is { } stamp ? time.GetElapsedTime(stamp) : null;

    public bool IsFlapping => _flapping.IsFlapping;

    public bool IsDoubleId => _doubleId.IsDouble;

    /// <summary>What was known when this program last ended.</summary>
    public void Restore(DateTimeOffset? lastSeenAt, long? session) => (LastSeenAt, Session) = (lastSeenAt, session);

    /// <summary>Takes in a status message.</summary>
    /// <param name="isRetained">It carries the retain flag: said earlier.</param>
    /// <param name="saysGoodbye">Its state is <c>disconnected</c>: a Will or a clean stop.</param>
    /// <param name="isSolicited">Somebody asked, or its state has changed: not a heartbeat.</param>
    /// <param name="saidAt">Its own timestamp, where it can be read.</param>
    public StatusWeight HeardStatus(
        bool isRetained, bool saysGoodbye, bool isSolicited, long? session, TimeSpan? declaredHeartbeat, DateTimeOffset? saidAt, out PresenceChange? change)
    {
        change = null;
        if (declaredHeartbeat is { } heartbeat) _heartbeat.Declare(heartbeat);
        if (saysGoodbye)
        {
            if (Session is { } now && session is { } its && its < now) return StatusWeight.OldWill;
            if (isRetained && _heardStamp is not null) return StatusWeight.Retained; // it has spoken since
            Session = session ?? Session;
            LastSeenAt = isRetained ? saidAt ?? LastSeenAt : LastSeenAt ?? saidAt;
            _heartbeat.Interrupt();
            (_heardStamp, _beatStamp) = (null, null);
            change = To(ModulePresence.Offline, isRetained ? "it had said goodbye" : "it said goodbye, or its connection was lost");
            return isRetained ? StatusWeight.Retained : StatusWeight.Live;
        }

        if (isRetained)
        {
            if (_heardStamp is null)
            {
                LastSeenAt = Later(LastSeenAt, saidAt);
                Session = session ?? Session;
                if (Presence == ModulePresence.Offline) change = To(ModulePresence.Unknown, "known from a retained status");
            }

            return StatusWeight.Retained;
        }

        if (session is { } number)
        {
            _doubleId.Heard(number);
            Session = number;
        }

        Beat(isSolicited);
        change = Heard();
        return StatusWeight.Live;
    }

    /// <summary>Anything else it said now: a response, an event, levels, a reply about its clock.</summary>
    public PresenceChange? Heard()
    {
        _heardStamp = time.GetTimestamp();
        LastSeenAt = time.GetUtcNow();
        return To(ModulePresence.Online, Presence == ModulePresence.Unknown ? "heard" : "heard again");
    }

    /// <summary>Two different answers to one request.</summary>
    public bool AnsweredTwice() => _doubleId.AnsweredTwice();

    /// <summary>Judges silence; to be asked a few times a second.</summary>
    public PresenceChange? Evaluate()
    {
        _doubleId.Calmed();
        _flapping.Calmed();
        if (Presence is not (ModulePresence.Online or ModulePresence.Late) || SilentFor is not { } silent || _heartbeat.Value is not { } heartbeat) return null;
        if (silent > heartbeat * LostAfter) return To(ModulePresence.Lost, $"silent for {silent.TotalSeconds:0} s, {LostAfter} heartbeats");
        return silent > heartbeat * LateAfter ? To(ModulePresence.Late, $"silent for {silent.TotalSeconds:0} s, {LateAfter} heartbeats") : null;
    }

    /// <summary>Our own connection has ended: nothing can be heard, so nothing is known; that is no fault of the module.</summary>
    public PresenceChange? LinkLost()
    {
        _heartbeat.Interrupt();
        (_heardStamp, _beatStamp) = (null, null);
        if (Presence is ModulePresence.Unknown or ModulePresence.Offline) return null;
        var change = new PresenceChange(Presence, ModulePresence.Unknown, "the broker cannot be reached");
        Presence = ModulePresence.Unknown;
        return change;
    }

    private void Beat(bool isSolicited)
    {
        if (isSolicited)
        {
            _beatStamp = null;
            return;
        }

        if (_beatStamp is { } last) _heartbeat.Observe(time.GetElapsedTime(last));
        _beatStamp = time.GetTimestamp();
    }

    private PresenceChange? To(ModulePresence to, string reason)
    {
        if (to == Presence) return null;
        var change = new PresenceChange(Presence, to, reason);
        // Becoming known, and lateness alone, are not coming and going.
        if (Presence != ModulePresence.Unknown && IsThere(Presence) != IsThere(to)) _flapping.Changed();
        Presence = to;
        return change;
    }

    private static bool IsThere(ModulePresence presence) => presence is ModulePresence.Online or ModulePresence.Late;

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b ?? a : a;
}
