using Chorale.Hub.Access;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Access;

/// <summary>One-time links: the first user, invitations, forgotten passwords.</summary>
public sealed class LinkTests
{
    private const string Password = "seven green bottles";

    [Fact]
    public async Task The_first_link_makes_a_technician_once_and_closes_the_door_of_the_machine()
    {
        await using var hub = await TestHub.StartAsync();
        var secret = Secret(hub.Host.MakeFirstLink()!);
        using var person = new PersonClient(hub.Url);
        var before = await person.WhoAsync();
        Assert.Equal(("open", true), (before.GetProperty("via").GetString(), before.GetProperty("first_start").GetBoolean()));
        using (var looked = await person.PostAsync("/api/v2/welcome/look", new { secret })) Assert.Contains("\"purpose\":\"first\"", await looked.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using (var made = await person.PostAsync("/api/v2/welcome", new { secret, name = "Ada", password = Password }))
        {
            Assert.Equal(200, (int)made.StatusCode);
            await person.TakeAsync(made);
        }

        Assert.Equal(("Ada", "technician"), ((await person.WhoAsync()).GetProperty("user").GetString(), (await person.WhoAsync()).GetProperty("role").GetString()));
        using var thief = new PersonClient(hub.Url);
        Assert.Equal(404, await thief.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret, name = "Eve", password = Password }));
        Assert.Equal(401, await thief.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
        Assert.Null(hub.Host.MakeFirstLink());
    }

    [Fact]
    public async Task A_hub_whose_only_operator_was_revoked_is_not_open_to_the_machine_again()
    {
        await using var hub = await TestHub.StartAsync();
        var secret = Secret(hub.Host.MakeFirstLink()!);
        using var person = new PersonClient(hub.Url);
        Assert.Equal(200, await person.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
        var rack = hub.Host.Tokens.Issue(CredentialKind.Operator, "rack");
        Assert.Equal(404, await person.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret, name = "Eve", password = Password })); // printed before there was anybody
        hub.Host.Tokens.Revoke(rack.Id);
        Assert.Equal(401, await person.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
    }

    [Fact]
    public async Task Who_may_invite_nobody_any_more_has_invited_nobody()
    {
        await using var hub = await PeopleHub.StartAsync();
        PeopleHub.Add(hub, "ines", Role.Technician);
        var secret = hub.Host.Tokens.Links.MakeInvite(Role.Technician, "ines");
        var ines = hub.Host.Tokens.People.FindByName("ines")!;
        Assert.Equal(UserChange.Done, hub.Host.Tokens.People.Change(ines.Id, null, null, false, out _));
        using var again = new PersonClient(hub.Url);
        Assert.Equal(404, await again.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret, name = "ines2", password = Password }));
    }

    [Fact]
    public async Task A_link_is_good_for_a_day_and_a_new_start_replaces_the_first_one()
    {
        var time = new ManualTime();
        using var folder = new TempFolder();
        string old, late;
        await using (var hub = await TestHub.StartAsync(folder: folder, time: time)) old = Secret(hub.Host.MakeFirstLink()!);
        await using (var hub = await TestHub.StartAsync(folder: folder, time: time))
        {
            late = Secret(hub.Host.MakeFirstLink()!);
            using var person = new PersonClient(hub.Url);
            Assert.Equal(404, await person.StatusAsync(HttpMethod.Post, "/api/v2/welcome/look", new { secret = old }));
            Assert.Equal(200, await person.StatusAsync(HttpMethod.Post, "/api/v2/welcome/look", new { secret = late }));
            time.Step(TimeSpan.FromHours(24));
            Assert.Equal(404, await person.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret = late, name = "Ada", password = Password }));
            Assert.False(hub.Host.Tokens.People.Any);
        }

        foreach (var file in Directory.EnumerateFiles(folder.Path))
            foreach (var secret in (string[])[old, late]) Assert.DoesNotContain(secret, System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guessing_links_is_slowed_like_guessing_passwords()
    {
        await using var hub = await TestHub.StartAsync(time: new ManualTime());
        using var stranger = new PersonClient(hub.Url);
        for (var n = 0; n < 10; n++) Assert.Equal(404, await stranger.StatusAsync(HttpMethod.Post, "/api/v2/welcome/look", new { secret = $"chorale_link_{n}" }));
        Assert.Equal(429, await stranger.StatusAsync(HttpMethod.Post, "/api/v2/welcome/look", new { secret = Secret(hub.Host.MakeFirstLink()!) }));
    }

    [Fact]
    public async Task An_invitation_makes_a_user_of_its_role_and_a_taken_name_leaves_it_good()
    {
        await using var hub = await PeopleHub.StartAsync();
        using var tom = await hub.LoginAsync("tom");
        using var made = await tom.PostAsync("/api/v2/users/links", new { role = "viewer" });
        var secret = Secret(TestHub.Json(new(200, new Dictionary<string, string>(), await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))).GetProperty("path").GetString()!);
        using var guest = new PersonClient(hub.Url);
        Assert.Equal(409, await guest.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret, name = "OLGA", password = Password }));
        Assert.Equal(400, await guest.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret, name = "gast", password = "short" }));
        Assert.Equal(400, await guest.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret, name = "ga\u202est", password = Password }));
        Assert.Equal(200, await guest.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret, name = "gast", password = Password }));
        Assert.Equal(Role.Viewer, hub.Host.Tokens.People.FindByName("gast")!.Role);
        Assert.Empty((await tom.GetAsync("/api/v2/users")).GetProperty("links").EnumerateArray());
    }

    [Fact]
    public async Task A_link_for_a_new_password_ends_the_logins_and_a_disabled_user_gets_none()
    {
        await using var hub = await PeopleHub.StartAsync();
        using var tom = await hub.LoginAsync("tom");
        using var olga = await hub.LoginAsync("olga");
        var id = hub.Host.Tokens.People.FindByName("olga")!.Id;
        var secret = hub.Host.Tokens.Links.MakePassword(id, "tom")!;
        using var forgetful = new PersonClient(hub.Url);
        Assert.Equal(200, await forgetful.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret, password = Password }));
        Assert.Equal(401, await olga.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
        using var again = await PersonClient.LoginAsync(hub.Url, "olga", Password);
        var next = hub.Host.Tokens.Links.MakePassword(id, "tom")!;
        hub.Host.Tokens.People.Change(id, null, null, false, out _);
        Assert.Equal(404, await forgetful.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret = next, password = Password }));
        Assert.Null(hub.Host.Tokens.Links.MakePassword(id, "tom"));
    }

    [Fact]
    public async Task Who_is_invited_cannot_take_the_name_of_a_program_that_may_do_everything_nor_it_theirs()
    {
        await using var hub = await PeopleHub.StartAsync();
        var secret = hub.Host.Tokens.Issue(CredentialKind.Operator, "nightly").Id;
        var link = hub.Host.Tokens.Links.MakeInvite(Role.Viewer, "tom");
        using var guest = new PersonClient(hub.Url);
        Assert.Equal(409, await guest.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret = link, name = "Nightly", password = Password }));
        Assert.Throws<ArgumentException>(() => hub.Host.Tokens.Issue(CredentialKind.Operator, "VERA"));
        Assert.True(hub.Host.Tokens.RevokeOne(secret)); // nobody is called so any more
        Assert.Equal(200, await guest.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret = link, name = "Nightly", password = Password }));
    }

    private static string Secret(string link) => link[(link.IndexOf("/#/welcome/", StringComparison.Ordinal) + "/#/welcome/".Length)..];
}
