using Chorale.Show.Scenes;

namespace Chorale.Tests.Scenes;

/// <summary>Warnings: the scene runs, and its author is told.</summary>
public sealed class SceneCheckTests
{
    private static readonly SceneCheckContext Room = new()
    {
        RoomId = "room1", HasMedia = (kind, file) => (kind, file) is (ActionKind.Audio, "a.wav") or (ActionKind.Audio, "b.mp3") or (ActionKind.Video, "v.mp4"),
        PayloadBytesMax = topic => topic.StartsWith("room1/light", StringComparison.Ordinal) ? 31 : null,
    };

    [Fact]
    public void A_good_scene_has_no_problem() => Assert.Empty(Load("'A':{'onEnter':[" + Mqtt("room1/light", "ON") + "],'timeline':[{'at':1,'action':'audio','message':'PLAY:a.wav:0.5'},{'at':2,'action':'video','message':'v.mp4'},{'at':3,'action':'record','message':'start'}],'transitions':[{'type':'audioEnd','target':'a','goto':'B'},{'type':'timeout','delay':60,'goto':'END'}]},'B':{'transitions':[{'type':'timeout','delay':1,'goto':'END'}]}", "'globalEvents':[{'type':'mqttMessage','topic':'room1/emergency','message':'STOP','goto':'END'}],").Problems);

    [Fact]
    public void S101_a_state_nothing_leads_to() =>
        Load("'A':{" + Out + "},\n'B':{'transitions':[{'type':'timeout','delay':1,'goto':'C'}]},\n'C':{" + Out + "}").Of("S101").AssertPlaces(("states.B", 2), ("states.C", 3));

    [Fact]
    public void S102_media_the_room_does_not_have()
    {
        Load("'A':{'onEnter':[{'action':'audio','message':'c.wav'},{'action':'audio','message':'a.wav'},{'action':'audio','message':'b'},{'action':'audio','message':'PLAY:gone'},{'action':'audio','message':'STOP:gone'},{'action':'video','message':'PLAY_VIDEO:a.wav'}]," + Out + "}")
            .Of("S102").AssertPlaces(("states.A.onEnter[0]", 1), ("states.A.onEnter[3]", 1), ("states.A.onEnter[5]", 1));
        Assert.Empty(SceneFixture.Load("[{'timestamp':1,'topic':'room1/audio','message':'c.wav'}]").Of("S102"));
    }

    [Fact]
    public void S103_the_same_cue_twice() =>
        Load($"'A':{{'timeline':[{{'at':1,{Mqtt("room1/light", "ON")[1..]},\n{{'at':1,{Mqtt("room1/light", "OFF")[1..]},\n{{'at':1.0,{Mqtt("room1/light", "ON")[1..]}],{Out}}}").Only("S103", "states.A.timeline[2]", 3);

    [Fact]
    public void S104_a_payload_the_device_would_drop()
    {
        Assert.Contains("has 32 bytes", Load("'A':{'onEnter':[" + Mqtt("room1/light/1", new string('x', 32)) + "," + Mqtt("room1/light/1", new string('x', 31)) + "," + Mqtt("room1/motor", new string('x', 99)) + "]," + Out + "}").Only("S104", "states.A.onEnter[0]", 1).Text);
        Assert.Contains("has 32 bytes", Load("'A':{'onEnter':[" + Mqtt("room1/light/1", new string('é', 16)) + "]," + Out + "}").Only("S104", "states.A.onEnter[0]", 1).Text);
    }

    [Fact]
    public void S105_topics_outside_the_room()
    {
        var load = Load("'A':{'onEnter':[" + Mqtt("room2/light", "ON") + "," + Mqtt("room12/light", "ON") + "," + Mqtt("room1", "ON") + "],'transitions':[{'type':'mqttMessage','topic':'room2/button','message':'x','goto':'END'}]}");
        load.Of("S105").AssertPlaces(("states.A.onEnter[0]", 1), ("states.A.onEnter[1]", 1), ("states.A.onEnter[2]", 1), ("states.A.transitions[0]", 1));
        Assert.Contains("does not hear it", load.Of("S105")[3].Text);
    }

    [Fact]
    public void S106_retain_is_accepted_and_not_applied()
    {
        Load("'A':{'onEnter':[{'action':'mqtt','topic':'room1/x','message':'ON','retain':false},{'action':'mqtt','topic':'room1/x','message':'ON','retain':true}]," + Out + "}").Only("S106", "states.A.onEnter[1].retain", 1);
        SceneFixture.Load("[{'timestamp':1,'topic':'t','message':'x','retain':true}]").Only("S106", "[0].retain", 1);
    }

