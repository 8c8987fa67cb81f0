using System.Text.RegularExpressions;
using Chorale.Tests.Architecture;

namespace Chorale.Tests.Words;

/// <summary>What the hub says no with, and why a job failed, is read in Russian on a Russian page.</summary>
public sealed partial class RefusalWordsTests
{
    private static readonly string[] Sources =
    [
        "Chorale.Hub/Api", "Chorale.Hub/Jobs", "Chorale.Hub/Fleet/FleetCommand.cs", "Chorale.Hub/Fleet/SessionTracks.cs", "Chorale.Hub/Access/Passwords.cs", "Chorale.Hub/Access/User.cs",
        "Chorale.Archive/Check/ArchiveCheck.cs", "Chorale.Archive/Examine/Examination.cs",
        "Chorale.Show/Room/RoomHost.cs", "Chorale.Show/Room/RoomRuns.cs", "Chorale.Show/Room/RoomMachine.cs", "Chorale.Show/Scenes/SceneFolder.cs",
    ];

    /// <summary>What is left out stands beside it on the page, or is a number that means nothing to a person.</summary>
    private static readonly string[] SaysLess =
    [
        "{who} has been changed since you looked: {now}", "How long audio is kept has been changed since you looked: {rule}",
        "id '{id}' was withdrawn before it came: nothing was done", "id '{id}' stands for another job; make a new one", "id '{id}' stands for something else that was asked; make a new one",
    ];

    /// <summary>Of <c>V2Query.Bad</c>: what is there stands in quotes, or is missing.</summary>
    private const string ShownValue = "x is x: x";

    [Fact]
    public void Everything_that_the_page_can_be_refused_with_is_said_in_Russian()
    {
        var refusals = RussianWords.Table("refusals");
        var said = Files().SelectMany(f => SaidIn(File.ReadAllText(f)).Select(text => (File: Path.GetFileName(f), text))).Distinct().ToList();
        Assert.True(said.Count > 100, $"{said.Count} were read");
        var missing = said.Where(s => RussianWords.Find(refusals.Keys, s.text) is null).Select(s => $"{s.File}: {s.text}").ToList();
        Assert.True(missing.Count == 0, string.Join('\n', missing));
        Assert.All(refusals, r => Assert.Empty(RussianWords.Places(r.Value).Except(RussianWords.Places(r.Key))));
        Assert.All(refusals.Where(r => !SaysLess.Contains(r.Key)), r => Assert.Equal(RussianWords.Places(r.Key).Order(), RussianWords.Places(r.Value).Order()));
    }

    [Fact]
    public void Everybody_who_is_not_a_name_is_somebody_in_Russian()
    {
        var asked = RussianWords.Table("asked");
        var rooms = Directory.GetFiles(Path.Combine(RepositoryRoot.Src, "Chorale.Show", "Room"), "*.cs").SelectMany(f => AskingInRooms().Matches(File.ReadAllText(f)));
        var callers = Asking().Matches(File.ReadAllText(Path.Combine(RepositoryRoot.Src, "Chorale.Hub", "Access", "Caller.cs")));
        var said = rooms.Concat(callers).Select(m => m.Groups[1].Value).Distinct().ToList();
        Assert.True(said.Count >= 8, string.Join(", ", said));
        Assert.Empty(said.Except(asked.Keys));
    }

    private static IEnumerable<string> Files() => Sources.Select(s => Path.Combine(RepositoryRoot.Src, s))
        .SelectMany(p => Directory.Exists(p) ? Directory.GetFiles(p, "*.cs") : [p]).Where(f => !OtherContracts().IsMatch(Path.GetFileName(f)));

    /// <summary>Every sentence that stands in a refusal, its values as a letter.</summary>
    private static IEnumerable<string> SaidIn(string code)
    {
        foreach (Match call in Refusing().Matches(code))
        {
            foreach (var (literal, before) in Literals(code, call.Index + call.Length))
            {
                if (!literal.Contains(' ') || !literal.Any(c => char.IsLetter(c) && c != 'x') || before.TrimEnd().EndsWith("title:", StringComparison.Ordinal)) continue;
                yield return literal.EndsWith(' ') ? literal + RussianWords.Anything : literal == ShownValue ? "x is 'x': x" : literal; // something is added to it
            }
        }
    }

    /// <summary>The texts in quotes up to the end of the statement, with what stands before each.</summary>
    private static IEnumerable<(string Text, string Before)> Literals(string code, int at)
    {
        for (var depth = 0; at < code.Length && (depth > 0 || code[at] != ';'); at++)
        {
            if (code[at] is '{') depth++;
            if (code[at] is '}') depth--;
            if (code[at] == '/' && code[at + 1] == '/') at = code.IndexOf('\n', at);
            if (code[at] != '"') continue;
            var isFilled = code[at - 1] == '$';
            var text = new System.Text.StringBuilder();
            var before = code[Math.Max(0, at - 12)..(isFilled ? at - 1 : at)];
            for (at++; code[at] != '"'; at++)
            {
                if (code[at] == '\\') text.Append(code[++at]);
                else if (isFilled && code[at] == '{') at = AfterValue(code, at, text);
                else text.Append(code[at]);
            }

            yield return (text.ToString(), before);
        }
    }

    private static int AfterValue(string code, int at, System.Text.StringBuilder text)
    {
        text.Append(RussianWords.Anything[0]);
        for (var depth = 0; ; at++)
        {
            if (code[at] == '{') depth++;
            if (code[at] == '}' && --depth == 0) return at;
        }
    }

    [GeneratedRegex(@"TypedResults\.Problem\(|NotFound\(|\bRefuse\(http|\bBad\(|NotThat\(|JobProblemException\(|new JobFinding\(|new CheckFinding\(|Missing\((?="")|Finding\.Refuse\(|new RunAnswer\(|new RunOutcome\(|new JobPost\(|\bWait\(http|JobState\.Failed, |return \((?:""[a-z_]+""|name), |\? *NameProblem\(|string\? Problem\(string\? password|const string (?:DeadLink|WrongLogin|EndedByRestart)|OtherRequest => ")]
    private static partial Regex Refusing();

    /// <summary>What answers programs of other contracts, in their words.</summary>
    [GeneratedRegex("^(?:Dashboard|Mycelia|Chunks|ChunkFields|FormTimes|UploadForm|Admin|Login|Internal|RecorderSocket|LiveApi)")]
    private static partial Regex OtherContracts();

    [GeneratedRegex("""(?:isFinal: \w+, (?:by: )?|RunRequest\(scene, name, )"([a-z ]+)"[),]""")]
    private static partial Regex AskingInRooms();

    [GeneratedRegex("""[?:] "((?:the|somebody) [a-z ]+)"[;)\s]""")]
    private static partial Regex Asking();
}
