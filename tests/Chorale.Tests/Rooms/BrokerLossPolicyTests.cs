using Chorale.Show.Feedback;
using Chorale.Show.Players;
using Chorale.Show.Room;
using Chorale.Show.Scenes;

namespace Chorale.Tests.Rooms;

/// <summary>The broker goes away and comes back, in virtual time.</summary>
public sealed class BrokerLossPolicyTests
{
    [Fact]
    public void By_default_the_scene_goes_on_sound_on_time_and_each_command_says_that_it_was_not_sent()
    {
        var room = new VirtualRoom();
        room.Start(RoomScenes.Light);
        room.RunFor(1);
        room.Machine.LinkDown(isSimulated: false, "gone", room.Now);
        room.At(TimeSpan.FromSeconds(2.5), () => room.Machine.LinkDown(isSimulated: true, "gone", room.Now));
        room.RunFor(20);
        Assert.Contains("3.000000 audio PLAY:thunder.wav", room.Log);
        Assert.Equal(
            [("room1/light", Verdict.Confirmed), ("room1/steam", Verdict.LostLink), ("room1/light", Verdict.Simulated)], room.Verdicts);
        Assert.Single(room.Sent);
        Assert.Equal(Verdict.Simulated, room.Machine.Stop.Last!.Verdict);
        Assert.True(room.Machine.Stop.Last!.IsOwed);
    }

    [Fact]
    public void Simulation_mode_is_said_once_and_left_by_itself()
    {
        var room = new VirtualRoom();
        for (var i = 0; i < 10; i++) room.Machine.LinkDown(isSimulated: true, "gone", room.Now);
        Assert.True(room.Machine.Commands.IsSimulated);
        room.Machine.LinkUp(room.Now);
        Assert.False(room.Machine.Commands.IsSimulated);
        Assert.Equal(1, room.Notes.OfType<LinkTurned>().Count(n => n.IsSimulated));
    }

    [Fact]
    public void STOP_while_there_is_no_broker_is_the_first_thing_said_when_it_is_back()
    {
        var room = new VirtualRoom();
        room.Machine.LinkDown(isSimulated: false, "gone", room.Now);
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(60);
        Assert.Empty(room.Sent);
        Assert.Equal(Verdict.LostLink, room.Machine.Stop.Last!.Verdict);
        room.Machine.LinkUp(room.Now);
        room.RunFor(5);
        Assert.Equal("room1/STOP", Assert.Single(room.Sent).Topic);
        Assert.Equal(Verdict.Confirmed, room.Machine.Stop.Last!.Verdict);
    }

    [Fact]
    public void STOP_that_was_said_but_not_confirmed_when_the_broker_went_is_said_again_on_its_return()
    {
        var room = new VirtualRoom { Nodes = (_, _) => null };
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(0.1);
        room.Machine.LinkDown(isSimulated: false, "gone", room.Now);
        room.RunFor(30);
        Assert.Single(room.Sent);
        room.Nodes = (topic, _) => (TimeSpan.FromMilliseconds(90), topic + "/feedback", "OK");
        room.Machine.LinkUp(room.Now);
        room.RunFor(5);
        Assert.Equal(2, room.Sent.Count);
        Assert.Equal(Verdict.Confirmed, room.Machine.Stop.Last!.Verdict);
    }

    [Fact]
    public void On_broker_loss_stop_ends_the_scene_and_refuses_the_next_until_the_broker_is_back()
    {
        var room = new VirtualRoom();
        room.Start(RoomScenes.With("\"on_broker_loss\":\"stop\""));
        room.RunFor(1);
        room.Machine.LinkDown(isSimulated: false, "gone", room.Now);
        Assert.Null(room.Machine.Runs.Current);
        Assert.True(Assert.Single(room.Notes.OfType<RunEnded>()).IsProblem);
        Assert.False(room.Start(RoomScenes.With("\"on_broker_loss\":\"stop\"")).IsAccepted);
        room.RunFor(10);
        room.Machine.LinkUp(room.Now);
        room.RunFor(5);
        Assert.Equal("room1/STOP", room.Sent[^1].Topic);
        Assert.True(room.Start(RoomScenes.With("\"on_broker_loss\":\"stop\"")).IsAccepted);
    }

