using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>How long after a press something is heard in the browser, and how old it is: within a second is promised, the caps are ten times wider.</summary>
public sealed class LiveDelayPageTests : PageOfHub
{
    private const double CapMs = 10_000;

    [Fact]
    public async Task A_press_is_heard_within_the_cap_and_what_is_heard_is_no_older_than_that()
    {
        Hub.StartRecorder("kitchen");
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/listen"), script: PageEar.Script);
        var button = page.Locator("article [data-name=listen-live]");
        await Assertions.Expect(button).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await button.ClickAsync();
        await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "live");
        await using var ear = LiveEar.Open(Hub.Address, "kitchen");
        await ear.HearAsync(8);
        await Browser.UntilAsync(page, "Number(document.querySelector('#live')?.dataset.rms || -120) > -40"); // it sounds
        await Browser.UntilAsync(page, "window.pageEar.played.length > 100");
        var said = double.Parse((await page.Locator("#live").GetAttributeAsync("data-age-ms"))!, System.Globalization.CultureInfo.InvariantCulture);
        var heard = PageEar.Read(await page.EvaluateAsync<string>(PageEar.Told));

        // The test signal chirps at each whole second: what the hub says of when it was recorded is true.
        var chirps = ear.Chirps();
        Assert.True(chirps.Count >= 4, $"{chirps.Count} chirps in {ear.Seconds:0.0} s");
        Assert.All(chirps, c => Assert.InRange(Math.Abs(c.ClaimedUs - c.SecondUs) / 1000.0, 0, 100));

        var delays = heard.DelaysMs(ear).Order().ToList();
        Assert.True(delays.Count >= 20, $"{delays.Count} of {heard.Played.Count} blocks were the same as what the other listener got");
        var (middle, worst) = (delays[delays.Count / 2], delays[^1]);
        TestContext.Current.TestOutputHelper?.WriteLine($"first sound {heard.FirstSoundMs:0} ms after the press; age p50 {middle:0} ms, worst {worst:0} ms of {delays.Count} blocks; the page says {said:0} ms");
        Assert.InRange(heard.FirstSoundMs, 1, CapMs);
        Assert.InRange(delays[0], 1, CapMs); // nothing is heard before it was recorded
        Assert.InRange(worst, 1, CapMs);
        Assert.InRange(Math.Abs(said - middle), 0, 2_000); // and the page tells the truth of it
    }
}
