using Chorale.Show.Feedback;
using Chorale.Show.Room;

namespace Chorale.Tests.Rooms;

/// <summary>What a STOP must still do after it was said, and what it must not.</summary>
public sealed class StopAftermathTests
{
    private const string TwoNodes = """
        Relays: {class: relay, topics: [room1/light, room1/steam]}
        Motors: {class: motor, topics: [room1/motor1]}
        """;

    [Fact]
    public void An_output_that_was_on_when_STOP_could_not_be_said_is_not_refreshed_on_after_it()
    {
        var room = new VirtualRoom(nodes: "Relays: {class: relay, topics: [room1/light]}");
        room.Machine.Send(new Sent(Origin.Person, "room1/light", "ON", "a person"), room.Now);
        room.RunFor(1);
        room.Machine.LinkDown(isSimulated: false, "gone", room.Now);
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(100);
        room.Machine.LinkUp(room.Now);
        room.RunFor(600);
        Assert.Equal(["room1/light ON", "room1/STOP STOP"], room.Sent.Select(s => $"{s.Topic} {s.Payload}"));
        Assert.False(room.Machine.Commands.Outputs.Find("room1/light")!.Desired);
    }

    [Fact]
    public void STOP_pressed_twice_is_not_confirmed_by_one_device_that_answers_twice()
    {
        foreach (var between in (double[])[0.001, 0.05, 0.15, 0.3, 0.7, 1.0])
        {
            var room = new VirtualRoom(nodes: TwoNodes); // one OK for each saying: one device answers, the other is dead
            room.Machine.StopAll("a person", room.Now);
            room.RunFor(between);
            room.Machine.StopAll("another person", room.Now);
            room.RunFor(5);
            Assert.True(room.Machine.Stop.Last!.Verdict == Verdict.TimedOut, $"{between} s apart: {room.Machine.Stop.Last}");
            Assert.DoesNotContain(room.Notes.OfType<StopJudged>(), n => n.Verdict == Verdict.Confirmed);
        }
    }

    [Fact]
    public void STOP_pressed_twice_is_confirmed_when_every_device_answers_each()
    {
        var room = new VirtualRoom(nodes: TwoNodes);
        room.Nodes = (topic, _) =>
        {
            room.At(room.Now + TimeSpan.FromMilliseconds(120), () => room.Hear(topic + "/feedback", "OK"));
            return (TimeSpan.FromMilliseconds(90), topic + "/feedback", "OK");
        };
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(0.05);
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(5);
        Assert.Equal(2, room.Sent.Count);
        Assert.Equal((Verdict.Confirmed, 2), (room.Machine.Stop.Last!.Verdict, room.Machine.Stop.Last.Confirmed));
    }

    [Fact]
    public void What_devices_answer_to_the_STOP_of_another_program_does_not_confirm_ours()
    {
        var room = new VirtualRoom(nodes: TwoNodes) { Nodes = (topic, _) => topic == "room1/STOP" ? null : (TimeSpan.FromMilliseconds(90), topic + "/feedback", "OK") };
        room.Start(RoomScenes.Light);
        room.RunFor(1);
        room.Hear("room1/STOP", "STOP");
        room.RunFor(0.05);
        room.Hear("room1/STOP/feedback", "OK");
        room.Hear("room1/STOP/feedback", "OK");
        room.RunFor(5);
        Assert.Equal((Verdict.TimedOut, 0), (room.Machine.Stop.Last!.Verdict, room.Machine.Stop.Last.Confirmed));
    }

    [Fact]
    public void A_device_that_was_away_at_a_confirmed_STOP_is_told_when_it_returns()
    {
        var room = new VirtualRoom(nodes: TwoNodes);
        room.Machine.NodeGone("Motors", room.Now);
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(10);
        Assert.Equal(Verdict.Confirmed, room.Machine.Stop.Last!.Verdict);
        room.Machine.NodeBack("Motors", room.Now);
        room.RunFor(0.01);
        Assert.Equal(2, room.Sent.Count(s => s.Topic == "room1/STOP"));
        Assert.Equal(2, room.Machine.Stop.Last!.Expected);
    }

