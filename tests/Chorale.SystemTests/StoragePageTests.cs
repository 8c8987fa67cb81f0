using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Chorale.Protocol;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>How long audio is kept and when the disk is full, on the page of settings: a real hub with audio of the last half hour.</summary>
public sealed class StoragePageTests
{
    [Fact]
    public async Task Without_a_bound_it_says_in_how_many_days_the_disk_is_full_as_the_hub_reckons()
    {
        var log = new TestLog();
        // A tenth of what is free: full within a century, whatever the disk.
        await using var hub = await PageHub.StartAsync(log, s => s with { FreeBytesFloor = new DriveInfo(Path.GetTempPath()).AvailableFreeSpace / 10 * 9 });
        await using var browser = await Browser.StartAsync(); // the first to go: it would complain that the hub is gone
        var (page, told) = await OpenAsync(browser, hub);
        await ReadsAsync(page, "Kept for", "for ever");
        await ReadsAsync(page, "At most", "no bound");
        await ReadsAsync(page, "Always kept free", Size(told.GetProperty("floor_bytes").GetInt64()));
        var days = (told.GetProperty("full_at_us").GetInt64() - told.GetProperty("now_us").GetInt64()) / 86_400e6;
        Assert.True(days > 2, $"full in {days} days");
        var shown = await Value(page, "Full in").TextContentAsync();
        Assert.EndsWith(" days", shown, StringComparison.Ordinal);
        Assert.InRange(double.Parse(shown![..^5], NumberStyles.AllowThousands, CultureInfo.InvariantCulture), days * 0.99 - 1, days * 1.01 + 1);
        Assert.Equal("ok", await page.Locator("#storage-full .state").GetAttributeAsync("data-state"));
        await Assertions.Expect(page.Locator("#storage .card-head .age")).ToBeVisibleAsync(); // how old all that is
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task With_bounds_it_says_them_when_they_begin_to_delete_and_that_the_disk_does_not_fill()
    {
        var log = new TestLog();
        await using var hub = await PageHub.StartAsync(log, s => s with { KeepFor = TimeSpan.FromDays(30), KeepBytes = 5_000_000_000, FreeBytesFloor = 1_500_000_000 });
        await using var browser = await Browser.StartAsync(); // the first to go: it would complain that the hub is gone
        var (page, told) = await OpenAsync(browser, hub);
        await ReadsAsync(page, "Kept for", "30 days");
        await ReadsAsync(page, "At most", "5 GB");
        await ReadsAsync(page, "Always kept free", "1.5 GB");
        Assert.Equal(JsonValueKind.Null, told.GetProperty("full_at_us").ValueKind);
        await ReadsAsync(page, "Full in", "does not fill at this rate");
        Assert.InRange((told.GetProperty("reach_us").GetInt64() - told.GetProperty("now_us").GetInt64()) / 86_400e6, 29.9, 30);
        await Assertions.Expect(page.Locator("#storage")).ToContainTextAsync("in 30 days");
        await Browser.ShotAsync(page, "settings-storage", isWhole: true);
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task A_technician_sets_how_long_audio_is_kept_sees_first_what_goes_and_is_told_when_somebody_else_was_faster()
    {
        await using var hub = await PageHub.StartAsync(new TestLog(), s => s with { KeepFor = TimeSpan.FromDays(300) });
        await using var browser = await Browser.StartAsync(); // the first to go: it would complain that the hub is gone
        var now = WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow());
        await HubArchive.AddRunAsync(hub.Host, "attic", now - 4 * 86_400_000_000L, chunks: 3, secondsPerChunk: 10);
        await HubArchive.AddRunAsync(hub.Host, "hall", now - 1_800_000_000, chunks: 3, secondsPerChunk: 10);
        hub.Host.Tokens.People.TryAdd("tom", Chorale.Hub.Access.Role.Technician, Chorale.Hub.Access.Passwords.Hash("a quiet evening"));
        var page = await browser.OpenAsync(new Uri(hub.Address, "#/settings"));
        await Browser.LogInAsync(page, "tom", "a quiet evening");
        await ReadsAsync(page, "Kept for", "300 days");
        await page.Locator("[data-name=keep-change]").ClickAsync();
        await Assertions.Expect(page.Locator("#keep-would")).ToContainTextAsync("nothing");
        await Assertions.Expect(page.Locator("[data-name=keep-save]")).ToHaveAttributeAsync("aria-disabled", "true"); // it is so now
        await page.Locator("#keep-days").FillAsync("two");
        await Assertions.Expect(page.Locator("[data-name=keep-save]")).ToHaveAttributeAsync("aria-disabled", "true");
        await page.Locator("#keep-days").FillAsync("2");
        await Assertions.Expect(page.Locator("#keep-would [data-state=bad]")).ToContainTextAsync("everything before");
        await Browser.ShotAsync(page, "settings-keep", isWhole: true);

        // Somebody else, while the form is open and before the button is pressed.
        using (var anna = await PersonClient.LoginAsync(hub.Address, "tom", "a quiet evening"))
            Assert.Equal(200, await anna.StatusAsync(HttpMethod.Put, "/api/v2/storage/rule", new { keep_days = 200, seen = new { keep_days = 300 } }));
        browser.Expect(409, "/api/v2/storage/rule");
        await page.Locator("[data-name=keep-save]").ClickAsync();
        await page.Locator("[data-name=sure]").ClickAsync();
        await Assertions.Expect(page.Locator("#keep-said")).ToContainTextAsync("200 days");
        await ReadsAsync(page, "Kept for", "200 days");
        Assert.Equal(6, Rows(hub));
        await page.Locator("[data-name=keep-seen]").ClickAsync();
        await page.Locator("[data-name=keep-save]").ClickAsync();
        await page.Locator("[data-name=sure]").ClickAsync();
        await Assertions.Expect(page.Locator("#keep")).ToHaveCountAsync(0);
        await ReadsAsync(page, "Kept for", "2 days");
        await Assertions.Expect(page.Locator("#keep-whose")).ToContainTextAsync("Set here by tom");
        await Assertions.Expect(page.Locator("#keep-whose")).ToContainTextAsync("300 days");

        await page.Locator("[data-name=keep-change]").ClickAsync();
        await page.Locator("[data-name=as-file]").ClickAsync();
        await Assertions.Expect(page.Locator("#keep-days")).ToHaveValueAsync("300");
        await page.Locator("[data-name=keep-save]").ClickAsync();
        await ReadsAsync(page, "Kept for", "300 days");
        await Assertions.Expect(page.Locator("#keep-whose")).ToContainTextAsync("hub.yaml");
        Assert.Empty(browser.Complaints);
    }

    private static long Rows(PageHub hub) => hub.Host.Index.Read(c => Dapper.SqlMapper.ExecuteScalar<long>(c, "SELECT count(*) FROM chunks"));

    private static async Task<(IPage Page, JsonElement Told)> OpenAsync(Browser browser, PageHub hub)
    {
        await HubArchive.AddRunAsync(hub.Host, "attic", WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) - 1_800_000_000, chunks: 6, secondsPerChunk: 10);
        using var http = new HttpClient { BaseAddress = hub.Address };
        var told = await http.GetFromJsonAsync<JsonElement>("api/v2/storage", TestContext.Current.CancellationToken);
        var page = await browser.OpenAsync(new Uri(hub.Address, "#/settings"));
        await Assertions.Expect(page.Locator("#storage dl")).ToBeVisibleAsync();
        return (page, told);
    }

    private static ILocator Value(IPage page, string name) =>
        page.Locator("#storage dl > div", new() { Has = page.GetByText(name, new() { Exact = true }) }).Locator("dd");

    private static Task ReadsAsync(IPage page, string name, string value) => Assertions.Expect(Value(page, name)).ToHaveTextAsync(value);

    /// <summary>As the page says it.</summary>
    private static string Size(long bytes)
    {
        var (size, unit) = bytes >= 1e12 ? (1e12, "TB") : bytes >= 1e9 ? (1e9, "GB") : (1e6, "MB");
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(bytes / size, 1, MidpointRounding.AwayFromZero):0.#} {unit}");
    }
}
