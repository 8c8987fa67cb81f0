using Chorale.Show.Room;

namespace Chorale.Tests.Rooms;

/// <summary>The scene that plays while nobody is there: it comes back whenever it may, and never in circles.</summary>
public sealed class AmbientTests
{
    [Fact]
    public void An_ambient_scene_that_ends_with_a_dead_device_rests_before_it_tries_again()
    {
        var room = new VirtualRoom { Nodes = (topic, _) => topic == "room1/glow" ? null : (TimeSpan.FromMilliseconds(90), topic + "/feedback", "OK") };
        var scene = RoomScenes.Idle.Replace("\"initialState\"", "\"policies\":{\"on_feedback_failure\":\"stop\"},\"initialState\"", StringComparison.Ordinal);
        room.Machine.SetAmbient(VirtualRoom.Request(scene, "idle", isAmbient: true), mayBegin: true, room.Now);
        room.RunFor(600);
        Assert.InRange(room.Sent.Count(s => s.Topic == "room1/glow"), 5, 11);
        room.Nodes = (topic, _) => (TimeSpan.FromMilliseconds(90), topic + "/feedback", "OK");
        room.RunFor(90);
        Assert.Equal("idle", room.Machine.Runs.Current?.Request.Name);
    }

    [Fact]
    public void An_ambient_scene_whose_file_had_errors_for_a_while_begins_when_they_are_mended()
    {
        var room = new VirtualRoom();
        var idle = VirtualRoom.Request(RoomScenes.Idle, "idle", isAmbient: true);
        room.Machine.SetAmbient(null, mayBegin: true, room.Now); // at the start of the hub
        room.RunFor(10);
        room.Machine.SetAmbient(idle, mayBegin: false, room.Now);
        Assert.Equal("idle", room.Machine.Runs.Current?.Request.Name);
        room.Start(RoomScenes.Light);
        room.Machine.SetAmbient(null, mayBegin: false, room.Now); // an author saves half a thought
        room.RunFor(20);
        Assert.Null(room.Machine.Runs.Current);
        room.Machine.SetAmbient(idle, mayBegin: false, room.Now);
        room.RunFor(5);
        Assert.Equal("idle", room.Machine.Runs.Current?.Request.Name);
    }

    [Fact]
    public void Times_of_a_looping_scene_go_on_from_pass_to_pass()
    {
        var room = new VirtualRoom();
        room.Machine.SetAmbient(VirtualRoom.Request(RoomScenes.Idle, "idle", isAmbient: true), mayBegin: true, room.Now);
        room.RunFor(35);
        room.Machine.StopAll("a person", room.Now);
        Assert.Equal([0, 10, 20, 30], room.Notes.OfType<CueDone>().Select(n => (int)n.Planned.TotalSeconds));
        Assert.All(room.Notes.OfType<CueDone>(), n => Assert.Equal(n.Planned, n.Real));
        Assert.Equal(TimeSpan.FromSeconds(35), Assert.Single(room.Notes.OfType<RunEnded>()).Lasted);
    }
}
