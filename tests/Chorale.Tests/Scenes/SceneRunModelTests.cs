using Chorale.Show.Scenes;
using FsCheck;
using FsCheck.Fluent;

namespace Chorale.Tests.Scenes;

/// <summary>The engine against the reference interpreter, on scenes and events nobody thought of.</summary>
public sealed class SceneRunModelTests
{
    private const int UntilMs = 1200;

    [Fact]
    public void Two_engines_written_apart_decide_alike_however_the_time_comes()
    {
        var compared = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(Cases().ToArbitrary(), c =>
        {
            if (SceneFixture.Load(c.Json).Scene is not { } scene) return true; // circles without time, as S016 says
            var expected = new ReferenceInterpreter(scene).Run(c.Events, UntilMs);
            Assert.Equal(expected, Run(scene, c.Events, stepMs: 1));
            Assert.Equal(expected, Run(scene, c.Events, stepMs: 17));
            Assert.Equal(expected, Run(scene, c.Events, stepMs: UntilMs));
            Assert.Equal(expected, Run(scene, c.Events, stepMs: 1, isTimeFirst: true));
            compared++;
            return true;
        }));
        Assert.True(compared > 200, $"only {compared} of 400 scenes could run: the generator makes too many circles");
    }

    private static string Run(Scene scene, List<(int AtMs, SceneEvent Event)> events, int stepMs, bool isTimeFirst = false)
    {
        var stage = new ScriptedStage { IsBrief = true };
        var run = new SceneRun(scene, stage);
        run.Start();
        var next = 0;
        for (var now = 0; ; now = Math.Min(now + stepMs, UntilMs))
        {
            if (isTimeFirst) run.Advance(TimeSpan.FromMilliseconds(now));
            for (; next < events.Count && events[next].AtMs <= now; next++) run.Happened(TimeSpan.FromMilliseconds(events[next].AtMs), events[next].Event);
            run.Advance(TimeSpan.FromMilliseconds(now));
            Assert.True(run.NextDue is null || run.NextDue > TimeSpan.FromMilliseconds(now));
            if (now == UntilMs) return stage.Log;
        }
    }

    private static Gen<(string Json, List<(int AtMs, SceneEvent Event)> Events)> Cases()
    {
        var seconds = Gen.Elements("0", "0.001", "0.01", "0.02", "0.03", "0.05", "0.05", "0.1", "0.1", "0.25", "0.4");
        var goTo = Gen.Elements("A", "B", "C", "END");
        var action = Gen.Choose(0, 9).Select(i => $"{{'action':'mqtt','topic':'r/x','message':{i}}}");
        var actions = Lists(action, 2);
        var delay = Gen.OneOf(Gen.Constant(""), seconds.Select(s => $",'delay':{s}"));
        var timed = from wait in seconds from to in goTo select $"{{'type':'timeout','delay':{wait},'goto':'{to}'}}";
        var always = from wait in delay from to in goTo select $"{{'type':'always','goto':'{to}'{wait}}}";
        var message = from topic in Gen.Elements("r/b", "r/c") from text in Gen.Elements("'P'", "1") from wait in delay from to in goTo
                      select $"{{'type':'mqttMessage','topic':'{topic}','message':{text},'goto':'{to}'{wait}}}";
        var ends = from kind in Gen.Elements("audioEnd", "videoEnd") from target in Gen.Elements("", ",'target':'a.wav'", ",'target':'a'") from wait in delay from to in goTo
                   select $"{{'type':'{kind}','goto':'{to}'{target}{wait}}}";
        var transition = Gen.Frequency((4, timed), (1, always), (4, message), (2, ends));
        var cue = from at in seconds from what in action select $"{{'at':{at},{what[1..]}";
        var state = from enter in actions from exit in actions from timeline in Lists(cue, 4) from transitions in Lists(transition, 4)
                    select $"{{'onEnter':[{enter}],'onExit':[{exit}],'timeline':[{timeline}],'transitions':[{transitions}]}}";
        var scene = from a in state from b in state from c in state from end in Gen.OneOf(Gen.Constant(""), actions.Select(x => $",'END':{{'onEnter':[{x}]}}"))
                    from globals in Lists(transition, 3)
                    select $"{{'sceneId':'s','initialState':'A','globalEvents':[{globals}],'states':{{'A':{a},'B':{b},'C':{c}{end}}}}}";
        var happened = from at in Gen.OneOf(Gen.Choose(0, UntilMs), Gen.Elements(0, 10, 20, 50, 50, 100, 150, 200))
                       from e in Gen.Elements(SceneEvent.Mqtt("r/b", "P"), SceneEvent.Mqtt("r/b", "1"), SceneEvent.Mqtt("r/c", "P"), SceneEvent.Mqtt("r/c", "1"), SceneEvent.AudioEnd("a.wav"), SceneEvent.VideoEnd("a.wav"), SceneEvent.AudioEnd("b.wav"))
                       select (at, e);
        return from json in scene from events in happened.ListOf() select (json, events.OrderBy(e => e.at).ToList());
    }

    private static Gen<string> Lists(Gen<string> items, int max) => from n in Gen.Choose(0, max) from list in items.ListOf(n) select string.Join(',', list);
}
