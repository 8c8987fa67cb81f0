using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>What all pages have in common: the parts, the shell, how they lie at the widths people have, and how they are read aloud.</summary>
public sealed class LayoutPageTests : PageOfFleet
{
    [Theory]
    [InlineData(1280, 800, ColorScheme.Light, "en")]
    [InlineData(360, 740, ColorScheme.Dark, "ru")]
    public async Task The_page_of_parts_shows_every_part_that_its_readme_names(int width, int height, ColorScheme scheme, string language)
    {
        var readme = await File.ReadAllLinesAsync(Path.Combine(GuideText.Root, "src/web/README.md"), TestContext.Current.CancellationToken);
        var named = readme.SkipWhile(l => l != "## Parts").Where(l => l.StartsWith('|')).Skip(2).SelectMany(l => l.Split('|')[1].Replace("`", "", StringComparison.Ordinal).Split(',', StringSplitOptions.TrimEntries)).ToList();
        Assert.True(named.Count > 15, string.Join(' ', named));
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/parts"), width, height, scheme);
        await Assertions.Expect(page.Locator("#parts")).ToBeVisibleAsync();
        if (language == "ru")
        {
            await page.Locator(".head button[lang=ru]").ClickAsync();
            await Assertions.Expect(page.Locator("main h1")).ToHaveTextAsync("Детали");
            Assert.DoesNotMatch("[a-z]{4}", string.Join(' ', await page.Locator("#parts h2").AllTextContentsAsync()));
        }

        foreach (var part in named)
        {
            var box = await page.Locator($"[data-part~='{part}']").First.BoundingBoxAsync();
            Assert.True(box is { Width: > 100, Height: > 50 }, $"{part} is not on the page of parts");
        }

        foreach (var seen in (string[])["[data-part~=State] .state", ".outcome", ".button.primary", ".field", ".banner.warn", ".facts", ".meter", ".tabs a", ".job progress", ".once pre", ".graph svg", ".table-frame", "[data-part=Said] code", "[data-part=space] .space", ".chip"])
            await Assertions.Expect(page.Locator($"#parts {seen}").First).ToBeVisibleAsync();
        Assert.Equal("4 8 12 16 24 40", await page.EvaluateAsync<string>("[...document.querySelectorAll('.space')].map(s => s.getBoundingClientRect().width).join(' ')"));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen");
        await Browser.ShotAsync(page, $"parts-{width}-{scheme.ToString().ToLowerInvariant()}", isWhole: true);
        await NothingFoundAsync(page);

        await page.Locator("[data-name=ask]").ClickAsync();
        await Assertions.Expect(page.Locator("#parts-dialog")).ToBeVisibleAsync();
        await Browser.ShotAsync(page, $"parts-dialog-{width}");
        await NothingFoundAsync(page);
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator("#parts-dialog")).ToBeHiddenAsync();
    }

    [Theory]
    [InlineData(1280, 3)]
    [InlineData(360, 1)]
    public async Task Recorders_stand_as_many_abreast_as_there_is_room_for_and_nothing_of_one_hangs_out(int width, int abreast)
    {
        await using var modules = new SimulatedModules(Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        foreach (var id in (string[])["mic-1", "a-recorder-with-a-name-of-thirty-six", "mic-3", "mic-4"]) modules.Add(id);
        modules.Change("mic-3", s =>
        {
            s["error"] = "the microphone on the left wall does not answer any more since it was unplugged";
            s["alarms"] = new JsonArray("dead_microphone", "upload_waiting", "quarantine");
        });
        await HubArchive.AddRunAsync(Hub.Host, "attic", Chorale.Protocol.WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) - 60_000_000, chunks: 3, secondsPerChunk: 10);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/fleet"), width, 2400); // all of them are in sight, and so drawn
        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(5);
        await Assertions.Expect(page.Locator(".tile[data-presence] .tile-facts")).ToHaveCountAsync(5);
        Assert.Equal(abreast, await page.EvaluateAsync<int>("(all => all.filter(t => t.getBoundingClientRect().top === all[0].getBoundingClientRect().top).length)([...document.querySelectorAll('.tile')])"));
        Assert.Empty(await page.EvaluateAsync<string[]>("""
            [...document.querySelectorAll('.tile')].flatMap(tile => { const edge = tile.getBoundingClientRect();
              return [...tile.querySelectorAll(':not(.unseen)')].filter(e => { const b = e.getBoundingClientRect(); return b.width > 0 && !e.closest('.unseen') && (b.right > edge.right + 0.5 || b.left < edge.left - 0.5 || b.bottom > edge.bottom + 0.5); })
                .map(e => `${tile.dataset.module}: ${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`); })
            """));
        await Browser.ShotAsync(page, $"fleet-abreast-{width}", isWhole: true);
    }

    [Fact]
    public async Task The_count_beside_Home_is_how_many_things_Home_shows()
    {
        await using var modules = new SimulatedModules(Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        foreach (var id in (string[])["mic-1", "mic-2", "mic-3"]) modules.Add(id);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/"));
        modules.Change("mic-1", s => s["alarms"] = new JsonArray("dead_microphone"));
        modules.Change("mic-2", s =>
        {
            s["queue"] = new JsonObject { ["chunks"] = 12, ["bytes"] = 3_000_000, ["oldest"] = Chorale.Protocol.WallTime.ToText(TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(20)), ["quarantined"] = 4 };
            s["alarms"] = new JsonArray("quarantine");
        });
        await Assertions.Expect(page.Locator(".need.bad")).Not.ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator(".need.warn")).Not.ToHaveCountAsync(0);
        await Browser.UntilAsync(page, "document.getElementById('need-count')?.textContent === document.getElementById('needs').dataset.count && document.querySelectorAll('#needs .need').length === Number(document.getElementById('needs').dataset.count)");
        await Assertions.Expect(page.Locator("#need-count")).ToHaveAttributeAsync("aria-label", await page.Locator(".need-count").InnerTextAsync());
    }

    [Theory]
    [InlineData(1280, 800, ColorScheme.Light)]
    [InlineData(360, 740, ColorScheme.Dark)]
    public async Task What_is_old_is_told_once_and_can_still_be_read(int width, int height, ColorScheme scheme)
    {
        await HubArchive.AddRunAsync(Hub.Host, "hall", Chorale.Protocol.WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) - 60_000_000, chunks: 3, secondsPerChunk: 10);
        await using var modules = new SimulatedModules(Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        modules.Add("mic-1");
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/listen"), width, height, scheme);
        await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(1);
        await page.EvaluateAsync("location.hash = '#/fleet'");
        await Assertions.Expect(page.Locator(".tile .tile-facts")).ToHaveCountAsync(2);
        Browser.ExpectLosses();
        await Hub.GoAwayAsync();
        await Assertions.Expect(page.Locator("#stale")).ToBeVisibleAsync();

        // What a screen reader takes from the banner does not change while the age beside it counts on.
        await page.EvaluateAsync("""
            () => { window.told = []; const alert = document.querySelector('[role=alert].banners'); window.age = () => alert.querySelector('.figures').textContent; window.first = window.age();
              new MutationObserver(all => { for (const m of all) { const at = m.target.nodeType === 1 ? m.target : m.target.parentElement; if (!at?.closest('[aria-hidden=true]')) window.told.push(alert.textContent); } })
                .observe(alert, { subtree: true, childList: true, characterData: true, attributes: true }); }
            """);
        await Browser.UntilAsync(page, "window.age() !== window.first && parseInt(window.age().match(/\\d+/)[0]) >= parseInt(window.first.match(/\\d+/)?.[0] ?? 0) + 2");
        Assert.Empty(await page.EvaluateAsync<string[]>("window.told"));
        await Assertions.Expect(page.Locator("#stale .unseen")).ToContainTextAsync("What you see is of");
        await Browser.ShotAsync(page, $"stale-fleet-{width}", isWhole: true);
        await NothingFoundAsync(page);
        foreach (var place in (string[])["#/listen", "#/", "#/log/health"])
        {
            await page.EvaluateAsync("place => { location.hash = place; }", place);
            await Assertions.Expect(page.Locator("main h1")).ToBeVisibleAsync();
            await NothingFoundAsync(page);
        }

        await page.EvaluateAsync("location.hash = '#/listen'");
        await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(1);
        await Browser.ShotAsync(page, $"stale-listen-{width}", isWhole: true);
    }

    private static async Task NothingFoundAsync(IPage page)
    {
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));
    }
}
