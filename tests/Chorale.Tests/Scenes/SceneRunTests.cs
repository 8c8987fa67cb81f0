using Chorale.Show.Scenes;

namespace Chorale.Tests.Scenes;

/// <summary>Every rule of design/scenes.md, in virtual time. m(x) is an mqtt action that says x.</summary>
public sealed class SceneRunTests
{
    private readonly ScriptedStage _stage = new() { IsBrief = true };

    [Fact]
    public void R01_lateness_never_adds_up()
    {
        var run = Start($"'A':{{'timeline':[{At(0.1, "a")}],{Out("{'type':'timeout','delay':0.5,'goto':'B'}")}}},'B':{{'timeline':[{At(0.1, "b")}],{Out("{'type':'timeout','delay':0.5,'goto':'END'}")}}}");
        run.Advance(Ms(499));
        run.Advance(Ms(580)); // 80 ms late at the change
        run.Advance(Ms(5000));
        Is("0 ->A", "100 a", "500 A>B", "600 b", "1000 B>END", "1000 ended END");
        Assert.Equal((Ms(500), "B"), (run.StateSince, run.State));
    }

    [Fact]
    public void R02_at_one_instant_global_transitions_come_before_the_timeline_and_the_timeline_before_the_states_own()
    {
        var own = Start($"'A':{{'timeline':[{At(1, "cue")}],'onExit':[{M("exit")}],{Out("{'type':'timeout','delay':1,'goto':'END'}")}}}");
        own.Advance(Ms(1000));
        Is("0 ->A", "1000 cue", "1000 exit", "1000 A>END", "1000 ended END");

        var global = Start($"'A':{{'timeline':[{At(1, "cue")}],'onExit':[{M("exit")}],{Out("{'type':'timeout','delay':1,'goto':'END'}")}}},'B':{{}}", "'globalEvents':[{'type':'timeout','delay':1,'goto':'B'}],");
        global.Advance(Ms(1000));
        Is("0 ->A", "1000 exit", "1000 A>B");
    }

    [Fact]
    public void R02_a_cue_at_zero_comes_even_where_the_state_is_left_at_once()
    {
        Start($"'A':{{'onEnter':[{M("enter")}],'timeline':[{At(0, "zero")}],{Out("{'type':'always','goto':'END'}")}}}");
        Is("0 ->A", "0 enter", "0 zero", "0 A>END", "0 ended END");
    }

    [Fact]
    public void R03_what_was_due_before_an_event_is_done_before_it_and_time_never_goes_back()
    {
        var run = Start($"'A':{{'timeline':[{At(1, "one")},{At(2, "two")}],{Out(Press("B"))}}},'B':{{'timeline':[{At(1, "three")}]}}");
        run.Happened(Ms(1500), Pressed);
        run.Happened(Ms(700), SceneEvent.Mqtt("r/other", "x"));
        run.Advance(Ms(100));
        run.Advance(Ms(2500));
        Is("0 ->A", "1000 one", "1500 A>B", "2500 three");
    }

    [Fact]
    public void R04_the_first_in_the_file_wins()
    {
        var run = Start("'A':{" + Out("{'type':'timeout','delay':1,'goto':'B'},{'type':'timeout','delay':1,'goto':'C'}," + Press("D") + "," + Press("E")) + "},'B':{},'C':{},'D':{},'E':{}");
        run.Happened(Ms(5), Pressed);
        Is("0 ->A", "5 A>D");
        run = Start("'A':{" + Out(Press("D") + ",{'type':'timeout','delay':1,'goto':'B'},{'type':'always','delay':1,'goto':'C'}") + "},'B':{},'C':{},'D':{}");
        run.Advance(Ms(1000));
        Is("0 ->A", "1000 A>B");
    }

    [Fact]
    public void R03_what_is_due_at_the_very_instant_of_an_event_is_done_before_it_however_the_time_is_told()
    {
        foreach (var isTimeFirst in new[] { false, true })
        {
            var run = Start($"'A':{{'timeline':[{At(1, "cue")}],{Out(Press("D") + ",{'type':'timeout','delay':1,'goto':'B'}")}}},'B':{{}},'D':{{}}", "'globalEvents':[" + Press("END") + "],");
            if (isTimeFirst) run.Advance(Ms(1000));
            run.Happened(Ms(1000), Pressed);
            Is("0 ->A", "1000 cue", "1000 A>B", "1000 B>END", "1000 ended END");
        }
    }

