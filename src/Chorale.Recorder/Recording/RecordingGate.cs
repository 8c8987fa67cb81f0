using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Recording;

/// <param name="Closed">Null: frames are kept. Else why they are thrown away.</param>
/// <param name="Until">When this may change.</param>
internal readonly record struct GateState(GapCause? Closed, DateTimeOffset Until);

/// <summary>
/// Decides for an instant whether frames are kept: the schedule, room on the disk, the mute. Thread-safe; recording threads ask, anybody mutes.
/// Mutes that are over are remembered for longer than any ring holds frames, so that nobody can fetch a muted minute from a ring later.
/// </summary>
internal sealed class RecordingGate(ScheduleInForce schedule)
{
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(1);

    /// <summary>Rings hold at most 10 minutes.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(15);

    private readonly Lock _gate = new();
    private readonly List<(DateTimeOffset From, DateTimeOffset Until)> _mutes = [];
    private bool _isDiskFull;

    public RecordingGate(RecordingSchedule schedule)
        : this(new ScheduleInForce(schedule))
    {
    }

    public ScheduleInForce Schedule => schedule;

    /// <summary>No room, and the policy is to stop rather than to delete what was not sent.</summary>
    public bool IsDiskFull
    {
        get { lock (_gate) return _isDiskFull; }
        set { lock (_gate) _isDiskFull = value; }
    }

    /// <summary>Until when a frame of that instant is muted; null when it is not.</summary>
    public DateTimeOffset? MutedUntil(DateTimeOffset at)
    {
        lock (_gate)
        {
            DateTimeOffset? until = null;
            foreach (var mute in _mutes)
            {
                if (mute.From <= at && mute.Until > at && !(mute.Until < until)) until = mute.Until;
            }

            return until;
        }
    }

    /// <summary>Mutes from the beginning of time: whatever is still in the ring is gone too.</summary>
    public void Mute(DateTimeOffset until) => Mute(DateTimeOffset.MinValue, until);

    public void Mute(DateTimeOffset from, DateTimeOffset until)
    {
        lock (_gate)
        {
            End(from);
            _mutes.RemoveAll(m => m.Until < from && from - m.Until > Remembered);
            _mutes.Add((from, until));
        }
    }

    /// <summary>Ends the mute that holds at <paramref name="now"/>.</summary>
    public void Unmute(DateTimeOffset now)
    {
        lock (_gate) End(now);
    }

    public GateState At(DateTimeOffset utc)
    {
        var (inForce, until) = schedule.At(utc);
        var change = inForce.NextChange(utc) is { } next && next < until ? next : until;
        if (!inForce.IsOpen(utc)) return new GateState(GapCause.OutsideSchedule, change);
        if (IsDiskFull) return new GateState(GapCause.DiskFull, utc + Recheck);
        if (MutedUntil(utc) is { } muted) return new GateState(GapCause.Muted, muted < change ? muted : change);
        return new GateState(null, NextMute(utc) is { } mute && mute < change ? mute : change);
    }

    /// <summary>When a frame may first be muted after <paramref name="at"/>; null when nothing of the kind is known.</summary>
    public DateTimeOffset? NextMute(DateTimeOffset at)
    {
        lock (_gate)
        {
            DateTimeOffset? next = null;
            foreach (var mute in _mutes)
            {
                if (mute.From > at && !(mute.From > next)) next = mute.From;
            }

            return next;
        }
    }

    private void End(DateTimeOffset at)
    {
        for (var i = 0; i < _mutes.Count; i++)
        {
            if (_mutes[i].Until > at) _mutes[i] = (_mutes[i].From, at);
        }
    }
}