    [Theory]
    [InlineData("{'type':'mqttMessage','topic':'room1/b','message':'P','goto':'A'},{'type':'mqttMessage','topic':'room1/b','message':'P','goto':'END'}", "states.A.transitions[1]")]
    [InlineData("{'type':'always','goto':'END'},{'type':'mqttMessage','topic':'room1/b','message':'P','goto':'A'}", "states.A.transitions[1]")]
    [InlineData("{'type':'timeout','delay':2,'goto':'END'},{'type':'timeout','delay':2,'goto':'A'}", "states.A.transitions[1]")]
    [InlineData("{'type':'timeout','delay':2,'goto':'END'},{'type':'timeout','delay':3,'goto':'A'}", "states.A.transitions[1]")]
    [InlineData("{'type':'mqttMessage','topic':'room1/e','message':'STOP','goto':'A'},{'type':'timeout','delay':3,'goto':'END'}", "states.A.transitions[0]")]
    public void S107_a_transition_that_is_never_taken(string transitions, string path) =>
        Load("'A':{'transitions':[" + transitions + "]}", "'globalEvents':[{'type':'mqttMessage','topic':'room1/e','message':'STOP','goto':'END'}],").Only("S107", path, 1);

    [Fact]
    public void S107_transitions_that_only_look_alike_are_let_be() =>
        Assert.Empty(Load("'A':{'transitions':[{'type':'mqttMessage','topic':'room1/b','message':'P','goto':'A'},{'type':'mqttMessage','topic':'room1/b','message':'Q','goto':'A'},{'type':'timeout','delay':3,'goto':'A'},{'type':'timeout','delay':2,'goto':'END'}]}", "'globalEvents':[{'type':'timeout','delay':5,'goto':'A'},{'type':'timeout','delay':9,'goto':'END'}],").Problems);

    [Fact]
    public void S108_spaces_around_words()
    {
        Load("'A':{'onEnter':[" + Mqtt("room1/x", "ON ") + "," + Mqtt(" room1/x", "ON").Replace(" room1/x", "room1/x ", StringComparison.Ordinal) + "],'transitions':[{'type':'mqttMessage','topic':'room1/b','message':'P\\n','goto':'END'}]}")
            .Of("S108").AssertPlaces(("states.A.onEnter[0].message", 1), ("states.A.onEnter[1].topic", 1), ("states.A.transitions[0].message", 1));
    }

    [Fact]
    public void S109_a_delay_after_an_event_is_ours() =>
        Load("'A':{'transitions':[{'type':'mqttMessage','topic':'room1/b','message':'P','delay':2,'goto':'END'},{'type':'timeout','delay':9,'goto':'END'}]}").Only("S109", "states.A.transitions[0].delay", 1);

    [Fact]
    public void S110_END_has_no_more_than_its_onEnter() =>
        Load("'A':{" + Out + "},'END':{'onEnter':[" + Mqtt("room1/x", "OFF") + "],'onExit':[" + Mqtt("room1/x", "OFF") + "],'timeline':[{'at':1," + Mqtt("room1/x", "OFF")[1..] + "],'transitions':[{'type':'always','goto':'A'}]}")
            .Of("S110").AssertPlaces(("states.END.timeline", 1), ("states.END.transitions", 1), ("states.END.onExit", 1));

    [Fact]
    public void S111_a_byte_order_mark_is_skipped_and_told()
    {
        var load = SceneFile.Read((byte[])[0xEF, 0xBB, 0xBF, .. "[{\"timestamp\":1,\"topic\":\"t\",\"message\":\"x\"}]"u8], "x.json");
        load.Only("S111", "", 1);
        Assert.Single(load.Scene!.States[0].Timeline);
    }

    [Fact]
    public void S112_a_state_nothing_leads_out_of()
    {
        Load("'A':{'transitions':[{'type':'timeout','delay':1,'goto':'B'}]},\n'B':{}").Only("S112", "states.B", 2);
        Assert.Empty(Load("'A':{}", "'globalEvents':[{'type':'timeout','delay':9,'goto':'END'}],").Problems);
    }

    [Fact]
    public void S113_a_cue_after_its_state_is_over() =>
        Load($"'A':{{'timeline':[{{'at':5,{Mqtt("room1/x", "1")[1..]},{{'at':5.01,{Mqtt("room1/x", "2")[1..]}],'transitions':[{{'type':'timeout','delay':5,'goto':'END'}}]}}").Only("S113", "states.A.timeline[1]", 1);

    [Fact]
    public void S114_waiting_for_the_end_of_what_is_never_played()
    {
        Load("'A':{'onEnter':[{'action':'audio','message':'a.wav'}],'transitions':[{'type':'audioEnd','target':'a','goto':'END'},{'type':'audioEnd','target':'b.mp3','goto':'END'},{'type':'videoEnd','target':'a','goto':'END'}]}")
            .Of("S114").AssertPlaces(("states.A.transitions[1]", 1), ("states.A.transitions[2]", 1));
    }

    [Fact]
    public void S115_a_room_without_a_player_is_told_once()
    {
        var load = SceneFixture.Load("[{'timestamp':1,'topic':'room1/audio','message':'a.wav'},{'timestamp':2,'topic':'room1/video','message':'v.mp4'}]", Room with { HasPlayer = false });
        load.Only("S115", "[0]", 1);
    }