    [Fact]
    public void R05_a_transition_cancels_what_its_state_had_scheduled()
    {
        var run = Start($"'A':{{'timeline':[{At(1, "a1")},{At(2, "a2")}],{Out(Press("B") + ",{'type':'timeout','delay':9,'goto':'END'}")}}},'B':{{'timeline':[{At(1.5, "b")}]}}");
        run.Happened(Ms(1200), Pressed);
        run.Advance(TimeSpan.FromHours(1));
        Is("0 ->A", "1000 a1", "1200 A>B", "2700 b");
        Assert.Null(run.NextDue);
    }

    [Fact]
    public void R05_a_global_transition_cancels_the_cue_of_the_same_instant()
    {
        var run = Start($"'A':{{'timeline':[{At(1, "cue")}]}}", "'globalEvents':[{'type':'timeout','delay':1,'goto':'END'}],");
        run.Advance(Ms(1000));
        Is("0 ->A", "1000 A>END", "1000 ended END");
    }

    [Fact]
    public void R06_what_is_due_together_comes_in_the_order_of_the_file()
    {
        var run = Start($"'A':{{'timeline':[{At(2, "c")},{At(1, "a")},{At(1, "b")}]}}");
        run.Advance(Ms(1000));
        Is("0 ->A", "1000 a", "1000 b");
    }

    [Fact]
    public void R07_leaving_comes_before_entering_and_a_state_may_lead_to_itself()
    {
        var run = Start($"'A':{{'onEnter':[{M("in")}],'timeline':[{At(1, "cue")}],'onExit':[{M("out")}],{Out(Press("A"))}}}");
        run.Happened(Ms(500), Pressed);
        run.Advance(Ms(1500));
        Is("0 ->A", "0 in", "500 out", "500 A>A", "500 in", "1500 cue");
    }

    [Fact]
    public void R08_END_ends_the_scene_and_a_defined_END_is_entered_first()
    {
        var run = Start($"'A':{{'onExit':[{M("out")}],{Out("{'type':'timeout','delay':1,'goto':'END'}")}}},'END':{{'onEnter':[{M("off")}],'onExit':[{M("never")}],'timeline':[{At(1, "never")}]}}");
        run.Advance(Ms(5000));
        Is("0 ->A", "1000 out", "1000 A>END", "1000 off", "1000 ended END");
        Assert.True(run.IsEnded);
        Assert.Equal(("END", null), (run.State, run.NextDue));
        run.Happened(Ms(6000), Pressed);
        run.Advance(Ms(7000));
        Assert.Equal(5, _stage.Lines.Count);
    }

    [Fact]
    public void R09_a_global_timeout_counts_from_the_start_and_fires_once_in_a_scene()
    {
        var run = Start("'A':{" + Out("{'type':'timeout','delay':1.5,'goto':'B'}") + "},'B':{" + Out(Press("A")) + "}", "'globalEvents':[{'type':'timeout','delay':2,'goto':'A'}],");
        run.Advance(Ms(3000));
        Is("0 ->A", "1500 A>B", "2000 B>A");
        Assert.Equal("A", run.State);
        run.Advance(Ms(3600));
        run.Happened(Ms(4000), Pressed);
        run.Advance(TimeSpan.FromHours(3));
        Is("0 ->A", "1500 A>B", "2000 B>A", "3500 A>B", "4000 B>A", "5500 A>B");
    }

    [Fact]
    public void R09_a_global_event_may_come_again_and_again()
    {
        var run = Start($"'A':{{'onEnter':[{M("in")}]}}", "'globalEvents':[" + Press("A") + "],");
        for (var i = 1; i <= 3; i++) run.Happened(Ms(i), Pressed);
        Assert.Equal(4, _stage.Lines.Count(l => l.Contains(" in ", StringComparison.Ordinal)));
    }

    [Fact]
    public void R10_an_event_that_comes_during_a_change_is_kept_for_the_new_state()
    {
        var run = New($"'A':{{'onExit':[{M("out")}],{Out(Press("B"))}}},'B':{{'onEnter':[{M("in")}],{Out(Press("C"))}}},'C':{{}}");
        var pressed = 0;
        _stage.OnAct = (action, _) =>
        {
            if (action.Message == "out" && pressed++ == 0) run.Happened(Ms(1), Pressed);
        };
        run.Start();
        run.Happened(Ms(1), Pressed);
        Is("0 ->A", "1 out", "1 A>B", "1 in", "1 B>C");
    }

    [Fact]
    public void R10_a_quick_second_press_within_the_same_instant_is_not_lost()
    {
        var run = Start("'A':{" + Out(Press("B")) + "},'B':{" + Out("{'type':'always','goto':'C'}") + "},'C':{" + Out(Press("END")) + "}");
        run.Happened(Ms(7), Pressed);
        run.Happened(Ms(7), Pressed);
        Is("0 ->A", "7 A>B", "7 B>C", "7 C>END", "7 ended END");
    }

