namespace Chorale.Recorder.Spool;

/// <summary>Start times of files that carry no tags of ours: their names hold local time without a zone.</summary>
internal static class ForeignNames
{
    /// <summary>
    /// The name's time in <paramref name="zone"/>; in the hour that comes twice, the one that fits the file's last write better; a name that
    /// is no time (<c>chunk_20240230_250000.ogg</c>, or one in a gap of the zone) gives the last write minus the duration.
    /// </summary>
    public static DateTimeOffset StartOf(string name, TimeZoneInfo zone, DateTimeOffset writtenAt, TimeSpan duration)
    {
        var fromWrite = writtenAt - duration;
        if (!SpoolNames.TryParse(name, out var local) || zone.IsInvalidTime(local)) return fromWrite;
        if (!zone.IsAmbiguousTime(local)) return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        return zone.GetAmbiguousTimeOffsets(local)
            .Select(offset => new DateTimeOffset(local, offset).ToUniversalTime())
            .MinBy(candidate => (candidate - fromWrite).Duration());
    }
}
