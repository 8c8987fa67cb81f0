using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Recording;

/// <param name="Closed">Null: frames are kept. Else why they are thrown away.</param>
/// <param name="Until">When this may change.</param>
internal readonly record struct GateState(GapCause? Closed, DateTimeOffset Until);

/// <summary>
/// Decides for an instant whether frames are kept: the schedule, room on the disk, the mute. Thread-safe; the recording thread asks, anybody mutes.
/// </summary>
internal sealed class RecordingGate(RecordingSchedule schedule)
{
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private DateTimeOffset _mutedUntil = DateTimeOffset.MinValue;
    private bool _isDiskFull;

    /// <summary>No room, and the policy is to stop rather than to delete what was not sent.</summary>
    public bool IsDiskFull
    {
        get { lock (_gate) return _isDiskFull; }
        set { lock (_gate) _isDiskFull = value; }
    }

    /// <summary>Until when the microphone is muted; null when it is not.</summary>
    public DateTimeOffset? MutedUntil(DateTimeOffset now)
    {
        lock (_gate) return _mutedUntil > now ? _mutedUntil : null;
    }

    public void Mute(DateTimeOffset until)
    {
        lock (_gate) _mutedUntil = until;
    }

    public void Unmute() => Mute(DateTimeOffset.MinValue);

    public GateState At(DateTimeOffset utc)
    {
        var change = schedule.NextChange(utc) ?? DateTimeOffset.MaxValue;
        if (!schedule.IsOpen(utc)) return new GateState(GapCause.OutsideSchedule, change);
        if (IsDiskFull) return new GateState(GapCause.DiskFull, utc + Recheck);
        return MutedUntil(utc) is { } until ? new GateState(GapCause.Muted, until < change ? until : change) : new GateState(null, change);
    }
}
