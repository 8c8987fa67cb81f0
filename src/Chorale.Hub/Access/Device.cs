using Chorale.Protocol.Chunks;

namespace Chorale.Hub.Access;

/// <summary>A registered device. Null point or register: whatever it says; null zone: the hub's.</summary>
public sealed record Device(
    string DeviceId, string? PointId, string? RegisterId, string? Zone, bool IsEnabled, DateTimeOffset CreatedAt);

/// <summary>Device, point and register ids: a UUID in any spelling, kept in lower case, or 1 to 64 of <c>A-Z a-z 0-9 _ -</c>. Safe in a path.</summary>
public static class DeviceIds
{
    public static bool TryNormalize(string? text, out string id)
    {
        id = Guid.TryParse(text, out var uuid) ? uuid.ToString() : text ?? "";
        return RecorderId.IsValid(id);
    }
}
