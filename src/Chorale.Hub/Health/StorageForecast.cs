using System.Text.Json.Serialization;

namespace Chorale.Hub.Health;

/// <summary>What the forecast is made of.</summary>
/// <param name="FreeBytes">Null: the disk does not say.</param>
/// <param name="HeldBytes">Audio of the archive.</param>
/// <param name="BytesPerDay">Null: too little has come to say.</param>
/// <param name="OldestUs">Start of the oldest audio.</param>
internal sealed record StorageFacts(
    long NowUs, long? FreeBytes, long HeldBytes, double? BytesPerDay, long? OldestUs, TimeSpan? KeepFor, long? KeepBytes, long FloorBytes);

/// <summary>When the disk will be full, and when retention begins to delete.</summary>
/// <param name="FullAtUs">Free space reaches the floor; null: never, or not known.</param>
/// <param name="ReachUs">Retention by age or size deletes from then on; null: not before the floor, or not known.</param>
internal sealed record StorageOutlook(long? FullAtUs, long? ReachUs);

/// <summary>
/// Says when free space will be at its floor, as things go now. A hub that is told how long or how much to keep stops growing when it holds
/// that much: if that fits, it is never full. The floor itself is no plan: below it the oldest audio goes whether or not anybody meant it to,
/// so reaching it is what "full" means. Pure.
/// </summary>
internal static class StorageForecast
{
    private const double DayUs = 86_400e6;

    /// <summary>A forecast of more than a century is none.</summary>
    private const double DaysMax = 36_500;

    public static StorageOutlook Of(StorageFacts facts)
    {
        if (facts.BytesPerDay is not > 0 || facts.FreeBytes is not { } free) return new StorageOutlook(null, Reach(facts)?.Us);
        var room = free - facts.FloorBytes;
        var daysToFull = Math.Max(0, room / facts.BytesPerDay.Value);
        var reach = Reach(facts);
        var grows = reach is { } r ? r.Growth : double.PositiveInfinity;
        return grows <= room || daysToFull > DaysMax
            ? new StorageOutlook(null, reach?.Us)
            : new StorageOutlook(facts.NowUs + (long)(daysToFull * DayUs), reach is { } later && later.Us < facts.NowUs + daysToFull * DayUs ? later.Us : null);
    }

    /// <summary>When deleting begins by a limit that somebody set, and how much more there will be by then.</summary>
    private static (long Us, double Growth)? Reach(StorageFacts facts)
    {
        (long Us, double Growth)? first = null;
        if (facts.KeepFor is { } age && facts.OldestUs is { } oldest)
        {
            var at = Math.Max(facts.NowUs, oldest + (long)age.TotalMicroseconds);
            // Once the oldest audio is that old, as much goes as comes; what was recorded at a lower rate before is made up for until then.
            var growth = facts.BytesPerDay is { } rate ? Math.Max(rate * age.TotalDays - facts.HeldBytes, 0) : 0;
            first = (at, growth);
        }

        if (facts.KeepBytes is not { } most) return first;
        var left = Math.Max(0, most - facts.HeldBytes);
        if (left > 0 && facts.BytesPerDay is not > 0) return first;
        var days = left == 0 ? 0 : left / facts.BytesPerDay!.Value;
        if (days > DaysMax) return first;
        var bySize = (Us: facts.NowUs + (long)(days * DayUs), Growth: (double)left);
        return first is { } f ? (Math.Min(f.Us, bySize.Us), Math.Min(f.Growth, bySize.Growth)) : bySize;
    }
}

/// <summary>Body of <c>/api/v2/storage</c>.</summary>
/// <param name="BytesPerDay">What arrives in a day, over the last <paramref name="BasisDays"/>; null: too little to say.</param>
/// <param name="BytesLastDay">The same over the last day alone: the greater of the two is what the forecast reckons with.</param>
/// <param name="FullAtUs">When free space will be at its floor; null: never, or not known.</param>
/// <param name="ReachUs">When retention begins to delete what somebody said need not be kept; in the past or now: it deletes already.</param>
/// <param name="SetBy">Who set the rule on the page; null: <c>hub.yaml</c> says so.</param>
/// <param name="FileKeepDays">What <c>hub.yaml</c> says.</param>
/// <param name="FileKeepBytes">What <c>hub.yaml</c> says.</param>
/// <param name="RuleProblem">Why the rule that was set is not known; until then nothing is deleted for its age or size.</param>
internal sealed record StorageView(
    [property: JsonPropertyName("now_us")] long NowUs,
    [property: JsonPropertyName("free_bytes")] long? FreeBytes,
    [property: JsonPropertyName("total_bytes")] long? TotalBytes,
    [property: JsonPropertyName("held_bytes")] long HeldBytes,
    [property: JsonPropertyName("bytes_per_day")] double? BytesPerDay,
    [property: JsonPropertyName("bytes_last_day")] double? BytesLastDay,
    [property: JsonPropertyName("full_at_us")] long? FullAtUs,
    [property: JsonPropertyName("reach_us")] long? ReachUs,
    [property: JsonPropertyName("floor_bytes")] long FloorBytes,
    [property: JsonPropertyName("keep_days")] double? KeepDays,
    [property: JsonPropertyName("keep_bytes")] long? KeepBytes,
    [property: JsonPropertyName("oldest_us")] long? OldestUs,
    [property: JsonPropertyName("basis_days")] double? BasisDays,
    [property: JsonPropertyName("set_by")] string? SetBy,
    [property: JsonPropertyName("set_us")] long? SetUs,
    [property: JsonPropertyName("file_keep_days")] double? FileKeepDays,
    [property: JsonPropertyName("file_keep_bytes")] long? FileKeepBytes,
    [property: JsonPropertyName("rule_problem")] string? RuleProblem);

/// <summary>What another rule of keeping would do.</summary>
/// <param name="DeletesUntilUs">Everything before this would be deleted at once; null: nothing.</param>
/// <param name="IsExact">False: reckoned from what the index keeps by the hour.</param>
internal sealed record KeepEstimateView(
    [property: JsonPropertyName("deletes_bytes")] long DeletesBytes,
    [property: JsonPropertyName("deletes_until_us")] long? DeletesUntilUs,
    [property: JsonPropertyName("exact")] bool IsExact,
    [property: JsonPropertyName("full_at_us")] long? FullAtUs,
    [property: JsonPropertyName("reach_us")] long? ReachUs)
{
    [JsonIgnore]
    public double BytesPerMinute { get; init; }
}
