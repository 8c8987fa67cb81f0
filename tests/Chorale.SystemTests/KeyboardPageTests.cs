using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Somebody who has a keyboard and nothing else: Tab, Shift+Tab, Enter and Space.</summary>
public sealed class KeyboardPageTests : PageOfRooms
{
    private const int TabsMax = 120;

    [Fact]
    public async Task With_Tab_and_Enter_alone_a_recorder_is_started_and_a_scene_is_run_and_stopped_and_one_always_sees_where_one_is()
    {
        Room.StartNodes();
        await using var modules = new SimulatedModules(Room.Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        modules.Add("mic-1");
        var page = await Browser.OpenAsync(Hub.Address);
        await Assertions.Expect(page.Locator("main")).ToHaveAttributeAsync("data-link", "live");

        // The first Tab offers to skip what is the same on every page; taken, the next one is in the page's own part.
        await page.Keyboard.PressAsync("Tab");
        Assert.Contains("skip", await page.EvaluateAsync<string>("document.activeElement.className"), StringComparison.Ordinal);
        await SeenAsync(page);
        await Browser.ShotAsync(page, "keyboard-skip");
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("H1", await page.EvaluateAsync<string>("document.activeElement.tagName"));
        Assert.True(await page.EvaluateAsync<bool>("document.querySelector('main').contains(document.activeElement)"));
        await page.Keyboard.PressAsync("Shift+Tab"); // and back out of it
        Assert.False(await page.EvaluateAsync<bool>("document.querySelector('main').contains(document.activeElement)"));

        await TabToAsync(page, ".rail a[href='#/fleet']");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-presence", "online");
        await TabToAsync(page, "[data-module=mic-1] [data-name=start]");
        await Browser.ShotAsync(page, "keyboard-start");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-state", "recording");
        Assert.True(modules.IsRecording("mic-1"));
        await TabToAsync(page, "[data-module=mic-1] [data-name=stop]");
        await page.Keyboard.PressAsync("Space");
        await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-state", "idle");

        await TabToAsync(page, ".rail a[href='#/rooms']");
        await page.Keyboard.PressAsync("Enter");
        foreach (var node in (string[])[PageRoom.Relays, PageRoom.Motors]) await Assertions.Expect(page.Locator($"[data-node={node}]")).ToHaveAttributeAsync("data-presence", "online");
        await TabToAsync(page, "[data-scene=storm] [data-name=run]");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#run .run-state")).ToHaveAttributeAsync("data-state", "intro");
        await TabToAsync(page, "#stop");
        await Browser.ShotAsync(page, "keyboard-stop");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-room=foyer]")).ToHaveAttributeAsync("data-room-state", "idle");
    }

    [Theory]
    [InlineData("", "#needs[data-count]")]
    [InlineData("fleet", "[data-module=mic-1] [data-name=start]")]
    [InlineData("listen", "article .sound")]
    [InlineData("rooms/foyer", "[data-output='foyer/light/1']")]
    [InlineData("rooms/foyer/scenes/storm", "[data-scene-state=storm]")]
    [InlineData("log", "#events tbody tr")]
    [InlineData("jobs", "#check")]
    [InlineData("settings", "#storage")]
    public async Task No_page_keeps_the_keyboard_and_each_stop_on_the_way_is_seen(string address, string ready)
    {
        Room.StartNodes();
        await using var modules = new SimulatedModules(Room.Broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        modules.Add("mic-1");
        await HubArchive.AddRunAsync(Hub.Host, "mic-1", Chorale.Protocol.WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) - 60_000_000, chunks: 1, secondsPerChunk: 10);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/" + address));
        await Assertions.Expect(page.Locator("main")).ToHaveAttributeAsync("data-link", "live");
        await Assertions.Expect(page.Locator(ready).First).ToBeVisibleAsync();
        foreach (var key in (string[])["Tab", "Shift+Tab"])
        {
            var stops = 0;
            await page.EvaluateAsync("() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); }"); // wherever the page put it
            await page.Keyboard.PressAsync(key);
            for (; stops < TabsMax && !await page.EvaluateAsync<bool>("document.activeElement === null || document.activeElement === document.body"); stops++)
            {
                await SeenAsync(page);
                await page.Keyboard.PressAsync(key);
            }

            Assert.InRange(stops, 10, TabsMax - 1);
        }
    }

    /// <summary>Presses Tab, round the page if need be, and looks at each stop on the way.</summary>
    private static async Task TabToAsync(IPage page, string selector)
    {
        for (var n = 0; n < TabsMax; n++)
        {
            await page.Keyboard.PressAsync("Tab");
            await SeenAsync(page);
            if (await page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector)) return;
        }

        Assert.Fail($"no {selector} within {TabsMax} tabs");
    }

    /// <summary>
    /// What has the keyboard is on the screen and has a frame that can be told from it. What moves away afterwards because a scene goes on above it
    /// was there when one came to it.
    /// </summary>
    private static async Task SeenAsync(IPage page)
    {
        var unseen = await page.EvaluateAsync<string>("""
            async () => {
              if (window.movedAt === undefined) {
                window.movedAt = -1; window.keyAt = 0;
                new PerformanceObserver(list => { for (const e of list.getEntries()) window.movedAt = Math.max(window.movedAt, e.startTime); }).observe({ type: 'layout-shift' });
                document.addEventListener('keydown', () => { window.keyAt = performance.now(); }, true);
              }
              const at = document.activeElement;
              if (at === null || at === document.body) return '';
              const isIn = box => !(box.bottom <= 0 || box.right <= 0 || box.top >= innerHeight || box.left >= innerWidth);
              for (let n = 0; n < 30 && !isIn(at.getBoundingClientRect()); n++) await new Promise(requestAnimationFrame);
              const box = at.getBoundingClientRect(), style = getComputedStyle(at), name = at.outerHTML.slice(0, 160);
              if (box.width < 2 || box.height < 2) return `has no size: ${name}`;
              if (!isIn(box)) return window.movedAt >= window.keyAt - 50 ? '' : `out of sight: ${name}`;
              const framed = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1 && style.outlineColor !== 'rgba(0, 0, 0, 0)';
              return framed || style.boxShadow !== 'none' ? '' : `has no frame: ${name}`;
            }
            """);
        Assert.True(unseen.Length == 0, unseen);
    }
}
