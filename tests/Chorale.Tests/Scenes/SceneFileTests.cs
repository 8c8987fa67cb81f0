using System.Text;
using Chorale.Show.Scenes;

namespace Chorale.Tests.Scenes;

public sealed class SceneFileTests
{
    [Fact]
    public void The_example_of_the_contract_is_read_whole()
    {
        var scene = SceneFixture.Whole("""
            {"sceneId":"demo","initialState":"A","globalEvents":[{"type":"mqttMessage","topic":"room1/emergency","message":"STOP","goto":"END"}],
             "states":{"A":{"onEnter":[{"action":"mqtt","topic":"room1/motor1","message":"ON:60:L:3000"}],
              "timeline":[{"at":1.5,"action":"audio","message":"PLAY:sfx_a.wav:0.8"}],
              "transitions":[{"type":"timeout","delay":5,"goto":"END"}]}}}
            """);
        Assert.Equal(("demo", "A", "states", 1), (scene.Id, scene.InitialState, scene.Format, scene.States.Count));
        var state = scene.States[0];
        Assert.Equal(("room1/motor1", "ON:60:L:3000", "states.A.onEnter[0]", 2), (state.OnEnter[0].Topic, state.OnEnter[0].Message, state.OnEnter[0].Path, state.OnEnter[0].Line));
        Assert.Equal((TimeSpan.FromSeconds(1.5), ActionKind.Audio, "states.A.timeline[0]", 3), (state.Timeline[0].At, state.Timeline[0].Action.Kind, state.Timeline[0].Action.Path, state.Timeline[0].Action.Line));
        Assert.Equal((TransitionKind.Timeout, "END", TimeSpan.FromSeconds(5)), (state.Transitions[0].Type, state.Transitions[0].GoTo, state.Transitions[0].Delay!.Value));
        Assert.Equal((TransitionKind.MqttMessage, "room1/emergency", "STOP"), (scene.GlobalEvents[0].Type, scene.GlobalEvents[0].Topic, scene.GlobalEvents[0].Message));
    }

    [Fact]
    public void A_list_of_the_first_generation_plays_sound_locally_and_ends_a_second_after_its_last_line()
    {
        var scene = SceneFixture.Whole("[{'timestamp':12,'topic':'room1/light','message':'OFF'},{'timestamp':0,'topic':'room1/light','message':'ON'},{'timestamp':2.0,'topic':'room1/audio','message':'bg.mp3'},{'timestamp':3,'topic':'room1/video','message':'v.mp4'}]");
        Assert.Equal(("test", "list"), (scene.Id, scene.Format));
        Assert.Equal([ActionKind.Mqtt, ActionKind.Audio, ActionKind.Video, ActionKind.Mqtt], scene.States[0].Timeline.Select(c => c.Action.Kind));
        Assert.Equal("[1]", scene.States[0].Timeline[0].Action.Path);
        Assert.Equal(TimeSpan.FromSeconds(13), Assert.Single(scene.States[0].Transitions).Delay);
    }

    [Fact]
    public void Numbers_and_booleans_are_the_text_that_stands_in_the_file()
    {
        var scene = SceneFixture.Scene("'A':{'onEnter':[{'action':'mqtt','topic':'t','message':5},{'action':'mqtt','topic':'t','message':0.50},{'action':'mqtt','topic':'t','message':1e3},{'action':'mqtt','topic':'t','message':true}],'transitions':[{'type':'mqttMessage','topic':'t','message':false,'goto':'END'}]}");
        Assert.Equal(["5", "0.50", "1e3", "true"], scene.States[0].OnEnter.Select(a => a.Message));
        Assert.Equal("false", scene.States[0].Transitions[0].Message);
    }

