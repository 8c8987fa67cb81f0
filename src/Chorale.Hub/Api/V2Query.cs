using System.Globalization;
using Chorale.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chorale.Hub.Api;

/// <summary>Reads the values of a request; what is wrong becomes <c>application/problem+json</c> naming the value and what is allowed.</summary>
internal static class V2Query
{
    /// <summary>The longest range: a year with its leap day.</summary>
    private static readonly TimeSpan PeriodMax = TimeSpan.FromDays(366);

    /// <summary>The longest period a timeline or levels are told of: all there can be.</summary>
    public static readonly TimeSpan Ever = TimeSpan.FromDays(100 * 366);

    /// <summary>RFC 3339 with an offset, or microseconds since 1970 (to 2200).</summary>
    public static bool TryTime(string? text, out long us) =>
        (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out us) && us < 7_258_118_400_000_000)
        || (WallTime.TryParse(text?.Replace(' ', '+'), out us) && us is >= 0 and < 7_258_118_400_000_000); // an unescaped + arrives as a space

    /// <returns>Null when the period is good.</returns>
    public static ProblemHttpResult? Period(string? from, string? to, out long fromUs, out long toUs, TimeSpan? longest = null)
    {
        toUs = 0;
        const string allowed = "allowed are times such as 2026-01-05T10:00:00Z or microseconds since 1970";
        if (!TryTime(from, out fromUs)) return Bad("from", from, allowed);
        if (!TryTime(to, out toUs)) return Bad("to", to, allowed);
        if (toUs <= fromUs) return Bad("to", to, "it must be later than from");
        var most = longest ?? PeriodMax;
        return toUs - fromUs > most.TotalMicroseconds ? Bad("to", to, $"it must be within {most.TotalDays:0} days of from") : null;
    }

    /// <returns>Null when the number is absent or within its bounds.</returns>
    public static ProblemHttpResult? Number(string name, string? text, int least, int most, int fallback, out int value)
    {
        value = fallback;
        if (text is null || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most)) return null;
        return Bad(name, text, $"allowed are {least} to {most}");
    }

    /// <summary>One of the names of an enum in lower case; <paramref name="fallback"/> when absent.</summary>
    public static ProblemHttpResult? Choice<T>(string name, string? text, T fallback, out T value)
        where T : struct, Enum
    {
        value = fallback;
        var names = Enum.GetNames<T>();
        if (text is null || (Array.Exists(names, n => n.Equals(text, StringComparison.OrdinalIgnoreCase)) && Enum.TryParse(text, true, out value)))
            return null;
        return Bad(name, text, "allowed are " + string.Join(", ", names.Select(n => n.ToLowerInvariant())));
    }

    public static ProblemHttpResult Bad(string name, string? value, string allowed)
    {
        var shown = value is null ? "missing" : $"'{(value.Length <= 100 ? value : value[..100] + "...")}'";
        return TypedResults.Problem(
            $"{name} is {shown}: {allowed}", statusCode: 400, title: "A value cannot be used",
            extensions: new Dictionary<string, object?> { ["parameter"] = name });
    }

    public static ProblemHttpResult NotFound(string detail) => TypedResults.Problem(detail, statusCode: 404, title: "Not found");
}
