using Chorale.Show.Room;

namespace Chorale.Tests.Rooms;

/// <summary>What a trigger does while a scene runs, and what plays while none does.</summary>
public sealed class RunModeTests
{
    [Fact]
    public void A_second_visitor_who_presses_while_the_scene_runs_changes_nothing()
    {
        var room = new VirtualRoom();
        Assert.True(room.Start(RoomScenes.Light).IsAccepted);
        room.RunFor(1);
        var second = room.Start(RoomScenes.Light);
        Assert.False(second.IsAccepted);
        Assert.Contains("runs", second.Reason);
        room.RunFor(20);
        Assert.Single(room.Sent, s => s is { Topic: "room1/light", Payload: "ON" });
        Assert.Single(room.Notes.OfType<RunEnded>());
    }

    [Fact]
    public void Restart_ends_the_scene_says_STOP_and_begins_it_anew_when_STOP_is_confirmed()
    {
        var room = new VirtualRoom(r => r with { OnTrigger = OnTrigger.Restart });
        room.Start(RoomScenes.Light);
        room.RunFor(1);
        Assert.True(room.Start(RoomScenes.Light).IsAccepted);
        room.RunFor(0.05);
        Assert.Equal("room1/STOP", room.Sent[^1].Topic);
        room.RunFor(20);
        Assert.Equal(2, room.Sent.Count(s => s is { Topic: "room1/light", Payload: "ON" }));
        var (stop, again) = (room.Sent.FindIndex(s => s.Topic == "room1/STOP"), room.Sent.FindLastIndex(s => s is { Topic: "room1/light", Payload: "ON" }));
        Assert.True(stop < again);
        Assert.Equal(TimeSpan.FromSeconds(1.09), room.Sent[again].At);
        Assert.Empty(room.Real);
    }

    [Fact]
    public void Queued_scenes_play_one_after_the_other_and_only_so_many_may_wait()
    {
        var room = new VirtualRoom(r => r with { OnTrigger = OnTrigger.Queue });
        for (var i = 0; i < RoomRuns.WaitingMax + 1; i++) Assert.True(room.Start(RoomScenes.Light).IsAccepted);
        var refused = room.Start(RoomScenes.Light);
        Assert.False(refused.IsAccepted);
        Assert.Contains("20", refused.Reason);
        room.RunFor(300);
        Assert.Equal(RoomRuns.WaitingMax + 1, room.Notes.OfType<RunEnded>().Count());
        Assert.All(room.Notes.OfType<RunEnded>(), e => Assert.Equal("END", e.Reason));
    }

    [Fact]
    public void A_room_that_nobody_uses_plays_its_ambient_scene_round_and_round_without_STOP_in_between()
    {
        var room = new VirtualRoom();
        room.Machine.SetAmbient(VirtualRoom.Request(RoomScenes.Idle, "idle", isAmbient: true), mayBegin: true, room.Now);
        room.RunFor(95);
        Assert.Equal(10, room.Sent.Count(s => s.Topic == "room1/glow"));
        Assert.Equal([.. Enumerable.Range(0, 10).Select(i => TimeSpan.FromSeconds(10 * i))], room.Sent.Where(s => s.Topic == "room1/glow").Select(s => s.At));
        Assert.DoesNotContain(room.Sent, s => s.Topic == "room1/STOP");
    }

    [Fact]
    public void The_ambient_scene_makes_way_for_a_visitor_and_comes_back_afterwards()
    {
        var room = new VirtualRoom();
        room.Machine.SetAmbient(VirtualRoom.Request(RoomScenes.Idle, "idle", isAmbient: true), mayBegin: true, room.Now);
        room.RunFor(3);
        Assert.True(room.Start(RoomScenes.Light).IsAccepted);
        room.RunFor(1);
        Assert.Equal("scene", room.Machine.Runs.Current!.Request.Name);
        Assert.DoesNotContain("room1/glow", room.Real.Keys);
        room.RunFor(7);
        Assert.Equal("idle", room.Machine.Runs.Current!.Request.Name);
        Assert.Equal("ON", room.Real["room1/glow"]);
    }

    [Fact]
    public void After_STOP_the_ambient_scene_stays_away_until_somebody_starts_something()
    {
        var room = new VirtualRoom();
        room.Machine.SetAmbient(VirtualRoom.Request(RoomScenes.Idle, "idle", isAmbient: true), mayBegin: true, room.Now);
        room.RunFor(3);
        room.Machine.StopAll("a person", room.Now);
        room.RunFor(3600);
        Assert.Null(room.Machine.Runs.Current);
        Assert.Empty(room.Real);
        room.Start(RoomScenes.Light);
        room.RunFor(30);
        Assert.Equal("idle", room.Machine.Runs.Current!.Request.Name);
    }

    [Fact]
    public void A_looping_scene_that_takes_no_time_ends_and_says_why_instead_of_hanging_the_room()
    {
        var room = new VirtualRoom();
        room.Machine.SetAmbient(
            VirtualRoom.Request("""{"sceneId":"x","initialState":"A","states":{"A":{"transitions":[{"type":"always","goto":"END"}]}}}""", "idle", isAmbient: true), true, room.Now);
        room.RunFor(60);
        var ended = Assert.Single(room.Notes.OfType<RunEnded>());
        Assert.True(ended.IsProblem);
        Assert.Contains("without taking any time", ended.Reason);
    }
}
