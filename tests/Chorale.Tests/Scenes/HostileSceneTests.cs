using System.Diagnostics;
using System.Text;
using Chorale.Show.Scenes;

namespace Chorale.Tests.Scenes;

/// <summary>Files made to hurt: each is answered, with bounded words, in bounded time. A quiet machine takes half a second for the worst.</summary>
public sealed class HostileSceneTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Names => [.. Files.Keys];

    private static readonly Dictionary<string, Func<string>> Files = new()
    {
        ["10 MB of brackets"] = () => new string('[', 10_000_000),
        ["10 MB of a good scene"] = () => List(Enumerable.Repeat("{'timestamp':1,'topic':'room1/x','message':'x'}", 220_000)),
        ["a million empty lists"] = () => List(Enumerable.Repeat("[]", 1_000_000)),
        ["one text of 4 MB"] = () => $"{{'sceneId':'{new string('x', 4_000_000)}'}}",
        ["100,000 unknown keys of the root"] = () => "{" + string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"'initialSt{i:x8}':1")) + "}",
        ["slips in every state"] = () => States(Enumerable.Range(0, 900).Select(i => $"'s{i}':{{" + string.Join(',', Enumerable.Range(0, 50).Select(k => $"'transition{k}':1")) + "}")),
        ["10,000 ways to states that are not there"] = () => States(Enumerable.Range(0, 900).Select(i => $"'state_of_some_length_{i}':{{'transitions':[" + string.Join(',', Enumerable.Repeat($"{{'type':'timeout','delay':1,'goto':'state_of_som_length_{i}'}}", 10)) + "]}")),
        ["a chain of 1,000 states without time"] = () => States(Enumerable.Range(0, 999).Select(i => $"'s{i}':{{'transitions':[{{'type':'always','goto':'s{(i + 1) % 999}'}}]}}")),
        ["20,000 sounds and 10,000 waits for others"] = () => States(Enumerable.Range(0, 2000).Take(1).Select(_ => "'s0':{'onEnter':[" + string.Join(',', Enumerable.Range(0, 19_000).Select(i => $"{{'action':'audio','message':'x{i}.wav'}}")) + "],'transitions':[" + string.Join(',', Enumerable.Range(0, 9_000).Select(i => $"{{'type':'audioEnd','target':'y{i}','goto':'END'}}")) + "]}")),
        ["keys that stand twice"] = () => "{" + string.Join(',', Enumerable.Repeat("'states':{}", 60_000)) + "}",
        ["numbers of a megabyte"] = () => $"[{{'timestamp':{new string('9', 1_000_000)},'topic':'t','message':{new string('9', 1_000_000)}}}]",
        ["a name that is code"] = () => States(["'__proto__':{'description':'<script>alert(1)</script>','onEnter':[{'action':'audio','message':'PLAY:$(reboot).wav'}]}"]),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_made_to_hurt_is_answered_in_bounded_time_with_bounded_words(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(Files[name]().Replace('\'', '"'));
        var context = new SceneCheckContext { RoomId = "room1", HasMedia = (_, _) => false, PayloadBytesMax = _ => 31 };
        var begun = Stopwatch.GetTimestamp();
        var load = SceneCheck.CheckFile(bytes, "hostile.json", context);
        var took = Stopwatch.GetElapsedTime(begun);
        output.WriteLine($"{name}: {bytes.Length} bytes, {took.TotalMilliseconds:0} ms, {load.Problems.Count} problems, first: {(load.Problems.Count > 0 ? load.Problems[0] : "none")}");
        Assert.True(took < Cap, $"{name} took {took}");
        Assert.NotEmpty(load.Problems);
        Assert.InRange(load.Problems.Count, 1, 3 * (SceneLimits.ProblemsMax + 1));
        Assert.All(load.Problems, p => Assert.True(p.Text.Length < 2000 && p.Path.Length < 500 && !p.ToString().Any(char.IsControl)));
    }

    private static string List(IEnumerable<string> items) => "[" + string.Join(',', items) + "]";

    private static string States(IEnumerable<string> states) => "{'sceneId':'s','initialState':'s0','states':{" + string.Join(',', states) + "}}";
}
