using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;

namespace Chorale.Tests.Spool;

public sealed class SpoolLedgerTests
{
    private static readonly DateTimeOffset Begun = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    private static GapEntry Gap(double from, double to, long frames, GapCause cause) =>
        new(WallTime.ToMicroseconds(Begun.AddSeconds(from)), WallTime.ToMicroseconds(Begun.AddSeconds(to)), frames, GapCauses.ToText(cause));

    private static Ledger Ledger(SpoolRig rig) => rig.Store.Ledger(Begun.AddHours(-1), Begun.AddDays(1));

    [Fact]
    public void Every_frame_is_counted_once_wherever_its_chunk_went()
    {
        using var rig = new SpoolRig();
        for (var i = 0; i < 4; i++) rig.Record(i, i * 8000);
        rig.Store.MarkUploaded(rig.Store.NextToSend()!, null);
        rig.Store.Quarantine(rig.Store.NextToSend()!, "422");
        rig.Store.EndRun(new RunId(rig.Run), 32_000);
        var ledger = Ledger(rig);
        Assert.Equal((16_000L, 8000L, 8000L, 0L), (ledger.ReadyFrames, ledger.UploadedFrames, ledger.QuarantinedFrames, ledger.LostFrames));
        Assert.Equal(TimeSpan.FromSeconds(4), ledger.Recorded);
        Assert.True(ledger.AddsUp);
        Assert.Equal(32_000, Assert.Single(ledger.Runs).CapturedFrames);
    }

    [Fact]
    public void A_hole_that_no_gap_tells_of_is_named_to_the_frame()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0);
        rig.Record(1, 8123);
        Assert.False(Ledger(rig).AddsUp);
        Assert.Contains("123 frames are in no chunk and in no gap", Ledger(rig).Runs[0].Problem);
        rig.Store.AddGap(new RunId(rig.Run), Gap(1, 1.0154, 123, GapCause.RingFull), 8000);
        Assert.True(Ledger(rig).AddsUp);
    }

    [Fact]
    public void A_frame_in_two_chunks_is_named()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0);
        rig.Record(1, 7990);
        Assert.Contains("10 frames are in two places", Ledger(rig).Runs[0].Problem);
    }

    [Fact]
    public void Frames_captured_at_the_end_of_a_run_and_written_nowhere_are_named()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0);
        rig.Store.EndRun(new RunId(rig.Run), 9000);
        Assert.Contains("1000 frames are in no chunk", Ledger(rig).Runs[0].Problem);
        rig.Store.AddGap(new RunId(rig.Run), Gap(1, 1.125, 1000, GapCause.DiskFull));
        Assert.True(Ledger(rig).AddsUp);
    }

    [Fact]
    public void An_xrun_lies_between_runs_and_not_in_the_count_of_either()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0);
        rig.Store.AddGap(new RunId(Guid.NewGuid()), Gap(1, 1.5, 4000, GapCause.Xrun));
        Assert.True(Ledger(rig).AddsUp);
        Assert.Equal(4000, Ledger(rig).Gaps.Single(g => g.Cause == "xrun").Frames);
    }

    [Fact]
    public void The_same_gap_told_by_a_call_and_by_a_tag_is_one_gap()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0);
        var gap = Gap(1, 1.1, 800, GapCause.Muted);
        rig.Store.AddGap(new RunId(rig.Run), gap, 8000);
        var chunk = rig.Record(1, 8800, gap: gap);
        Assert.Equal(gap, Assert.Single(rig.Store.List(ChunkState.Ready)[1].GapsBefore));
        Assert.Equal(1, Ledger(rig).Gaps.Single(g => g.Cause == "muted").Count);
        Assert.True(Ledger(rig).AddsUp);
        Assert.Equal(1, chunk.Number);
    }

    [Fact]
    public void A_period_cuts_gaps_at_its_ends()
    {
        using var rig = new SpoolRig();
        rig.Store.AddGap(null, Gap(0, 3600, 0, GapCause.OutsideSchedule));
        Assert.Equal(TimeSpan.FromMinutes(10), rig.Store.Ledger(Begun.AddMinutes(20), Begun.AddMinutes(30)).Gaps[0].Duration);
    }
}
