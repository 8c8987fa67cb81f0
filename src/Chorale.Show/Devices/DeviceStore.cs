using Chorale.Protocol;
using Chorale.Protocol.Rooms;
using Chorale.Storage;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Show.Devices;

/// <summary>The registry in <c>devices.db</c>. One connection behind a lock; a commit that returned is on the disk.</summary>
internal sealed class DeviceStore : IDisposable
{
    public const string FileName = "devices.db";

    /// <summary>Kept of each device; count and total go on for ever.</summary>
    public const int OutagesKept = 100;

    private readonly SqliteConnection _connection;
    private readonly Lock _gate = new();

    private DeviceStore(SqliteConnection connection) => _connection = connection;

    public static DeviceStore Open(string dataFolder)
    {
        Directory.CreateDirectory(dataFolder);
        var connection = SqliteFile.Open(Path.Combine(dataFolder, FileName));
        try
        {
            SqliteFile.Migrate(connection, [SqliteFile.Script(typeof(DeviceStore).Assembly, "DeviceSchema.sql")]);
            return new DeviceStore(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public IReadOnlyList<KnownDevice> Load()
    {
        lock (_gate)
        {
            var outages = _connection.Query<OutageRow>("SELECT device_id AS DeviceId, start_us AS StartUs, end_us AS EndUs, length_ms AS LengthMs FROM outages ORDER BY start_us")
                .ToLookup(o => o.DeviceId);
            return [.. _connection.Query<DeviceRow>(
                    """
                    SELECT device_id AS DeviceId, last_seen_us AS LastSeenUs, session AS Session, period_ms AS PeriodMs, presence AS Presence, word AS Word,
                        outage_count AS OutageCount, outage_ms AS OutageMs FROM devices
                    """)
                .Where(r => RoomNames.IsValid(r.DeviceId))
                .Select(r => new KnownDevice(
                    r.DeviceId, r.LastSeenUs is { } us ? WallTime.FromMicroseconds(us) : null, r.Session, r.PeriodMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null, r.Word,
                    (int)r.OutageCount, TimeSpan.FromMilliseconds(r.OutageMs), [.. outages[r.DeviceId].Select(ToOutage)]))];
        }
    }

    /// <summary>One transaction for all.</summary>
    public void Save(IReadOnlyCollection<DeviceView> devices, long nowUs)
    {
        if (devices.Count == 0) return;
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            _connection.Execute(
                """
                INSERT INTO devices (device_id, last_seen_us, session, period_ms, presence, word, outage_count, outage_ms, changed_us)
                VALUES (@Id, @LastSeenUs, @Session, @PeriodMs, @Presence, @Word, @Outages, @OutageMs, @nowUs)
                ON CONFLICT DO UPDATE SET last_seen_us = excluded.last_seen_us, session = excluded.session, period_ms = excluded.period_ms, presence = excluded.presence,
                    word = excluded.word, outage_count = excluded.outage_count, outage_ms = excluded.outage_ms, changed_us = excluded.changed_us
                """,
                devices.Select(d => new
                {
                    d.Id, LastSeenUs = Us(d.LastSeenAt), d.Session, PeriodMs = (long?)d.Period?.TotalMilliseconds, Presence = d.Presence.ToString().ToLowerInvariant(), d.Word,
                    d.Outages, OutageMs = (long)d.OutageTotal.TotalMilliseconds, nowUs,
                }),
                transaction);
            foreach (var device in devices) SaveOutages(device, transaction);
            transaction.Commit();
        }
    }

    public void Clear()
    {
        lock (_gate) _connection.Execute("DELETE FROM devices");
    }

    public void Dispose()
    {
        lock (_gate) _connection.Dispose();
    }

    private void SaveOutages(DeviceView device, SqliteTransaction transaction)
    {
        // An open outage may have been taken back: the row without an end is always written anew.
        _connection.Execute("DELETE FROM outages WHERE device_id = @Id AND end_us IS NULL", new { device.Id }, transaction);
        _connection.Execute(
            "INSERT INTO outages (device_id, start_us, end_us, length_ms) VALUES (@Id, @StartUs, @EndUs, @LengthMs) ON CONFLICT DO NOTHING",
            device.LastOutages.Select(o => new { device.Id, StartUs = WallTime.ToMicroseconds(o.StartedAt), EndUs = Us(o.EndedAt), LengthMs = (long)o.Length.TotalMilliseconds })
                .Append(new { device.Id, StartUs = Us(device.OpenOutageAt) ?? -1, EndUs = (long?)null, LengthMs = 0L }).Where(o => o.StartUs >= 0),
            transaction);
        _connection.Execute(
            """
            DELETE FROM outages WHERE device_id = @Id AND end_us IS NOT NULL
                AND start_us NOT IN (SELECT start_us FROM outages WHERE device_id = @Id ORDER BY start_us DESC LIMIT @OutagesKept)
            """,
            new { device.Id, OutagesKept },
            transaction);
    }

    private static long? Us(DateTimeOffset? at) => at is { } t ? WallTime.ToMicroseconds(t) : null;

    private static DeviceOutage ToOutage(OutageRow row) => new(
        WallTime.FromMicroseconds(row.StartUs), row.EndUs is { } end ? WallTime.FromMicroseconds(end) : null, TimeSpan.FromMilliseconds(row.LengthMs ?? 0));

    private sealed class DeviceRow
    {
        public string DeviceId { get; init; } = "";

        public long? LastSeenUs { get; init; }

        public long Session { get; init; }

        public long? PeriodMs { get; init; }

        public string Presence { get; init; } = "";

        public string? Word { get; init; }

        public long OutageCount { get; init; }

        public long OutageMs { get; init; }
    }

    private sealed class OutageRow
    {
        public string DeviceId { get; init; } = "";

        public long StartUs { get; init; }

        public long? EndUs { get; init; }

        public long? LengthMs { get; init; }
    }
}

/// <summary>What an earlier process knew of a node.</summary>
internal sealed record KnownDevice(
    string Id, DateTimeOffset? LastSeenAt, long Session, TimeSpan? Period, string? Word, int Outages, TimeSpan OutageTotal, IReadOnlyList<DeviceOutage> LastOutages);
