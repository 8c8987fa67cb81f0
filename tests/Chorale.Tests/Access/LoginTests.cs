using System.Net;
using Chorale.Hub.Access;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Access;

/// <summary>Logging in and out in a browser.</summary>
public sealed class LoginTests
{
    [Fact]
    public async Task The_cookie_is_for_the_hub_alone_and_no_script_reads_it()
    {
        await using var hub = await PeopleHub.StartAsync();
        var body = """{"name":"TOM","password":"a quiet evening in May"}""";
        string Login(string more) => $"POST /api/v2/session HTTP/1.1\nHost: localhost\nConnection: close\nContent-Type: application/json\nContent-Length: {body.Length}\n{more}\n{body}";
        var plain = (await RawHttp.SendAsync(hub.Url, RawHttp.Text(Login("")))).Headers["Set-Cookie"];
        foreach (var part in (string[])["httponly", "samesite=strict", "path=/", "max-age=2592000"]) Assert.Contains(part, plain, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", plain, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain", plain, StringComparison.OrdinalIgnoreCase);
        var behindTls = (await RawHttp.SendAsync(hub.Url, RawHttp.Text(Login("Origin: https://localhost\n")))).Headers["Set-Cookie"];
        Assert.Contains("; secure", behindTls, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(403, (await RawHttp.SendAsync(hub.Url, RawHttp.Text(Login("Origin: https://evil.example\n")))).Status);
    }

    [Fact]
    public async Task Who_logs_in_is_named_and_who_logs_out_is_nobody_at_once()
    {
        await using var hub = await PeopleHub.StartAsync();
        using var olga = await hub.LoginAsync("olga");
        var who = await olga.WhoAsync();
        Assert.Equal(("olga", "operator", "session"), (who.GetProperty("user").GetString(), who.GetProperty("role").GetString(), who.GetProperty("via").GetString()));
        Assert.Equal(["read", "operate", "stop"], who.GetProperty("can").EnumerateArray().Select(c => c.GetString()!));
        using var second = await hub.LoginAsync("olga");
        Assert.Equal(204, await olga.StatusAsync(HttpMethod.Delete, "/api/v2/session"));
        Assert.Equal("nobody", (await olga.WhoAsync()).GetProperty("via").GetString());
        Assert.Equal(401, await olga.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
        Assert.Equal(200, await second.StatusAsync(HttpMethod.Get, "/api/v2/recorders")); // the other browser stays
    }

    [Fact]
    public async Task A_login_ends_after_half_a_day_without_a_page_and_after_a_month_in_any_case()
    {
        var time = new ManualTime();
        await using var hub = await PeopleHub.StartAsync(time);
        using var idle = await hub.LoginAsync("vera");
        using var busy = await hub.LoginAsync("vera");
        time.Step(TimeSpan.FromHours(11)); // by the wall clock alone: a month of everything else that a hub does each minute takes minutes
        Assert.Equal(200, await busy.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
        time.Step(TimeSpan.FromHours(1));
        Assert.Equal(401, await idle.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
        for (var at = TimeSpan.FromHours(12); at < TimeSpan.FromDays(30); at += TimeSpan.FromHours(6), time.Step(TimeSpan.FromHours(6)))
            Assert.Equal(200, await busy.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
        Assert.Equal(401, await busy.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
    }

    [Theory]
    [InlineData("disable")]
    [InlineData("role")]
    [InlineData("password")]
    public async Task What_lessens_somebodys_rights_ends_all_of_that_ones_logins_and_streams(string what)
    {
        using var folder = new TempFolder();
        await using var hub = await PeopleHub.StartAsync(folder: folder);
        using var olga = await hub.LoginAsync("olga");
        using var vera = await hub.LoginAsync("vera");
        using var stream = await olga.SendAsync(HttpMethod.Get, "/api/v2/events", until: HttpCompletionOption.ResponseHeadersRead);
        await using var told = await stream.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);

        using (var elsewhere = AccessStore.Open(folder.Path, TimeProvider.System)) // as `chorale user` does it, in another process
        {
            var id = elsewhere.People.FindByName("olga")!.Id;
            if (what == "password") Assert.True(elsewhere.People.SetPassword(id, Passwords.Hash("another one altogether")));
            else Assert.Equal(UserChange.Done, elsewhere.People.Change(id, null, what == "role" ? Role.Viewer : null, what == "disable" ? false : null, out _));
        }

        Assert.Equal(401, await olga.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
        Assert.Equal(200, await vera.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
        var buffer = new byte[65_536];
        async Task EndAsync()
        {
            while (await told.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0) { }
        }

        await EndAsync().WaitAsync(Wait.Patience, TestContext.Current.CancellationToken);
        if (what == "disable")
        {
            using var stranger = new PersonClient(hub.Url);
            using var right = await stranger.PostAsync("/api/v2/session", new { name = "olga", password = PeopleHub.Password });
            using var wrong = await stranger.PostAsync("/api/v2/session", new { name = "olga", password = "a guess of somebody" });
            Assert.Equal((403, 401), ((int)right.StatusCode, (int)wrong.StatusCode)); // only who knows the password is told
        }
    }

    [Fact]
    public async Task Guessing_ends_in_429_that_says_how_long_and_a_name_that_is_not_there_sounds_like_one_that_is()
    {
        var time = new ManualTime();
        await using var hub = await PeopleHub.StartAsync(time);
        using var stranger = new PersonClient(hub.Url);
        var answers = new HashSet<string>();
        for (var n = 0; n < 10; n++)
        {
            using var no = await stranger.PostAsync("/api/v2/session", new { name = n % 2 == 0 ? "tom" : "nobody", password = "a guess of mine" });
            Assert.Equal(HttpStatusCode.Unauthorized, no.StatusCode);
            Assert.False(no.Headers.Contains("WWW-Authenticate"));
            answers.Add(System.Text.RegularExpressions.Regex.Replace(await no.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), "\"traceId\":\"[^\"]*\"", ""));
        }

        Assert.Single(answers);
        using var throttled = await stranger.PostAsync("/api/v2/session", new { name = "tom", password = PeopleHub.Password });
        Assert.Equal((429, 60), ((int)throttled.StatusCode, (int)throttled.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
        Assert.Equal(60, System.Text.Json.JsonDocument.Parse(await throttled.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("retry_after_s").GetInt32());
        time.Advance(TimeSpan.FromSeconds(61));
        using var tom = await hub.LoginAsync("tom");
    }

    [Fact]
    public async Task An_operators_credential_logs_in_by_the_form_as_well_until_it_is_revoked()
    {
        await using var hub = await PeopleHub.StartAsync();
        var token = hub.Host.Tokens.Issue(CredentialKind.Operator, "rack");
        using var rack = await PersonClient.LoginAsync(hub.Url, "rack", token.Secret);
        Assert.Equal("technician", (await rack.WhoAsync()).GetProperty("role").GetString());
        hub.Host.Tokens.Revoke(token.Id);
        Assert.Equal(401, await rack.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
    }

    [Fact]
    public async Task A_flood_of_logins_is_turned_away_and_is_not_queued_for_ever()
    {
        var passwords = new Passwords();
        var all = Enumerable.Range(0, 40).Select(_ => passwords.MatchesAsync("a guess of somebody", null, CancellationToken.None)).ToList();
        await Task.WhenAll(all.Select(t => t.ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default)));
        Assert.Equal(24, all.Count(t => t.Exception?.InnerException is PasswordsBusyException));
        Assert.All(all.Where(t => t.IsCompletedSuccessfully), t => Assert.False(t.Result));
    }

    [Theory]
    [InlineData("short", "at least 10")]
    [InlineData("aaaaaaaaaaaa", "different")]
    [InlineData("myTOMATO-tom1", null)]
    [InlineData("long-tomas-long", "user's name")]
    public void A_password_that_cannot_be_used_is_refused_with_what_is_allowed(string password, string? says)
    {
        var problem = Passwords.Problem(password, "tomas");
        if (says is null) Assert.Null(problem);
        else Assert.Contains(says, problem, StringComparison.Ordinal);
    }
}
