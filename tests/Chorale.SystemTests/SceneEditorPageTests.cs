using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>The scene editor: from a mark to its line, back to what was before, and two authors at one file.</summary>
public sealed class SceneEditorPageTests : PageOfRooms
{
    private Uri Editor => new(Hub.Address, "#/rooms/foyer/scenes/storm");

    private string StormFile => Path.Combine(Room.Scenes, "storm.json");

    [Fact]
    public async Task What_was_saved_over_is_compared_taken_back_and_written_only_by_save()
    {
        var page = await Browser.OpenAsync(Editor);
        await Assertions.Expect(page.Locator("#versions .empty")).ToBeVisibleAsync();
        var area = page.Locator(".code textarea");
        var second = PageRoom.Storm.Replace("The lights come up", "Another beginning");
        await area.FillAsync(second);
        await Assertions.Expect(page.Locator("#editor")).ToHaveAttributeAsync("data-checked", "yes");
        await page.Keyboard.PressAsync("Control+s");
        await Assertions.Expect(page.Locator("[data-version]")).ToHaveCountAsync(1);
        await page.Locator("[data-version] [data-name=compare]").ClickAsync();
        await Assertions.Expect(page.Locator(".diff .gone")).ToContainTextAsync("Another beginning");
        await Assertions.Expect(page.Locator(".diff .new")).ToContainTextAsync("The lights come up");
        await Browser.ShotAsync(page, "editor-version", isWhole: true);
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));

        await page.Locator("[data-name=restore]").ClickAsync();
        await Assertions.Expect(area).ToHaveValueAsync(PageRoom.Storm);
        await Assertions.Expect(page.Locator("#editor")).ToHaveAttributeAsync("data-state", "changed");
        Assert.Equal(second, await File.ReadAllTextAsync(StormFile, TestContext.Current.CancellationToken));
        await Assertions.Expect(page.Locator("#editor")).ToHaveAttributeAsync("data-checked", "yes");
        await page.Locator("[data-name=save]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-version]")).ToHaveCountAsync(2);
        Assert.Equal(PageRoom.Storm, await File.ReadAllTextAsync(StormFile, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Of_two_authors_the_second_sees_both_texts_and_goes_on_with_either()
    {
        var (anna, boris) = (await Browser.OpenAsync(Editor), await Browser.OpenAsync(Editor));
        var annas = PageRoom.Storm.Replace("The lights come up", "Anna was here");
        var boriss = PageRoom.Storm.Replace("Wind, thunder, and calm again", "Boris was here");
        await boris.Locator(".code textarea").FillAsync(boriss);
        await SaveAsync(anna, annas);
        Browser.Expect(412, "/api/v2/rooms/foyer/scenes/"); // the refusal
        await boris.Locator("[data-name=save]").ClickAsync();
        await Assertions.Expect(boris.Locator("#conflict .diff .gone").First).ToContainTextAsync("Wind, thunder");
        await Assertions.Expect(boris.Locator("#conflict .diff .gone").Last).ToContainTextAsync("Anna was here");
        await Assertions.Expect(boris.Locator("#conflict .diff .new").First).ToContainTextAsync("Boris was here");
        await Browser.ShotAsync(boris, "editor-conflict", isWhole: true);
        Assert.Equal(annas, await File.ReadAllTextAsync(StormFile, TestContext.Current.CancellationToken));

        await boris.Locator("[data-name=keep-mine]").ClickAsync(); // nothing is written by that
        Assert.Equal(annas, await File.ReadAllTextAsync(StormFile, TestContext.Current.CancellationToken));
        await boris.Locator("[data-name=save]").ClickAsync();
        await Assertions.Expect(boris.Locator("#editor")).ToHaveAttributeAsync("data-state", "saved");
        Assert.Equal(boriss, await File.ReadAllTextAsync(StormFile, TestContext.Current.CancellationToken));
        await Assertions.Expect(boris.Locator("[data-version]")).ToHaveCountAsync(2);
        await boris.Locator("[data-version] [data-name=compare]").First.ClickAsync(); // hers is kept
        await Assertions.Expect(boris.Locator("#versions .diff .new").Last).ToContainTextAsync("Anna was here");

        await SaveAsync(anna, annas + "\n", isRefused: true);
        await anna.Locator("[data-name=take-theirs]").ClickAsync();
        await Assertions.Expect(anna.Locator(".code textarea")).ToHaveValueAsync(boriss);
        await Assertions.Expect(anna.Locator("#editor")).ToHaveAttributeAsync("data-state", "saved");
    }

    [Fact]
    public async Task A_mark_beside_a_line_leads_to_it_and_a_version_name_from_outside_reaches_no_file()
    {
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/rooms/foyer/scenes/broken"));
        await page.Locator(".gutter .error").ClickAsync();
        var chosen = await page.Locator(".code textarea").EvaluateAsync<string>("t => t.value.slice(t.selectionStart, t.selectionEnd)");
        Assert.Contains("strom", chosen, StringComparison.Ordinal);

        using var http = new HttpClient { BaseAddress = Hub.Address };
        foreach (var version in (string[])["..%2f..%2froom", "%2e%2e%2f%2e%2e%2fdevices", "x", "20260101T000000.000000Z"])
        {
            var answer = await http.GetAsync($"api/v2/rooms/foyer/scenes/storm/versions/{version}", TestContext.Current.CancellationToken);
            Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task What_was_typed_is_there_again_after_a_look_at_another_page_and_overwrites_nobody()
    {
        var page = await Browser.OpenAsync(Editor);
        var area = page.Locator(".code textarea");
        var mine = PageRoom.Storm.Replace("The lights come up", "Typed and not saved");
        await area.FillAsync(mine);
        await Assertions.Expect(page.Locator("#draft")).ToHaveCountAsync(0); // nobody has gone away yet
        await page.Locator(".title a").ClickAsync();
        var row = page.Locator("[data-scene=storm]");
        await Assertions.Expect(row).ToContainTextAsync("not saved");
        await Assertions.Expect(page.Locator("[data-scene=broken]")).Not.ToContainTextAsync("not saved");
        await row.Locator("a").ClickAsync();
        await Assertions.Expect(area).ToHaveValueAsync(mine);
        await Assertions.Expect(page.Locator("#draft")).ToContainTextAsync(new Regex(@"not saved; from \d\d:\d\d"));
        await Browser.ShotAsync(page, "editor-draft", isWhole: true);
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));
        await page.Locator("[data-name=drop-draft]").ClickAsync();
        await Assertions.Expect(area).ToHaveValueAsync(PageRoom.Storm);
        await Assertions.Expect(page.Locator("#draft")).ToHaveCountAsync(0);

        await area.FillAsync(mine);
        await page.Locator(".title a").ClickAsync();
        var theirs = PageRoom.Storm + "\n\n";
        await File.WriteAllTextAsync(StormFile, theirs, TestContext.Current.CancellationToken); // somebody else, meanwhile
        await row.Locator("a").ClickAsync();
        await Assertions.Expect(area).ToHaveValueAsync(mine);
        await Assertions.Expect(page.Locator("#editor")).ToHaveAttributeAsync("data-checked", "yes");
        Browser.ExpectLosses(); // the refusal is an answer of 412
        await page.Locator("[data-name=save]").ClickAsync();
        await Assertions.Expect(page.Locator("#conflict")).ToBeVisibleAsync();
        Assert.Equal(theirs, await File.ReadAllTextAsync(StormFile, TestContext.Current.CancellationToken));
        await page.Locator("[data-name=keep-mine]").ClickAsync();
        await page.Locator("[data-name=save]").ClickAsync();
        await Assertions.Expect(page.Locator("#editor")).ToHaveAttributeAsync("data-state", "saved");
        Assert.Equal(mine, await File.ReadAllTextAsync(StormFile, TestContext.Current.CancellationToken));
        await page.Locator(".title a").ClickAsync();
        await Assertions.Expect(row).Not.ToContainTextAsync("not saved");
    }

    [Fact]
    public async Task What_was_typed_is_there_again_when_the_page_is_loaded_anew()
    {
        var page = await Browser.OpenAsync(Editor);
        page.Dialog += (_, dialog) => _ = dialog.AcceptAsync(); // that something is not saved
        var area = page.Locator(".code textarea");
        var mine = PageRoom.Storm.Replace("The lights come up", "Typed and not saved");
        await area.FillAsync(mine);
        await page.ReloadAsync();
        await Assertions.Expect(area).ToHaveValueAsync(mine);
        await Assertions.Expect(page.Locator("#draft")).ToContainTextAsync("not saved");
        await Assertions.Expect(page.Locator("#editor")).ToHaveAttributeAsync("data-state", "changed");
        await page.Locator("[data-name=save]").ClickAsync();
        await Assertions.Expect(page.Locator("#editor")).ToHaveAttributeAsync("data-state", "saved");
        await page.ReloadAsync();
        await Assertions.Expect(area).ToHaveValueAsync(mine);
        await Assertions.Expect(page.Locator("#draft")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task In_Russian_the_check_speaks_Russian_and_so_does_the_hub_when_it_refuses()
    {
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/rooms/foyer/scenes/broken"));
        await page.Locator(".settings button[lang=ru]").ClickAsync();
        var problems = page.Locator(".problems");
        await Assertions.Expect(problems).ToContainTextAsync("состояния «strom» нет; может быть, «storm»?");
        var area = page.Locator(".code textarea");
        await area.FillAsync("{\"sceneId\": \"a\"");
        await Assertions.Expect(problems).ToContainTextAsync("это не JSON: файл кончается раньше, чем закрыты все скобки");
        await area.FillAsync("{\"sceneId\": \"a\", \"initialState\": 5, \"states\": {\"b\": {\"onExitt\": []}}}");
        await Assertions.Expect(problems).ToContainTextAsync("нужно: текст в кавычках; стоит: число 5");
        await Assertions.Expect(problems).ToContainTextAsync("состояние: ключа «onExitt» нет; может быть, «onExit»?");
        await Browser.ShotAsync(page, "editor-ru", isWhole: true);

        Browser.Expect(400, "/api/v2/rooms/foyer/scenes/.hidden");
        await page.EvaluateAsync("location.hash = '#/rooms/foyer/scenes/.hidden'");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("name «.hidden»: не имя файла среди сцен зала");
    }

    [Fact]
    public async Task While_a_text_is_no_scene_the_drawing_stays_as_it_was_and_says_so()
    {
        var page = await Browser.OpenAsync(Editor);
        await Assertions.Expect(page.Locator("#graph [data-scene-state=storm]")).ToBeVisibleAsync();
        await page.Locator(".code textarea").FillAsync(PageRoom.Storm[..200]);
        await Assertions.Expect(page.Locator("#graph.as-it-was")).ToContainTextAsync("as it was");
        await Assertions.Expect(page.Locator("#graph [data-scene-state=storm]")).ToBeVisibleAsync();
        await Browser.ShotAsync(page, "editor-half", isWhole: true);
        await page.Locator(".code textarea").FillAsync(PageRoom.Storm.Replace("\"calm\"", "\"quiet\""));
        await Assertions.Expect(page.Locator("#graph [data-scene-state=quiet]")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#graph")).Not.ToContainTextAsync("as it was");
    }

    private static async Task SaveAsync(IPage page, string text, bool isRefused = false)
    {
        await page.Locator(".code textarea").FillAsync(text);
        await Assertions.Expect(page.Locator("[data-name=save]")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await Assertions.Expect(page.Locator("#editor")).ToHaveAttributeAsync("data-checked", "yes");
        await page.Locator("[data-name=save]").ClickAsync();
        if (isRefused) await Assertions.Expect(page.Locator("#conflict")).ToBeVisibleAsync();
        else await Assertions.Expect(page.Locator("#editor")).ToHaveAttributeAsync("data-state", "saved");
    }
}
