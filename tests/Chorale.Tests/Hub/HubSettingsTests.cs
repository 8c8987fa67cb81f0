using Chorale.Hub.Settings;
using Chorale.Tests.Architecture;

namespace Chorale.Tests.Hub;

public sealed class HubSettingsTests
{
    private static readonly Dictionary<string, string> NoEnvironment = [];
    private static readonly Dictionary<string, IReadOnlyList<string>> NoFlags = [];

    [Fact]
    public void Flags_win_over_the_environment_and_that_over_the_file()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["hub.yaml"], "listen: [127.0.0.1:1, \"[::1]:2\", http://0.0.0.0:8000]\ndata: /a\nzone: Europe/Berlin\nkeep_days: 30\nmax_upload: 20 MiB\n");
        var load = HubSettingsReader.Read(folder["hub.yaml"],
            new Dictionary<string, string> { ["CHORALE_HUB_DATA"] = "/b", ["CHORALE_HUB_ZONE"] = "Asia/Tokyo", ["ADMIN_TOKEN"] = "0123456789abcdef", ["PATH"] = "x" },
            new Dictionary<string, IReadOnlyList<string>> { ["data"] = ["/c"] });
        Assert.Empty(load.Problems);
        var s = load.Settings!;
        Assert.Equal(("/c", "Asia/Tokyo", 20L << 20, 30.0, "0123456789abcdef"), (s.DataFolder, s.Zone.Id, s.ForeignUploadBytesMax, s.KeepFor!.Value.TotalDays, s.AdminToken));
        Assert.Equal(["127.0.0.1:1", "[::1]:2", "0.0.0.0:8000"], s.Listen.Select(l => l.ToString()));
        Assert.False(s.IsLoopbackOnly);
        Assert.True(s.Listen[2].IsPlain);
    }

    [Fact]
    public void Everything_wrong_is_named_at_once_with_what_is_allowed_and_no_secret()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["hub.yaml"], "listen: nowhere\nretention: 7\nzone: Mars/Olympus\nkeep_days: -1\ncertificate: /no/such.pem\n");
        var load = HubSettingsReader.Read(folder["hub.yaml"],
            new Dictionary<string, string> { ["CHORALE_HUB_COLOUR"] = "red", ["CHORALE_HUB_ADMIN_TOKEN"] = "s3cret" }, NoFlags);
        Assert.Null(load.Settings);
        var all = string.Join("\n", load.Problems);
        foreach (var word in new[] { "nowhere", "ADDRESS:PORT", "retention is not a setting", "Mars/Olympus", "\"-1\"", "/no/such.pem", "CHORALE_HUB_COLOUR", "at least 16" })
            Assert.Contains(word, all, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", all, StringComparison.Ordinal);
        Assert.Equal(78, HubSettingsLoad.ExitCode);
    }

    [Fact]
    public void The_example_is_read_without_a_problem_and_names_every_key()
    {
        var example = Path.Combine(RepositoryRoot.Path, "examples", "hub.yaml");
        Assert.Empty(HubSettingsReader.Read(example, NoEnvironment, NoFlags).Problems);
        var text = File.ReadAllText(example);
        var guide = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "guide", "hub.md"));
        Assert.All(HubSettingKeys.All, k => Assert.Contains(k.Name + ":", text, StringComparison.Ordinal));
        Assert.All(HubSettingKeys.All, k => Assert.Contains($"`{k.Name}`", guide, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("8080", "127.0.0.1:8080")]
    [InlineData("localhost:5173", "127.0.0.1:5173")]
    [InlineData("[::]:8443", "[::]:8443")]
    [InlineData("0.0.0.0:70000", null)]
    [InlineData("::1:80", null)]
    [InlineData("host.example:80", null)]
    public void Addresses_are_read_as_people_write_them(string text, string? expected) =>
        Assert.Equal(expected, ListenAddress.TryParse(text, out var address) ? address.ToString() : null);
}