    [Fact]
    public void R10_an_event_at_the_instant_of_a_timeout_is_offered_to_the_state_behind_it()
    {
        var run = Start("'A':{" + Out("{'type':'timeout','delay':1,'goto':'B'}") + "},'B':{" + Out(Press("C")) + "},'C':{}");
        run.Happened(Ms(1000), Pressed);
        Is("0 ->A", "1000 A>B", "1000 B>C");
    }

    [Fact]
    public void R10_a_flood_during_a_change_is_bounded_and_counted()
    {
        var run = New($"'A':{{'onEnter':[{M("in")}]}}");
        _stage.OnAct = (_, _) =>
        {
            for (var i = 0; i < 10_000; i++) run.Happened(Ms(0), Pressed);
        };
        run.Start();
        Assert.Equal(10_000, run.EventsDropped);
    }

    [Fact]
    public void R11_an_event_that_matches_nothing_where_it_comes_does_not_lie_in_wait()
    {
        var run = Start("'A':{" + Out("{'type':'timeout','delay':1,'goto':'B'}") + "},'B':{" + Out(Press("C")) + "},'C':{}");
        run.Happened(Ms(500), Pressed);
        run.Advance(Ms(3000));
        Is("0 ->A", "1000 A>B");
        Assert.Equal((0, 1), (run.EventsTaken, run.EventsDropped));
    }

    [Fact]
    public void R12_one_event_takes_one_transition()
    {
        var run = Start("'A':{" + Out(Press("B")) + "},'B':{" + Out(Press("A")) + "}", "'globalEvents':[{'type':'mqttMessage','topic':'r/e','message':'STOP','goto':'B'}],");
        run.Happened(Ms(1), Pressed);
        run.Happened(Ms(2), SceneEvent.Mqtt("r/e", "STOP"));
        Is("0 ->A", "1 A>B", "2 B>B");
        Assert.Equal(2, run.EventsTaken);
    }

    [Fact]
    public void R13_a_delay_counts_from_the_event_and_leaving_the_state_cancels_it()
    {
        var run = Start("'A':{" + Out("{'type':'audioEnd','target':'a.wav','delay':2,'goto':'B'}," + Press("C")) + "},'B':{},'C':{}");
        run.Happened(Ms(1000), SceneEvent.AudioEnd("a.wav"));
        Assert.Equal(Ms(3000), run.NextDue);
        run.Happened(Ms(2000), SceneEvent.AudioEnd("a.wav")); // not anew
        run.Advance(Ms(9000));
        Is("0 ->A", "3000 A>B");
        Assert.Equal((1, 1), (run.EventsTaken, run.EventsDropped));

        run = Start("'A':{" + Out("{'type':'audioEnd','target':'a.wav','delay':2,'goto':'B'}," + Press("C")) + "},'B':{},'C':{}");
        run.Happened(Ms(1000), SceneEvent.AudioEnd("a.wav"));
        run.Happened(Ms(1500), Pressed);
        run.Advance(Ms(9000));
        Is("0 ->A", "1500 A>C");
    }

    [Fact]
    public void R13_a_delay_of_a_global_event_outlives_the_states()
    {
        var run = Start("'A':{" + Out("{'type':'timeout','delay':1,'goto':'B'}") + "},'B':{},'C':{}", "'globalEvents':[" + Press("C", 2) + "],");
        run.Happened(Ms(500), Pressed);
        run.Advance(Ms(5000));
        run.Happened(Ms(6000), Pressed);
        run.Advance(Ms(9000));
        Is("0 ->A", "1000 A>B", "2500 B>C", "8000 C>C");
    }

    [Fact]
    public void R14_always_is_taken_at_once_or_after_its_delay()
    {
        var run = Start($"'A':{{'onEnter':[{M("a")}],{Out("{'type':'always','goto':'B'}")}}},'B':{{{Out("{'type':'always','delay':3,'goto':'END'}")}}}");
        run.Advance(Ms(3000));
        Is("0 ->A", "0 a", "0 A>B", "3000 B>END", "3000 ended END");
    }

