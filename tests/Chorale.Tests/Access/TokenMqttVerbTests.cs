using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Mqtt;
using Chorale.Verbs;

namespace Chorale.Tests.Access;

public sealed class TokenMqttVerbTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_user_made_on_the_command_line_comes_in_and_a_revoked_one_does_not()
    {
        var added = JsonDocument.Parse(Run("add", "recorder", "mic1", "--topic", "lab/audio", "--json").Output).RootElement;
        var password = added.GetProperty("password").GetString()!;
        var files = added.GetProperty("files").GetString()!;
        Assert.Equal(0, Run("add", "controller", "hub").Code);
        await using var broker = await TestBroker.StartAsync(new BrokerSettings
        {
            Folder = files, PasswordFile = Path.Combine(files, MosquittoFiles.PasswordsName), AclFile = Path.Combine(files, MosquittoFiles.AclName),
        });
        await using var client = broker.Client(o => o with { UserName = "mic1", Password = password });
        client.Start();
        await Wait.Until("connected", () => client.IsConnected);

        var (code, output, _) = Run("revoke", "mic1");

        Assert.Equal(0, code);
        Assert.Contains("the broker there has been told", output);
        await Wait.Until("it is thrown out", () => client.LastFailure?.Contains("refused") == true);
        Assert.DoesNotContain("mic1", Run("ls").Output);
        Assert.Contains("hub", Run("ls").Output);
    }

    [Fact]
    public void Passwords_are_in_no_file_and_the_files_are_not_everybodys()
    {
        var password = JsonDocument.Parse(Run("add", "recorder", "mic1", "--json").Output).RootElement.GetProperty("password").GetString()!;
        Assert.True(password.Length > 43);
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(password, Encoding.Latin1.GetString(File.ReadAllBytes(file)));
        foreach (var name in new[] { MosquittoFiles.PasswordsName, MosquittoFiles.AclName })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(Path.Combine(_folder["mosquitto"], name)));
        Assert.Contains("systemctl reload mosquitto", Run("write").Output);
    }

    [Fact]
    public void A_hub_with_rooms_may_conduct_those_rooms_and_no_other()
    {
        Assert.Equal(0, Run("add", "controller", "hub", "--rooms", "room1,hall").Code);
        var acl = File.ReadAllText(Path.Combine(_folder["mosquitto"], MosquittoFiles.AclName));
        Assert.Contains("topic readwrite room1/#\ntopic readwrite hall/#\n", acl);
        Assert.Contains("topic read devices/+/status\n", acl);
        Assert.Contains("room2/x", Run("add", "controller", "other", "--rooms", "room2/x").Error);
    }

    [Theory]
    [InlineData("add recorder mic/1", "mic/1")]
    [InlineData("add recorder mic1 --topic a/#", "wildcard")]
    [InlineData("add recorder mic1 --topic a//b", "none of them empty")]
    [InlineData("add recorder mic1 --room room1", "belongs to nodes")]
    [InlineData("add node n1", "needs --room")]
    [InlineData("add node n1 --room room1", "name some")]
    [InlineData("add node n1 --room room1 --commands a,+/b", "filters only")]
    [InlineData("add controller hub --commands a", "belong to nodes")]
    [InlineData("revoke nobody", "nobody")]
    public void What_could_not_be_written_into_the_files_is_refused_with_what_is_allowed(string line, string says)
    {
        var (code, _, error) = Run(line.Split(' '));
        Assert.NotEqual(0, code);
        Assert.Contains(says, error);
    }

    [Fact]
    public void A_line_break_cannot_smuggle_rights_into_the_files()
    {
        Assert.Equal(2, Run("add", "recorder", "mic1\nuser x").Code);
        Assert.Equal(2, Run("add", "recorder", "mic1", "--topic", "a\ntopic readwrite #").Code);
        Assert.Equal(2, Run("add", "node", "n1", "--room", "room1", "--commands", "x\rtopic readwrite #").Code);
    }

    [Fact]
    public void A_name_is_given_once()
    {
        Assert.Equal(0, Run("add", "recorder", "mic1").Code);
        var (code, _, error) = Run("add", "controller", "mic1");
        Assert.Equal(2, code);
        Assert.Contains("already", error);
    }

    [Fact]
    public async Task Our_hash_is_the_one_that_mosquitto_passwd_makes()
    {
        File.WriteAllText(_folder["theirs"], "");
        using var tool = ChildProcess.Start("mosquitto_passwd", ["-b", _folder["theirs"], "x", "a password"]);
        Assert.Equal(0, await tool.ExitCodeAsync());
        var theirs = File.ReadAllText(_folder["theirs"]).Trim()["x:".Length..].Split('$');
        var ours = MosquittoFiles.Hash("a password").Split('$');

        Assert.Equal((theirs[1], theirs[2], theirs[3].Length, theirs[4].Length), (ours[1], ours[2], ours[3].Length, ours[4].Length));
        Assert.Equal(theirs[4], Convert.ToBase64String(Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes("a password"), Convert.FromBase64String(theirs[3]), int.Parse(theirs[2], CultureInfo.InvariantCulture), HashAlgorithmName.SHA512, 64)));
        Assert.NotEqual(MosquittoFiles.Hash("a password"), MosquittoFiles.Hash("a password"));
    }

    private (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = new RootCommand();
        root.Subcommands.Add(TokenVerb.Create());
        var code = root.Parse(["token", "mqtt", .. args, "--data", _folder.Path]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
