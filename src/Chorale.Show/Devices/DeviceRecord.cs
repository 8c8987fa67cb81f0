using Chorale.Protocol.Rooms;

namespace Chorale.Show.Devices;

/// <summary>One node in the registry. Everything under the registry's lock.</summary>
internal sealed class DeviceRecord(string id, TimeProvider time)
{
    private readonly PresenceTrack _presence = new(time);
    private readonly OutageBook _outages = new(time);

    public string Id => id;

    public DevicePresence Presence => _presence.Presence;

    public string? Word { get; private set; }

    public bool IsRetainedWord { get; private set; }

    /// <summary>A room's file names it: it is never thrown out.</summary>
    public bool IsExpected { get; set; }

    /// <summary>Not written since it changed.</summary>
    public bool IsDirty { get; set; }

    public bool WasFlapping { get; set; }

    public bool WasDoubleId { get; set; }

    public bool IsFlapping => _presence.IsFlapping;

    public bool IsDoubleId => _presence.IsDoubleId;

    public void Restore(KnownDevice known)
    {
        _presence.Restore(known.LastSeenAt, known.Session, known.Period);
        _outages.Restore(known);
        (Word, IsRetainedWord) = (known.Word, true);
    }

    public DeviceChange? Heard(PresenceWord word, string text, bool retained)
    {
        if (!retained || Presence == DevicePresence.Unknown) (Word, IsRetainedWord) = (text, retained);
        return Book(_presence.Heard(id, word, retained));
    }

    public DeviceChange? Spoke() => Book(_presence.Spoke(id));

    public DeviceChange? Evaluate() => Book(_presence.Evaluate(id));

    public DeviceChange? LinkLost() => _presence.LinkLost(id);

    public void LinkBack() => _presence.LinkBack();

    public DeviceView View() => new(
        id, _presence.Presence, _presence.Reason, _presence.LastSeenAt, Word, IsRetainedWord, _presence.Period, _presence.Session,
        _outages.Count, _outages.Total, _outages.OpenAt, _outages.Last, _presence.IsFlapping, _presence.IsDoubleId);

    private DeviceChange? Book(DeviceChange? change)
    {
        if (change is null) return null;
        IsDirty = true;
        // What was gone before anybody of us heard it is no outage that we could date.
        if (change.IsGone && (change.From is not DevicePresence.Unknown || _presence.LastSeenAt is not null)) _outages.Begin(change.To == DevicePresence.Lost ? _presence.LastSeenAt : null);
        if (change.To != DevicePresence.Online || change.From == DevicePresence.Late) return change;
        if (_presence.WasFalseGoodbye) _outages.TakeBack();
        else _outages.End();
        return change;
    }
}
