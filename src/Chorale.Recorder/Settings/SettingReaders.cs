using System.Globalization;
using Chorale.Recorder.Recording;

namespace Chorale.Recorder.Settings;

/// <summary>The kinds of value a setting can have.</summary>
internal static class SettingReaders
{
    private static readonly CultureInfo C = CultureInfo.InvariantCulture;

    /// <summary>Longest text taken: paths are at most 4096 bytes on Linux, and a JWT is well below.</summary>
    private const int TextCharsMax = 4096;

    public static SettingKey<int> Whole(string name, int min, int max, string defaultText, string meaning, string unit = "") =>
        new(name, "whole number", $"{min} to {max}{unit}", defaultText, meaning, (string text, out int value, out string? detail) =>
        {
            detail = null;
            return int.TryParse(text, NumberStyles.AllowLeadingSign, C, out value) && value >= min && value <= max;
        });

    public static SettingKey<double> Decimal(string name, double min, double max, string defaultText, string meaning, string unit = "") =>
        new(name, "number", string.Create(C, $"{min} to {max}{unit}"), defaultText, meaning, (string text, out double value, out string? detail) =>
        {
            detail = null;
            return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, C, out value) && value >= min && value <= max;
        });

    public static SettingKey<bool> Flag(string name, bool defaultValue, string meaning) =>
        new(name, "yes or no", "true or false (yes, no, on, off)", defaultValue ? "true" : "false", meaning, (string text, out bool value, out string? detail) =>
        {
            detail = null;
            value = text.ToLowerInvariant() is "true" or "yes" or "on" or "1";
            return value || text.ToLowerInvariant() is "false" or "no" or "off" or "0";
        });

    public static SettingKey<T> Choice<T>(string name, string defaultText, string meaning, params (string Text, T Value)[] choices) =>
        new(name, "choice", string.Join(", ", choices.Select(c => c.Text).Where(t => !t.StartsWith('~'))), defaultText, meaning,
            (string text, out T value, out string? detail) =>
            {
                detail = null;
                foreach (var (choice, of) in choices)
                {
                    if (!choice.TrimStart('~').Equals(text, StringComparison.OrdinalIgnoreCase)) continue;
                    value = of;
                    return true;
                }

                value = default!;
                return false;
            });

    public static SettingKey<string> Text(string name, string defaultText, string meaning, string allowed = "text", bool isSecret = false) =>
        new(name, isSecret ? "secret" : "text", allowed, defaultText, meaning, (string text, out string value, out string? detail) =>
        {
            value = text;
            detail = text.Length > TextCharsMax ? $"it has {text.Length} characters, at most {TextCharsMax} are taken"
                : text.AsSpan().ContainsAnyInRange('\0', '\u001f') ? "it holds a control character" : null;
            return detail is null;
        }, isSecret);

    public static SettingKey<string> Matching(string name, string allowed, string defaultText, string meaning, Func<string, bool> isValid) =>
        new(name, "text", allowed, defaultText, meaning, (string text, out string value, out string? detail) =>
        {
            (value, detail) = (text, null);
            return isValid(text);
        });

    public static SettingKey<Guid> Uuid(string name, string meaning) =>
        new(name, "UUID", "a UUID such as 00000000-0000-0000-0000-000000000001", "", meaning, (string text, out Guid value, out string? detail) =>
        {
            detail = null;
            return Guid.TryParse(text, out value);
        });

    public static SettingKey<Uri> HttpAddress(string name, string meaning) =>
        new(name, "address", "an address such as https://audio.example.com, http or https, without ? or #", "", meaning,
            (string text, out Uri value, out string? detail) =>
            {
                detail = null;
                value = null!;
                // The trailing slash goes, so that paths can be appended the way every client of these servers does it.
                if (!Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0) return false;
                if (uri.UserInfo.Length > 0) detail = "credentials do not belong into an address";
                if (detail is not null || uri.Query.Length > 0 || uri.Fragment.Length > 0) return false;
                value = uri;
                return true;
            });

    public static SettingKey<FreeFloor> Floor(string name, string defaultText, string meaning) =>
        new(name, "size", "bytes such as 500MB or 2GB, or percent such as 5% (0% to 90%)", defaultText, meaning,
            (string text, out FreeFloor value, out string? detail) =>
            {
                (value, detail) = (default, null);
                var unit = text.TrimStart("0123456789.".ToCharArray()).Trim();
                if (!double.TryParse(text.AsSpan(0, text.Length - text.TrimStart("0123456789.".ToCharArray()).Length), NumberStyles.AllowDecimalPoint, C, out var number)) return false;
                if (unit == "%")
                {
                    value = new FreeFloor(0, number);
                    return number <= 90;
                }

                double factor = unit.ToUpperInvariant() switch { "" or "B" => 1, "KB" => 1e3, "MB" => 1e6, "GB" => 1e9, "TB" => 1e12, _ => 0 };
                // 8e18 is just under what a long holds.
                if (factor == 0 || number * factor > 8e18) return false;
                value = new FreeFloor((long)(number * factor), 0);
                return true;
            });

    public static SettingKey<IReadOnlyList<ScheduleWindow>> Windows(string name, string defaultText, string meaning) =>
        new(name, "windows", "always, or windows HH:MM-HH:MM such as 08:00-22:00, mon-fri 08:00-12:00, 13:00-18:00; sat,sun 22:00-02:00", defaultText, meaning,
            (string text, out IReadOnlyList<ScheduleWindow> value, out string? detail) => ScheduleWindow.TryParseAll(text, out value, out detail));

    public static SettingKey<int> TimeOfDay(string name, bool allow24, string defaultText, string meaning) =>
        new(name, "time", allow24 ? "HH:MM, 00:00 to 24:00" : "HH:MM, 00:00 to 23:59", defaultText, meaning, (string text, out int value, out string? detail) =>
        {
            detail = null;
            return ScheduleWindow.TryParseMinute(text, out value) && (allow24 || value < 24 * 60);
        });

    public static SettingKey<TimeZoneInfo?> Zone(string name, string meaning) =>
        new(name, "time zone", "the name of a time zone such as Europe/Berlin or UTC (they come with the package tzdata)", "", meaning,
            (string text, out TimeZoneInfo? value, out string? detail) =>
            {
                detail = null;
                value = null;
                // A name with .. or a leading slash would be read as a path below the folder of zones.
                if (text.Length == 0) return true;
                return !text.Contains("..", StringComparison.Ordinal) && text[0] != '/' && TimeZoneInfo.TryFindSystemTimeZoneById(text, out value);
            });
}
