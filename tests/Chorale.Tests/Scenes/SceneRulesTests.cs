using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Chorale.Show.Scenes;
using Chorale.Tests.Architecture;

namespace Chorale.Tests.Scenes;

/// <summary>The page of rules, the code and the tests speak of the same rules.</summary>
public sealed partial class SceneRulesTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "design/scenes.md"));

    [Fact]
    public void Every_id_of_the_code_stands_on_the_page_and_in_the_name_of_a_test_and_none_is_left_over()
    {
        var code = typeof(SceneRule).GetFields(BindingFlags.Static | BindingFlags.Public).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!).ToList();
        Assert.Equal(code.Count, code.Distinct().Count());
        var page = IdOfRow().Matches(Page).Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(page.Count, page.Distinct().Count());
        Assert.Equal(code.Order(), page.Where(id => id[0] == 'S').Order());
        var tests = typeof(SceneRulesTests).Assembly.GetTypes().Where(t => t.Namespace == typeof(SceneRulesTests).Namespace)
            .SelectMany(t => t.GetMethods()).Where(m => m.GetCustomAttribute<FactAttribute>() is not null)
            .Select(m => IdOfTest().Match(m.Name)).Where(m => m.Success).Select(m => m.Groups[1].Value).Distinct();
        Assert.Equal(page.Order(), tests.Order());
        Assert.Equal(20, page.Count(id => id[0] == 'R'));
    }

    [Fact]
    public void Rules_that_the_code_names_in_its_comments_exist()
    {
        var named = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Src, "Chorale.Show"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(f => RuleInText().Matches(File.ReadAllText(f)).Select(m => m.Value)).Distinct().ToList();
        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, id => !Page.Contains($"| {id} |", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("design/scenes.md", 2)]
    [InlineData("guide/scenes.md", 1)]
    public void Every_scene_on_the_pages_runs_without_a_word_of_the_check(string page, int atLeast)
    {
        var examples = JsonBlock().Matches(File.ReadAllText(Path.Combine(RepositoryRoot.Path, page))).Select(m => m.Groups[1].Value).ToList();
        Assert.True(examples.Count >= atLeast);
        foreach (var example in examples) Assert.Empty(SceneCheck.CheckFile(Encoding.UTF8.GetBytes(example), page, new SceneCheckContext { RoomId = "room1" }).Problems);
    }

    [GeneratedRegex(@"^\| ([RS]\d{2,3}) \|", RegexOptions.Multiline)]
    private static partial Regex IdOfRow();

    [GeneratedRegex(@"^([RS]\d{2,3})_")]
    private static partial Regex IdOfTest();

    [GeneratedRegex(@"\b(?:R\d\d|S[01]\d\d)\b")]
    private static partial Regex RuleInText();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();
}
