using Chorale.Hub.Access;
using Chorale.Hub.Book;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Log and health on the page: a real hub and room, events of a real book.</summary>
public sealed class LogPageTests : PageOfRooms
{
    private const string Markup = "<img src=x onerror=\"window.broken=1\"><script>window.broken=1</script>";

    private Uri Log => new(Hub.Address, "#/log");

    [Fact]
    public async Task What_happens_appears_by_itself_and_waits_while_somebody_reads_further_down()
    {
        Fill(300);
        var page = await OpenAsync();
        await Assertions.Expect(page.Locator("#events")).ToHaveAttributeAsync("data-count", "200");
        Tell("mic-new", "The module is late");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("mic-new");

        await page.Locator("#events").EvaluateAsync("e => { e.scrollTop = 2000; }");
        await Assertions.Expect(page.Locator("#follow")).ToHaveAttributeAsync("data-follows", "false");
        var seen = await page.Locator("#events").EvaluateAsync<double>("e => e.scrollTop");
        Tell("mic-a", "one more");
        Tell("mic-b", "and another");
        await Assertions.Expect(page.Locator("#follow")).ToHaveAttributeAsync("data-unseen", "2");
        await Assertions.Expect(page.Locator("[data-name=fresh]")).ToContainTextAsync("2 new events");
        Assert.Equal(seen, await page.Locator("#events").EvaluateAsync<double>("e => e.scrollTop")); // nothing moved under the eyes
        await Browser.ShotAsync(page, "log-paused");
        await page.Locator("[data-name=fresh]").ClickAsync();
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("mic-b");
        await Assertions.Expect(page.Locator("#follow")).ToHaveAttributeAsync("data-follows", "true");

        await page.Locator("[data-name=older]").ClickAsync();
        await Assertions.Expect(page.Locator("#events")).Not.ToHaveAttributeAsync("data-count", "200");
        await Assertions.Expect(page.Locator("#events")).ToContainTextAsync("oldest that are kept");
    }

