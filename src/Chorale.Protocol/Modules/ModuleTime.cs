using System.Globalization;

namespace Chorale.Protocol.Modules;

/// <summary>The <c>timestamp</c> of module messages: we write UTC with Z; older modules write their local time without a zone.</summary>
public static class ModuleTime
{
    /// <summary>Reads both. A time without zone is taken as one of <paramref name="zone"/>; the repeated hour means its first coming.</summary>
    public static DateTimeOffset? Read(string? text, TimeZoneInfo zone)
    {
        if (WallTime.TryParse(text, out var us)) return WallTime.FromMicroseconds(us);
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var naive)) return null;
        naive = DateTime.SpecifyKind(naive, DateTimeKind.Unspecified);
        var offset = zone.IsAmbiguousTime(naive) ? zone.GetAmbiguousTimeOffsets(naive).Max() : zone.GetUtcOffset(naive);
        var ticks = naive.Ticks - offset.Ticks;
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
    }
}
