using Chorale.Protocol.Rooms;

namespace Chorale.Show.Devices;

/// <summary>
/// Presence of one node. Durations are monotonic, so a step of the wall clock takes no node away. Pure: told what was heard, asked what to
/// believe. Used under its owner's lock.
/// </summary>
/// <remarks>
/// Its words carry no session number, so the Will of a connection that it has replaced looks like its death. It is believed at once, which
/// is the safe side (outputs go stale); when its beat then goes on in step, as no rebooted node's would, the outage is taken back.
/// </remarks>
internal sealed class PresenceTrack(TimeProvider time)
{
    /// <summary>In periods of silence.</summary>
    private const double LateAfter = 2.5, LostAfter = 4;

    private readonly FlapDamper _flapping = new(time);
    private readonly BeatWatch _beat = new();
    private readonly TakeOverWatch _takeOver = new(time);
    private long? _heardStamp, _beatStamp, _goodbyeStamp, _listeningStamp;

    public DevicePresence Presence { get; private set; } = DevicePresence.Unknown;

    public string Reason { get; private set; } = "not heard yet";

    public DateTimeOffset? LastSeenAt { get; private set; }

    public TimeSpan? Period => _beat.Period;

    public long Session { get; private set; }

    public bool IsFlapping => _flapping.IsFlapping;

    public bool IsDoubleId => _beat.IsDouble || _takeOver.IsDouble;

    /// <summary>The last absence was the Will of an old connection: it beats on as if nothing had happened.</summary>
    public bool WasFalseGoodbye { get; private set; }

    /// <summary>What an earlier process knew.</summary>
    public void Restore(DateTimeOffset? lastSeenAt, long session, TimeSpan? period)
    {
        (LastSeenAt, Session) = (lastSeenAt, session);
        _beat.Restore(period);
        _listeningStamp = time.GetTimestamp();
    }

    /// <summary>Takes in a presence word.</summary>
    /// <returns>The change of belief, if it is one.</returns>
    public DeviceChange? Heard(string id, PresenceWord word, bool retained)
    {
        WasFalseGoodbye = false;
        if (retained)
        {
            // Said at some earlier time: nothing is believed of it beyond what it says of the past.
            if (_heardStamp is not null || Presence is DevicePresence.Online or DevicePresence.Late) return null;
            if (word == PresenceWord.Offline) return To(id, DevicePresence.Offline, "it had said goodbye");
            _listeningStamp ??= time.GetTimestamp();
            return Presence == DevicePresence.Unknown ? null : To(id, DevicePresence.Unknown, "the broker keeps an online of it; not heard yet");
        }

        return word == PresenceWord.Offline ? Goodbye(id) : Beat(id);
    }

    /// <summary>It said anything else: an answer to a command.</summary>
    public DeviceChange? Spoke(string id)
    {
        WasFalseGoodbye = false;
        return Alive(id);
    }

    /// <summary>Judges silence and calms alarms; to be asked a few times a second.</summary>
    public DeviceChange? Evaluate(string id)
    {
        _flapping.Calmed();
        _takeOver.Calmed();
        if (Presence is DevicePresence.Offline or DevicePresence.Lost || _beat.Period is not { } period || (_heardStamp ?? _listeningStamp) is not { } since) return null;
        var silent = time.GetElapsedTime(since);
        if (silent > period * LostAfter) return To(id, DevicePresence.Lost, $"silent for {silent.TotalSeconds:0} s; it beats every {period.TotalSeconds:0.#} s");
        if (Presence == DevicePresence.Online && silent > period * LateAfter)
            return To(id, DevicePresence.Late, $"silent for {silent.TotalSeconds:0} s; it beats every {period.TotalSeconds:0.#} s");
        return null;
    }

    /// <summary>Our own connection ended: nothing can be heard, which is no fault of the node.</summary>
    public DeviceChange? LinkLost(string id)
    {
        (_heardStamp, _beatStamp, _goodbyeStamp, _listeningStamp) = (null, null, null, null);
        _beat.Interrupt();
        if (Presence is DevicePresence.Unknown or DevicePresence.Offline or DevicePresence.Lost) return null;
        var change = new DeviceChange(id, DeviceChangeKind.Presence, Presence, DevicePresence.Unknown, null, "the broker cannot be reached");
        (Presence, Reason) = (DevicePresence.Unknown, change.Reason);
        return change;
    }

    /// <summary>From here on, silence counts again.</summary>
    public void LinkBack() => _listeningStamp = time.GetTimestamp();

    private DeviceChange? Goodbye(string id)
    {
        if (Presence is DevicePresence.Online or DevicePresence.Late) _goodbyeStamp = time.GetTimestamp();
        _heardStamp = null;
        return To(id, DevicePresence.Offline, "it said goodbye, or its connection was lost");
    }

    private DeviceChange? Beat(string id)
    {
        var now = time.GetTimestamp();
        if (_goodbyeStamp is { } goodbye)
        {
            var away = time.GetElapsedTime(goodbye, now);
            WasFalseGoodbye = _beatStamp is { } before && _beat.IsInStep(time.GetElapsedTime(before, now)) && _beat.Period is { } period && away <= period;
            if (!WasFalseGoodbye)
            {
                _takeOver.CameBack(away);
                _beat.Interrupt();
                _beatStamp = null;
            }

            _goodbyeStamp = null;
        }

        if (_beatStamp is { } last) _beat.Observe(time.GetElapsedTime(last, now));
        _beatStamp = now;
        return Alive(id);
    }

    private DeviceChange? Alive(string id)
    {
        var isBack = Presence is not (DevicePresence.Online or DevicePresence.Late);
        _heardStamp = time.GetTimestamp();
        LastSeenAt = time.GetUtcNow();
        if (isBack && !WasFalseGoodbye) Session++;
        var reason = WasFalseGoodbye ? "it beats on: the goodbye was an earlier connection's" : Presence == DevicePresence.Unknown ? "heard" : "heard again";
        return To(id, DevicePresence.Online, reason);
    }

    private DeviceChange? To(string id, DevicePresence to, string reason)
    {
        if (to == Presence) return null;
        var change = new DeviceChange(id, DeviceChangeKind.Presence, Presence, to, null, reason);
        // Becoming known, and lateness alone, are not coming and going.
        if (Presence != DevicePresence.Unknown && to != DevicePresence.Unknown && IsThere(Presence) != IsThere(to)) _flapping.Changed();
        (Presence, Reason) = (to, reason);
        return change;
    }

    private static bool IsThere(DevicePresence presence) => presence is DevicePresence.Online or DevicePresence.Late;
}
