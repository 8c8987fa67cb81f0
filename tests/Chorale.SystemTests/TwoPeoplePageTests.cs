using System.Net.Http.Json;
using System.Text.Json;
using Chorale.Mqtt;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Two people at two browsers, one fleet.</summary>
public sealed class TwoPeoplePageTests : PageOfFleet
{
    private readonly List<string> _wire = [];
    private SimulatedModules _modules = null!;
    private MqttClient _witness = null!;

    private Uri Fleet => new(Hub.Address, "#/fleet");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _modules = new SimulatedModules(Broker);
        _witness = Broker.Client();
        _witness.Subscribe("rslogger/audio/+/command", 0, m =>
        {
            using var body = JsonDocument.Parse(m.Payload);
            lock (_wire) _wire.Add($"{m.Topic.Split('/')[2]} {body.RootElement.GetProperty("command").GetString()}");
        });
        _witness.Start();
        await Wait.Until("modules and witness have their connections", () => _modules.IsConnected && _witness.IsConnected);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_modules is not null) await _modules.DisposeAsync();
        if (_witness is not null) await _witness.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Both_press_start_and_stop_at_once_and_each_sees_what_became_of_both()
    {
        foreach (var id in (string[])["mic-1", "mic-2"]) _modules.Add(id);
        var (anna, boris) = (await Browser.OpenAsync(Fleet), await Browser.OpenAsync(Fleet));
        foreach (var page in (IPage[])[anna, boris]) await Assertions.Expect(page.Locator("[data-state=idle][data-module]")).ToHaveCountAsync(2);

        foreach (var word in (string[])["start", "stop"]) await HoldUntilBothPressedAsync(word, anna, boris);
        await Task.WhenAll(anna.Locator(".bar [data-name=start]").ClickAsync(), boris.Locator(".bar [data-name=start]").ClickAsync());
        foreach (var page in (IPage[])[anna, boris])
        {
            await Assertions.Expect(page.Locator(".bar [data-asked]")).ToHaveAttributeAsync("data-asked", "ended");
            await Assertions.Expect(page.Locator("[data-state=recording][data-module]")).ToHaveCountAsync(2);
            await Assertions.Expect(page.Locator("[data-command=start][data-state=ended]")).ToHaveCountAsync(2); // both, on both screens
            await Assertions.Expect(page.Locator("[data-command=start] [data-name=by]", new() { HasText = "this page" })).ToHaveCountAsync(1);
            await Assertions.Expect(page.Locator("[data-command=start] [data-name=by]", new() { HasText = "the page" })).ToHaveCountAsync(1);
        }

        // One made the recording; the other is told by name why not.
        await Assertions.Expect(anna.Locator("[data-session-row]")).ToHaveCountAsync(1);
        await Assertions.Expect(anna.Locator("[data-command=start] [data-laggard=mic-1]")).ToContainTextAsync("not idle");
        await Browser.ShotAsync(anna, "two-people", isWhole: true);
        await Task.WhenAll(anna.Locator(".bar [data-name=stop]").ClickAsync(), boris.Locator(".bar [data-name=stop]").ClickAsync());
        foreach (var page in (IPage[])[anna, boris])
        {
            await Assertions.Expect(page.Locator("[data-command=stop][data-state=ended]").First).ToBeVisibleAsync();
            await Assertions.Expect(page.Locator("[data-state=idle][data-module]")).ToHaveCountAsync(2);
            await Assertions.Expect(page.Locator(".bar [data-asked]")).ToHaveAttributeAsync("data-asked", "ended");
        }

        // A stop may be said twice, it only ends; a start never is.
        Assert.Equal(["mic-1 start", "mic-2 start"], Sent().Where(s => s.EndsWith(" start", StringComparison.Ordinal)).Order());
        Assert.All(Sent().Where(s => s.EndsWith(" stop", StringComparison.Ordinal)).CountBy(s => s), s => Assert.InRange(s.Value, 1, 2));
    }

    /// <summary>However busy the machine is, neither order is with the hub before both were pressed.</summary>
    private static async Task HoldUntilBothPressedAsync(string word, params IPage[] pages)
    {
        var (left, both) = (pages.Length, new TaskCompletionSource());
        foreach (var page in pages)
        {
            await page.RouteAsync("**/api/v2/commands", async route =>
            {
                if (route.Request.Method == "POST" && route.Request.PostData!.Contains($"\"command\":\"{word}\"", StringComparison.Ordinal))
                {
                    if (Interlocked.Decrement(ref left) == 0) both.TrySetResult();
                    await both.Task;
                }

                await route.FallbackAsync();
            });
        }
    }

    [Fact]
    public async Task One_press_that_is_sent_twice_is_one_order()
    {
        _modules.Add("mic-1");
        var page = await Browser.OpenAsync(Fleet);
        await Assertions.Expect(page.Locator("[data-state=idle][data-module]")).ToHaveCountAsync(1);
        // A line that repeats what it carried: the hub knows the id.
        await page.RouteAsync("**/api/v2/commands", async route =>
        {
            if (route.Request.Method == "POST" && route.Request.PostData!.Contains("\"start\"", StringComparison.Ordinal))
            {
                using var http = new HttpClient();
                await http.PostAsync(route.Request.Url, new StringContent(route.Request.PostData!, null, "application/json"));
            }

            await route.ContinueAsync();
        });
        await page.Locator(".bar [data-name=start]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-state", "recording");
        await Assertions.Expect(page.Locator(".bar [data-asked]")).ToHaveAttributeAsync("data-asked", "ended");
        await Assertions.Expect(page.Locator("[data-command=start]")).ToHaveCountAsync(1);
        Assert.Equal(1, Sent().Count(s => s == "mic-1 start"));
    }

    [Fact]
    public async Task A_form_that_has_gone_stale_says_both_values_keeps_what_was_typed_and_is_refused_when_it_is_sent_all_the_same()
    {
        using var old = await ContractModule.StartAsync(Broker.Port, "older"); // knows nothing of expectations: the hub judges for it
        var (anna, boris) = (await Browser.OpenAsync(Fleet), await Browser.OpenAsync(Fleet));
        foreach (var page in (IPage[])[anna, boris])
        {
            await Assertions.Expect(page.Locator("[data-module=older]")).ToContainTextAsync("44.1 kHz");
            await page.Locator("[data-name=panel-config]").ClickAsync();
        }

        await anna.Locator("#config-form [name=channels]").FillAsync("2");
        await boris.Locator("#config-form [name=samplerate]").FillAsync("16000");
        await boris.Locator("[data-name=send-config]").ClickAsync();
        await Assertions.Expect(boris.Locator("[data-command=config]")).ToContainTextAsync("1 of 1 confirmed");
        await Assertions.Expect(anna.Locator("#stale-form [data-stale=older]")).ToHaveTextAsync("older: Sample rate, Hz was 44100, is 16000 now");
        await Assertions.Expect(anna.Locator("[data-name=send-config]")).ToHaveAttributeAsync("aria-disabled", "true");
        await Assertions.Expect(anna.Locator("#config-form [name=channels]")).ToHaveValueAsync("2");
        await Browser.ShotAsync(anna, "fleet-stale-form", isWhole: true);
        var found = await Browser.AxeAsync(anna);
        Assert.True(found.Count == 0, string.Join('\n', found));

        // A page that had not heard of it yet: the hub refuses, naming both, and the module is told nothing.
        using var http = new HttpClient { BaseAddress = Hub.Address };
        var stale = new { id = "stale-1", command = "config", modules = new[] { "older" }, config = new { channels = 2 }, expect = new { older = new { samplerate = 44100, channels = 1 } } };
        await http.PostAsJsonAsync("api/v2/commands", stale, TestContext.Current.CancellationToken);
        await Assertions.Expect(anna.Locator("[data-laggard=older]")).ToContainTextAsync("samplerate is 16000, not 44100");
        Assert.Equal(1, Sent().Count(s => s == "older config"));

        await anna.Locator("[data-name=take-new]").ClickAsync();
        await anna.Locator("[data-name=send-config]").ClickAsync();
        await Assertions.Expect(anna.Locator("[data-module=older]")).ToContainTextAsync("16 kHz · 2 channels");
        await Assertions.Expect(boris.Locator("[data-module=older]")).ToContainTextAsync("16 kHz · 2 channels");
    }

    private List<string> Sent()
    {
        lock (_wire) return [.. _wire];
    }
}
