using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Who may come in, and what that one may do, on the page: a real hub, a real room.</summary>
public sealed class AccessPageTests : PageOfRooms
{
    private const string Password = "a quiet evening in May";
    private const string Evil = "<img src=x onerror=window.broken=1>";

    private Uri Foyer => new(Hub.Address, "#/rooms/foyer");

    private Uri Settings => new(Hub.Address, "#/settings");

    private AccessStore Access => Hub.Host.Tokens;

    [Fact]
    public async Task The_first_link_makes_a_user_who_logs_out_and_in_again_and_opens_nothing_twice()
    {
        var link = new Uri(Hub.Host.MakeFirstLink()!);
        var page = await Browser.OpenAsync(Hub.Address);
        await Assertions.Expect(page.Locator("#first-user")).ToBeVisibleAsync(); // open to this machine, with what to do first
        await page.Context.CloseAsync();
        page = await Browser.OpenAsync(link);
        await Assertions.Expect(page.Locator("#welcome")).ToHaveAttributeAsync("data-state", "first");
        await Browser.ShotAsync(page, "welcome");
        await page.Locator("input[name=username]").FillAsync("Ada");
        await page.Locator("input[type=password]").First.FillAsync("short");
        await page.Locator("[data-name=use-link]").ClickAsync();
        await Assertions.Expect(page.Locator(".form-problem")).ToContainTextAsync("At least 10 characters");
        await page.Locator("input[type=password]").First.FillAsync(Password);
        await page.Locator("input[type=password]").Last.FillAsync(Password + "!");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".form-problem")).ToContainTextAsync("differ");
        await page.Locator("input[type=password]").Last.FillAsync(Password);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#who")).ToHaveAttributeAsync("data-role", "technician");
        Assert.DoesNotContain("welcome", page.Url, StringComparison.Ordinal);
        await Assertions.Expect(page.Locator("#needs")).ToBeVisibleAsync();

        await page.Locator("#who summary").ClickAsync();
        await page.Locator("[data-name=log-out]").ClickAsync();
        await Assertions.Expect(page.Locator("#login")).ToBeVisibleAsync();
        await Browser.ShotAsync(page, "login");
        Browser.Expect(401, "/api/v2/session"); // a wrong password
        Browser.Expect(404, "/api/v2/welcome/look"); // a used link
        await page.Locator("input[name=username]").FillAsync("ada");
        await page.Locator("input[type=password]").FillAsync("not my password");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".form-problem")).ToContainTextAsync("do not belong together");
        await Browser.LogInAsync(page, "ada", Password);
        await Assertions.Expect(page.Locator("#who")).ToContainTextAsync("Ada");

        var late = await Browser.OpenAsync(link);
        await Assertions.Expect(late.Locator("#welcome")).ToHaveAttributeAsync("data-state", "dead");
    }

    [Fact]
    public async Task A_viewer_sees_everything_and_is_told_at_each_button_why_not()
    {
        Room.StartNodes();
        Add("vera", Role.Viewer);
        var page = await Browser.OpenAsync(Foyer);
        await Browser.LogInAsync(page, "vera", Password);
        await NodesAreOnlineAsync(page);
        foreach (var button in (string[])["[data-scene=storm] [data-name=run]", "[data-output='foyer/light/1'] [data-name=word] >> nth=0", "[data-button=button1] [data-name=press]", "#stop"])
        {
            await Assertions.Expect(page.Locator(button)).ToHaveAttributeAsync("aria-disabled", "true");
            Assert.Contains("operator", await page.Locator(button).GetAttributeAsync("title"), StringComparison.Ordinal);
            await page.Locator(button).ClickAsync(new LocatorClickOptions { Force = true });
        }

        await page.Keyboard.DownAsync("Escape");
        await Browser.UntilAsync(page, "document.querySelector('.stop progress') === null || document.querySelector('.stop progress').value > 0.5");
        await page.Keyboard.UpAsync("Escape");
        await Browser.ShotAsync(page, "viewer");

        using var vera = await PersonClient.LoginAsync(Hub.Address, "vera", Password); // who goes round the page
        foreach (var (path, body) in ((string, object)[])[("run", new { id = "a", scene = "storm" }), ("stop", new { id = "b" }), ("send", new { id = "c", topic = "foyer/light/1", payload = "ON" })])
            Assert.Equal(403, await vera.StatusAsync(HttpMethod.Post, $"/api/v2/rooms/foyer/{path}", body));
        var tried = await Hub.Host.Audit.ReadAsync(new AuditQuery(Who: "vera"));
        Assert.Equal(["room_send", "room_stop", "room_run", "login", "login"], tried.Select(r => r.Action)); // and the page itself sent nothing
    }

    [Theory]
    [InlineData(360)]
    [InlineData(1280)]
    public async Task Why_a_button_cannot_be_pressed_stands_beside_it_on_a_press_and_when_the_keyboard_reaches_it(int width)
    {
        Room.StartNodes();
        Add("vera", Role.Viewer);
        var page = await Browser.OpenAsync(Foyer, width);
        await Browser.LogInAsync(page, "vera", Password);
        await NodesAreOnlineAsync(page);
        var (run, tip) = (page.Locator("[data-scene=storm] [data-name=run]"), page.Locator("[data-scene=storm] .why:popover-open"));
        await run.ScrollIntoViewIfNeededAsync();
        const string places = "() => [...document.querySelectorAll('main button, main h2, main li')].map(e => { const b = e.getBoundingClientRect(); return [b.x, b.y + scrollY, b.width, b.height].map(Math.round).join(); })";
        var before = await page.EvaluateAsync<string[]>(places);
        await run.ClickAsync(new LocatorClickOptions { Force = true });
        await Assertions.Expect(tip).ToContainTextAsync("operator");
        Assert.Equal(before, await page.EvaluateAsync<string[]>(places)); // nothing moves
        var box = (await tip.BoundingBoxAsync())!;
        Assert.True(box.X >= 0 && box.X + box.Width <= width, $"the tip stands at {box.X}, {box.Width} wide");
        Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width);
        await Browser.ShotAsync(page, $"why-not-{width}");
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(tip).ToHaveCountAsync(0);

        await page.Keyboard.PressAsync("Shift+Tab");
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(run).ToBeFocusedAsync();
        await Assertions.Expect(tip).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Shift+Tab");
        await Assertions.Expect(tip).ToHaveCountAsync(0);
        await run.ClickAsync(new LocatorClickOptions { Force = true });
        await Assertions.Expect(tip).ToHaveCountAsync(1);
        await page.Locator("h1").ClickAsync();
        await Assertions.Expect(tip).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_file_cannot_be_saved_while_the_hub_is_gone_and_an_operator_cannot_repair()
    {
        Add("olga", Role.Operator);
        Add("tom", Role.Technician);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/jobs"));
        await Browser.LogInAsync(page, "olga", Password);
        await Assertions.Expect(page.Locator("#check-begin")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await page.Locator("#check-repair").CheckAsync();
        await Assertions.Expect(page.Locator("#check-begin")).ToHaveAttributeAsync("aria-disabled", "true");
        await page.Locator("#check-begin").ClickAsync(new LocatorClickOptions { Force = true });
        await Assertions.Expect(page.Locator("#check .why:popover-open")).ToContainTextAsync("technician");
        await page.Context.CloseAsync();

        page = await Browser.OpenAsync(new Uri(Hub.Address, "#/log/audit"));
        await Browser.LogInAsync(page, "tom", Password);
        var save = page.Locator("#audit a.button").First;
        await Assertions.Expect(save).ToHaveAttributeAsync("download", "");
        Browser.ExpectLosses();
        await Hub.GoAwayAsync();
        await Assertions.Expect(page.Locator("#stale")).ToBeVisibleAsync();
        await Assertions.Expect(save).ToHaveAttributeAsync("aria-disabled", "true");
        Assert.Null(await save.GetAttributeAsync("href"));
        await save.ClickAsync(new LocatorClickOptions { Force = true });
        await Assertions.Expect(page.Locator("#audit .why:popover-open")).ToContainTextAsync("The hub does not answer");
        await Hub.ComeBackAsync();
        await Assertions.Expect(page.Locator("#stale")).ToHaveCountAsync(0);
        await Assertions.Expect(save).Not.ToHaveAttributeAsync("aria-disabled", "true");
        Assert.NotNull(await save.GetAttributeAsync("href"));
    }

    [Fact]
    public async Task What_somebody_else_changed_in_the_settings_is_there_when_the_link_is_back_and_when_one_returns_to_the_tab()
    {
        Add("tom", Role.Technician);
        await using var line = new TcpFaultProxy(Hub.Address.Port);
        var page = await Browser.OpenAsync(new Uri($"http://127.0.0.1:{line.Port}/#/settings"));
        await Browser.LogInAsync(page, "tom", Password);
        await Assertions.Expect(page.Locator("tr[data-user=tom]")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("main")).ToHaveAttributeAsync("data-link", "live");
        Browser.ExpectLosses();
        line.Fault = LineFault.HalfOpen;
        await Assertions.Expect(page.Locator("#stale")).ToBeVisibleAsync();
        Add("vera", Role.Viewer);
        Access.IssueDevice("attic");
        line.Fault = LineFault.None;
        line.CutAll();
        await Assertions.Expect(page.Locator("#stale")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("tr[data-user=vera]")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("tr[data-token=attic]")).ToBeVisibleAsync();

        Add("olga", Role.Operator);
        Access.IssueDevice("cellar");
        await page.EvaluateAsync("window.dispatchEvent(new Event('focus'))"); // as the browser says it
        await Assertions.Expect(page.Locator("tr[data-user=olga]")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("tr[data-token=cellar]")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_login_that_ends_elsewhere_says_so_and_returns_to_where_it_was_with_what_was_typed()
    {
        Add("tom", Role.Technician);
        Add("ada", Role.Technician);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/rooms/foyer/scenes/storm"));
        await Browser.LogInAsync(page, "tom", Password);
        await Assertions.Expect(page.Locator(".code textarea")).ToBeVisibleAsync();
        await page.Locator(".code textarea").FillAsync(PageRoom.Storm + "\n\n\n");
        await Assertions.Expect(page.Locator("#editor")).ToHaveAttributeAsync("data-checked", "yes");
        Browser.Expect(401, "/api/v2/"); // the page learns of it by that
        Access.People.SetPassword(Access.People.FindByName("tom")!.Id, Passwords.Hash("another one from elsewhere"));
        await Assertions.Expect(page.Locator("#login-again")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".code textarea")).ToBeHiddenAsync();
        await Browser.ShotAsync(page, "login-again");
        Assert.Empty(await Browser.AxeAsync(page));
        await Browser.LogInAsync(page, "tom", "another one from elsewhere");
        await Assertions.Expect(page.Locator("main")).ToHaveAttributeAsync("data-link", "live");
        await Assertions.Expect(page.Locator(".code textarea")).ToHaveValueAsync(PageRoom.Storm + "\n\n\n");
        await page.Keyboard.PressAsync("Control+s");
        await page.Locator("[data-name=save]").ClickAsync();
        await Assertions.Expect(page.Locator("#saved")).ToContainTextAsync("saved");
    }

    [Fact]
    public async Task A_form_older_than_the_login_says_so_and_does_nothing_and_only_STOP_goes_through()
    {
        Room.StartNodes();
        Add("olga", Role.Operator);
        var page = await Browser.OpenAsync(Foyer);
        await Browser.LogInAsync(page, "olga", Password);
        await NodesAreOnlineAsync(page);
        Browser.Expect(403, "/api/v2/rooms/foyer/"); // refusals
        await TakeAnotherLoginAsync(page);
        await page.Locator("[data-scene=storm] [data-name=run]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-scene=storm] .outcome")).ToContainTextAsync("nothing was done");
        await Assertions.Expect(page.Locator("#run")).ToHaveCountAsync(0);
        await page.Locator("[data-scene=storm] [data-name=run]").ClickAsync(); // looked at, and pressed again
        await Assertions.Expect(page.Locator("#run .run-state")).ToHaveAttributeAsync("data-state", "intro");
        await TakeAnotherLoginAsync(page);
        await page.Locator("#stop").ClickAsync();
        await Assertions.Expect(page.Locator("[data-room=foyer]")).ToHaveAttributeAsync("data-room-state", "idle");
    }

    [Fact]
    public async Task A_technician_invites_changes_and_disables_and_a_stale_table_shows_both()
    {
        Add("tom", Role.Technician);
        Add(Evil, Role.Viewer);
        var page = await Browser.OpenAsync(Settings);
        await Browser.LogInAsync(page, "tom", Password);
        var row = page.Locator("#users tbody tr").First;
        await Assertions.Expect(row).ToContainTextAsync(Evil);
        await page.Locator("#invite-role").SelectOptionAsync("operator");
        await page.Locator("[data-name=invite]").ClickAsync();
        var link = await page.Locator("[data-once=Link]").TextContentAsync();
        Assert.StartsWith(Hub.Address + "#/welcome/chorale_link_", link, StringComparison.Ordinal);
        await page.Locator("[data-name=once-close]").ClickAsync();
        await Assertions.Expect(page.Locator("#once")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("[data-link-id]")).ToHaveCountAsync(1);

        Browser.Expect(409, "/api/v2/users/"); // a stale change, and the last technician's
        Access.People.Change(Access.People.FindByName(Evil)!.Id, null, Role.Operator, null, out _); // somebody else
        await row.Locator("select").SelectOptionAsync("technician");
        await Assertions.Expect(page.Locator("#users-said")).ToContainTextAsync("you saw viewer, may log in, now it is operator, may log in");
        await Assertions.Expect(row.Locator("select")).ToHaveValueAsync("operator");
        Assert.Equal(Role.Operator, Access.People.FindByName(Evil)!.Role);
        await Browser.ShotAsync(page, "stale-user", isWhole: true);
        await row.Locator("[data-name=disable]").ClickAsync();
        await row.Locator("[data-name=sure]").ClickAsync();
        await Assertions.Expect(row.Locator("[data-state=quiet]")).ToBeVisibleAsync();
        Assert.False(Access.People.FindByName(Evil)!.IsEnabled);
        var last = page.Locator("tr[data-user=tom]");
        await last.Locator("[data-name=disable]").ClickAsync();
        await last.Locator("[data-name=sure]").ClickAsync();
        await Assertions.Expect(page.Locator("#users-said")).ToContainTextAsync("last technician");

        await page.GotoAsync(new Uri(Hub.Address, "#/log/audit").ToString());
        await Assertions.Expect(page.Locator("#audit tbody")).ToContainTextAsync(Evil);
        Assert.Equal(0, await page.Locator("main img, main script").CountAsync());
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.broken"));
    }

    [Fact]
    public async Task A_recorder_is_added_with_lines_that_make_it_send_and_revoked_with_what_that_ends()
    {
        Add("tom", Role.Technician);
        var page = await Browser.OpenAsync(Settings);
        await Browser.LogInAsync(page, "tom", Password);
        await page.Locator("#token-name").FillAsync("attic of the house");
        await page.Locator("[data-name=add-token]").ClickAsync();
        await Assertions.Expect(page.Locator("#tokens-said")).ToContainTextAsync("attic of the house");
        await page.Locator("#token-name").FillAsync("attic");
        await page.Locator("[data-name=add-token]").ClickAsync();
        var lines = await page.Locator("[data-once='Settings of the recorder']").TextContentAsync();
        Hub.StartRecorderFrom(lines!);
        await Wait.Until("the recorder's audio arrives", () => Hub.Host.Index.Read(c => Dapper.SqlMapper.ExecuteScalar<long>(c, "SELECT count(*) FROM chunks") > 0));
        await Browser.ShotAsync(page, "token-once", isWhole: true);
        await page.Locator("[data-name=once-close]").ClickAsync();
        await page.ReloadAsync();
        var row = page.Locator("tr[data-kind=device]");
        await Assertions.Expect(row.Locator("strong")).ToHaveTextAsync("attic"); // its own name, come with its audio
        await Assertions.Expect(row.Locator("time, .age").First).ToBeVisibleAsync();
        await row.Locator("[data-name=revoke]").ClickAsync();
        await Assertions.Expect(row).ToContainTextAsync("refused from the next request on");
        await row.Locator("[data-name=sure]").ClickAsync();
        await Assertions.Expect(row).ToHaveCountAsync(0);
        Assert.NotNull(Assert.Single(Access.List()).RevokedAt);
    }

    [Theory]
    [InlineData(360, 740)]
    [InlineData(768, 1024)]
    [InlineData(1280, 800)]
    public async Task Login_and_the_menu_of_who_is_here_fit_every_width_and_axe_finds_nothing_serious_by_day_and_night(int width, int height)
    {
        Room.StartNodes();
        foreach (var (name, role) in ((string, Role)[])[("tom", Role.Technician), ("olga", Role.Operator), ("vera with a rather long name of the museum", Role.Viewer)]) Add(name, role);
        Access.IssueDevice("attic");
        Access.Links.MakeInvite(Role.Viewer, "tom");
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            var page = await Browser.OpenAsync(Settings, width, height, scheme);
            await LooksWellAsync(page, "login", width, scheme, "#login");
            await Browser.LogInAsync(page, "tom", Password);
            await Assertions.Expect(page.Locator("tr[data-token=attic]")).ToBeVisibleAsync();
            await page.Locator("#who summary").ClickAsync();
            await LooksWellAsync(page, "who", width, scheme, "[data-name=log-out]");
            await page.Context.CloseAsync();
        }
    }

    private static async Task LooksWellAsync(IPage page, string name, int width, ColorScheme scheme, string ready)
    {
        await Assertions.Expect(page.Locator(ready).First).ToBeVisibleAsync();
        await Browser.ShotAsync(page, $"{name}-{width}-{scheme}", isWhole: true);
        Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width, $"{name} is wider than {width}");
        Assert.Empty(await Browser.AxeAsync(page));
    }

    /// <summary>What another tab of the same browser does when somebody logs in there.</summary>
    private async Task TakeAnotherLoginAsync(IPage page)
    {
        using var other = await PersonClient.LoginAsync(Hub.Address, "olga", Password);
        var cookie = other.Cookie!;
        await page.Context.AddCookiesAsync([new Cookie { Name = cookie.Name, Value = cookie.Value, Url = Hub.Address.ToString(), HttpOnly = true, SameSite = SameSiteAttribute.Strict }]);
    }

    private void Add(string name, Role role) => Access.People.TryAdd(name, role, Passwords.Hash(Password));

    private static async Task NodesAreOnlineAsync(IPage page)
    {
        foreach (var node in (string[])[PageRoom.Relays, PageRoom.Motors])
            await Assertions.Expect(page.Locator($"[data-node={node}]")).ToHaveAttributeAsync("data-presence", "online");
    }
}