    [Theory]
    [InlineData("{'type':'timeout','delay':1,'goto':'END','topic':'room1/x'}", "states.A.transitions[0].topic")]
    [InlineData("{'type':'timeout','delay':1,'goto':'END','target':'a.wav'}", "states.A.transitions[0].target")]
    [InlineData("{'type':'timeout','goto':'END'}", "states.A.transitions[0]")]
    [InlineData("{'type':'always','goto':'END','message':'x'}", "states.A.transitions[0].message")]
    public void S116_keys_that_do_nothing_where_they_stand(string transition, string path) => Load("'A':{'transitions':[" + transition + "]}").Only("S116", path, 1);

    [Fact]
    public void S116_a_message_beside_several_actions_does_nothing() =>
        Load("'A':{'timeline':[{'at':0,'message':'x','actions':[" + Mqtt("room1/x", "1") + "]}]," + Out + "}").Only("S116", "states.A.timeline[0].message", 1);

    [Theory]
    [InlineData("audio", "VOLUME:2")]
    [InlineData("audio", "VOLUME")]
    [InlineData("audio", "PLAY:a.wav:1.5")]
    [InlineData("audio", "PLAY:")]
    [InlineData("audio", "PLAY")]
    [InlineData("audio", "PAUSE:a.wav")]
    [InlineData("video", "SEEK:-1")]
    [InlineData("video", "SEEK:soon")]
    [InlineData("video", "PLAY_VIDEO:")]
    public void S117_words_the_player_does_not_understand(string action, string message) =>
        Load($"'A':{{'onEnter':[{{'action':'{action}','message':'{message}'}}],{Out}}}").Only("S117", "states.A.onEnter[0].message", 1);

    [Fact]
    public void S118_true_is_no_word_of_a_switch() => Load("'A':{'onEnter':[{'action':'mqtt','topic':'room1/x','message':true},{'action':'mqtt','topic':'room1/x','message':1}]," + Out + "}").Only("S118", "states.A.onEnter[0].message", 1);

    [Fact]
    public void S119_the_end_of_just_any_sound() => Load("'A':{'onEnter':[{'action':'audio','message':'a.wav'}],'transitions':[{'type':'audioEnd','goto':'END'}]}").Only("S119", "states.A.transitions[0]", 1);

    [Fact]
    public void S120_waiting_for_what_only_the_scene_itself_says() =>
        Load("'A':{'onEnter':[" + Mqtt("room1/go", "1") + "],'transitions':[{'type':'mqttMessage','topic':'room1/go','message':1,'goto':'END'}]}").Only("S120", "states.A.transitions[0]", 1);

    [Fact]
    public void S121_a_slip_in_a_key_of_the_root() => Load("'A':{" + Out + "}", "\n'globalEvent':[],'globalPrefix':'x',").Only("S121", "globalEvent", 2);

    [Fact]
    public void S122_topics_that_start_and_stop_scenes() =>
        Load("'A':{'onEnter':[" + Mqtt("room1/scene", "START") + "," + Mqtt("room1/STOP", "STOP") + "," + Mqtt("room1/start_scene", "x") + "," + Mqtt("room1/scenery", "x") + "]," + Out + "}")
            .Of("S122").AssertPlaces(("states.A.onEnter[0]", 1), ("states.A.onEnter[1]", 1), ("states.A.onEnter[2]", 1));

    [Fact]
    public void Problems_of_reader_and_check_stand_in_the_order_of_their_lines()
    {
        var load = Load("'A':{'onEnter':[\n" + Mqtt("room2/x", "1") + ",\n{'action':'mqtt','topic':'room1/x','message':true},\n" + Mqtt("room2/x", "1") + "]," + Out + "}");
        Assert.Equal([2, 3, 4], load.Problems.Select(p => p.Line));
        Assert.Equal((0, 3), (load.Errors, load.Warnings));
        Assert.NotNull(load.Scene);
    }

    [Fact]
    public void What_the_room_lacks_is_named_beside_the_errors_and_nothing_is_guessed_about_the_rest()
    {
        var load = Load("'A':{'onEnter':[{'action':'audio','message':'c.wav'}],\n'timeline':[{'at':'1','action':'video','message':'v.mp4'}],\n'transitions':[{'type':'timeout','delay':-1,'goto':'B'}]},'B':{}");
        Assert.Null(load.Scene);
        Assert.Equal([("S102", 1), ("S008", 2), ("S010", 3)], load.Problems.Select(p => (p.RuleId, p.Line)));
    }

    private const string Out = "'transitions':[{'type':'timeout','delay':60,'goto':'END'}]";

    private static string Mqtt(string topic, string message) => $"{{'action':'mqtt','topic':'{topic}','message':'{message}'}}";

    private static SceneLoad Load(string states, string more = "") => SceneFixture.Load($"{{'sceneId':'s','initialState':'A',{more}'states':{{{states}}}}}", Room);
}

internal static class ProblemPlaces
{
    public static void AssertPlaces(this List<SceneProblem> problems, params (string Path, int Line)[] places)
    {
        Assert.Equal(places, problems.Select(p => (p.Path, p.Line)));
        Assert.All(problems, p => Assert.Equal(Severity.Warning, p.Severity));
    }
}
