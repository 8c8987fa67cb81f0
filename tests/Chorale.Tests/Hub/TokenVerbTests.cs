using System.CommandLine;
using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Verbs;

namespace Chorale.Tests.Hub;

public sealed class TokenVerbTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_token_made_beside_the_running_hub_uploads_and_a_revoked_one_does_not()
    {
        await using var hub = await TestHub.StartAsync(folder: _folder);
        var (code, output, _) = Run("token", "add", "device", TestHub.DeviceId, "--point", TestHub.Point, "--register", TestHub.Register, "--json");
        Assert.Equal(0, code);
        var added = JsonDocument.Parse(output).RootElement;
        var secret = added.GetProperty("secret").GetString()!;
        Assert.True(secret.Length >= 43 + "chorale_device_".Length);
        Assert.Equal(200, (await RawHttp.SendAsync(hub.Url, new RecorderAgentClient(secret).Request(OggChunk.Make(1)))).Status);

        var (_, list, _) = Run("token", "ls");
        Assert.Contains(TestHub.DeviceId, list, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, list, StringComparison.Ordinal);
        Assert.Equal(0, Run("token", "revoke", added.GetProperty("id").GetString()!).Code);
        Assert.Equal(401, (await RawHttp.SendAsync(hub.Url, new RecorderAgentClient(secret).Request(OggChunk.Make(1)))).Status);
        Assert.Equal(1, Run("token", "revoke", "nobody").Code);
    }

    [Fact]
    public void Secrets_are_nowhere_in_the_file()
    {
        var secret = JsonDocument.Parse(Run("token", "add", "operator", "ada", "--json").Output).RootElement.GetProperty("secret").GetString()!;
        using (var access = AccessStore.Open(_folder.Path, TimeProvider.System)) Assert.Equal("ada", access.Find(secret)!.Subject);
        foreach (var file in Directory.EnumerateFiles(_folder.Path))
            Assert.DoesNotContain(secret, System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["access.db"]));
    }

    [Theory]
    [InlineData("device", "../x")]
    [InlineData("client", "a b")]
    [InlineData("operator", "a:b")]
    public void Names_that_could_not_be_used_are_refused_with_what_is_allowed(string kind, string name)
    {
        var (code, _, error) = Run("token", "add", kind, name);
        Assert.Equal(2, code);
        Assert.Contains(name, error, StringComparison.Ordinal);
    }

    private (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = new RootCommand();
        root.Subcommands.Add(TokenVerb.Create());
        var code = root.Parse([.. args, "--data", _folder.Path]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