    [Theory]
    [InlineData("intro.wav", "intro.wav", true)]
    [InlineData("intro", "intro.wav", true)]
    [InlineData("intro.wav", "intro", true)]
    [InlineData("intro", "intro", true)]
    [InlineData("intro.wav", "/rooms/r/media/audio/intro.wav", true)]
    [InlineData("intro.wav", "intro.mp3", false)]
    [InlineData("intro", "intro2.wav", false)]
    [InlineData("v1.0", "v1.0.mp4", true)]
    [InlineData("Intro.wav", "intro.wav", false)]
    [InlineData("a.part", "a.wav", false)]
    public void R15_media_are_named_with_or_without_extension(string target, string file, bool isSame)
    {
        var run = Start("'A':{" + Out($"{{'type':'audioEnd','target':'{target}','goto':'B'}}") + "},'B':{}");
        run.Happened(Ms(1), SceneEvent.VideoEnd(file));
        Assert.Equal("A", run.State);
        run.Happened(Ms(1), SceneEvent.AudioEnd(file));
        Assert.Equal(isSame ? "B" : "A", run.State);
    }

    [Fact]
    public void R15_without_a_target_any_end_will_do()
    {
        var run = Start("'A':{" + Out("{'type':'videoEnd','goto':'B'}") + "},'B':{}");
        run.Happened(Ms(1), SceneEvent.AudioEnd("x.wav"));
        Assert.Equal("A", run.State);
        run.Happened(Ms(1), SceneEvent.VideoEnd("whatever.mp4"));
        Assert.Equal("B", run.State);
    }

    [Theory]
    [InlineData("5", "5", true)]
    [InlineData("5", "5.0", false)]
    [InlineData("0.50", "0.50", true)]
    [InlineData("0.50", "0.5", false)]
    [InlineData("true", "true", true)]
    [InlineData("true", "True", false)]
    [InlineData("false", "OFF", false)]
    [InlineData("'PRESSED'", "PRESSED", true)]
    [InlineData("'PRESSED'", "pressed", false)]
    [InlineData("'PRESSED'", "PRESSED ", false)]
    public void R16_messages_are_compared_as_their_text_and_topics_whole(string message, string payload, bool isMatch)
    {
        var run = Start("'A':{" + Out($"{{'type':'mqttMessage','topic':'r/b','message':{message},'goto':'B'}}") + "},'B':{}");
        foreach (var topic in new[] { "r/B", "r/b/c", "r" }) run.Happened(Ms(1), SceneEvent.Mqtt(topic, payload));
        Assert.Equal("A", run.State);
        run.Happened(Ms(1), SceneEvent.Mqtt("r/b", payload));
        Assert.Equal(isMatch ? "B" : "A", run.State);
    }

    [Fact]
    public void R17_what_a_scene_says_itself_triggers_nothing()
    {
        var run = Start("'A':{'onEnter':[{'action':'mqtt','topic':'r/b','message':'P'}]," + Out(Press("B")) + "},'B':{}");
        run.Advance(Ms(5000));
        Assert.Equal("A", run.State);
    }

    [Fact]
    public void R18_circles_that_only_running_shows_end_the_scene()
    {
        var run = New($"'A':{{'onEnter':[{M("a")}],{Out(Press("B"))}}},'B':{{'onEnter':[{M("b")}],{Out(Press("A"))}}}");
        _stage.OnAct = (_, at) => run.Happened(at, Pressed); // a player that says "ended" at every beginning
        run.Start();
        Assert.True(run.IsEnded);
        Assert.StartsWith("0 ended the scene goes in circles without time passing, at states.", _stage.Lines[^1], StringComparison.Ordinal);
        Assert.InRange(run.Changes, 10, 200);
    }

    [Fact]
    public void R18_many_presses_within_one_instant_are_no_circle()
    {
        var run = Start("'A':{" + Out(Press("B")) + "},'B':{" + Out(Press("A")) + "}");
        for (var i = 0; i < 10_000; i++) run.Happened(Ms(1), Pressed);
        Assert.False(run.IsEnded);
        Assert.Equal(10_001, run.Changes);
    }

    [Fact]
    public void R19_an_abandoned_run_says_not_another_word_not_even_from_within_a_change()
    {
        var run = New($"'A':{{'onExit':[{M("1")},{M("2")}],{Out(Press("B"))}}},'B':{{'onEnter':[{M("3")}]}}");
        _stage.OnAct = (_, _) => run.Abandon();
        run.Start();
        run.Happened(Ms(1), Pressed);
        run.Advance(Ms(9999));
        Is("0 ->A", "1 1");
        Assert.True(run.IsEnded);
        Assert.Empty(run.NextCues(10));
        Assert.Empty(run.Waits());
    }

