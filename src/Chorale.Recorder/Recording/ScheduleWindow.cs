using System.Globalization;

namespace Chorale.Recorder.Recording;

/// <summary>One daily window on the days in <paramref name="Days"/>.</summary>
/// <param name="Days">Bit n = day n of the week (0 = Sunday) on which the window opens.</param>
/// <param name="StartMinute">Minutes after midnight, 0 to 1439.</param>
/// <param name="EndMinute">1 to 1440; at or before the start: that time on the next day.</param>
public readonly record struct ScheduleWindow(byte Days, int StartMinute, int EndMinute)
{
    public const byte EveryDay = 0x7f;
    public const int MinutesPerDay = 24 * 60;

    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public static readonly ScheduleWindow WholeDay = new(EveryDay, 0, MinutesPerDay);

    /// <summary>
    /// Reads <c>always</c>, or groups separated by <c>;</c>, each <c>[days] HH:MM-HH:MM[, HH:MM-HH:MM...]</c>; days are names or ranges of
    /// names separated by commas. Without days: every day.
    /// </summary>
    public static bool TryParseAll(string text, out IReadOnlyList<ScheduleWindow> windows, out string? detail)
    {
        var list = new List<ScheduleWindow>();
        windows = list;
        detail = null;
        if (text.Trim().Equals("always", StringComparison.OrdinalIgnoreCase))
        {
            list.Add(WholeDay);
            return true;
        }

        foreach (var group in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            detail ??= ReadGroup(group, list);
        }

        if (list.Count == 0) detail ??= "no window given";
        return detail is null;
    }

    /// <summary>HH:MM from 00:00 to 24:00.</summary>
    public static bool TryParseMinute(string text, out int minute)
    {
        minute = -1;
        var parts = text.Split(':');
        if (parts is not [{ Length: 1 or 2 } h, { Length: 2 } m]) return false;
        if (!int.TryParse(h, NumberStyles.None, CultureInfo.InvariantCulture, out var hour)
            || !int.TryParse(m, NumberStyles.None, CultureInfo.InvariantCulture, out var min) || min > 59 || hour * 60 + min > MinutesPerDay) return false;
        minute = hour * 60 + min;
        return true;
    }

    public override string ToString()
    {
        var days = Days;
        var names = Days == EveryDay ? "" : string.Join(',', Enumerable.Range(1, 7).Select(d => d % 7).Where(d => (days >> d & 1) != 0).Select(d => DayNames[d])) + " ";
        return $"{names}{Time(StartMinute)}-{Time(EndMinute)}";
    }

    private static string Time(int minute) => $"{minute / 60:00}:{minute % 60:00}";

    private static string? ReadGroup(string group, List<ScheduleWindow> windows)
    {
        byte days = 0;
        var hasTimes = false;
        foreach (var word in group.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            var halves = word.Split('-');
            if (char.IsAsciiLetter(word[0]))
            {
                if (hasTimes) return $"write ; between the windows before {word} and those after it";
                if (ReadDays(halves) is not { } more) return $"{word} is not a day or a range of days (mon tue wed thu fri sat sun)";
                days |= more;
                continue;
            }

            if (halves.Length != 2 || !TryParseMinute(halves[0], out var start) || !TryParseMinute(halves[1], out var end)) return $"{word} is not HH:MM-HH:MM";
            if (start == MinutesPerDay) return $"{word} starts at 24:00; write 00:00 of the next day";
            if (start == end) return $"{word} has no length; all day is 00:00-24:00 or always";
            hasTimes = true;
            windows.Add(new ScheduleWindow(days == 0 ? EveryDay : days, start, end == 0 ? MinutesPerDay : end));
        }

        return hasTimes ? null : $"{group} has no times";
    }

    private static byte? ReadDays(string[] range)
    {
        if (range.Length > 2) return null;
        int from = DayOf(range[0]), to = DayOf(range[^1]);
        if (from < 0 || to < 0) return null;
        byte days = 0;
        for (var day = from; ; day = (day + 1) % 7)
        {
            days |= (byte)(1 << day);
            if (day == to) return days;
        }
    }

    private static int DayOf(string name) => Array.FindIndex(DayNames, d => name.Length >= 3 && IsDay(name, d));

    private static bool IsDay(string name, string day) =>
        name.Equals(day, StringComparison.OrdinalIgnoreCase)
        || Enum.TryParse<DayOfWeek>(name, ignoreCase: true, out var full) && DayNames[(int)full] == day;
}
