using System.Text.RegularExpressions;
using Chorale.Recorder.Settings;
using Chorale.Tests.Architecture;

namespace Chorale.Tests.Settings;

/// <summary>
/// Holds guide/settings.md and the examples to the code. The tables between the guide's markers are generated: after a change of
/// <see cref="SettingKeys"/>, run these tests with the variable <c>UPDATE_GUIDE=1</c> and read the difference.
/// </summary>
public sealed partial class SettingsGuideTests
{
    private static readonly string Guide = Path.Combine(RepositoryRoot.Path, "guide/settings.md");

    [Fact]
    public void The_reference_in_the_guide_is_what_the_code_takes()
    {
        var text = File.ReadAllText(Guide);
        var expected = Replace(Replace(Replace(text, "every setting", EverySetting()), "defaults of the flavours", FlavourTable()), "foreign names", ForeignTable());
        if (Environment.GetEnvironmentVariable("UPDATE_GUIDE") == "1") File.WriteAllText(Guide, expected);
        else Assert.Equal(expected, text);
    }

    [Fact]
    public void Every_setting_has_its_own_names_a_range_and_a_meaning_and_its_default_is_allowed()
    {
        Assert.Equal(SettingKeys.All.Count, SettingKeys.All.Select(k => k.EnvironmentName).Distinct().Count());
        Assert.All(SettingKeys.All, k => Assert.Matches("^[a-z0-9_]+(\\.[a-z0-9_]+)?$", k.Name));
        Assert.All(SettingKeys.All, k => Assert.True(k.Allowed.Length > 0 && k.Meaning.Length > 5, k.Name));
        Assert.All(SettingKeys.All.Where(k => k.DefaultText.Length > 0), k => Assert.Null(k.Check(k.DefaultText)));
        foreach (var (key, text) in Enum.GetValues<SettingsFlavour>().SelectMany(FlavourDefaults.Of)) Assert.True(key.Check(text) is null, key.Name);
        var fields = typeof(SettingKeys).GetFields().Count(f => f.FieldType.IsSubclassOf(typeof(SettingKey)));
        Assert.Equal(fields, SettingKeys.All.Count);
    }

    [Fact]
    public void Every_example_in_the_guide_and_in_the_examples_folder_is_taken()
    {
        var blocks = Fence().Matches(File.ReadAllText(Guide)).Select(m => (Name: m.Groups[1].Value switch { "json" => "block.json", "ini" => ".env", _ => "block.yaml" }, Text: m.Groups[2].Value)).ToList();
        Assert.Equal(4, blocks.Count);
        var files = Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "examples"), "recorder-*.yaml").Append(Path.Combine(RepositoryRoot.Path, "examples/chorale.yaml")).ToList();
        Assert.True(files.Count >= 4);
        foreach (var (name, text) in blocks.Concat(files.Select(f => (Path.GetFileName(f), File.ReadAllText(f)))))
        {
            using var bench = new SettingsBench();
            bench.Write(name, text);
            var load = bench.Load(name);
            Assert.True(load.Settings is not null, name + ": " + string.Join('\n', load.Problems));
            Assert.DoesNotContain(load.Notices, n => !n.Contains("http"));
        }
    }

    [Fact]
    public void Every_flag_and_variable_that_the_guide_names_exists()
    {
        var text = File.ReadAllText(Guide);
        var names = SettingKeys.All.Select(k => k.EnvironmentName).Append("CHORALE_CONFIG").ToHashSet();
        Assert.All(Variable().Matches(text).Select(m => m.Value), v => Assert.Contains(v, names));
    }

    private static string EverySetting() => "| key | variable | allowed | default | meaning |\n|---|---|---|---|---|\n" + string.Concat(SettingKeys.All.Select(k =>
        $"| `{k.Name}` | `{k.EnvironmentName}` | {Cell(k.Allowed)} | {(k.DefaultText.Length == 0 ? "-" : $"`{k.DefaultText}`")} | {Cell(k.Meaning)} |\n"));

    private static string FlavourTable() => "| key | ours | recorder-agent | RSL module | Mycelia |\n|---|---|---|---|---|\n" + string.Concat(SettingKeys.All
        .Where(k => Enum.GetValues<SettingsFlavour>().Any(f => FlavourDefaults.Of(f).Any(d => d.Key == k)))
        .Select(k => $"| `{k.Name}` | " + string.Join(" | ", Enum.GetValues<SettingsFlavour>().Select(f => DefaultOf(k, f))) + " |\n"));

    private static string DefaultOf(SettingKey key, SettingsFlavour flavour)
    {
        var text = FlavourDefaults.Of(flavour).FirstOrDefault(d => d.Key == key).Text ?? key.DefaultText;
        return text.Length == 0 ? "-" : $"`{text}`";
    }

    private static string ForeignTable() => "| here | recorder-agent | RSL module | Mycelia |\n|---|---|---|---|\n" + string.Concat(SettingKeys.All.Select(k => (Key: k,
            Agent: string.Join(", ", ForeignNames.RecorderAgent.Where(p => p.Value == k).Select(p => $"`{p.Key}`, `RA_{p.Key.ToUpperInvariant()}`")),
            Rsl: string.Join(", ", ForeignNames.Rsl.Where(p => p.Value == k).Select(p => $"`{p.Key}`")),
            Mycelia: string.Join(", ", ForeignNames.Mycelia.Where(p => p.Value == k).Select(p => $"`{p.Key}`"))))
        .Where(r => r.Agent.Length + r.Rsl.Length + r.Mycelia.Length > 0)
        .Select(r => $"| `{r.Key.Name}` | {r.Agent} | {r.Rsl} | {r.Mycelia} |\n"));

    private static string Cell(string text) => text.Replace("|", "\\|");

    private static string Replace(string text, string marker, string table)
    {
        var begin = $"<!-- {marker} -->\n";
        var start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        Assert.True(start >= begin.Length, $"guide/settings.md has no marker '{marker}'");
        return text[..start] + table + text[text.IndexOf("<!-- end -->", start, StringComparison.Ordinal)..];
    }

    [GeneratedRegex("```(yaml|json|ini)\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("CHORALE_[A-Z0-9_]*[A-Z0-9]")]
    private static partial Regex Variable();
}
