using System.Globalization;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Five hundred recorders on one page.</summary>
public sealed class FleetCrowdPageTests(ITestOutputHelper output) : PageOfFleet
{
    private const int Modules = 500;

    /// <summary>bench/run fleet-page has what it is; this is ten times wider, for a machine that does other things as well.</summary>
    private const double FrameP99CapMs = 1_000;

    [Fact]
    public async Task Five_hundred_tiles_scroll_only_those_in_sight_are_drawn_and_watched_and_all_can_be_reached_and_chosen()
    {
        using var modules = ChildProcess.Chorale(
        [
            "simulate", "fleet", "--modules", Modules.ToString(CultureInfo.InvariantCulture), "--broker", $"127.0.0.1:{Broker.Port}", "--connections", "20", "--heartbeat", "10", "--for", "600",
        ]);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/fleet"));
        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(Modules);
        await Assertions.Expect(page.Locator(".tile-level[data-live=true]").First).ToBeVisibleAsync();
        var measured = await page.EvaluateAsync<System.Text.Json.JsonElement>($"({ScrollMeter.Script})(10)");
        output.WriteLine(measured.GetRawText());
        Assert.InRange(measured.GetProperty("drawn").GetInt32(), 1, 120);
        Assert.InRange(measured.GetProperty("p99").GetDouble(), 1, FrameP99CapMs);

        // In the order in which they are read, whatever is drawn of them.
        var names = await page.Locator(".tile h2").AllTextContentsAsync();
        Assert.Equal(Enumerable.Range(0, Modules).Select(n => $"sim{n:0000}"), names);
        await page.Locator("[data-module=sim0000] input[type=checkbox]").FocusAsync();
        await page.Keyboard.PressAsync("End");
        Assert.Equal("Choose sim0499", await page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label')"));
        await Assertions.Expect(page.Locator("[data-module=sim0499] .tile-facts")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Control+a");
        await Assertions.Expect(page.Locator("#whom")).ToHaveTextAsync($"{Modules} recorders chosen");
        await page.Locator(".bar [data-name=start]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-command=start]")).ToContainTextAsync($"{Modules} of {Modules} confirmed");
        await Assertions.Expect(page.Locator("[data-module=sim0499]")).ToHaveAttributeAsync("data-state", "recording");
        await Browser.ShotAsync(page, "fleet-crowd");
    }
}
