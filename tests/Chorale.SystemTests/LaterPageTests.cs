using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>What of the page is loaded only when it is looked at: a language, a page that few open.</summary>
public sealed class LaterPageTests : PageOfHub
{
    [Fact]
    public async Task A_page_older_than_its_hub_loads_itself_anew_when_a_file_of_it_is_gone()
    {
        var page = await Browser.OpenAsync(Hub.Address);
        await Assertions.Expect(page.Locator("main")).ToHaveAttributeAsync("data-link", "live");
        await page.EvaluateAsync("window.isOld = true");
        Browser.Expect(404, "/assets/page-");
        var asked = 0;
        await page.RouteAsync("**/assets/page-*.js", route => Interlocked.Increment(ref asked) == 1 ? route.FulfillAsync(new RouteFulfillOptions { Status = 404 }) : route.ContinueAsync());
        await page.Locator("nav a[href$=settings]").ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Settings");
        Assert.False(await page.EvaluateAsync<bool>("window.isOld === true"));
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_file_that_never_comes_is_said_and_the_page_is_not_loaded_anew_for_ever()
    {
        var page = await Browser.OpenAsync(Hub.Address);
        await Assertions.Expect(page.Locator("main")).ToHaveAttributeAsync("data-link", "live");
        Browser.Expect(404, "/assets/page-");
        var loads = 0;
        page.Load += (_, _) => Interlocked.Increment(ref loads);
        await page.RouteAsync("**/assets/page-*.js", route => route.FulfillAsync(new RouteFulfillOptions { Status = 404 }));
        await page.Locator("nav a[href$=settings]").ClickAsync();
        await Wait.Until("it was loaded anew once", () => Volatile.Read(ref loads) == 1);
        await Assertions.Expect(page.Locator("main .empty")).ToContainTextAsync("did not come");
        await page.Locator("nav a[href$=fleet]").ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Fleet");
        Assert.Equal(1, Volatile.Read(ref loads));
    }

    [Fact]
    public async Task Recordings_are_got_ready_once_there_are_any_and_can_be_looked_at_while_the_hub_is_gone()
    {
        using var files = new TempFolder();
        HeardSession.Add(Hub.Host, files, "choir", 3, 48_000);
        var page = await Browser.OpenAsync(Hub.Address);
        await Browser.UntilAsync(page, "performance.getEntriesByType('resource').filter(e => e.name.includes('/assets/page-')).length === 1");
        using (Browser.ExpectLosses())
        {
            await page.EvaluateAsync("window.isOld = true");
            await Hub.GoAwayAsync();
            await Assertions.Expect(page.Locator("#stale")).ToContainTextAsync("does not answer");
            await page.Locator("nav a[href$=recordings]").ClickAsync();
            await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Recordings");
            Assert.True(await page.EvaluateAsync<bool>("window.isOld"));
            await Hub.ComeBackAsync();
            await Assertions.Expect(page.Locator("[data-session=choir]")).ToHaveCountAsync(1);
        }
    }

    [Fact]
    public async Task A_line_that_has_just_gone_does_not_cost_the_page()
    {
        var page = await Browser.OpenAsync(Hub.Address);
        await Assertions.Expect(page.Locator("main")).ToHaveAttributeAsync("data-link", "live");
        await page.EvaluateAsync("window.isOld = true");
        using (Browser.ExpectLosses())
        {
            await page.RouteAsync("**/assets/page-*.js", route => route.AbortAsync("connectionrefused"));
            await page.RouteAsync(Hub.Address.ToString(), route => route.AbortAsync("connectionrefused"));
            await page.Locator("nav a[href$=settings]").ClickAsync();
            await Assertions.Expect(page.Locator("main .empty")).ToContainTextAsync("did not come");
        }

        Assert.True(await page.EvaluateAsync<bool>("window.isOld === true"));
    }

    [Fact]
    public async Task Where_the_words_of_a_language_do_not_come_the_page_is_there_in_English_and_in_that_language_the_next_time()
    {
        var page = await Browser.OpenAsync(Hub.Address);
        Browser.Expect(404, "/assets/ru-");
        await page.RouteAsync("**/assets/ru-*.js", route => route.FulfillAsync(new RouteFulfillOptions { Status = 404 }));
        await page.Locator(".settings button[lang=ru]").ClickAsync();
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Home");
        await page.UnrouteAllAsync();
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Главная");
    }
}
