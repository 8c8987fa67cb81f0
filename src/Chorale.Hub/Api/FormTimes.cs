using System.Globalization;
using Chorale.Protocol;

namespace Chorale.Hub.Api;

/// <summary>Reads the times of foreign forms: RFC 3339, or naive text that is local time in the sender's zone.</summary>
internal static class FormTimes
{
    /// <summary>
    /// The hour that the end of summer time repeats is read as the first of the two, as a wall clock shows it first; the hour that its
    /// beginning skips is read with the offset before the change.
    /// </summary>
    public static bool TryRead(string text, TimeZoneInfo zone, out long us)
    {
        if (WallTime.TryParse(text, out us)) return true;
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var local) || local.Kind != DateTimeKind.Unspecified) return false;
        if (!text.Contains('-', StringComparison.Ordinal) || local.Year is < 1970 or > 2199) return false;
        TimeSpan offset;
        if (zone.IsAmbiguousTime(local)) offset = zone.GetAmbiguousTimeOffsets(local).Max();
        else if (zone.IsInvalidTime(local)) offset = zone.GetUtcOffset(local.AddHours(-1));
        else offset = zone.GetUtcOffset(local);
        us = (local.Ticks - offset.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        return us >= 0;
    }
}
