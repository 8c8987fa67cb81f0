using System.Text;
using Chorale.Show.Devices;

namespace Chorale.Tests.Devices;

public sealed class DeviceStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly TestLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_next_hub_knows_who_there_was_when_and_how_often_away_and_believes_none_of_it_to_be_now()
    {
        var lastSeen = DateTimeOffset.MinValue;
        Live(registry =>
        {
            Beat(registry, "esp32_01", 5);
            Hear(registry, "esp32_01", "offline");
            _time.Advance(TimeSpan.FromSeconds(33));
            Beat(registry, "esp32_01", 5);
            lastSeen = _time.GetUtcNow();
        });
        Live(registry =>
        {
            var view = registry.Find("esp32_01")!;
            Assert.Equal((DevicePresence.Unknown, 1, TimeSpan.FromSeconds(33), 2), (view.Presence, view.Outages, view.OutageTotal, view.Session));
            Assert.Equal((lastSeen, TimeSpan.FromSeconds(5)), (view.LastSeenAt, view.Period));
            Assert.Equal(TimeSpan.FromSeconds(33), Assert.Single(view.LastOutages).Length);
        });
    }

    [Fact]
    public void An_outage_that_outlasts_the_hub_ends_when_the_node_is_heard()
    {
        Live(registry =>
        {
            Hear(registry, "esp32_01", "online");
            _time.Advance(TimeSpan.FromSeconds(10));
            Hear(registry, "esp32_01", "offline");
        });
        _time.Advance(TimeSpan.FromMinutes(2));
        Live(registry =>
        {
            Assert.NotNull(registry.Find("esp32_01")!.OpenOutageAt);
            Hear(registry, "esp32_01", "online");
            Assert.Equal((1, TimeSpan.FromMinutes(2)), (registry.Find("esp32_01")!.Outages, registry.Find("esp32_01")!.OutageTotal));
        });
        Live(registry => Assert.Null(registry.Find("esp32_01")!.OpenOutageAt));
    }

    [Fact]
    public void An_outage_that_was_taken_back_is_not_in_the_file_either()
    {
        Live(registry =>
        {
            Beat(registry, "esp32_01", 5);
            _time.Advance(TimeSpan.FromSeconds(2));
            Hear(registry, "esp32_01", "offline");
            _time.Advance(TimeSpan.FromSeconds(3)); // written meanwhile
            Hear(registry, "esp32_01", "online");
        });
        Live(registry => Assert.Equal((0, null, 0), (registry.Find("esp32_01")!.Outages, registry.Find("esp32_01")!.OpenOutageAt, registry.Find("esp32_01")!.LastOutages.Count)));
    }

    [Fact]
    public void Of_ten_thousand_outages_the_last_hundred_are_kept_and_all_are_counted()
    {
        Live(registry =>
        {
            for (var n = 0; n < 250; n++)
            {
                Hear(registry, "esp32_01", "online");
                _time.Advance(TimeSpan.FromSeconds(1.7));
                Hear(registry, "esp32_01", "offline");
                _time.Advance(TimeSpan.FromSeconds(1.1));
            }

            Hear(registry, "esp32_01", "online");
        });
        Live(registry => Assert.Equal((250, DeviceStore.OutagesKept), (registry.Find("esp32_01")!.Outages, registry.Find("esp32_01")!.LastOutages.Count)));
    }

    [Fact]
    public void Cleared_is_cleared_in_the_file_too()
    {
        Live(registry =>
        {
            Hear(registry, "esp32_01", "online");
            _time.Advance(TimeSpan.FromSeconds(3));
            registry.Clear();
        });
        Live(registry => Assert.Empty(registry.Devices));
    }

    [Fact]
    public void A_store_that_fails_costs_one_line_and_is_written_once_it_can_be()
    {
        using var store = DeviceStore.Open(_folder.Path);
        using var registry = new DeviceRegistry(store, _time, _log);
        registry.Start();
        using (var other = Chorale.Storage.SqliteFile.Open(Path.Combine(_folder.Path, DeviceStore.FileName)))
        {
            Run(other, "ALTER TABLE devices RENAME TO hidden");
            Hear(registry, "esp32_01", "online");
            _time.Advance(TimeSpan.FromSeconds(10));
            Assert.Single(_log.Lines, l => l.Event == "device_store_failed");
            Run(other, "ALTER TABLE hidden RENAME TO devices");
        }

        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(_log.Has("device_store_back"));
        Assert.Single(store.Load());
    }

    private static void Run(Microsoft.Data.Sqlite.SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private void Live(Action<DeviceRegistry> live)
    {
        using var store = DeviceStore.Open(_folder.Path);
        using var registry = new DeviceRegistry(store, _time, _log);
        registry.Start();
        live(registry);
    }

    private void Beat(DeviceRegistry registry, string id, int times)
    {
        for (var n = 0; n < times; n++)
        {
            if (n > 0) _time.Advance(TimeSpan.FromSeconds(5));
            Hear(registry, id, "online");
        }
    }

    private static void Hear(DeviceRegistry registry, string id, string word) => registry.Heard(id, Encoding.UTF8.GetBytes(word), retained: false);
}
