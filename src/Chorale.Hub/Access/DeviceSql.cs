using Chorale.Protocol;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Access;

/// <summary>The two places that can have a name.</summary>
public enum PlaceKind
{
    Point,
    Register,
}

/// <summary>The tables <c>devices</c>, <c>points</c> and <c>registers</c>.</summary>
internal static class DeviceSql
{
    private const string Columns = "device_id, point_id, register_id, zone, is_enabled, created_us";

    public static Device? Find(SqliteConnection c, string deviceId) =>
        c.QueryFirstOrDefault<DeviceRow>($"SELECT {Columns} FROM devices WHERE device_id = @deviceId", new { deviceId })?.ToDevice();

    public static IReadOnlyList<Device> List(SqliteConnection c) =>
        c.Query<DeviceRow>($"SELECT {Columns} FROM devices ORDER BY created_us, device_id").Select(r => r.ToDevice()).ToList();

    public static bool TryInsert(SqliteConnection c, Device device) => c.Execute(
        $"INSERT INTO devices ({Columns}) VALUES (@DeviceId, @PointId, @RegisterId, @Zone, @IsEnabled, @createdUs) ON CONFLICT DO NOTHING",
        new { device.DeviceId, device.PointId, device.RegisterId, device.Zone, device.IsEnabled, createdUs = WallTime.ToMicroseconds(device.CreatedAt) }) == 1;

    public static bool SetEnabled(SqliteConnection c, string deviceId, bool isEnabled) =>
        c.Execute("UPDATE devices SET is_enabled = @isEnabled WHERE device_id = @deviceId", new { deviceId, isEnabled }) == 1;

    public static bool SetZone(SqliteConnection c, string deviceId, string? zone) =>
        c.Execute("UPDATE devices SET zone = @zone WHERE device_id = @deviceId", new { deviceId, zone }) == 1;

    public static IReadOnlyDictionary<string, string> Names(SqliteConnection c, PlaceKind kind) =>
        c.Query<(string Id, string Name)>($"SELECT {Id(kind)}, name FROM {Table(kind)}").ToDictionary(p => p.Id, p => p.Name);

    public static bool SetName(SqliteConnection c, PlaceKind kind, string id, string name) => c.Execute(
        $"""
         INSERT INTO {Table(kind)} ({Id(kind)}, name) SELECT @id, @name WHERE EXISTS (SELECT 1 FROM devices WHERE {Id(kind)} = @id)
         ON CONFLICT ({Id(kind)}) DO UPDATE SET name = excluded.name
         """,
        new { id, name }) == 1;

    private static string Table(PlaceKind kind) => kind == PlaceKind.Point ? "points" : "registers";

    private static string Id(PlaceKind kind) => kind == PlaceKind.Point ? "point_id" : "register_id";

    private sealed record DeviceRow
    {
        public required string DeviceId { get; init; }
        public string? PointId { get; init; }
        public string? RegisterId { get; init; }
        public string? Zone { get; init; }
        public required long IsEnabled { get; init; }
        public required long CreatedUs { get; init; }

        public Device ToDevice() => new(DeviceId, PointId, RegisterId, Zone, IsEnabled != 0, WallTime.FromMicroseconds(CreatedUs));
    }
}