    [Fact]
    public void On_broker_loss_hold_stands_still_sound_too_and_goes_on_where_it_was()
    {
        var room = new VirtualRoom();
        room.Start(RoomScenes.With("\"on_broker_loss\":\"hold\""));
        room.RunFor(1);
        room.Machine.LinkDown(isSimulated: false, "gone", room.Now);
        room.RunFor(100);
        Assert.Contains("1.000000 player hold", room.Log);
        room.Machine.LinkUp(room.Now);
        room.RunFor(20);
        Assert.Contains("101.000000 player goes on", room.Log);
        Assert.Contains("102.000000 publish room1/steam ON", room.Log);
        Assert.Contains("103.000000 audio PLAY:thunder.wav", room.Log);
        Assert.Contains(room.Log, l => l.StartsWith("105.000000 state B", StringComparison.Ordinal));
        Assert.Equal("END", Assert.Single(room.Notes.OfType<RunEnded>()).Reason);
    }

    [Fact]
    public void A_scene_that_holds_waits_for_the_broker_before_it_begins()
    {
        var room = new VirtualRoom();
        room.Machine.LinkDown(isSimulated: false, "gone", room.Now);
        var answer = room.Start(RoomScenes.With("\"on_broker_loss\":\"hold\""));
        Assert.True(answer.IsAccepted);
        room.RunFor(30);
        Assert.Null(room.Machine.Runs.Current);
        room.Machine.LinkUp(room.Now);
        room.RunFor(1);
        Assert.Equal("30.000000", room.Log.First(l => l.Contains("publish room1/light ON", StringComparison.Ordinal)).Split(' ')[0]);
    }

    [Fact]
    public void Nothing_that_was_due_while_the_broker_was_away_is_sent_after_its_return()
    {
        var room = new VirtualRoom();
        room.Start(RoomScenes.Light);
        room.RunFor(1);
        room.Machine.LinkDown(isSimulated: false, "gone", room.Now);
        room.RunFor(3);
        room.Machine.LinkUp(room.Now);
        room.RunFor(0.5);
        Assert.DoesNotContain(room.Sent, s => s.Topic == "room1/steam");
        room.RunFor(20);
        Assert.Equal(["room1/light ON", "room1/light OFF", "room1/STOP STOP"], room.Sent.Select(s => $"{s.Topic} {s.Payload}"));
    }

    [Fact]
    public void A_device_that_comes_back_dark_is_shown_and_by_policy_lit_again()
    {
        foreach (var policy in (OnReturn[])[OnReturn.Show, OnReturn.Reapply])
        {
            var room = new VirtualRoom(r => r with { OnReturn = policy }, "Relays: {class: relay, topics: [room1/light, room1/steam]}");
            room.Start(RoomScenes.Light);
            room.RunFor(1);
            room.Machine.NodeGone("Relays", room.Now);
            room.Real.Clear();
            Assert.All(room.Machine.Commands.Outputs.Outputs, o => Assert.True(o.IsStale));
            room.RunFor(0.2);
            room.Machine.NodeBack("Relays", room.Now);
            var differ = Assert.Single(room.Notes.OfType<OutputsDiffer>());
            Assert.Equal(["room1/light"], differ.Topics);
            room.RunFor(0.5);
            Assert.Equal(policy == OnReturn.Reapply, room.Real.ContainsKey("room1/light"));
            Assert.Equal(policy == OnReturn.Show, room.Machine.Commands.Outputs.Find("room1/light")!.Differs);
        }
    }

    [Fact]
    public void An_output_that_must_stay_on_is_refreshed_under_the_devices_dead_man()
    {
        var room = new VirtualRoom(nodes: "Relays: {class: relay, topics: [room1/light]}");
        room.Start("""{"sceneId":"x","initialState":"A","states":{"A":{"onEnter":[{"action":"mqtt","topic":"room1/light","message":"ON"}],"transitions":[{"type":"timeout","delay":3600,"goto":"END"}]}}}""");
        room.RunFor(3600 - 1);
        var gaps = room.Sent.Zip(room.Sent.Skip(1), (a, b) => b.At - a.At).ToList();
        Assert.NotEmpty(gaps);
        Assert.All(gaps, g => Assert.True(g < TimeSpan.FromSeconds(180), $"{g}"));
        room.RunFor(10);
        var last = room.Sent.Count;
        room.RunFor(3600);
        Assert.Equal(last, room.Sent.Count);
    }

    [Fact]
    public void A_refused_command_is_tried_again_and_its_last_answer_is_its_one_verdict()
    {
        var answers = new Queue<string>(["ERROR", "ERROR", "OK"]);
        var room = new VirtualRoom(r => r with { OnFeedbackFailure = new OnFeedbackFailure(2, Stops: true) })
        {
            Nodes = (topic, _) => (TimeSpan.FromMilliseconds(90), topic + "/feedback", topic == "room1/light" && answers.TryDequeue(out var a) ? a : "OK"),
        };
        room.Start(RoomScenes.Light);
        room.RunFor(1);
        Assert.Equal(3, room.Sent.Count);
        Assert.Equal(("room1/light", Verdict.Confirmed), Assert.Single(room.Verdicts));
    }

