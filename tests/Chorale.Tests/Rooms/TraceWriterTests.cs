using Chorale.Show.Feedback;
using Chorale.Show.Room;
using Chorale.Show.Scenes;

namespace Chorale.Tests.Rooms;

public sealed class TraceWriterTests
{
    [Fact]
    public void A_verdict_that_comes_when_the_next_run_has_begun_is_written_to_its_own_run()
    {
        using var folder = new TempFolder();
        using var store = TraceStore.Open(folder.Path, TimeProvider.System);
        var room = new VirtualRoom(r => r with { OnTrigger = OnTrigger.Queue })
        {
            Nodes = (topic, payload) => (TimeSpan.FromMilliseconds(topic == "room1/STOP" ? 10 : 600), topic + "/feedback", payload == "LAST" ? "ERROR" : "OK"),
        };
        const string scene = """
            {"sceneId":"x","initialState":"A","states":{"A":{"timeline":[{"at":1,"action":"mqtt","topic":"room1/light","message":"WORD"}],"transitions":[{"type":"timeout","delay":1,"goto":"END"}]}}}
            """;
        room.Start(scene.Replace("WORD", "LAST", StringComparison.Ordinal));
        room.Start(scene.Replace("WORD", "ON", StringComparison.Ordinal));
        room.RunFor(20);
        new TraceWriter("room1", store, TimeProvider.System).Read(room.Notes);

        var runs = store.List("room1", 10);
        Assert.Equal(2, runs.Count);
        Assert.Equal([0L, 1L], runs.Select(r => r.Failed));
        foreach (var run in runs) Assert.NotNull(Assert.Single(store.Find(run.Id)!.Value.Entries, e => e.Kind == TraceKind.Cue).Verdict);
    }

    [Fact]
    public void A_broker_that_goes_after_the_end_of_a_run_is_no_line_of_it()
    {
        using var folder = new TempFolder();
        using var store = TraceStore.Open(folder.Path, TimeProvider.System);
        var writer = new TraceWriter("room1", store, TimeProvider.System);
        var room = new VirtualRoom();
        room.Start(RoomScenes.Light);
        room.RunFor(20);
        writer.Read(room.Notes);
        var before = store.Find("run1")!.Value.Entries.Count;
        var seen = room.Notes.Count;
        for (var i = 0; i < 5; i++)
        {
            room.Machine.LinkDown(isSimulated: false, "gone", room.Now);
            room.RunFor(60);
            room.Machine.LinkUp(room.Now);
        }

        writer.Read([.. room.Notes.Skip(seen)]);
        Assert.Equal(before, store.Find("run1")!.Value.Entries.Count);
    }
}
