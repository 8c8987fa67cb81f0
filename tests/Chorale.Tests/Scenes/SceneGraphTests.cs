using Chorale.Show.Scenes;

namespace Chorale.Tests.Scenes;

public sealed class SceneGraphTests
{
    [Fact]
    public void A_scene_is_drawn_as_states_and_arrows()
    {
        var graph = SceneGraph.Of(SceneFixture.Scene(
            "'A':{'description':'start','onEnter':[{'action':'audio','message':'a.wav'},{'action':'mqtt','topic':'r/x','message':'ON'}],'timeline':[{'at':1,'action':'mqtt','topic':'r/x','message':'OFF'}],'transitions':[{'type':'audioEnd','target':'a.wav','delay':1.5,'goto':'B'}]},'B':{'transitions':[{'type':'timeout','delay':2,'goto':'END'}]},'C':{}",
            "'globalEvents':[{'type':'mqttMessage','topic':'r/e','message':'STOP','goto':'END'}],"));
        Assert.Equal([("A", true, true, 1), ("B", false, true, 0), ("C", false, false, 0), ("END", false, true, 0)], graph.States.Select(s => (s.Name, s.IsInitial, s.IsReachable, s.Cues)));
        Assert.Equal(["audio a.wav", "r/x ON"], graph.States[0].Enter);
        Assert.Equal([("A", "B", "end of a.wav, 1.5 s after", false), ("B", "END", "timeout 2 s", false), (null, "END", "r/e STOP", true)], graph.Edges.Select(e => (e.From, e.To, e.Label, e.IsGlobal)));
    }
}
