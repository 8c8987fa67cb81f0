using System.Globalization;

namespace Chorale.Protocol;

/// <summary>Wall time on every wire and in every table: microseconds since 1970-01-01 UTC, or RFC 3339 text with an offset.</summary>
public static class WallTime
{
    public static long ToMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long us) => DateTimeOffset.UnixEpoch.AddTicks(us * TimeSpan.TicksPerMicrosecond);

    /// <summary>RFC 3339 in UTC with six decimals: <c>2026-01-05T10:00:00.000123Z</c>.</summary>
    public static string ToText(long us) => ToText(FromMicroseconds(us));

    /// <inheritdoc cref="ToText(long)"/>
    public static string ToText(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>
    /// The same instant with a numeric offset, <c>2026-01-05T10:00:00.000123+00:00</c>: what upload forms carry, because the readers behind
    /// them are older than the rule that Z is an offset too.
    /// </summary>
    public static string ToOffsetText(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture);

    /// <summary>Reads RFC 3339 text with an offset or Z; a time without a zone is refused here.</summary>
    public static bool TryParse(string? text, out long us)
    {
        us = 0;
        if (text is null || !(text.EndsWith('Z') || text.EndsWith('z') || HasOffset(text))) return false;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return false;
        us = ToMicroseconds(time);
        return true;
    }

    private static bool HasOffset(string text) => text.Length > 6 && text[^3] == ':' && text[^6] is '+' or '-';
}
