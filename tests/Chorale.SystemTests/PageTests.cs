using Chorale.Archive.Index;
using Chorale.Hub.Access;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>The page in a real browser, against a real hub and real recorders.</summary>
public sealed class PageTests : PageOfHub
{
    private const long Second = 1_000_000, Hour = 3600 * Second;

    private Uri Listen => new(Hub.Address, "#/listen");

    [Fact]
    public async Task What_a_recorder_hears_appears_by_itself_plays_from_the_click_and_goes_on_across_chunks()
    {
        var page = await Browser.OpenAsync(Listen);
        await Assertions.Expect(page.Locator("#empty")).ToBeVisibleAsync();

        Hub.StartRecorder("kitchen");
        await Assertions.Expect(page.Locator("article h2")).ToHaveTextAsync("kitchen");
        await Assertions.Expect(page.Locator("article .level")).ToContainTextAsync("dBFS");
        await Assertions.Expect(page.Locator("article .state")).ToHaveTextAsync("arriving");

        // A view that stands still: one that goes on with now has moved by the time a slow hand presses, and near the newest audio a stream is short.
        await page.EvaluateAsync("location.hash = `#/listen/${new Date().toISOString().slice(0, 19)}Z/10m`");
        await Browser.UntilAsync(page, "document.querySelector('.sound')?.getBoundingClientRect().width > 16"); // some 9 s at 1.8 px each
        var box = await Browser.BoxAsync(page.Locator(".sound").First);
        await page.Mouse.ClickAsync(box.X + 1, box.Y + box.Height / 2);
        await Browser.UntilAsync(page, "document.getElementById('audio').currentTime > 0.5");
        Assert.False(await page.EvaluateAsync<bool>("document.getElementById('audio').paused"));
        await Browser.UntilAsync(page, "document.getElementById('audio').currentTime > 5"); // chunks are 2 s: over two borders, in one stream
        await Assertions.Expect(page.Locator("#playing-who")).ToHaveTextAsync("kitchen");
        await Assertions.Expect(page.Locator("article .mark")).ToHaveCountAsync(1);
        await Browser.ShotAsync(page, "playing");
    }

    [Fact]
    public async Task Two_minutes_are_chosen_by_their_times_and_saved_to_the_sample()
    {
        var start = Now() / Second * Second - 400 * Second;
        await HubArchive.AddRunAsync(Hub.Host, "hall", start, chunks: 30, secondsPerChunk: 10);
        var page = await Browser.OpenAsync(Listen);
        await page.Locator("article[data-recorder=hall] [data-name=export]").ClickAsync();
        await Browser.FillTimeAsync(page, "#export-from", start + 30 * Second);
        await Browser.FillTimeAsync(page, "#export-to", start + 150 * Second);
        await Assertions.Expect(page.Locator("#export")).ToHaveAttributeAsync("data-covered", $"{120 * Second}");
        await Browser.ShotAsync(page, "export");

        var saved = await page.RunAndWaitForDownloadAsync(() => page.Locator("#export-wav").ClickAsync());
        await using var file = await saved.CreateReadStreamAsync();
        using var whole = new MemoryStream();
        await file.CopyToAsync(whole);
        var data = whole.ToArray().AsSpan().IndexOf("data"u8);
        Assert.Equal(120L * 48_000 * sizeof(short), whole.Length - data - 8); // to the sample

        await Assertions.Expect(page.Locator("#recorders")).ToHaveAttributeAsync("data-state", "ready"); // where its sound begins is known
        await page.Locator("article[data-recorder=hall] .track").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("[");
        await Assertions.Expect(page.Locator("#export-from")).ToHaveValueAsync(await Browser.FieldOfAsync(page, start));
    }