    [Fact]
    public async Task It_is_filtered_by_level_area_subject_and_text_and_saved_as_it_is_shown()
    {
        Fill(20);
        Hub.Host.Book.Tell(new BookEvent(BookLevel.Error, BookArea.Archive, "mic-77", "chunk_odd", "A chunk was kept with something odd about it") { Reason = "torn" });
        var page = await OpenAsync();
        await page.SelectOptionAsync("#log-level", "error");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.SelectOptionAsync("#log-area", "fleet");
        await Assertions.Expect(page.Locator("#events")).ToContainTextAsync("No event matches");
        await page.SelectOptionAsync("#log-level", "info");
        await page.Locator("#log-subject").FillAsync("mic-77");
        await Assertions.Expect(page.Locator("#events")).ToContainTextAsync("No event matches");
        await page.SelectOptionAsync("#log-area", "");
        await page.Locator("#log-text").FillAsync("TORN");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        Tell("mic-8", "not of this filter");
        Tell("mic-77", "torn again");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(2);

        var saved = await page.RunAndWaitForDownloadAsync(() => page.Locator("#save-csv").ClickAsync());
        Assert.EndsWith(".csv", saved.SuggestedFilename, StringComparison.Ordinal);
        using var reader = new StreamReader(await saved.CreateReadStreamAsync());
        var lines = (await reader.ReadToEndAsync()).TrimEnd().Split("\r\n");
        Assert.Equal(3, lines.Length);
        Assert.Contains("torn again", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_pressed_what_stands_beside_it()
    {
        const string password = "a long password of vera";
        Hub.Host.Tokens.People.TryAdd("vera", Role.Operator, Passwords.Hash(password));
        await using var modules = new SimulatedModules(Room.Broker);
        await Wait.Until("connected", () => modules.IsConnected);
        modules.Add("mic-1");
        await Wait.Until("the hub knows it", () => Hub.Host.Fleet.Fleet.Modules.Values.Any(m => m.IsOnline));
        var page = await Browser.OpenAsync(Log);
        await Browser.LogInAsync(page, "vera", password);
        using var vera = await PersonClient.LoginAsync(Hub.Address, "vera", password);
        using var reply = await vera.PostAsync("/api/v2/commands", new { id = "c1", command = "start", modules = (string[])["mic-1"] });
        reply.EnsureSuccessStatusCode();
        await Assertions.Expect(page.Locator("tr[data-event=command] td").Last).ToHaveTextAsync("vera");
        await Browser.ShotAsync(page, "log-who", isWhole: true);
    }

    [Fact]
    public async Task In_Russian_it_says_what_happened_in_Russian_and_what_it_does_not_know_as_the_hub_said_it()
    {
        Room.StartNodes();
        await Wait.Until("the devices are there", () => Hub.Host.Show.Find("foyer")!.View.Nodes.All(n => n.Presence == "online"));
        Hub.Host.Book.Tell(new BookEvent(BookLevel.Warn, BookArea.Fleet, "mic-7", "of_a_newer_hub", "Words of another hub"));
        using var http = new HttpClient { BaseAddress = Hub.Address };
        (await http.PostAsync("/api/v2/rooms/foyer/run", new StringContent("""{"id":"r1","scene":"storm"}""", System.Text.Encoding.UTF8, "application/json"))).EnsureSuccessStatusCode();
        (await http.PostAsync("/api/v2/rooms/foyer/stop", new StringContent("""{"id":"s1"}""", System.Text.Encoding.UTF8, "application/json"))).EnsureSuccessStatusCode();
        var page = await OpenAsync();
        await page.Locator(".settings button").First.ClickAsync();
        await Assertions.Expect(page.Locator("tr[data-event=run_began] .what")).ToContainTextAsync("Сцена «storm» начинается");
        await Assertions.Expect(page.Locator("tr[data-event=stop_confirmed] .what")).ToContainTextAsync("СТОП подтвердили");
        await Assertions.Expect(page.Locator("tr[data-event=run_ended] .what")).ToContainTextAsync("СТОП: ");
        await Assertions.Expect(page.Locator("tr[data-event=hub_started] .what")).ToContainTextAsync("Хаб слушает на http://127.0.0.1");
        await Assertions.Expect(page.Locator("tr[data-event=of_a_newer_hub] .what")).ToHaveTextAsync("Words of another hub");
        await Browser.ShotAsync(page, "log-ru", isWhole: true);
    }

    [Fact]
    public async Task Words_of_the_network_are_text_wherever_they_stand()
    {
        Hub.Host.Book.Tell(new BookEvent(BookLevel.Warn, BookArea.Fleet, Markup, "x", Markup) { Reason = Markup + "!", By = Markup });
        Room.Node(PageRoom.Relays, Chorale.Simulate.NodeKind.Relay);
        using var http = new HttpClient { BaseAddress = Hub.Address };
        (await http.PostAsync("/api/v2/rooms/foyer/send", new StringContent(
            $$"""{"id":"m1","topic":"foyer/light/1","payload":{{System.Text.Json.JsonSerializer.Serialize("<b>ON</b>")}}}""", System.Text.Encoding.UTF8, "application/json"))).EnsureSuccessStatusCode();
        var page = await OpenAsync();
        await Assertions.Expect(page.Locator("tr[data-event=x]")).ToContainTextAsync("<script>");
        await Assertions.Expect(page.Locator("#events")).ToContainTextAsync("<b>ON</b>");
        Assert.Equal(0, await page.Locator("main img, main b").CountAsync());
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.broken"));
    }

    [Fact]
    public async Task Health_shows_links_files_disk_queues_process_and_how_late_cues_were()
    {
        Room.StartNodes();
        await Wait.Until("the devices are there", () => Hub.Host.Show.Find("foyer")!.View.Nodes.All(n => n.Presence == "online"));
        using var http = new HttpClient { BaseAddress = Hub.Address };
        (await http.PostAsync("/api/v2/rooms/foyer/run", new StringContent("""{"id":"r1","scene":"storm"}""", System.Text.Encoding.UTF8, "application/json"))).EnsureSuccessStatusCode();
        var page = await OpenAsync("#/log/health");
        await Assertions.Expect(page.Locator("#health")).ToHaveAttributeAsync("data-status", "ok");
        await Assertions.Expect(page.Locator("#cues-foyer")).ToContainTextAsync("99% within");
        await Assertions.Expect(page.Locator("#cues-foyer .bar").First).ToBeAttachedAsync();
        await Assertions.Expect(page.Locator("[data-database='archive.db']")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#health")).ToContainTextAsync("Comes in a day");
        await page.Locator("#cues-foyer summary").ClickAsync();
        await Assertions.Expect(page.Locator("#cues-foyer table")).ToBeVisibleAsync();
    }

    private async Task<IPage> OpenAsync(string place = "#/log")
    {
        await Wait.Until("the book is written", () => Hub.Host.Book.Waiting == 0);
        return await Browser.OpenAsync(new Uri(Hub.Address, place));
    }

    private void Fill(int count)
    {
        for (var n = 0; n < count; n++) Hub.Host.Book.Tell(new BookEvent(BookLevel.Info, BookArea.Fleet, $"mic-{n}", $"kind_{n / 10}", $"event {n} of a long day"));
    }

    private void Tell(string subject, string text) => Hub.Host.Book.Tell(new BookEvent(BookLevel.Warn, BookArea.Fleet, subject, "module_late", text));
}
