using Chorale.Archive.Index;
using Chorale.Hub.Health;
using Chorale.Protocol;

namespace Chorale.Tests.Hub;

public sealed class StorageForecastTests
{
    private const long Day = 86_400_000_000, Gb = 1_000_000_000;
    private static readonly StorageFacts Plain = new(100 * Day, 101 * Gb, 10 * Gb, Gb, 90 * Day, null, null, Gb);

    [Fact]
    public void A_disk_is_full_when_what_comes_has_brought_it_to_its_floor()
    {
        Assert.Equal(new StorageOutlook(200 * Day, null), StorageForecast.Of(Plain));
        Assert.Equal(new StorageOutlook(100 * Day, null), StorageForecast.Of(Plain with { FreeBytes = Gb / 2 })); // already
    }

    [Fact]
    public void A_hub_whose_retention_holds_it_is_never_full_and_says_when_deleting_begins()
    {
        Assert.Equal(new StorageOutlook(null, 120 * Day), StorageForecast.Of(Plain with { KeepFor = TimeSpan.FromDays(30) }));
        Assert.Equal(new StorageOutlook(null, 140 * Day), StorageForecast.Of(Plain with { KeepBytes = 50 * Gb }));
        Assert.Equal(new StorageOutlook(null, 120 * Day), StorageForecast.Of(Plain with { KeepFor = TimeSpan.FromDays(30), KeepBytes = 50 * Gb })); // whichever comes first
    }

    [Fact]
    public void A_limit_that_lies_beyond_the_disk_does_not_help()
    {
        Assert.Equal(200 * Day, StorageForecast.Of(Plain with { KeepFor = TimeSpan.FromDays(365) }).FullAtUs);
        Assert.Equal(200 * Day, StorageForecast.Of(Plain with { KeepBytes = 500 * Gb }).FullAtUs);
    }

    [Fact]
    public void A_hub_that_deletes_already_says_now()
    {
        Assert.Equal(100 * Day, StorageForecast.Of(Plain with { KeepBytes = 5 * Gb }).ReachUs);
        Assert.Equal(100 * Day, StorageForecast.Of(Plain with { KeepFor = TimeSpan.FromDays(2) }).ReachUs);
    }

    [Fact]
    public void What_is_not_known_is_never_taken_for_endless()
    {
        Assert.Equal(new StorageOutlook(null, null), StorageForecast.Of(Plain with { FreeBytes = null }));
        Assert.Equal(new StorageOutlook(null, null), StorageForecast.Of(Plain with { BytesPerDay = null }));
        Assert.Equal(new StorageOutlook(null, null), StorageForecast.Of(Plain with { BytesPerDay = 0 }));
    }

    [Fact]
    public async Task The_hub_reckons_with_what_came_in_the_last_days_whatever_the_archive_holds()
    {
        await using var hub = await TestHub.StartAsync(s => s with { FreeBytesFloor = 1 });
        var now = WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow());
        hub.Host.Index.Write((c, t) =>
        {
            RecorderSql.Seen(c, t, new RecorderSeen("hall", null, null, null, now, null, 0));
            var n = 0;
            // Ten days at an hour of audio a day, then two at six hours a day; 1,000 bytes a second all the time.
            for (var day = 12; day > 0; day--)
            {
                for (var hour = 0; hour < (day <= 2 ? 6 : 1); hour++)
                {
                    var start = now - day * Day + hour * 3_600_000_000L;
                    ChunkSql.Insert(c, t, new ChunkRow
                    {
                        ChunkId = $"c{n}", RecorderId = "hall", Frames = 1, RateHz = 48_000, Channels = 1, Codec = "opus", StartUs = start, EndUs = start + 3_600_000_000, Path = $"audio/{n++}.ogg",
                        SizeBytes = 3_600_000, Sha256 = "", ReceivedUs = start,
                    });
                }
            }
        });
        using var http = new HttpClient { BaseAddress = hub.Url };
        var told = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/api/v2/storage", TestContext.Current.CancellationToken)).RootElement;
        var perDay = told.GetProperty("bytes_per_day").GetDouble();
        Assert.InRange(perDay, 3.6e6 * (5 + 12) / 7 * 0.9, 3.6e6 * (5 + 12) / 7 * 1.1);
        Assert.InRange(told.GetProperty("bytes_last_day").GetDouble(), 3.6e6 * 6 * 0.8, 3.6e6 * 6 * 1.2);
        Assert.InRange(told.GetProperty("basis_days").GetDouble(), 6.9, 7);
        Assert.Equal(22 * 3_600_000, told.GetProperty("held_bytes").GetInt64());
        var free = told.GetProperty("free_bytes").GetInt64();
        var days = free / told.GetProperty("bytes_last_day").GetDouble();
        if (days < 36_500) Assert.InRange((told.GetProperty("full_at_us").GetInt64() - now) / (double)Day, days * 0.99, days * 1.01);
        else Assert.Equal(System.Text.Json.JsonValueKind.Null, told.GetProperty("full_at_us").ValueKind);
    }

    [Fact]
    public async Task Health_has_links_files_queues_process_and_the_public_one_keeps_its_keys()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Url };
        var health = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/api/v2/health", TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal("ok", health.GetProperty("status").GetString());
        Assert.Contains(health.GetProperty("database").EnumerateArray(), d => d.GetProperty("name").GetString() == "archive.db" && d.GetProperty("problem").ValueKind == System.Text.Json.JsonValueKind.Null);
        Assert.True(health.GetProperty("process").GetProperty("rss_bytes").GetInt64() > 1_000_000);
        Assert.Equal(0, health.GetProperty("queues").GetProperty("backlog_chunks").GetInt64());
        var open = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/health", TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(["status", "db", "storage_writable", "time", "timestamp"], open.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task A_file_that_is_damaged_is_named()
    {
        using var folder = new TempFolder();
        await File.WriteAllBytesAsync(folder["fleet.db"], [.. "this is no database, whatever it was called"u8], TestContext.Current.CancellationToken);
        var watch = new DatabaseWatch(folder.Path, new Dictionary<string, Chorale.Storage.WriteTimes>(), TimeProvider.System);
        watch.Check();
        var file = Assert.Single(watch.Look());
        Assert.Equal("fleet.db", file.Name);
        Assert.NotEqual("ok", file.Integrity);
        Assert.NotNull(file.Problem);
    }
}
