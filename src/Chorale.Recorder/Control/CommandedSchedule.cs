using Chorale.Protocol.Modules;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Control;

/// <summary>
/// The schedule as commands see and change it, read as strictly as that of the settings. Pure; used by one thread.
/// </summary>
/// <param name="own">That of the settings; null where nothing records by itself.</param>
/// <param name="saved">What an earlier command saved; null when there is none.</param>
internal sealed class CommandedSchedule(RecordingSchedule? own, RecordingSchedule? saved = null)
{
    /// <summary>Ten windows a day, each day named.</summary>
    private const int TextMax = 1_000;

    private RecordingSchedule? _now = saved ?? own;
    private string _source = saved is null ? ScheduleStatus.Settings : ScheduleStatus.Saved;

    public ScheduleStatus? Status => _now is null ? null : new ScheduleStatus(TextOf(_now), _now.Zone.Id, _source);

    /// <returns>The schedule that was asked for, or all that is wrong with it.</returns>
    public (RecordingSchedule? Schedule, IReadOnlyList<string> Problems) Read(string text, string? zone)
    {
        if (own is null || _now is null) return (null, ["schedule: this recorder records on request only (mode in its settings), so it has none"]);
        if (IsOwn(text)) return (own, []);
        List<string> problems = [];
        IReadOnlyList<ScheduleWindow> windows = [];
        string? detail = $"more than {TextMax} characters";
        if (text.Length > TextMax || !ScheduleWindow.TryParseAll(text, out windows, out detail))
            problems.Add($"schedule \"{Cut(text)}\": must be {SettingKeys.ScheduleWindows.Allowed}; or settings, for what the recorder's own file says{(detail is null ? "" : ": " + detail)}");
        var inZone = _now.Zone;
        if (zone is not null && SettingKeys.TimeZone.Check(zone) is { } bad) problems.Add($"timezone \"{Cut(zone)}\": {bad}");
        else if (!string.IsNullOrEmpty(zone)) inZone = SettingKeys.TimeZone.Read(zone)!;
        return problems.Count == 0 ? (new RecordingSchedule(windows, inZone), problems) : (null, problems);
    }

    public void Take(RecordingSchedule schedule, bool isSaved) =>
        (_now, _source) = (schedule, ReferenceEquals(schedule, own) ? ScheduleStatus.Settings : isSaved ? ScheduleStatus.Saved : ScheduleStatus.Command);

    /// <summary>Asks for what the settings say.</summary>
    public static bool IsOwn(string text) => text.Trim().Equals(ScheduleStatus.Settings, StringComparison.OrdinalIgnoreCase);

    /// <summary>As it may be written in the settings.</summary>
    public static string TextOf(RecordingSchedule schedule) => schedule.IsAlways ? "always" : string.Join("; ", schedule.Windows);

    private static string Cut(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
