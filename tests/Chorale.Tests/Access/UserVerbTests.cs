using System.CommandLine;
using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Tests.Hub;
using Chorale.Verbs;

namespace Chorale.Tests.Access;

/// <summary><c>chorale user</c>, beside a hub that runs.</summary>
public sealed class UserVerbTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Who_forgot_everything_gets_in_again_by_a_link_from_the_machine()
    {
        await using var hub = await PeopleHub.StartAsync(folder: _folder);
        var (code, output, _) = Run("user", "link", "--for", "tom", "--url", "https://hub.example/", "--json");
        Assert.Equal(0, code);
        var link = JsonDocument.Parse(output).RootElement.GetProperty("link").GetString()!;
        Assert.StartsWith("https://hub.example/#/welcome/chorale_link_", link, StringComparison.Ordinal);
        using var tom = new PersonClient(hub.Url);
        Assert.Equal(200, await tom.StatusAsync(HttpMethod.Post, "/api/v2/welcome", new { secret = link[(link.LastIndexOf('/') + 1)..], password = "a new one for me" }));
        Assert.Contains(await hub.Host.Audit.ReadAsync(new AuditQuery()), r => r is { Action: "link_make", Target: "tom", Address: "this machine" });
    }

    [Fact]
    public async Task A_role_that_is_changed_here_ends_the_login_in_the_browser()
    {
        await using var hub = await PeopleHub.StartAsync(folder: _folder);
        using var olga = await hub.LoginAsync("olga");
        Assert.Equal(0, Run("user", "role", "olga", "viewer").Code);
        Assert.Equal(401, await olga.StatusAsync(HttpMethod.Get, "/api/v2/recorders"));
        Assert.Equal(0, Run("user", "disable", "olga").Code);
        Assert.Contains("disabled", Run("user", "ls").Output, StringComparison.Ordinal);
        Assert.Equal(0, Run("user", "enable", "OLGA").Code);
        var all = JsonDocument.Parse(Run("user", "ls", "--json").Output).RootElement;
        Assert.Equal(["olga", "tom", "vera"], all.EnumerateArray().Select(u => u.GetProperty("name").GetString()!));
    }

    [Fact]
    public void The_first_link_makes_a_technician_and_later_ones_need_a_role()
    {
        Assert.Equal(2, Run("user", "link", "--role", "viewer").Code);
        Assert.Contains("role technician", Run("user", "link").Output, StringComparison.Ordinal);
        using (var access = AccessStore.Open(_folder.Path, TimeProvider.System)) access.People.TryAdd("ada", Role.Technician, Passwords.Hash("whatever it may be"));
        var (code, _, error) = Run("user", "link");
        Assert.Equal((2, true), (code, error.Contains("--role", StringComparison.Ordinal)));
        Assert.Equal(0, Run("user", "link", "--role", "operator").Code);
        Assert.Equal((3, 3), (Run("user", "disable", "ada").Code, Run("user", "role", "ada", "viewer").Code)); // the last technician
        Assert.Equal((1, 1), (Run("user", "disable", "nobody").Code, Run("user", "link", "--for", "nobody").Code));
        Assert.Equal(2, Run("user", "link", "--role", "viewer", "--for", "ada").Code);
        Assert.Equal(2, Run("user", "add", "a:b").Code);
    }

    private (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = new RootCommand();
        root.Subcommands.Add(UserVerb.Create());
        var code = root.Parse([.. args, "--data", _folder.Path]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
