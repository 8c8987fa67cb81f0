using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Listening on the page: a press, a sound, its age, and the truth about both when the recorder or the line is gone.</summary>
public sealed class LivePageTests : PageOfHub
{
    [Fact]
    public async Task Who_presses_hears_the_room_sees_how_old_it_is_and_is_told_when_it_is_gone()
    {
        using var going = new CancellationTokenSource();
        var recorder = Hub.RunRecorder("kitchen", going.Token);
        Hub.StartRecorder("hall");
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/listen"));
        var kitchen = page.Locator("article", new PageLocatorOptions { HasText = "kitchen" });
        var hall = page.Locator("article", new PageLocatorOptions { HasText = "hall" });
        await kitchen.Locator("[data-name=listen-live]").ClickAsync();
        await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "live");
        await Browser.UntilAsync(page, "Number(document.querySelector('#live')?.dataset.rms || -120) > -40"); // the hum of the test signal is at -28
        await Browser.UntilAsync(page, "(document.querySelector('#live')?.dataset.ageMs ?? '') !== ''");
        var age = double.Parse((await page.Locator("#live").GetAttributeAsync("data-age-ms"))!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(age, 100, 10_000); // a quarter of a second waits by intent
        await Assertions.Expect(page.Locator("#live-age")).ToContainTextAsync("s behind");
        await Browser.ShotAsync(page, "live", isWhole: true);
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));

        // One microphone at a time, by keyboard alone.
        await hall.Locator("[data-name=listen-live]").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#live strong")).ToHaveTextAsync("hall");
        await Assertions.Expect(page.Locator("#live")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "live");
        await kitchen.Locator("[data-name=listen-live]").ClickAsync();
        await Assertions.Expect(page.Locator("#live strong")).ToHaveTextAsync("kitchen");
        await Browser.UntilAsync(page, "Number(document.querySelector('#live')?.dataset.rms || -120) > -40");
        await page.Locator("[data-name=mute-live]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-name=mute-live]")).ToHaveAttributeAsync("aria-pressed", "true");
        await page.Locator("[data-name=mute-live]").ClickAsync();

        await going.CancelAsync();
        await recorder;
        await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "gone");
        await Assertions.Expect(page.Locator("#live.stale")).ToHaveCountAsync(1);
        await Browser.ShotAsync(page, "live-gone", isWhole: true);
        Hub.StartRecorder("kitchen");
        await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "live");
        await Browser.UntilAsync(page, "Number(document.querySelector('#live')?.dataset.rms || -120) > -40");
        await page.Locator("[data-name=stop-live]").ClickAsync();
        await Assertions.Expect(page.Locator("#live")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_hub_that_goes_away_is_said_and_listening_comes_back_by_itself_on_a_phone()
    {
        Hub.StartRecorder("kitchen");
        await using var line = new TcpFaultProxy(Hub.Address.Port);
        var page = await Browser.OpenAsync(new Uri($"http://127.0.0.1:{line.Port}/#/listen"), width: 360, height: 740, scheme: ColorScheme.Dark);
        await page.Locator("[data-name=listen-live]").ClickAsync();
        await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "live");
        using (Browser.ExpectLosses())
        {
            line.Fault = LineFault.HalfOpen;
            await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "lost");
            line.Fault = LineFault.None;
            line.CutAll();
            await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "live");
        }

        await Browser.UntilAsync(page, "Number(document.querySelector('#live')?.dataset.rms || -120) > -40");
        await Browser.ShotAsync(page, "live-phone", isWhole: true);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= 360"), "nothing is wider than the phone");
    }
}