    [Fact]
    public void A_scene_whose_author_says_so_ends_when_a_device_does_not_obey()
    {
        var room = new VirtualRoom { Nodes = (topic, _) => topic == "room1/steam" ? null : (TimeSpan.FromMilliseconds(90), topic + "/feedback", "OK") };
        room.Start(RoomScenes.With("\"on_feedback_failure\":\"stop\""));
        room.RunFor(20);
        var ended = Assert.Single(room.Notes.OfType<RunEnded>());
        Assert.Contains("room1/steam", ended.Reason);
        Assert.Empty(room.Real);
        Assert.DoesNotContain(room.Log, l => l.Contains("audio PLAY", StringComparison.Ordinal) && string.CompareOrdinal(l, "3.2") > 0);
    }

    [Fact]
    public void A_command_that_nobody_answers_is_confirmed_by_the_brokers_receipt_and_not_before()
    {
        var room = new VirtualRoom();
        room.Machine.Send(new Sent(Origin.Person, "room1/RESET", "1", "a person") { Id = "x" }, room.Now);
        Assert.Empty(room.Verdicts);
        room.RunFor(1);
        Assert.Equal(Verdict.Confirmed, Assert.Single(room.Verdicts).Verdict);
        room.LosesPublishes = true;
        room.Machine.Send(new Sent(Origin.Person, "room1/RESET", "1", "a person") { Id = "y" }, room.Now);
        room.RunFor(1);
        Assert.Equal(Verdict.LostLink, room.Verdicts.Last().Verdict);
    }

    [Fact]
    public void The_end_of_a_sound_takes_the_scene_on_and_what_the_room_says_itself_does_not()
    {
        var room = new VirtualRoom { Lasts = file => file == "rain" ? TimeSpan.FromSeconds(7) : null };
        room.Start("""
            {"sceneId":"x","initialState":"A","states":{
              "A":{"onEnter":[{"action":"audio","message":"PLAY:rain:0.5"},{"action":"mqtt","topic":"room1/go","message":"NOW"}],
                   "transitions":[{"type":"audioEnd","target":"rain.wav","goto":"B"},{"type":"mqttMessage","topic":"room1/go","message":"NOW","goto":"END"}]},
              "B":{"transitions":[{"type":"mqttMessage","topic":"room1/go","message":"NOW","goto":"END"}]}}}
            """);
        room.RunFor(10);
        Assert.Equal("B", room.Machine.Runs.Current!.Scene.State);
        Assert.Contains(room.Log, l => l.StartsWith("7.000000 state B", StringComparison.Ordinal));
        room.Hear("room1/go", "NOW");
        room.RunFor(1);
        Assert.Null(room.Machine.Runs.Current);
    }

    [Fact]
    public void A_two_hour_scene_with_devices_that_fail_decides_the_same_twice_to_the_byte()
    {
        Assert.Equal(PlayTwoHours(), PlayTwoHours());

        static string PlayTwoHours()
        {
            var random = new Random(7);
            var room = new VirtualRoom(r => r with { OnFeedbackFailure = new OnFeedbackFailure(1, false), OnReturn = OnReturn.Reapply }, "Relays: {class: relay, topics: [room1/light, room1/steam]}")
            {
                Nodes = (topic, _) => random.Next(10) == 0 ? null : (TimeSpan.FromMicroseconds(random.Next(40, 900_000)), topic + "/feedback", random.Next(20) == 0 ? "ERROR" : "OK"),
            };
            room.Machine.SetAmbient(VirtualRoom.Request(RandomScenes.Make(random), "ambient", isAmbient: true), true, room.Now);
            for (var i = 0; i < 60; i++)
            {
                var at = TimeSpan.FromMilliseconds(random.Next(0, 7_200_000));
                switch (random.Next(5))
                {
                    case 0: room.At(at, () => room.Start(RoomScenes.Light)); break;
                    case 1: room.At(at, () => room.Machine.LinkDown(false, "gone", room.Now)); room.At(at + TimeSpan.FromSeconds(20), () => room.Machine.LinkUp(room.Now)); break;
                    case 2: room.At(at, () => room.Machine.NodeGone("Relays", room.Now)); room.At(at + TimeSpan.FromSeconds(9), () => room.Machine.NodeBack("Relays", room.Now)); break;
                    case 3: room.At(at, () => room.Hear("room1/button1", "PRESSED")); break;
                    default: room.At(at, () => room.Machine.StopAll("a person", room.Now)); break;
                }
            }

            room.RunTo(TimeSpan.FromHours(2));
            Assert.True(room.Log.Count > 200, $"{room.Log.Count} lines");
            return string.Join("\n", room.Log);
        }
    }
}
