using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Chorale.Show.Players;
using Chorale.Show.Scenes;
using Chorale.Tests.Architecture;

namespace Chorale.Tests.Words;

/// <summary>Who writes scenes on a Russian page reads in Russian what the check found.</summary>
public sealed partial class SceneWordsTests
{
    private static readonly IReadOnlyDictionary<string, string> Checks = RussianWords.Table("checks");

    [Fact]
    public void Every_sentence_of_the_check_is_said_in_Russian_with_all_that_was_found()
    {
        var sentences = typeof(SceneWords).GetFields(BindingFlags.Static | BindingFlags.Public).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!).ToList();
        Assert.True(sentences.Count > 90, $"{sentences.Count} sentences");
        Assert.Empty(sentences.Except(Checks.Keys));
        Assert.Empty(sentences.GroupBy(s => s).Where(g => g.Count() > 1).Select(g => g.Key));
        Assert.All(sentences, s => Assert.Equal(RussianWords.Places(s).Order(), RussianWords.Places(Checks[s]).Order()));
        foreach (var value in (string[])["x", "", "x \"y\"; z"])
            Assert.All(sentences, s => Assert.NotNull(RussianWords.Find(Checks.Keys, SceneWords.Fill(s, [.. RussianWords.Places(s).Select(object (_) => value)]))));
    }

    [Fact]
    public void The_check_says_nothing_but_its_sentences()
    {
        var files = Directory.GetFiles(Path.Combine(RepositoryRoot.Src, "Chorale.Show", "Scenes"), "*.cs");
        var said = files.SelectMany(File.ReadAllLines).Where(l => l.Contains(".Add(SceneRule.", StringComparison.Ordinal)).ToList();
        Assert.True(said.Count > 40, $"{said.Count} places");
        Assert.DoesNotContain(said, l => Sentence().IsMatch(l));
    }

    [Theory]
    [InlineData("{'a':1,}")]
    [InlineData("{'a' 1}")]
    [InlineData("{'a':1 'b':2}")]
    [InlineData("{a:1}")]
    [InlineData("{'a':x}")]
    [InlineData("{'a':NaN}")]
    [InlineData("{'a':tru}")]
    [InlineData("{'a':nul")]
    [InlineData("{'a':01}")]
    [InlineData("{'a':1.}")]
    [InlineData("{'a':1.x}")]
    [InlineData("{'a':-}")]
    [InlineData("{'a':-x}")]
    [InlineData("{'a':1e}")]
    [InlineData("{'a':1ex}")]
    [InlineData("{'a':12x}")]
    [InlineData("{'a':12")]
    [InlineData("{'a':'x")]
    [InlineData("{'a':'x\ny'}")]
    [InlineData("{'a':'\\x'}")]
    [InlineData("{'a':'\\u12x4'}")]
    [InlineData("{'a':[1,2")]
    [InlineData("{'a':[1,2}}")]
    [InlineData("{'a':1]")]
    [InlineData("{'a':1}}")]
    [InlineData("{'a':1} {'b':2}")]
    [InlineData("{'a':[1,]}")]
    [InlineData("{'a':1,,'b':2}")]
    [InlineData("{'a'")]
    [InlineData("{'a':")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("// remark\n{}")]
    [InlineData("{'a':1} // remark")]
    [InlineData("{'a':1 /* remark")]
    public void What_is_wrong_with_the_JSON_is_said_in_Russian(string json)
    {
        var problem = Assert.Single(SceneFile.Read(Encoding.UTF8.GetBytes(json.Replace('\'', '"')), "s.json").Problems, p => p.RuleId == SceneRule.NotJson);
        var found = RussianWords.Find(Checks.Keys, problem.Text);
        if (found == SceneWords.NotJson) found = RussianWords.Find(Checks.Keys, problem.Text["is not JSON: ".Length..]);
        Assert.True(found is not null, problem.Text);
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(true, "PLAY")]
    [InlineData(true, "PLAY:a:b:1")]
    [InlineData(true, "PLAY:a.wav:2")]
    [InlineData(true, "VOLUME:2")]
    [InlineData(true, "PAUSE:x")]
    [InlineData(false, "")]
    [InlineData(false, "PLAY_VIDEO:")]
    [InlineData(false, "SEEK:soon")]
    public void What_a_player_does_not_understand_is_said_in_Russian(bool isSound, string message)
    {
        var isUnderstood = isSound ? PlayerWords.TryAudio(message, out _, out var problem) : PlayerWords.TryVideo(message, out _, out problem);
        Assert.False(isUnderstood);
        Assert.True(RussianWords.Find(Checks.Keys, problem!) is not null, problem);
    }

    [Fact]
    public void Names_of_files_that_cannot_be_and_words_without_end_are_refused_in_Russian()
    {
        Assert.NotNull(RussianWords.Find(Checks.Keys, MediaFolder.ProblemOf("../x.wav")!));
        PlayerWords.TryAudio(new string('x', PlayerWords.CharactersMax + 1), out _, out var problem);
        Assert.NotNull(RussianWords.Find(Checks.Keys, problem!));
    }

    /// <summary>Words in quotes with a space between them.</summary>
    [GeneratedRegex("""\$?"[^",]*[a-z] [a-z][^"]*"(?! *[+,)] *[A-Z])""")]
    private static partial Regex Sentence();
}
