using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Verbs;
using Chorale.Show.Scenes;

namespace Chorale.SystemTests;

public sealed partial class DocsTests
{
    [Fact]
    public void Every_link_between_documents_leads_somewhere()
    {
        var links = 0;
        var dead = new List<string>();
        foreach (var file in GuideText.Documents(".", "guide", "design"))
        {
            foreach (Match link in Link().Matches(File.ReadAllText(file)))
            {
                var target = link.Groups[1].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal)) continue;
                links++;
                var path = Path.Combine(Path.GetDirectoryName(file)!, target);
                if (!File.Exists(path) && !Directory.Exists(path)) dead.Add($"{Path.GetRelativePath(GuideText.Root, file)} -> {target}");
            }
        }

        Assert.True(links > 10, $"only {links} links found");
        Assert.Empty(dead);
    }

    [Fact]
    public void Every_command_in_the_guide_is_one_that_exists()
    {
        var edge = new RootCommand();
        RecorderVerbs.AddTo(edge, TimeProvider.System);
        var whole = ChoraleCommand.Create();
        var commands = GuideText.Documents(".", "guide").SelectMany(GuideText.Commands).ToList();
        Assert.True(commands.Count > 40, $"only {commands.Count} commands found");
        var wrong = new List<string>();
        foreach (var command in commands)
        {
            var (root, arguments) = command.Text.StartsWith("chorale-recorder ", StringComparison.Ordinal) ? (edge, command.Text[17..]) : (whole, command.Text[8..]);
            var parsed = root.Parse(arguments);
            // `up` and the like named without all they need are mentions, not commands to copy; a name or option that does not exist is wrong anywhere.
            wrong.AddRange(parsed.Errors.Select(e => $"{command}: {e.Message}").Where(e => !e.Contains("Required", StringComparison.Ordinal)));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void A_command_that_does_not_exist_would_be_found()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["page.md"], "Say `chorale spool ls --quarantined`.\n\n```sh\nsudo -u chorale chorale-recorder spool look # no such verb\n```\n");
        var commands = GuideText.Commands(folder["page.md"]).Select(c => c.Text).ToList();
        Assert.Equal(["chorale-recorder spool look", "chorale spool ls --quarantined"], commands);
        Assert.All(commands, c => Assert.NotEmpty(ChoraleCommand.Create().Parse(c.Split(' ', 2)[1]).Errors));
    }

    [Fact]
    public void Every_settings_file_in_the_guide_and_in_the_packages_is_accepted()
    {
        using var folder = new TempFolder();
        var files = GuideText.Documents("guide").SelectMany(GuideText.Blocks).Where(b => b.Language is "yaml" or "json").Select(b => (Name: $"{b.File}:{b.Line}", b.Text, b.Language))
            .Append((Name: "config.yaml.example", Text: File.ReadAllText(Path.Combine(GuideText.Root, "packaging/recorder/config.yaml.example")), Language: "yaml")).ToList();
        Assert.True(files.Count >= 5, $"only {files.Count} found");
        foreach (var (name, text, language) in files)
        {
            if (text.Contains("\"sceneId\"", StringComparison.Ordinal))
            {
                var scene = SceneFile.Read(Encoding.UTF8.GetBytes(text), name);
                Assert.True(scene is { Scene: not null, Problems.Count: 0 }, $"{name}: {string.Join("; ", scene.Problems)}");
                continue;
            }

            if (language == "json") JsonDocument.Parse(text).Dispose();
            var path = folder[$"settings.{language}"];
            File.WriteAllText(path, text);
            // A token stands in the .env beside it.
            var load = SettingsLoader.Load(Input(path) with { Environment = new Dictionary<string, string> { ["CHORALE_UPLOAD_TOKEN"] = "secret" } });
            Assert.True(load.Problems.Count == 0, $"{name}: {string.Join("; ", load.Problems)}");
        }
    }

    [Fact]
    public void Every_variable_in_the_example_of_the_package_is_accepted()
    {
        var variables = File.ReadLines(Path.Combine(GuideText.Root, "packaging/recorder/.env.example")).Select(l => l.TrimStart('#', ' ')).Where(l => Variable().IsMatch(l))
            .Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        Assert.True(variables.Count >= 5);
        Assert.Empty(SettingsLoader.Load(Input(null) with { Environment = variables }).Problems);
    }

    [Fact]
    public async Task The_ledger_and_the_queue_of_the_guide_are_what_the_commands_print()
    {
        using var folder = new TempFolder();
        using (var record = ChildProcess.Chorale(["record", "--device", "tone:", "--chunk-seconds", "1", "--spool", folder["spool"], "--set", "upload.sink=none", "--set", "health.port=0"]))
        {
            await Wait.Until("a chunk is recorded", () => Directory.Exists(folder["spool/outbox"]) && Directory.GetFiles(folder["spool/outbox"], "chunk_*.ogg").Length > 0);
            record.Signal("TERM");
            Assert.Equal(0, await record.ExitCodeAsync());
        }

        var commands = GuideText.Documents("guide").SelectMany(GuideText.Commands).Select(c => c.Text).Where(t => ForSpool().IsMatch(t)).Distinct().ToList();
        Assert.True(commands.Count >= 6, $"only {commands.Count} commands found");
        foreach (var text in commands)
        {
            var arguments = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).ToList();
            var spool = arguments.IndexOf("--spool");
            if (spool >= 0) arguments[spool + 1] = folder["spool"];
            else arguments.AddRange(["--spool", folder["spool"]]);
            using var run = ChildProcess.Chorale(arguments, folder: folder.Path);
            Assert.True(await run.ExitCodeAsync() == 0, $"{text}: {run.Output}");
        }
    }

    private static SettingsInput Input(string? file) => new() { ConfigPath = file, LooksInUsualPlaces = false };

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^(CHORALE|RA)_[A-Z_]+=")]
    private static partial Regex Variable();

    [GeneratedRegex("^chorale(-recorder)? spool (ls|check|retry|export \\./\\w+)( |$)")]
    private static partial Regex ForSpool();
}
