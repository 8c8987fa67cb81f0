using Chorale.Show.Feedback;
using Chorale.Show.Room;

namespace Chorale.Tests.Rooms;

public sealed class StopTests
{
    private const string ThreeNodes = """
        Relays: {class: relay, topics: [room1/light, room1/steam]}
        Motors: {class: motor, topics: [room1/motor1]}
        """;

    [Fact]
    public void STOP_is_said_to_the_devices_although_no_scene_runs()
    {
        var room = new VirtualRoom();
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(5);
        Assert.Equal("room1/STOP", Assert.Single(room.Sent).Topic);
        Assert.Equal(Verdict.Confirmed, room.Machine.Stop.Last!.Verdict);
    }

    [Fact]
    public void STOP_that_nobody_confirms_is_said_three_times_200_ms_apart_and_then_reported()
    {
        var room = new VirtualRoom { Nodes = (_, _) => null };
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(5);
        Assert.Equal([0.0, 0.2, 0.4], room.Sent.Select(s => s.At.TotalSeconds));
        Assert.Equal(Verdict.TimedOut, room.Machine.Stop.Last!.Verdict);
        Assert.Single(room.Notes.OfType<StopJudged>());
    }

    [Fact]
    public void One_of_two_devices_that_confirms_does_not_make_STOP_confirmed()
    {
        var room = new VirtualRoom(nodes: ThreeNodes); // one OK for each sending: one device answers, the other is dead
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(5);
        Assert.Equal(3, room.Sent.Count);
        Assert.Equal(Verdict.TimedOut, room.Machine.Stop.Last!.Verdict);
        Assert.Equal(2, room.Machine.Stop.Last!.Expected);
    }

    [Fact]
    public void A_device_known_to_be_away_is_not_waited_for()
    {
        var room = new VirtualRoom(nodes: ThreeNodes);
        room.Machine.NodeGone("Motors", room.Now);
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(5);
        Assert.Single(room.Sent);
        Assert.Equal(Verdict.Confirmed, room.Machine.Stop.Last!.Verdict);
    }

    [Fact]
    public void STOP_published_by_another_program_stops_the_scene_and_whatever_was_on_its_way()
    {
        var room = new VirtualRoom();
        room.Start(RoomScenes.Light);
        room.RunFor(1);
        room.Hear("room1/STOP", "STOP");
        room.RunFor(20);
        Assert.Equal("STOP by another program", Assert.Single(room.Notes.OfType<RunEnded>()).Reason);
        Assert.Equal("room1/STOP", room.Sent[^1].Topic);
        Assert.DoesNotContain(room.Sent, s => s.Topic == "room1/steam");
    }

    [Fact]
    public void Two_controllers_that_hear_each_others_STOP_fall_silent()
    {
        var (a, b) = (new VirtualRoom(), new VirtualRoom());
        a.Start(RoomScenes.Light);
        b.Start(RoomScenes.Light);
        a.RunFor(1);
        b.RunFor(1);
        a.Machine.StopAll("a person", a.Now);
        int heard = 0, said;
        do
        {
            said = heard;
            foreach (var (from, to) in ((VirtualRoom, VirtualRoom)[])[(a, b), (b, a)])
            {
                foreach (var _ in from.Sent.Where(s => s.Topic == "room1/STOP").Skip(said).ToList())
                {
                    to.Hear("room1/STOP", "STOP");
                    heard++;
                }
            }
        }
        while (heard > said && heard < 100);
        Assert.True(heard < 10, $"{heard} STOPs went to and fro");
    }

    [Fact]
    public void A_scene_that_starts_while_STOP_is_unconfirmed_begins_after_its_last_word()
    {
        var room = new VirtualRoom { Nodes = (topic, _) => topic == "room1/STOP" ? null : (TimeSpan.FromMilliseconds(90), topic + "/feedback", "OK") };
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(0.05);
        var answer = room.Start(RoomScenes.Light);
        Assert.True(answer.IsAccepted);
        Assert.NotNull(answer.Reason);
        room.RunFor(3);
        Assert.Equal(0.6, room.Sent.First(s => s.Topic == "room1/light").At.TotalSeconds);
        Assert.Equal("ON", room.Real["room1/light"]);
    }

    [Fact]
    public void A_command_sent_while_STOP_is_said_is_refused_rather_than_undone()
    {
        var room = new VirtualRoom { Nodes = (_, _) => null };
        room.Machine.StopAll("a person", room.Now);
        room.Machine.Send(new Sent(Origin.Person, "room1/light", "ON", "a person") { Id = "x" }, room.Now);
        room.RunFor(5);
        Assert.DoesNotContain(room.Sent, s => s.Topic == "room1/light");
        Assert.Equal(Verdict.Cancelled, Assert.Single(room.Verdicts).Verdict);
    }

    [Fact]
    public void Whenever_STOP_comes_nothing_leaves_after_it_and_nothing_is_on()
    {
        var random = new Random(20260105);
        for (var i = 0; i < 10_000; i++)
        {
            // Cues, changes of state, answers and retries all fall on the millisecond grid that STOP falls on as well.
            var room = new VirtualRoom(r => r with { OnFeedbackFailure = new OnFeedbackFailure(3, false), OnReturn = OnReturn.Reapply }, ThreeNodes)
            {
                Nodes = (topic, _) => random.Next(4) switch
                {
                    0 => null,
                    1 => (TimeSpan.FromMilliseconds(random.Next(1, 900)), topic + "/feedback", "ERROR"),
                    _ => (TimeSpan.FromMilliseconds(random.Next(1, 900)), topic + "/feedback", "OK"),
                },
            };
            room.Start(RandomScenes.Make(random));
            var at = TimeSpan.FromMilliseconds(random.Next(0, 4_000));
            var (isForeign, comesBack) = (random.Next(3) == 0, random.Next(2) == 0);
            room.At(at, () =>
            {
                if (isForeign) room.Hear("room1/STOP", "STOP");
                else room.Machine.StopAll("a person", room.Now);
            });
            if (comesBack)
            {
                room.At(at - TimeSpan.FromMilliseconds(random.Next(0, 300)), () => room.Machine.NodeGone("Relays", room.Now));
                room.At(at + TimeSpan.FromMilliseconds(random.Next(0, 1_000)), () => room.Machine.NodeBack("Relays", room.Now));
            }

            room.RunTo(TimeSpan.FromSeconds(12));
            // A device that comes back after STOP may be told OFF once more; nothing else.
            var on = room.Real.Where(r => r.Value != "OFF").ToList();
            Assert.True(on.Count == 0, $"case {i}: {string.Join(", ", on)} after STOP at {at}\n{string.Join("\n", room.Log)}");
            Assert.DoesNotContain(room.Sent.Where(s => s.At > at), s => s.Topic != "room1/STOP" && s.Payload != "OFF");
        }
    }
}
