using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Rooms on the page: a real hub, a real broker, simulated nodes.</summary>
public sealed class RoomPageTests : PageOfRooms
{
    private Uri Foyer => new(Hub.Address, "#/rooms/foyer");

    [Fact]
    public async Task A_scene_is_run_seen_state_by_state_and_stopped_by_holding_a_key()
    {
        Room.StartNodes();
        var page = await Browser.OpenAsync(Foyer);
        await NodesAreOnlineAsync(page);
        await page.Locator("[data-scene=storm] [data-name=run]").ClickAsync();
        await Assertions.Expect(page.Locator("#run .run-state")).ToHaveAttributeAsync("data-state", "intro");
        await Assertions.Expect(page.Locator("[data-scene-state=intro]")).ToHaveAttributeAsync("data-now", "true");
        await Assertions.Expect(page.Locator("[data-output='foyer/light/2']")).ToHaveAttributeAsync("data-state", "confirmed");
        await Assertions.Expect(page.Locator(".cues")).ToContainTextAsync("foyer/light/3");
        await Browser.ShotAsync(page, "room-running", isWhole: true);

        await page.Locator("[data-button=button1] [data-name=press]").ClickAsync(); // the room's button
        await Assertions.Expect(page.Locator("#run .run-state")).ToHaveAttributeAsync("data-state", "storm");
        await Assertions.Expect(page.Locator("[data-output='foyer/motor1']")).ToHaveAttributeAsync("data-state", "confirmed");
        await page.Locator(".waits li", new() { HasText = "button1" }).Locator("[data-name=trigger]").ClickAsync(); // what the state waits for
        await Assertions.Expect(page.Locator("#run .run-state")).ToHaveAttributeAsync("data-state", "calm");

        await page.Keyboard.DownAsync("Escape");
        await Assertions.Expect(page.Locator("[data-room=foyer]")).ToHaveAttributeAsync("data-room-state", "idle");
        await page.Keyboard.UpAsync("Escape");
        await Assertions.Expect(page.Locator("#last-stop")).ToHaveAttributeAsync("data-verdict", "confirmed");
        await Assertions.Expect(page.Locator("#run")).ToHaveCountAsync(0);

        await page.Locator(".tabs a").Nth(2).ClickAsync();
        await page.Locator("[data-run] a").First.ClickAsync();
        await Assertions.Expect(page.Locator("#trace")).ToContainTextAsync("foyer/motor1: ON:60:L");
        await Assertions.Expect(page.Locator("#trace [data-state=ok]").First).ToBeVisibleAsync();
        await Browser.ShotAsync(page, "trace", isWhole: true);
    }