    [Fact]
    public void R19_a_run_abandoned_while_it_enters_a_state_does_not_enter_it_further()
    {
        var run = New($"'A':{{'onEnter':[{M("1")}],{Out(Press("B"))}}},'B':{{'onEnter':[{M("2")},{M("3")}]}}");
        _stage.OnChanged = (to, _) =>
        {
            if (to == "B") run.Abandon();
        };
        run.Start();
        run.Happened(Ms(1), Pressed);
        Is("0 ->A", "0 1", "1 A>B");
    }

    [Fact]
    public void R20_a_list_is_one_timeline()
    {
        var run = new SceneRun(SceneFixture.Whole("[{'timestamp':2,'topic':'r/light','message':'OFF'},{'timestamp':0,'topic':'r/light','message':'ON'}]"), _stage);
        run.Start();
        run.Advance(Ms(10_000));
        Assert.Equal(["0 ->LIST", "0 Mqtt r/light ON [1]", "2000 Mqtt r/light OFF [0]", "3000 LIST>END", "3000 ended END"], _stage.Lines);
    }

    [Fact]
    public void The_page_sees_what_comes_and_what_is_waited_for()
    {
        var run = Start($"'A':{{'timeline':[{At(1, "a")},{At(2, "b")},{At(8, "never")}],{Out("{'type':'timeout','delay':5,'goto':'B'}," + Press("C", 1))}}},'B':{{}},'C':{{}}", "'globalEvents':[{'type':'timeout','delay':4,'goto':'C'},{'type':'timeout','delay':0.5,'goto':'A'}],");
        Assert.Empty(run.NextCues(10)); // the global one at 0.5 s comes before them all
        Assert.Equal([TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(.5), TimeSpan.FromSeconds(5), (TimeSpan?)null], run.Waits().Select(w => w.Due));
        run.Advance(Ms(600)); // the second global one is spent, and A began anew
        Assert.Equal([(Ms(1500), "a"), (Ms(2500), "b")], run.NextCues(10).Select(c => (c.Due, c.Action.Message)));
        Assert.Equal(Ms(1500), Assert.Single(run.NextCues(1)).Due);
        Assert.Equal([(true, Ms(4000)), (false, Ms(5500)), (false, null)], run.Waits().Select(w => (w.IsGlobal, w.Due)));
        run.Happened(Ms(700), Pressed);
        Assert.Equal(Ms(1700), run.Waits()[^1].Due);
        Assert.Equal([Ms(1500)], run.NextCues(10).Select(c => c.Due));
    }

    [Fact]
    public void A_cue_allocates_nothing()
    {
        const int each = 200;
        var cues = string.Join(',', Enumerable.Range(1, (11 * each) + 1).Select(i => At(i, "x")));
        var run = new SceneRun(SceneFixture.Scene($"'A':{{'timeline':[{cues}]}}"), new SilentStage());
        run.Start();
        var now = 0;
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < each; i++) run.Advance(Ms(++now * 1000));
        }));
        Assert.InRange(now, 2 * each, 11 * each);
        Assert.Equal(TimeSpan.FromSeconds(now + 1), run.NextDue);
    }

    private static SceneEvent Pressed => SceneEvent.Mqtt("r/b", "P");

    private static TimeSpan Ms(int ms) => TimeSpan.FromMilliseconds(ms);

    private static string M(string word) => $"{{'action':'mqtt','topic':'r/x','message':'{word}'}}";

    private static string At(double at, string word) => $"{{'at':{at},'action':'mqtt','topic':'r/x','message':'{word}'}}";

    private static string Out(string transitions) => $"'transitions':[{transitions}]";

    private static string Press(string goTo, int delay = 0) => $"{{'type':'mqttMessage','topic':'r/b','message':'P','goto':'{goTo}'{(delay > 0 ? $",'delay':{delay}" : "")}}}";

    private SceneRun New(string states, string more = "")
    {
        _stage.Lines.Clear();
        return new SceneRun(SceneFixture.Scene(states, more), _stage);
    }

    private SceneRun Start(string states, string more = "")
    {
        var run = New(states, more);
        run.Start();
        return run;
    }

    /// <summary>The log so far, actions shortened to time and word, changes to time and states.</summary>
    private void Is(params string[] expected) => Assert.Equal(expected, _stage.Lines.Select(l => l.Split(' ') switch
    {
        [var at, "Mqtt", _, var word, ..] => $"{at} {word}",
        [var at, "ended", ..] => l,
        [var at, var change, ..] => $"{at} {change}",
        _ => l,
    }));

    private sealed class SilentStage : ISceneStage
    {
        public void Act(SceneAction action, TimeSpan planned)
        {
        }

        public void Changed(string? from, string to, TimeSpan at, SceneTransition? because, string? cause)
        {
        }

        public void Ended(TimeSpan at, string reason)
        {
        }
    }
}