    [Fact]
    public void Several_actions_of_one_moment_keep_their_order_and_their_places()
    {
        var scene = SceneFixture.Scene("'A':{'timeline':[{'at':2,'action':'mqtt','topic':'t','message':'3'},{'at':1,'actions':[{'action':'mqtt','topic':'t','message':'1'},{'action':'record','message':'start'}]}],'transitions':[{'type':'timeout','delay':9,'goto':'END'}]}");
        Assert.Equal(["1", "start", "3"], scene.States[0].Timeline.Select(c => c.Action.Message));
        Assert.Equal("states.A.timeline[1].actions[1]", scene.States[0].Timeline[1].Action.Path);
    }

    [Fact]
    public void Policies_and_loop_are_read_and_keys_of_foreign_editors_are_let_be()
    {
        var scene = SceneFixture.Scene("'A':{'transitions':[{'type':'timeout','delay':1,'goto':'END'}]}", "'globalPrefix':'room1','comment':'x','loop':true,'policies':{'on_broker_loss':'hold','on_feedback_failure':'retry 2'},");
        Assert.True(scene.Loop);
        Assert.Equal(new ScenePolicies { OnBrokerLoss = BrokerLossPolicy.Hold, OnFeedbackFailure = FeedbackFailurePolicy.Retry, Retries = 2 }, scene.Policies);
    }

    [Fact]
    public void A_time_is_exact_to_the_tenth_of_a_microsecond()
    {
        var scene = SceneFixture.Scene("'A':{'timeline':[{'at':0.1,'action':'mqtt','topic':'t','message':'x'},{'at':604800,'action':'mqtt','topic':'t','message':'y'},{'at':1e-9,'action':'mqtt','topic':'t','message':'z'}],'transitions':[{'type':'mqttMessage','topic':'q','message':'q','goto':'END'}]}");
        Assert.Equal([0, 1_000_000, TimeSpan.FromDays(7).Ticks], scene.States[0].Timeline.Select(c => c.At.Ticks));
    }

    [Theory]
    [InlineData("{'sceneId':'s',\n'initialState':'A',\n}", 3, "a comma stands before the closing bracket")]
    [InlineData("{'sceneId':'s'\n\n'initialState':'A'}", 3, "is not JSON")]
    [InlineData("{'a':NaN}", 1, "is not JSON")]
    [InlineData("{}\n{}", 2, "is not JSON")]
    [InlineData("  \n ", 1, "is empty")]
    [InlineData("", 1, "is empty")]
    [InlineData("{'a':[1,2", 1, "is not JSON")]
    [InlineData("// remark\n{}", 1, "is not JSON")]
    public void S001_what_is_not_JSON_is_named_with_its_line(string json, int line, string words)
    {
        var problem = Assert.Single(SceneFixture.Load(json).Problems);
        Assert.Equal(("S001", line), (problem.RuleId, problem.Line));
        Assert.Contains(words, problem.Text);
        Assert.DoesNotContain("LineNumber", problem.Text);
    }

    [Fact]
    public void S002_a_file_of_ten_megabytes_is_refused_without_being_parsed()
    {
        var bytes = new byte[10_000_000];
        bytes.AsSpan().Fill((byte)'[');
        var problem = Assert.Single(SceneFile.Read(bytes, "big.json").Problems);
        Assert.Equal(("S002", "is longer than 4 MiB, the most that is read of a scene"), (problem.RuleId, problem.Text));
    }

    [Fact]
    public void S002_a_file_of_a_million_values_is_given_up()
    {
        var problem = Assert.Single(SceneFixture.Load("[" + string.Join(',', Enumerable.Repeat("[]", 1_000_000)) + "]").Problems);
        Assert.Equal(("S002", "[249999]"), (problem.RuleId, problem.Path));
    }

    [Theory]
    [InlineData(33)]
    [InlineData(40)]
    [InlineData(100_000)]
    public void S003_deep_nesting_is_refused(int depth)
    {
        var load = SceneFixture.Load(string.Concat(Enumerable.Repeat("{'a':", depth)) + "1" + new string('}', depth));
        Assert.Equal("S003", Assert.Single(load.Problems).RuleId);
        Assert.Equal("S003", Assert.Single(SceneFixture.Load(new string('[', depth)).Problems).RuleId);
    }