    [Fact]
    public void A_device_that_returns_while_STOP_is_under_way_hears_it_and_is_waited_for()
    {
        var room = new VirtualRoom(nodes: TwoNodes);
        room.Machine.Send(new Sent(Origin.Person, "room1/motor1", "ON:50:L", "a person"), room.Now);
        room.RunFor(1);
        room.Machine.NodeGone("Motors", room.Now);
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(0.05);
        room.Machine.NodeBack("Motors", room.Now); // and is deaf: only the relays answer
        room.RunFor(5);
        Assert.True(room.Sent.Count(s => s.Topic == "room1/STOP") >= 2);
        Assert.Equal(Verdict.TimedOut, room.Machine.Stop.Last!.Verdict);
        Assert.Null(room.Machine.Commands.Outputs.Find("room1/motor1")!.Confirmed);
    }

    [Fact]
    public void A_device_that_missed_STOP_and_returns_does_not_switch_off_what_a_person_switched_on_since()
    {
        var room = new VirtualRoom(nodes: TwoNodes); // one of two answers: STOP is never confirmed
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(5);
        room.Machine.Send(new Sent(Origin.Person, "room1/light", "ON", "a person"), room.Now);
        room.RunFor(5);
        room.Machine.NodeGone("Motors", room.Now);
        room.Machine.NodeBack("Motors", room.Now);
        room.RunFor(5);
        Assert.Equal("ON", room.Real["room1/light"]);
        room.Machine.LinkDown(isSimulated: false, "gone", room.Now);
        room.RunFor(1);
        room.Machine.LinkUp(room.Now);
        room.RunFor(5);
        Assert.Equal("ON", room.Real["room1/light"]);
    }

    [Fact]
    public void An_owed_STOP_is_not_repeated_into_the_scene_that_has_begun_since()
    {
        var room = new VirtualRoom { Nodes = (topic, _) => topic == "room1/STOP" ? null : (TimeSpan.FromMilliseconds(90), topic + "/feedback", "OK") };
        room.Machine.LinkDown(isSimulated: false, "gone", room.Now);
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(1);
        room.Start(RoomScenes.Light); // its steam is due 2 s later
        room.RunFor(1.9);
        room.Machine.LinkUp(room.Now);
        room.RunFor(2);
        Assert.Equal("ON", room.Real["room1/steam"]);
        Assert.Equal(["room1/STOP", "room1/steam"], room.Sent.Select(s => s.Topic));
    }

    [Fact]
    public void A_STOP_that_could_not_be_handed_to_the_broker_is_said_again()
    {
        var room = new VirtualRoom { Nodes = (_, _) => null };
        room.Machine.StopAll("a person", room.Now);
        room.Machine.Published(Assert.Single(room.Machine.Commands.Waiting).Key, false, "too much is waiting to be sent", room.Now);
        room.RunFor(5);
        Assert.Equal(3, room.Sent.Count);
        Assert.Equal(Verdict.TimedOut, Assert.Single(room.Notes.OfType<StopJudged>()).Verdict);
    }

    [Fact]
    public void STOP_sent_as_a_command_has_its_verdict_like_every_other()
    {
        var room = new VirtualRoom();
        room.Machine.Send(new Sent(Origin.Person, "room1/STOP", "STOP", "a person") { Id = "c1" }, room.Now);
        room.RunFor(5);
        var judged = Assert.Single(room.Notes.OfType<CommandJudged>());
        Assert.Equal(("c1", Verdict.Confirmed), (judged.Command.Id, judged.Verdict));
    }

    [Fact]
    public void A_scene_that_was_asked_for_before_STOP_does_not_begin_after_it()
    {
        var room = new VirtualRoom();
        var asked = room.Now;
        room.RunFor(0.02); // its file is being read
        room.Machine.StopAll("a person", room.Now);
        var answer = room.Machine.Run(VirtualRoom.Request(RoomScenes.Light) with { AskedAt = asked }, room.Now);
        Assert.False(answer.IsAccepted);
        room.RunFor(20);
        Assert.DoesNotContain(room.Sent, s => s.Topic != "room1/STOP");
        Assert.True(room.Machine.Run(VirtualRoom.Request(RoomScenes.Light) with { AskedAt = room.Now }, room.Now).IsAccepted);
    }

    [Fact]
    public void STOP_by_another_program_between_two_scenes_keeps_the_ambient_scene_away()
    {
        var room = new VirtualRoom();
        room.Machine.SetAmbient(VirtualRoom.Request(RoomScenes.Idle, "idle", isAmbient: true), mayBegin: false, room.Now);
        room.Start(RoomScenes.Light);
        room.RunFor(6.01);
        Assert.Null(room.Machine.Runs.Current); // its own STOP is being said
        room.Hear("room1/STOP", "STOP");
        room.RunFor(60);
        Assert.DoesNotContain(room.Sent, s => s.Topic == "room1/glow");
    }
}
