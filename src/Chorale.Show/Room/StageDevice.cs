using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Protocol;
using Chorale.Show.Devices;

namespace Chorale.Show.Room;

/// <summary>A device as it is known to the whole stage. Times in microseconds UTC.</summary>
/// <param name="Rooms">That name it in their files; empty: a stranger.</param>
/// <param name="Outages">The last ones, oldest first.</param>
public sealed record StageDevice(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("presence")] string Presence,
    [property: JsonPropertyName("reason")] string Reason,
    [property: JsonPropertyName("last_seen_us")] long? LastSeenUs,
    [property: JsonPropertyName("session")] long Session,
    [property: JsonPropertyName("period_s")] double? PeriodSeconds,
    [property: JsonPropertyName("rooms")] IReadOnlyList<string> Rooms,
    [property: JsonPropertyName("outage_count")] int OutageCount,
    [property: JsonPropertyName("outage_seconds")] double OutageSeconds,
    [property: JsonPropertyName("outages")] IReadOnlyList<StageOutage> Outages)
{
    internal static StageDevice Of(DeviceView device, IReadOnlyList<string> rooms) => new(
        device.Id, JsonNamingPolicy.SnakeCaseLower.ConvertName(device.Presence.ToString()), device.Reason, Us(device.LastSeenAt), device.Session, device.Period?.TotalSeconds, rooms,
        device.Outages, device.OutageTotal.TotalSeconds, [.. device.LastOutages.Select(o => new StageOutage(Us(o.StartedAt)!.Value, Us(o.EndedAt), o.Length.TotalSeconds))]);

    private static long? Us(DateTimeOffset? at) => at is { } time ? WallTime.ToMicroseconds(time) : null;
}

/// <param name="EndUs">Null while it lasts.</param>
public sealed record StageOutage(
    [property: JsonPropertyName("start_us")] long StartUs, [property: JsonPropertyName("end_us")] long? EndUs, [property: JsonPropertyName("seconds")] double Seconds);