    [Fact]
    public async Task A_lamp_is_switched_by_hand_and_is_out_of_date_when_its_node_is_pulled()
    {
        Room.StartNodes();
        var page = await Browser.OpenAsync(Foyer);
        await NodesAreOnlineAsync(page);
        var lamp = page.Locator("[data-output='foyer/light/1']");
        await lamp.Locator("[data-name=word]").First.ClickAsync();
        await Assertions.Expect(lamp).ToHaveAttributeAsync("data-state", "confirmed");
        await Assertions.Expect(lamp.Locator(".outcome")).ToHaveAttributeAsync("data-asked", "ended");

        await page.Locator("[data-output='foyer/motor1'] input[type=range]").FillAsync("70");
        await page.Locator("[data-output='foyer/motor1'] [data-name=word]").First.ClickAsync();
        await Assertions.Expect(page.Locator("[data-output='foyer/motor1']")).ToContainTextAsync("ON:70:L");

        await Room.EndNodeAsync(PageRoom.Relays);
        await Assertions.Expect(page.Locator($"[data-node={PageRoom.Relays}]")).ToHaveAttributeAsync("data-presence", "offline");
        await Assertions.Expect(lamp).ToHaveAttributeAsync("data-state", "stale");
        await page.Locator(".rail a").First.ClickAsync();
        await Assertions.Expect(page.Locator($"[data-need='node:{PageRoom.Relays}']")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#stop")).ToBeVisibleAsync(); // on every page
        await Browser.ShotAsync(page, "home-node-gone", isWhole: true);
    }

    [Fact]
    public async Task The_editor_names_each_problem_at_its_line_saves_and_refuses_a_stale_form()
    {
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/rooms/foyer/scenes/broken"));
        await Assertions.Expect(page.Locator(".problems li[data-rule]").First).ToContainTextAsync("strom");
        await Assertions.Expect(page.Locator(".gutter .error")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("[data-name=save]")).ToHaveAttributeAsync("aria-disabled", "true");
        await Browser.ShotAsync(page, "editor-problem");

        var area = page.Locator(".code textarea");
        await area.FillAsync(PageRoom.Storm);
        await Assertions.Expect(page.Locator(".problems li")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("[data-scene-state=storm]")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Control+s");
        await Assertions.Expect(page.Locator("#saved")).ToContainTextAsync("saved");
        Assert.Equal(PageRoom.Storm, await File.ReadAllTextAsync(Path.Combine(Room.Scenes, "broken.json")));

        await File.WriteAllTextAsync(Path.Combine(Room.Scenes, "broken.json"), PageRoom.Storm + "\n\n"); // somebody else
        Browser.Expect(412, "/api/v2/rooms/foyer/scenes/"); // the refusal
        await area.FillAsync(PageRoom.Storm + "\n");
        await Assertions.Expect(page.Locator("[data-name=save]")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await page.Locator("[data-name=save]").ClickAsync();
        await Assertions.Expect(page.Locator("#saved")).ToContainTextAsync("Somebody else");
        Assert.Equal(PageRoom.Storm + "\n\n", await File.ReadAllTextAsync(Path.Combine(Room.Scenes, "broken.json")));
    }

    [Fact]
    public async Task Of_a_broker_that_is_killed_devices_are_grey_what_would_reach_them_says_why_not_and_all_is_back_by_itself()
    {
        Room.StartNodes();
        var page = await Browser.OpenAsync(Foyer);
        await NodesAreOnlineAsync(page);
        var (lamp, motor) = (page.Locator("[data-output='foyer/light/1'] [data-name=word]"), page.Locator("[data-output='foyer/motor1'] [data-name=word]"));
        await lamp.First.ClickAsync();
        await Assertions.Expect(page.Locator("[data-output='foyer/light/1']")).ToHaveAttributeAsync("data-state", "confirmed");
        await Assertions.Expect(page.Locator(".away")).ToHaveCountAsync(0);

        await Room.Broker.KillAsync();
        await Assertions.Expect(page.Locator("#broker-gone")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#stale")).ToHaveCountAsync(0); // the hub itself is there
        await Assertions.Expect(page.Locator("#outputs.away")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#nodes.away")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator($"[data-node={PageRoom.Relays}]")).ToHaveAttributeAsync("data-presence", "unknown");
        foreach (var button in (ILocator[])[lamp.First, lamp.Last, motor.First, motor.Last])
        {
            await Assertions.Expect(button).ToHaveAttributeAsync("aria-disabled", "true");
            await Assertions.Expect(button).ToHaveAttributeAsync("title", "No broker: nothing reaches the devices");
        }

        foreach (var works in (string[])["#stop", "[data-scene=storm] [data-name=run]", "[data-button=button1] [data-name=press]"]) // the last two are the room's own: they can be tried without devices
            await Assertions.Expect(page.Locator(works)).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await Browser.ShotAsync(page, "broker-gone");
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));

        await Room.Broker.RestartAsync();
        await Assertions.Expect(page.Locator("#broker-gone")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("#room-link")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator(".away")).ToHaveCountAsync(0);
        await Assertions.Expect(lamp.First).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await NodesAreOnlineAsync(page);
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(360)]
    public async Task The_drawing_of_a_scene_fits_its_frame_or_says_that_it_scrolls_and_no_words_stand_on_a_box(int width)
    {
        Room.StartNodes();
        await File.WriteAllTextAsync(Path.Combine(Room.Scenes, "long.json"), PageRoom.Storm.Replace("\"delay\": 7200, \"goto\": \"END\"", "\"delay\": 7200, \"goto\": \"dark\"")
            .Replace("\"calm\": {", "\"dark\": { \"transitions\": [ { \"type\": \"timeout\", \"delay\": 7200, \"goto\": \"END\" } ] },\n            \"calm\": {"), TestContext.Current.CancellationToken);
        var page = await Browser.OpenAsync(Foyer, width);
        await NodesAreOnlineAsync(page);
        foreach (var (scene, states) in ((string, int)[])[("storm", 4), ("long", 5)])
        {
            await page.Locator($"[data-scene={scene}] [data-name=run]").ClickAsync();
            await Assertions.Expect(page.Locator("#run [data-scene-state]")).ToHaveCountAsync(states);
            var outside = await page.EvaluateAsync<string[]>("""
                () => { const f = document.querySelector('#run .graph').getBoundingClientRect();
                  return [...document.querySelectorAll('#run [data-scene-state] rect')].filter(r => { const b = r.getBoundingClientRect(); return b.left < f.left || b.right > f.right || b.top < f.top || b.bottom > f.bottom; })
                    .map(r => r.parentElement.dataset.sceneState); }
                """);
            if (width == 1280 && scene == "storm") Assert.Empty(outside);
            await Assertions.Expect(page.Locator("#run [data-name=scrolls]")).ToHaveCountAsync(outside.Length > 0 ? 1 : 0);
            Assert.Empty(await page.EvaluateAsync<string[]>("""
                () => { const boxes = [...document.querySelectorAll('#run .box rect')].map(r => r.getBoundingClientRect());
                  return [...document.querySelectorAll('#run .arrow-label rect')].filter(l => { const a = l.getBoundingClientRect(); return boxes.some(b => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom); })
                    .map(l => l.parentElement.textContent); }
                """));
            Assert.True(await page.EvaluateAsync<double>("() => document.querySelector('#run .name').getBoundingClientRect().height") >= 9, "the names of states are too small to be read");
            await Browser.ShotAsync(page, $"graph-{scene}-{width}", isWhole: true);
            await page.Locator("#stop").ClickAsync();
            await Assertions.Expect(page.Locator("[data-room=foyer]")).ToHaveAttributeAsync("data-room-state", "idle");
        }
    }

    [Fact]
    public async Task Of_a_device_that_is_there_one_sees_when_it_was_heard_last()
    {
        Room.StartNodes();
        var page = await Browser.OpenAsync(Foyer);
        await NodesAreOnlineAsync(page);
        var heard = page.Locator($"[data-node={PageRoom.Relays}] time");
        var first = await heard.GetAttributeAsync("title");
        await Assertions.Expect(heard).Not.ToHaveAttributeAsync("title", first!); // it beats each second, and nothing else changes
    }

    [Fact]
    public async Task Two_people_press_run_at_once_and_one_scene_runs_and_the_other_is_told_why()
    {
        Room.StartNodes();
        var first = await Browser.OpenAsync(Foyer);
        var second = await Browser.OpenAsync(Foyer);
        await NodesAreOnlineAsync(first);
        await NodesAreOnlineAsync(second);
        Browser.Expect(409, "/api/v2/rooms/foyer/run"); // the refusal
        await Task.WhenAll(
            first.Locator("[data-scene=storm] [data-name=run]").ClickAsync(), second.Locator("[data-scene=storm] [data-name=run]").ClickAsync());
        foreach (var page in (IPage[])[first, second]) await Assertions.Expect(page.Locator("#run .run-state")).ToHaveAttributeAsync("data-state", "intro");
        await second.Locator("#stop").ClickAsync();
        foreach (var page in (IPage[])[first, second]) await Assertions.Expect(page.Locator("[data-room=foyer]")).ToHaveAttributeAsync("data-room-state", "idle");
        await first.Locator(".tabs a").Nth(2).ClickAsync();
        await Assertions.Expect(first.Locator("[data-run]")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Markup_in_a_scene_a_payload_and_an_answer_stays_text()
    {
        const string evil = "<img src=x onerror='window.broken=1'><script>window.broken=1</script>";
        Room.StartNodes();
        await File.WriteAllTextAsync(Path.Combine(Room.Scenes, "evil.json"), PageRoom.Storm.Replace("Wind, thunder, and calm again", evil).Replace("The lights come up", evil));
        Hub.Host.Tokens.People.TryAdd("tom", Chorale.Hub.Access.Role.Technician, Chorale.Hub.Access.Passwords.Hash("a quiet evening")); // a message on any topic is the technician's
        var page = await Browser.OpenAsync(Foyer);
        await Browser.LogInAsync(page, "tom", "a quiet evening");
        await NodesAreOnlineAsync(page);
        await Assertions.Expect(page.Locator("[data-scene=evil]")).ToContainTextAsync("<script>");
        await page.Locator("#outputs summary").ClickAsync();
        await page.Locator("#outputs form input").First.FillAsync("foyer/elsewhere");
        await page.Locator("#outputs form input").Last.FillAsync(evil);
        await page.Locator("#outputs [data-name=send]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-output='foyer/elsewhere']")).ToContainTextAsync("<img");
        await page.EvaluateAsync("location.hash = '#/rooms/foyer/log'");
        await Assertions.Expect(page.Locator("#room-log")).ToContainTextAsync("<img");
        await page.EvaluateAsync("location.hash = '#/rooms/foyer/scenes/evil'");
        await Assertions.Expect(page.Locator("[data-scene-state=intro]")).ToBeVisibleAsync();
        await page.EvaluateAsync("location.hash = '#/rooms/<img src=x onerror=window.broken=1>'");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("<img");
        Assert.Equal(0, await page.Locator("main img, main script").CountAsync());
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.broken"));
    }

    [Theory]
    [InlineData(360, 740)]
    [InlineData(768, 1024)]
    [InlineData(1280, 800)]
    public async Task A_page_with_nothing_on_it_says_so_fits_its_width_and_axe_finds_nothing_serious(int width, int height)
    {
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            var page = await Browser.OpenAsync(Foyer, width, height, scheme);
            foreach (var (name, address, ready) in ((string, string, string)[])[("rooms", "rooms/none", ".empty"), ("fleet", "fleet", ".empty"), ("listen", "listen", "#empty")])
            {
                await page.EvaluateAsync($"location.hash = '#/{address}'");
                await Assertions.Expect(page.Locator(ready).First).ToBeVisibleAsync();
                await Browser.ShotAsync(page, $"{name}-empty-{width}-{scheme}", isWhole: true);
                Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width, $"{name} is wider than {width}");
                var found = await Browser.AxeAsync(page);
                Assert.True(found.Count == 0, $"{name} {width} {scheme}:\n" + string.Join('\n', found));
            }

            await page.Context.CloseAsync();
        }
    }

    private static async Task NodesAreOnlineAsync(IPage page)
    {
        foreach (var node in (string[])[PageRoom.Relays, PageRoom.Motors])
            await Assertions.Expect(page.Locator($"[data-node={node}]")).ToHaveAttributeAsync("data-presence", "online");
    }
}