    [Fact]
    public async Task Where_there_is_sound_is_shown_at_once_and_how_loud_it_was_as_soon_as_it_is_known()
    {
        await HubArchive.AddRunAsync(Hub.Host, "hall", Now() - 300 * Second, chunks: 20, secondsPerChunk: 10);
        var held = new TaskCompletionSource();
        var page = await Browser.OpenAsync(new Uri("about:blank"));
        await page.RouteAsync("**/peaks?*", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync(new Uri(Hub.Address, "#/listen/now/10m").ToString());
        await Assertions.Expect(page.Locator("article[data-recorder=hall] svg .sound").First).ToBeAttachedAsync();
        await Assertions.Expect(page.Locator("#recorders")).ToHaveAttributeAsync("data-state", "loading");
        Assert.Equal(0, await page.Locator("article[data-recorder=hall] svg .wave").CountAsync());
        await page.Locator("article[data-recorder=hall] .track").FocusAsync();
        await page.Keyboard.PressAsync("Home"); // it can be gone to, and said, before it is drawn
        await Assertions.Expect(page.Locator(".track[data-recorder=hall]")).ToHaveAttributeAsync("aria-valuetext", new System.Text.RegularExpressions.Regex("20 chunks"));
        held.SetResult();
        await Assertions.Expect(page.Locator("article[data-recorder=hall] svg .wave")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#recorders")).ToHaveAttributeAsync("data-state", "ready");
        await page.UnrouteAllAsync(new() { Behavior = UnrouteBehavior.Wait });
    }

    [Fact]
    public async Task Where_there_is_sound_is_shown_though_the_hub_cannot_say_how_loud_it_was()
    {
        await HubArchive.AddRunAsync(Hub.Host, "hall", Now() - 300 * Second, chunks: 20, secondsPerChunk: 10);
        Browser.Expect(500, "/api/v2/levels");
        var page = await Browser.OpenAsync(new Uri("about:blank"));
        await page.RouteAsync("**/levels?*", route => route.FulfillAsync(new RouteFulfillOptions { Status = 500, ContentType = "application/problem+json", Body = "{\"title\":\"the disk cannot be read\"}" }));
        await page.GotoAsync(new Uri(Hub.Address, "#/listen/now/24h").ToString());
        await Assertions.Expect(page.Locator("article[data-recorder=hall] svg .sound").First).ToBeAttachedAsync();
        await page.UnrouteAllAsync(new() { Behavior = UnrouteBehavior.Wait });
    }

    [Fact]
    public async Task Names_that_are_markup_stay_text()
    {
        await HubArchive.AddRunAsync(Hub.Host, "hall", Now() - 600 * Second, chunks: 3, secondsPerChunk: 10);
        Hub.Host.Index.Write((c, t) => Dapper.SqlMapper.Execute(
            c, "UPDATE recorders SET name = '<img src=x onerror=\"window.broken=1\"><script>window.broken=1</script>'", null, t));
        var page = await Browser.OpenAsync(Listen, 360, 740);
        await Assertions.Expect(page.Locator("article h2")).ToContainTextAsync("<script>");
        await page.Locator(".track").ClickAsync(new() { Position = new() { X = 2, Y = 10 } });
        await Assertions.Expect(page.Locator("#playing-who")).ToContainTextAsync("<img");
        Assert.Equal(0, await page.Locator("main img, footer img").CountAsync());
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.broken"));
    }

    [Fact]
    public async Task A_hub_that_is_gone_is_said_and_what_is_shown_is_called_old_until_it_is_back()
    {
        await HubArchive.AddRunAsync(Hub.Host, "hall", Now() - 60 * Second, chunks: 1, secondsPerChunk: 10);
        var page = await Browser.OpenAsync(Listen);
        await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#stale")).ToBeHiddenAsync();

        using (Browser.ExpectLosses())
        {
            await Hub.GoAwayAsync();
            await Assertions.Expect(page.Locator("#stale")).ToContainTextAsync("does not answer");
            await Browser.ShotAsync(page, "stale");

            await Hub.ComeBackAsync();
            await Assertions.Expect(page.Locator("#stale")).ToBeHiddenAsync();
        }

        await HubArchive.AddRunAsync(Hub.Host, "attic", Now() - 30 * Second, chunks: 1, secondsPerChunk: 10);
        await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task With_an_operator_credential_the_page_asks_once_and_everything_works()
    {
        await HubArchive.AddRunAsync(Hub.Host, "hall", Now() - 60 * Second, chunks: 3, secondsPerChunk: 10);
        var secret = Hub.Host.Tokens.Issue(CredentialKind.Operator, "ada").Secret;
        var page = await Browser.OpenAsync(Listen);
        await Browser.LogInAsync(page, "ada", secret);
        await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(1);
        await page.FocusAsync(".track");
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("Enter");
        await Browser.UntilAsync(page, "document.getElementById('audio').currentTime > 0.5");

        using var stranger = new HttpClient { BaseAddress = Hub.Address };
        foreach (var path in (string[])["/api/v2/recorders", "/api/v2/events"])
        {
            var no = await stranger.GetAsync(path);
            Assert.Equal((System.Net.HttpStatusCode.Unauthorized, "Basic"), (no.StatusCode, no.Headers.WwwAuthenticate.Single().Scheme)); // curl is asked as before
        }

        stranger.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"ada:{secret}")));
        Assert.Equal(System.Net.HttpStatusCode.OK, (await stranger.GetAsync("/api/v2/recorders")).StatusCode);
        Assert.Empty(Browser.Complaints);
    }

