using System.Collections;

namespace Chorale.Recorder.Recording;

/// <summary>
/// When continuous recording is open. Pure: no clock of its own. The clock on the wall decides: an instant is open when the local day and
/// time lie in a window, start included, end not. So when summer time ends, a window inside the repeated hour opens in both passes; when it
/// begins, a window wholly inside the skipped hour does not open that day, and one that starts in it opens when the hour has been skipped.
/// </summary>
public sealed class RecordingSchedule
{
    private const int MinutesPerWeek = 7 * ScheduleWindow.MinutesPerDay;

    /// <summary>A weekly window can fall into the skipped hour once; the next week has it again.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(16);

    /// <summary>Zones change their offset at most once in any hour, so steps of this size see every change.</summary>
    private static readonly TimeSpan OffsetStep = TimeSpan.FromMinutes(30);

    // Minute of the local week, from Sunday 00:00.
    private readonly BitArray _open = new(MinutesPerWeek);
    private readonly int[] _edges;

    public RecordingSchedule(IReadOnlyList<ScheduleWindow> windows, TimeZoneInfo zone)
    {
        Windows = windows;
        Zone = zone;
        foreach (var window in windows) Mark(window);
        _edges = [.. Enumerable.Range(0, MinutesPerWeek).Where(m => _open[m] != _open[(m + MinutesPerWeek - 1) % MinutesPerWeek])];
    }

    public static RecordingSchedule Always { get; } = new([ScheduleWindow.WholeDay], TimeZoneInfo.Utc);

    public IReadOnlyList<ScheduleWindow> Windows { get; }

    public TimeZoneInfo Zone { get; }

    /// <summary>True when it never closes.</summary>
    public bool IsAlways => _edges.Length == 0 && _open[0];

    public bool IsOpen(DateTimeOffset at) => IsOpenLocal(TimeZoneInfo.ConvertTime(at, Zone).DateTime);

    /// <summary>The first instant after <paramref name="at"/> at which <see cref="IsOpen"/> changes, in UTC; null when it never does.</summary>
    public DateTimeOffset? NextChange(DateTimeOffset at)
    {
        if (_edges.Length == 0) return null;
        var cursor = at.ToUniversalTime();
        var (end, isOpen) = (cursor + Horizon, IsOpen(at));
        while (cursor < end)
        {
            // Between two changes of the offset local time is UTC plus a constant, so the edges of the windows can be computed.
            var offset = Zone.GetUtcOffset(cursor);
            var segmentEnd = OffsetChangeAfter(cursor, end);
            if (ChangeWithin(cursor, segmentEnd, offset, isOpen) is { } change) return change;
            if (segmentEnd < end && IsOpen(segmentEnd) != isOpen) return segmentEnd;
            cursor = segmentEnd;
        }

        return null;
    }

    public override string ToString() => IsAlways ? "always" : string.Join("; ", Windows) + $" ({Zone.Id})";

    private DateTimeOffset? ChangeWithin(DateTimeOffset from, DateTimeOffset to, TimeSpan offset, bool isOpen)
    {
        var local = from.UtcDateTime + offset;
        var sunday = local.Date.AddDays(-(int)local.DayOfWeek);
        for (var week = sunday; week - offset < to.UtcDateTime; week = week.AddDays(7))
        {
            foreach (var minute in _edges)
            {
                var edge = new DateTimeOffset(DateTime.SpecifyKind(week.AddMinutes(minute) - offset, DateTimeKind.Utc));
                if (edge > from && edge < to && _open[minute] != isOpen) return edge;
            }
        }

        return null;
    }

    private DateTimeOffset OffsetChangeAfter(DateTimeOffset from, DateTimeOffset limit)
    {
        var offset = Zone.GetUtcOffset(from);
        var low = from;
        while (low < limit)
        {
            var high = low + OffsetStep;
            if (Zone.GetUtcOffset(high) == offset)
            {
                low = high;
                continue;
            }

            while (high - low > TimeSpan.FromTicks(1))
            {
                var middle = low + (high - low) / 2;
                if (Zone.GetUtcOffset(middle) == offset) low = middle;
                else high = middle;
            }

            return high < limit ? high : limit;
        }

        return limit;
    }

    private bool IsOpenLocal(DateTime local) => _open[(int)local.DayOfWeek * ScheduleWindow.MinutesPerDay + local.Hour * 60 + local.Minute];

    private void Mark(ScheduleWindow window)
    {
        var length = window.EndMinute - window.StartMinute;
        if (length <= 0) length += ScheduleWindow.MinutesPerDay;
        for (var day = 0; day < 7; day++)
        {
            if ((window.Days >> day & 1) == 0) continue;
            var start = day * ScheduleWindow.MinutesPerDay + window.StartMinute;
            for (var m = 0; m < length; m++) _open[(start + m) % MinutesPerWeek] = true;
        }
    }
}