    [Fact]
    public void S004_what_is_not_UTF_8_is_named_with_its_line()
    {
        byte[] bytes = [.. "{\n\n\"sceneId\":\""u8, 0xE9, .. "\"}"u8];
        Assert.Equal(("S004", 3), Assert.Single(SceneFile.Read(bytes, "x.json").Problems) is var p ? (p.RuleId, p.Line) : default);
        Assert.Contains("UTF-16", Assert.Single(SceneFile.Read(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("{}")).ToArray(), "x.json").Problems).Text);
        Assert.Equal("S004", Assert.Single(SceneFixture.Load("{'sceneId':'\\ud800'}").Problems).RuleId);
    }

    [Fact]
    public void S005_a_key_that_stands_twice_is_named_with_the_second_line()
    {
        var load = SceneFixture.Load("{'sceneId':'s','initialState':'A','states':{\n'A':{'transitions':[{'type':'timeout','delay':1,'goto':'END'}]},\n'A':{'transitions':[{'type':'timeout','delay':1,'goto':'END'}]}}}");
        load.Only("S005", "states.A", 3);
    }

    [Fact]
    public void S006_every_missing_key_is_named_in_one_go()
    {
        var load = SceneFixture.Load("{'states':{'A':{'onEnter':[{'action':'mqtt'},{'action':'audio'}],\n'timeline':[{'action':'audio','message':'x'}],'transitions':[{},{'type':'mqttMessage','goto':'END'}]}}}");
        Assert.Equal(10, load.Of("S006").Count);
        Assert.Equal(load.Problems.Count, load.Of("S006").Count);
        Assert.Contains(load.Problems, p => p is { Path: "states.A.timeline[0]", Line: 2, Text: "a timed action needs \"at\"" });
        Assert.Contains(SceneFixture.Load("[]").Problems, p => p.RuleId == "S006");
        Assert.Contains(SceneFixture.Load("{'sceneId':'s','initialState':'A','states':{}}").Problems, p => p.RuleId == "S006");
    }

    [Fact]
    public void S007_an_unknown_key_is_named_with_the_one_that_was_meant()
    {
        var load = SceneFixture.Load("{'sceneId':'s','initialState':'A','states':{'A':{'onEntry':[],\n'timeline':[{'at':1,'action':'mqtt','topic':'t','mesage':'x','message':'y'}],\n'colour':1,'transitions':[{'type':'timeout','delay':1,'goto':'END','after':2}]}}}");
        Assert.Equal(4, load.Of("S007").Count);
        Assert.Contains(load.Problems, p => p is { Path: "states.A.onEntry", Line: 1 } && p.Text.EndsWith("did you mean \"onEnter\"?", StringComparison.Ordinal));
        Assert.Contains(load.Problems, p => p is { Path: "states.A.timeline[0].mesage", Line: 2 } && p.Text.Contains("\"message\"", StringComparison.Ordinal));
        Assert.Contains(load.Problems, p => p is { Path: "states.A.colour", Line: 3 } && p.Text.Contains("known are description, onEnter", StringComparison.Ordinal));
    }

    [Fact]
    public void S008_a_value_of_the_wrong_type_is_named_with_what_was_found_and_what_is_wanted()
    {
        var load = SceneFixture.Load("{'sceneId':5,'initialState':'A','version':1,'states':{'A':{'onEnter':{},'timeline':[{'at':'5','action':'mqtt','topic':'t','message':null}],'transitions':[7]}}}");
        Assert.Equal(6, load.Of("S008").Count);
        Assert.Contains(load.Problems, p => p is { Path: "states.A.timeline[0].at", Text: "the text \"5\" stands where a number of seconds is wanted" });
        SceneFixture.Load("'x'").Only("S008", "", 1);
        SceneFixture.Load("{'sceneId':'s','initialState':'A','states':[]}").Only("S008", "states", 1);
    }

    [Fact]
    public void S009_unknown_words_are_named_with_those_there_are()
    {
        var load = SceneFixture.Load("{'sceneId':'s','initialState':'A','policies':{'on_broker_loss':'wait','on_feedback_failure':'retry 99'},'states':{'A':{'onEnter':[{'action':'image','message':'x'},{'action':'record','message':'pause'}],'transitions':[{'type':'mqttmessage','topic':'t','message':'m','goto':'END'}]}}}");
        Assert.Equal(5, load.Of("S009").Count);
        Assert.Equal(5, load.Problems.Count);
        Assert.Contains(load.Problems, p => p.Text.EndsWith("did you mean \"mqttMessage\"?", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-1", "is before its beginning")]
    [InlineData("-0.0001", "is before its beginning")]
    [InlineData("604801", "more than a week")]
    [InlineData("1e999", "more than a week")]
    [InlineData("99999999999999999999999999999999999999999", "more than a week")]
    public void S010_a_time_that_cannot_be_is_named(string at, string words)
    {
        Assert.Contains(words, SceneFixture.Load($"{{'sceneId':'s','initialState':'A','states':{{'A':{{'timeline':[\n{{'at':{at},'action':'mqtt','topic':'t','message':'x'}}],'transitions':[{{'type':'timeout','delay':1,'goto':'END'}}]}}}}}}")
            .Only("S010", "states.A.timeline[0].at", 2).Text);
        SceneFixture.Load($"{{'sceneId':'s','initialState':'A','states':{{'A':{{'transitions':[{{'type':'timeout','delay':{at},'goto':'END'}}]}}}}}}").Only("S010", "states.A.transitions[0].delay", 1);
        SceneFixture.Load($"[{{'timestamp':{at},'topic':'t','message':'x'}}]").Only("S010", "[0].timestamp", 1);
    }

    [Fact]
    public void S010_names_are_not_empty_not_long_and_on_one_line()
    {
        foreach (var name in new[] { "", " ", new string('x', 129), "a\\nb" })
            SceneFixture.Load($"{{'sceneId':'{name}','initialState':'A','states':{{'A':{{'transitions':[{{'type':'timeout','delay':1,'goto':'END'}}]}}}}}}").Only("S010", "sceneId", 1);
        Assert.Equal("S010", Assert.Single(SceneFixture.Load("{'sceneId':'s','initialState':'A\\t','states':{'A\\t':{'transitions':[{'type':'timeout','delay':1,'goto':'END'}]}}}").Problems).RuleId);
    }

    [Fact]
    public void S011_states_that_do_not_exist_are_named()
    {
        var load = SceneFixture.Load("{'sceneId':'s','initialState':'a','globalEvents':[{'type':'timeout','delay':9,'goto':'Fin'}],\n'states':{'Begin':{'transitions':[{'type':'timeout','delay':1,'goto':'END'},\n{'type':'mqttMessage','topic':'t','message':'m','goto':'Begn'}]}}}");
        Assert.Equal([("initialState", 1), ("globalEvents[0].goto", 1), ("states.Begin.transitions[1].goto", 3)], load.Of("S011").Select(p => (p.Path, p.Line)));
        Assert.Contains("did you mean \"Begin\"?", load.Of("S011")[2].Text);
    }

    [Fact]
    public void S012_too_many_states_actions_transitions_and_problems_are_bounded()
    {
        var states = SceneFixture.Load("{'sceneId':'s','initialState':'A','states':{'A':{}," + string.Join(',', Enumerable.Range(0, 1000).Select(i => $"'s{i}':{{}}")) + "}}");
        Assert.Equal("states", Assert.Single(states.Of("S012")).Path);
        var actions = SceneFixture.Load("[" + string.Join(',', Enumerable.Range(0, 20_001).Select(i => "{'timestamp':1,'topic':'t','message':1}")) + "]");
        Assert.Equal("[20000]", Assert.Single(actions.Of("S012")).Path);
        var transitions = SceneFixture.Load("{'sceneId':'s','initialState':'A','states':{'A':{'transitions':[" + string.Join(',', Enumerable.Repeat("{'type':'timeout','delay':1,'goto':'A'}", 10_001)) + "]}}}");
        Assert.Equal("states.A.transitions[10000]", Assert.Single(transitions.Of("S012")).Path);
        var problems = SceneFixture.Load("[" + string.Join(",\n", Enumerable.Repeat("{}", 1000)) + "]");
        Assert.Equal(201, problems.Problems.Count);
        Assert.Contains("2800 problems more", problems.Problems[^1].Text);
    }

    [Fact]
    public void A_crowd_of_warnings_hides_no_error()
    {
        var load = SceneFixture.Load("[" + string.Join(",\n", Enumerable.Repeat("{'timestamp':1,'topic':'t','message':true}", 500)) + ",\n{'timestamp':-1,'topic':'t','message':'x'}]");
        Assert.Equal(("S010", 501), load.Problems.Where(p => p.Severity == Severity.Error).Select(p => (p.RuleId, p.Line)).First());
        Assert.Null(load.Scene);
    }

    [Theory]
    [InlineData("../secret.wav")]
    [InlineData("/etc/passwd")]
    [InlineData("a\\\\b.wav")]
    [InlineData("..")]
    [InlineData("a\\nb.wav")]
    [InlineData("a\\u0000.wav")]
    [InlineData("\\u001b[31m.wav")]
    public void S013_a_name_that_leaves_the_rooms_folder_never_runs(string file)
    {
        foreach (var (action, message) in new[] { ("audio", file), ("audio", "PLAY:" + file + ":0.5"), ("audio", "STOP:" + file), ("video", "PLAY_VIDEO:" + file) })
        {
            var problem = SceneFixture.Load($"{{'sceneId':'s','initialState':'A','states':{{'A':{{'onEnter':[{{'action':'{action}','message':'{message}'}}],'transitions':[{{'type':'timeout','delay':1,'goto':'END'}}]}}}}}}")
                .Of("S013").Single();
            Assert.Equal("states.A.onEnter[0].message", problem.Path);
            Assert.DoesNotContain(problem.Text, char.IsControl);
        }

        Assert.Contains(SceneFixture.Load($"{{'sceneId':'s','initialState':'A','states':{{'A':{{'transitions':[{{'type':'audioEnd','target':'{file}','goto':'END'}}]}}}}}}").Problems, p => p is { RuleId: "S013", Path: "states.A.transitions[0].target" });
        Assert.Contains(SceneFixture.Load($"[{{'timestamp':1,'topic':'room1/audio','message':'{file}'}}]").Problems, p => p is { RuleId: "S013", Path: "[0].message" });
    }

    [Theory]
    [InlineData("")]
    [InlineData("room1/+")]
    [InlineData("room1/#")]
    [InlineData("$SYS/x")]
    [InlineData("/room1")]
    [InlineData("room1//light")]
    [InlineData("room1/")]
    [InlineData("a\\u0000b")]
    public void S014_topics_that_no_broker_takes_are_refused(string topic)
    {
        SceneFixture.Load($"[{{'timestamp':1,'topic':'{topic}','message':'x'}}]").Only("S014", "[0].topic", 1);
        Assert.Contains(SceneFixture.Load($"{{'sceneId':'s','initialState':'A','states':{{'A':{{'transitions':[{{'type':'mqttMessage','topic':'{topic}','message':'m','goto':'END'}}]}}}}}}").Problems, p => p is { RuleId: "S014", Path: "states.A.transitions[0].topic" });
    }

    [Fact]
    public void S015_empty_messages_and_messages_of_a_megabyte_are_refused()
    {
        SceneFixture.Load("[{'timestamp':1,'topic':'t','message':''}]").Only("S015", "[0].message", 1);
        Assert.Contains("1000000 bytes", SceneFixture.Load($"[{{'timestamp':1,'topic':'t','message':'{new string('x', 1_000_000)}'}}]").Only("S015", "[0].message", 1).Text);
    }

    [Theory]
    [InlineData("'A':{'transitions':[{'type':'always','goto':'A'}]}", "states.A.transitions[0]")]
    [InlineData("'A':{'transitions':[{'type':'always','goto':'B'}]},'B':{'transitions':[{'type':'timeout','delay':0,'goto':'A'}]}", "states.A.transitions[0]")]
    [InlineData("'A':{'transitions':[{'type':'timeout','delay':5,'goto':'B'}]},'B':{'transitions':[{'type':'timeout','delay':7,'goto':'END'},{'type':'timeout','delay':0.0001,'goto':'C'}]},'C':{'transitions':[{'type':'always','goto':'B'}]}", "states.B.transitions[1]")]
    public void S016_a_cycle_that_takes_no_time_is_found(string states, string path)
    {
        var load = SceneFixture.Load($"{{'sceneId':'s','initialState':'A','states':{{{states}}}}}");
        Assert.Equal(path, Assert.Single(load.Of("S016")).Path);
        Assert.Null(load.Scene);
    }

    [Fact]
    public void S016_a_scene_that_loops_takes_time()
    {
        Assert.Equal("loop", Assert.Single(SceneFixture.Load("{'sceneId':'s','loop':true,'initialState':'A','states':{'A':{'transitions':[{'type':'always','goto':'END'}]}}}").Of("S016")).Path);
        Assert.Equal("loop", Assert.Single(SceneFixture.Load("{'sceneId':'s','loop':true,'initialState':'END','states':{'END':{}}}").Of("S016")).Path);
    }

    [Theory]
    [InlineData("'A':{'transitions':[{'type':'always','goto':'B'}]},'B':{'transitions':[{'type':'timeout','delay':0.001,'goto':'A'}]}")]
    [InlineData("'A':{'transitions':[{'type':'always','goto':'B'}]},'B':{'transitions':[{'type':'mqttMessage','topic':'t','message':'m','goto':'A'}]}")]
    [InlineData("'A':{'transitions':[{'type':'always','goto':'END'}]}")]
    public void Cycles_in_which_time_passes_or_somebody_has_to_act_are_no_error(string states) => Assert.Empty(SceneFixture.Load($"{{'sceneId':'s','initialState':'A','states':{{{states}}}}}").Of("S016"));

    [Fact]
    public void S017_a_timed_action_says_one_thing_in_one_way()
    {
        var load = SceneFixture.Load("{'sceneId':'s','initialState':'A','states':{'A':{'timeline':[{'at':1},{'at':2,'action':'mqtt','topic':'t','message':'m','actions':[]}],'transitions':[{'type':'timeout','delay':3,'goto':'END'}]}}}");
        Assert.Equal(["states.A.timeline[0]", "states.A.timeline[1]"], load.Of("S017").Select(p => p.Path));
    }

    [Fact]
    public void A_problem_reads_as_editors_want_it()
    {
        var problem = Assert.Single(SceneFixture.Load("[\n{'timestamp':-1,'topic':'t','message':'x'}]").Problems);
        Assert.Equal("test.json:2: [0].timestamp: error: -1 s is before its beginning [S010]", problem.ToString());
    }

    [Fact]
    public void Names_with_odd_characters_are_quoted_in_paths_and_never_reach_a_terminal_raw()
    {
        var problem = SceneFixture.Load("{'sceneId':'s','initialState':'A b','states':{'A b':{'x\\u001b[2J':1,'transitions':[{'type':'timeout','delay':1,'goto':'END'}]}}}").Of("S007").Single();
        Assert.Equal("states[\"A b\"][\"x\\u001b[2J\"]", problem.Path);
    }
}
