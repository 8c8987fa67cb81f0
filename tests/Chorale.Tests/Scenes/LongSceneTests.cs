using Chorale.Show.Scenes;

namespace Chorale.Tests.Scenes;

/// <summary>Two hours of a scene, in seconds.</summary>
public sealed class LongSceneTests
{
    private static readonly TimeSpan TwoHours = TimeSpan.FromHours(2);

    [Fact]
    public void Two_hours_of_a_scene_are_decided_alike_byte_for_byte_every_time()
    {
        var (scene, events) = Museum();
        var log = Perform(scene, events, TwoHours);
        Assert.True(log.Count(c => c == '\n') > 20_000, "the scene hardly does anything");
        Assert.Equal(log, Perform(scene, events, TwoHours));
    }

    [Fact]
    public void R01_one_step_of_two_hours_decides_what_seven_million_steps_of_a_millisecond_decide()
    {
        var (scene, _) = Museum();
        var log = Perform(scene, [], TwoHours);
        Assert.Equal(log, Perform(scene, [], TimeSpan.FromMilliseconds(1)));
        var (_, events) = Museum();
        Assert.Equal(Perform(scene, events, TwoHours), Perform(scene, events, TimeSpan.FromMilliseconds(7)));
    }

    private static string Perform(Scene scene, List<(TimeSpan At, SceneEvent Event)> events, TimeSpan step)
    {
        var stage = new ScriptedStage();
        var run = new SceneRun(scene, stage);
        run.Start();
        var next = 0;
        for (var now = step; now <= TwoHours; now += step)
        {
            for (; next < events.Count && events[next].At <= now; next++) run.Happened(events[next].At, events[next].Event);
            run.Advance(now);
        }

        return stage.Log;
    }

    /// <summary>Three states that lead around each other, with odd lengths, presses that come as visitors come, and an end after two hours.</summary>
    private static (Scene Scene, List<(TimeSpan At, SceneEvent Event)> Events) Museum()
    {
        var cues = string.Join(',', Enumerable.Range(0, 40).Select(i => $"{{'at':{i * 0.2731},'action':'mqtt','topic':'room1/light/{i % 5}','message':'{(i % 2 == 0 ? "ON" : "OFF")}'}}"));
        var scene = SceneFixture.Whole($$"""
            {'sceneId':'long','initialState':'A','globalEvents':[{'type':'mqttMessage','topic':'room1/emergency','message':'QUIET','goto':'C'},{'type':'timeout','delay':7199.9,'goto':'END'}],
             'states':{
              'A':{'onEnter':[{'action':'audio','message':'PLAY:a.wav'}],'timeline':[{{cues}}],'transitions':[{'type':'audioEnd','target':'a','delay':0.3333,'goto':'B'},{'type':'timeout','delay':11.0007,'goto':'C'}]},
              'B':{'onEnter':[{'action':'video','message':'b.mp4'}],'timeline':[{{cues}}],'transitions':[{'type':'mqttMessage','topic':'room1/button1','message':'PRESSED','goto':'A'},{'type':'timeout','delay':13.03,'goto':'C'}]},
              'C':{'onExit':[{'action':'mqtt','topic':'room1/light','message':'OFF'}],'transitions':[{'type':'mqttMessage','topic':'room1/button1','message':'PRESSED','goto':'B'},{'type':'timeout','delay':1.7,'goto':'A'}]},
              'END':{'onEnter':[{'action':'record','message':'stop'}]} } }
            """);
        var random = new Random(20260105);
        var events = Enumerable.Range(0, 4000).Select(_ => (At: TimeSpan.FromTicks(random.NextInt64(TwoHours.Ticks)), Event: random.Next(5) switch
        {
            0 or 1 => SceneEvent.Mqtt("room1/button1", "PRESSED"),
            2 => SceneEvent.AudioEnd("a.wav"),
            3 => SceneEvent.Mqtt("room1/emergency", random.Next(10) == 0 ? "QUIET" : "x"),
            _ => SceneEvent.VideoEnd("b.mp4"),
        })).OrderBy(e => e.At).ToList();
        return (scene, events);
    }
}
