using Chorale.Show.Scenes;

namespace Chorale.Tests.Scenes;

public sealed class TraceStoreTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly ManualTime _time = new();

    [Fact]
    public void A_run_is_found_again_with_every_line_and_the_verdict_that_came_later()
    {
        using var store = TraceStore.Open(_temp.Path, _time);
        var run = Run("r1");
        store.Begin(run);
        TraceEntry[] lines =
        [
            new(1, TimeSpan.Zero, TimeSpan.FromMicroseconds(40), TraceKind.State, "", "-> A"),
            new(2, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(1.500081), TraceKind.Cue, "states.A.timeline[0]", "room1/light ON"),
        ];
        store.Append("r1", lines);
        var answered = lines[1] with { Verdict = "timed_out", Reason = "no answer for 1 s", Took = TimeSpan.FromSeconds(1) };
        store.Append("r1", [answered, new(3, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), TraceKind.End, "", "END")]);
        Assert.Null(store.Find("r1")!.Value.Run.EndReason);
        store.End("r1", "END", cues: 1, failed: 1, TimeSpan.FromMicroseconds(81));

        var (found, entries) = store.Find("r1")!.Value;
        Assert.Equal([lines[0], answered], entries.Take(2));
        Assert.Equal(3, entries.Count);
        Assert.Equal(run with { EndedAt = _time.GetUtcNow(), EndReason = "END", Cues = 1, Failed = 1, LateMax = TimeSpan.FromMicroseconds(81) }, found);
        Assert.Null(store.Find("r2"));
    }

    [Fact]
    public void The_newest_runs_come_first_and_a_room_sees_its_own()
    {
        using var store = TraceStore.Open(_temp.Path, _time);
        foreach (var i in Enumerable.Range(1, 6)) store.Begin(Run($"r{i}") with { Room = i % 2 == 0 ? "even" : "odd" });
        Assert.Equal(["r6", "r5", "r4"], store.List(null, 3).Select(r => r.Id));
        Assert.Equal(["r5", "r3", "r1"], store.List("odd", 10).Select(r => r.Id));
    }

    [Fact]
    public void A_run_that_a_kill_cut_off_is_labelled_at_the_next_start()
    {
        using (var store = TraceStore.Open(_temp.Path, _time))
        {
            store.Begin(Run("cut"));
            store.Append("cut", [new(1, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7), TraceKind.Cue, "p", "w")]);
            store.Begin(Run("whole"));
            store.End("whole", "END", 0, 0, TimeSpan.Zero);
        } // closing does no more than a kill would: every append was committed

        _time.Advance(TimeSpan.FromHours(9));
        using var again = TraceStore.Open(_temp.Path, _time);
        var runs = again.List(null, 10);
        Assert.Equal([("whole", "END"), ("cut", "the hub ended")], runs.Select(r => (r.Id, r.EndReason!)));
        Assert.Equal(TimeSpan.FromSeconds(7), runs[1].EndedAt - runs[1].StartedAt);
        Assert.Single(again.Find("cut")!.Value.Entries);
    }

    [Fact]
    public void Old_runs_go_when_there_are_too_many_but_never_one_that_goes_on()
    {
        using var store = TraceStore.Open(_temp.Path, _time, runsMax: 5);
        store.Begin(Run("long"));
        foreach (var i in Enumerable.Range(1, 20)) Whole(store, $"r{i}", 1);
        var kept = store.List(null, 100).Select(r => r.Id).ToList();
        Assert.Equal(["r20", "r19", "r18", "r17", "r16", "long"], kept);
        Assert.Null(store.Find("r1"));
        store.Append("r1", [new(1, TimeSpan.Zero, TimeSpan.Zero, TraceKind.Cue, "", "late")]); // of a run that is not kept: no trouble
    }

    [Fact]
    public void Old_runs_go_when_they_take_too_much_room()
    {
        using var store = TraceStore.Open(_temp.Path, _time, bytesMax: 200_000);
        foreach (var i in Enumerable.Range(1, 30)) Whole(store, $"r{i}", lines: 500);
        Assert.InRange(store.List(null, 100).Count, 2, 12);
        Assert.Equal("r30", store.List(null, 1)[0].Id);
        Assert.InRange(new FileInfo(_temp[TraceStore.FileName]).Length, 1, 2_000_000);
    }

    [Fact]
    public void A_payload_of_a_megabyte_and_an_endless_run_are_cut()
    {
        using var store = TraceStore.Open(_temp.Path, _time);
        store.Begin(Run("r"));
        store.Append("r", [new(1, TimeSpan.Zero, TimeSpan.Zero, TraceKind.Event, "", new string('x', 1_000_000)), new(2, TimeSpan.Zero, TimeSpan.Zero, TraceKind.Cue, "", "two")]);
        Assert.Equal(512, store.Find("r")!.Value.Entries[0].What.Length);
        store.Append("r", [new(TraceStore.EntriesPerRunMax + 1, TimeSpan.Zero, TimeSpan.Zero, TraceKind.Cue, "", "the newest")]);
        Assert.Equal(["two", "the newest"], store.Find("r")!.Value.Entries.Select(e => e.What));
    }

    [Fact]
    public void A_damaged_file_is_set_aside_and_the_rooms_go_on()
    {
        File.WriteAllText(_temp[TraceStore.FileName], new string('x', 10_000));
        using var store = TraceStore.Open(_temp.Path, _time);
        Assert.Equal(10_000, new FileInfo(store.SetAside!).Length);
        store.Begin(Run("r"));
        Assert.Single(store.List(null, 10));
        store.Dispose();
        using var again = TraceStore.Open(_temp.Path, _time);
        Assert.Null(again.SetAside);
        Assert.Single(again.List(null, 10));
    }

    public void Dispose() => _temp.Dispose();

    private static void Whole(TraceStore store, string id, int lines)
    {
        store.Begin(Run(id));
        store.Append(id, [.. Enumerable.Range(1, lines).Select(n => new TraceEntry(n, TimeSpan.Zero, TimeSpan.Zero, TraceKind.Cue, "states.A.timeline[0]", "room1/light ON"))]);
        store.End(id, "END", lines, 0, TimeSpan.Zero);
    }

    private static TraceRun Run(string id) => new() { Id = id, Room = "room1", Scene = "intro", By = "button", StartedAt = new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero) };
}
