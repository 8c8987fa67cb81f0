using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>What all tests of the page rely on: that a page which complains fails its test, also one that does not ask.</summary>
public sealed class BrowserTests
{
    [Fact]
    public async Task A_page_that_complains_fails_its_test_and_what_is_expected_does_not()
    {
        await using var hub = await PageHub.StartAsync(new TestLog());
        var all = await EndAsync(async (_, page) =>
        {
            await page.RouteAsync("**/dead", route => route.AbortAsync("connectionrefused"));
            await page.EvaluateAsync("() => { console.error('odd'); setTimeout(() => { throw new Error('thrown'); }); return fetch('api/v2/jobs/none').then(() => fetch('dead')).catch(() => {}); }");
        });
        foreach (var what in (string[])["console: odd", "thrown", "404: GET", "ERR_CONNECTION_REFUSED"]) Assert.Contains(what, all, StringComparison.Ordinal);

        Assert.Equal("", await EndAsync((browser, page) =>
        {
            browser.Expect(404, "/api/v2/jobs/");
            browser.ExpectWords("odd");
            return page.EvaluateAsync("() => { console.error('odd'); return fetch('api/v2/jobs/none').then(() => {}); }");
        }));
        Assert.Contains("404: GET", await EndAsync((browser, page) =>
        {
            browser.Expect(404, "/api/v2/recorders/"); // another path
            browser.Expect(403, "/api/v2/jobs/"); // another answer
            return page.EvaluateAsync("() => fetch('api/v2/jobs/none').then(() => {})");
        }), StringComparison.Ordinal);
        Assert.Contains("404: GET", await EndAsync(async (browser, page) =>
        {
            using (browser.ExpectLosses()) await page.EvaluateAsync("() => fetch('api/v2/jobs/while').then(() => {})");
            await page.EvaluateAsync("() => fetch('api/v2/jobs/after').then(() => {})");
        }), StringComparison.Ordinal);

        async Task<string> EndAsync(Func<Browser, IPage, Task> disturb)
        {
            var browser = await Browser.StartAsync();
            var page = await browser.OpenAsync(new Uri(hub.Address, "#/listen"));
            await Assertions.Expect(page.Locator("#empty")).ToBeVisibleAsync();
            await disturb(browser, page);
            await page.Context.CloseAsync();
            return (await Record.ExceptionAsync(async () => await browser.DisposeAsync()))?.Message ?? "";
        }
    }
}
