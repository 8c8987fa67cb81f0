namespace Chorale.Recorder.Recording;

/// <summary>
/// The schedule of the settings until a command says otherwise. What held at an instant goes on holding for it: frames that were captured
/// before a change are kept or thrown away by the schedule of their own time. Thread-safe.
/// </summary>
internal sealed class ScheduleInForce(RecordingSchedule own)
{
    /// <summary>Nobody asks about an instant that is longer ago than any ring reaches back.</summary>
    private const int Remembered = 64;

    private readonly Lock _gate = new();
    private readonly List<(DateTimeOffset From, RecordingSchedule Schedule)> _parts = [(DateTimeOffset.MinValue, own)];

    /// <summary>That of the settings.</summary>
    public RecordingSchedule Own => own;

    public RecordingSchedule Now
    {
        get { lock (_gate) return _parts[^1].Schedule; }
    }

    /// <summary>Told after a change, on the thread that made it.</summary>
    public event Action? Changed;

    public static ScheduleInForce Always => new(RecordingSchedule.Always);

    /// <param name="from">A clock that was set back changes nothing about the order: the last one told holds.</param>
    public void Change(RecordingSchedule schedule, DateTimeOffset from)
    {
        lock (_gate)
        {
            _parts.RemoveAll(p => p.From >= from && p.From > DateTimeOffset.MinValue);
            _parts.Add((from, schedule));
            if (_parts.Count > Remembered) _parts.RemoveAt(1);
        }

        Changed?.Invoke();
    }

    /// <returns>The schedule that holds at that instant, and the instant from which another one does.</returns>
    public (RecordingSchedule Schedule, DateTimeOffset Until) At(DateTimeOffset utc)
    {
        lock (_gate)
        {
            var at = _parts.FindLastIndex(p => p.From <= utc);
            return (_parts[at].Schedule, at + 1 < _parts.Count ? _parts[at + 1].From : DateTimeOffset.MaxValue);
        }
    }
}