    [Theory]
    [InlineData(360, 740)]
    [InlineData(768, 1024)]
    [InlineData(1280, 800)]
    public async Task Nothing_scrolls_sideways_or_hides_at_any_width_by_day_and_night(int width, int height)
    {
        await FillAsync();
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            var page = await Browser.OpenAsync(Listen, width, height, scheme);
            await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(4);
            await Assertions.Expect(page.Locator(".sound").First).ToBeVisibleAsync();
            await Browser.ShotAsync(page, $"day-{width}-{scheme}");
            await page.SelectOptionAsync("#zoom", new SelectOptionValue { Label = "6 hours" });
            await Assertions.Expect(page.Locator(".gap.lost")).ToHaveCountAsync(1);
            await page.FocusAsync("article[data-recorder=hall] .track");
            await page.Keyboard.PressAsync("End");
            await page.Keyboard.PressAsync("Enter");
            await Browser.UntilAsync(page, "document.getElementById('audio').currentTime > 0.2");
            await Browser.ShotAsync(page, $"hours-{width}-{scheme}");
            await page.SelectOptionAsync("#zoom", new SelectOptionValue { Label = "10 minutes" });
            await Assertions.Expect(page.Locator("article[data-recorder=hall] .wave:not(.rms)")).ToHaveCountAsync(1);
            await Browser.ShotAsync(page, $"minutes-{width}-{scheme}");
            await page.SelectOptionAsync("#zoom", new SelectOptionValue { Label = "7 days" });
            await Assertions.Expect(page.Locator(".bucket").First).ToBeVisibleAsync();
            await Browser.ShotAsync(page, $"week-{width}-{scheme}");
            Assert.True(await page.EvaluateAsync<bool>($"document.documentElement.scrollWidth <= {width}"));
            foreach (var control in (string[])["#earlier", "#day", "#later", "#today", "#zoom", "#play", "#rate", "#gaps"])
            {
                var box = (await page.Locator(control).BoundingBoxAsync())!;
                Assert.True(box is { X: >= 0, Width: >= 20, Height: >= 20 } && box.X + box.Width <= width, $"{control} at {box.X} {box.Width} x {box.Height}");
            }

            Assert.True(Browser.Complaints.Count == 0, string.Join('\n', Browser.Complaints));
            await page.Context.CloseAsync();
        }
    }

    private static long Now() => WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow());

    /// <summary>A fleet as it looks: one all day, one by schedule that broke in between, one that stopped, one whose chunk was torn.</summary>
    private async Task FillAsync()
    {
        var now = Now();
        var index = Hub.Host.Index;
        index.Write((c, t) =>
        {
            foreach (var (id, name) in ((string, string?)[])[("hall", null), ("00000000-0000-0000-0000-0000000000c3", "shop-berlin-01"), ("attic", null), ("yard", null)])
                RecorderSql.Seen(c, t, new RecorderSeen(id, name, null, null, now - 60 * Hour, null, 0));
            var number = 0;
            void Chunks(string id, double fromHours, double toHours, string? label = null)
            {
                for (var at = now - (long)(fromHours * Hour); at < now - (long)(toHours * Hour); at += 60 * Second)
                {
                    ChunkSql.Insert(c, t, new ChunkRow
                    {
                        ChunkId = $"c{number}", RecorderId = id, Frames = 60 * 48_000, RateHz = 48_000, Channels = 1, Codec = "opus", StartUs = at,
                        EndUs = at + 60 * Second, Path = $"audio/{number++}.ogg", SizeBytes = 227_000, Sha256 = "", ReceivedUs = at, Label = label,
                        Levels = """{"peak_dbfs":[-12],"rms_dbfs":[-31.5],"clipped_samples":0}""",
                    });
                }
            }

            Chunks("hall", 30, 0.05);
            Chunks("00000000-0000-0000-0000-0000000000c3", 9, 4);
            Chunks("00000000-0000-0000-0000-0000000000c3", 3.5, 2.4);
            Chunks("00000000-0000-0000-0000-0000000000c3", 2, 0.01);
            RecorderSql.AddGap(c, t, "00000000-0000-0000-0000-0000000000c3", new GapEntry(now - 4 * Hour, now - (long)(3.5 * Hour), 1, "device_lost"));
            RecorderSql.AddGap(c, t, "00000000-0000-0000-0000-0000000000c3", new GapEntry(now - (long)(2.4 * Hour), now - 2 * Hour, 1, "disk_full"));
            Chunks("attic", 60, 5);
            Chunks("yard", 6, 0.1);
            Chunks("yard", 0.1, 0.08, "torn: good to byte 1800 of 227000");
        });
        await HubArchive.AddRunAsync(Hub.Host, "hall", now - 180 * Second, chunks: 17, secondsPerChunk: 10);
    }
}
