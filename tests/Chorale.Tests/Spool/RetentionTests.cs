using Chorale.Recorder.Spool;

namespace Chorale.Tests.Spool;

public sealed class RetentionTests
{
    internal static readonly RetentionLimits NoLimits = new(null, null, 0, 0, FullPolicy.DropOldest);

    private static readonly DateTimeOffset Now = new(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);

    private static SpoolUsage Usage(long? free = 1000, long spool = 0, TimeSpan? oldestUploaded = null, bool unsent = true) =>
        new(free, free is null ? null : 10_000, spool, oldestUploaded is { } age ? Now - age : null, unsent);

    [Fact]
    public void The_uploaded_go_first_and_the_unsent_only_at_the_floor()
    {
        var limits = new RetentionLimits(TimeSpan.FromDays(7), 5000, 500, 0, FullPolicy.DropOldest);
        Assert.Equal(RetentionStep.Nothing, RetentionPolicy.Next(limits, Usage(oldestUploaded: TimeSpan.FromDays(6)), Now));
        Assert.Equal(RetentionStep.DeleteOldestUploaded, RetentionPolicy.Next(limits, Usage(oldestUploaded: TimeSpan.FromDays(8)), Now));
        Assert.Equal(RetentionStep.DeleteOldestUploaded, RetentionPolicy.Next(limits, Usage(spool: 6000, oldestUploaded: TimeSpan.Zero), Now));
        Assert.Equal(RetentionStep.DeleteOldestUploaded, RetentionPolicy.Next(limits, Usage(free: 499, oldestUploaded: TimeSpan.Zero), Now));
        Assert.Equal(RetentionStep.Nothing, RetentionPolicy.Next(limits, Usage(spool: 6000), Now)); // only unsent left: size deletes no more
        Assert.Equal(RetentionStep.DropOldestUnsent, RetentionPolicy.Next(limits, Usage(free: 499), Now));
        Assert.Equal(RetentionStep.StopRecording, RetentionPolicy.Next(limits with { AtFloor = FullPolicy.Stop }, Usage(free: 499), Now));
        Assert.Equal(RetentionStep.StopRecording, RetentionPolicy.Next(limits, Usage(free: 499, unsent: false), Now));
    }

    [Fact]
    public void Free_space_that_is_unknown_is_neither_infinite_nor_nothing()
    {
        var limits = new RetentionLimits(null, null, 500, 10, FullPolicy.DropOldest);
        Assert.Equal(RetentionStep.Nothing, RetentionPolicy.Next(limits, Usage(free: null), Now));
        Assert.Null(RetentionPolicy.DaysToFull(limits, Usage(free: null), 0, 100));
        var disk = new FaultyDisk { Free = () => throw new IOException("stale file handle") };
        using var rig = new SpoolRig(disk);
        rig.Record(0, 0);
        var report = rig.Store.Retain(limits);
        Assert.Null(report.FreeBytes);
        Assert.Equal(-1, rig.Store.Totals().FreeBytes);
        Assert.True(rig.Log.Has("free_space_unknown"));
        Assert.Equal(1, rig.Store.Totals().ReadyChunks);
    }

    [Fact]
    public void The_larger_of_the_two_floors_holds_and_days_to_full_follow_from_what_is_recorded()
    {
        var limits = new RetentionLimits(null, null, 500, 10, FullPolicy.DropOldest);
        Assert.Equal(1000, RetentionPolicy.Floor(limits, 10_000));
        Assert.Equal(500, RetentionPolicy.Floor(limits, 1000));
        Assert.Equal(7.0, RetentionPolicy.DaysToFull(limits, Usage(free: 1500), uploadedBytes: 200, recordedBytesPerDay: 100));
    }

    [Fact]
    public void At_the_floor_the_oldest_unsent_is_lost_loudly_and_the_ledger_still_adds_up()
    {
        var free = 100L;
        using var rig = new SpoolRig(new FaultyDisk { Free = () => free });
        for (var i = 0; i < 6; i++) rig.Record(i, i * 8000);
        rig.Store.MarkUploaded(rig.Store.NextToSend()!, null);
        var left = 3;
        var report = rig.Store.Retain(NoLimits with { FloorBytes = 100 });
        Assert.Equal((0, 0), (report.DeletedUploaded, report.DroppedUnsent));
        var disk = (FaultyDisk)rig.Disk;
        disk.Free = () => left-- > 0 ? 50 : 200;
        report = rig.Store.Retain(NoLimits with { FloorBytes = 100 });
        Assert.Equal((1, 2), (report.DeletedUploaded, report.DroppedUnsent));
        Assert.Equal(3, rig.Store.NextToSend()!.Number);
        Assert.Equal(2, rig.Log.Lines.Count(l => l.Event == "unsent_chunk_dropped"));
        var ledger = rig.Store.Ledger(Now.AddHours(-2), Now);
        Assert.Equal((24_000L, 8000L, 16_000L), (ledger.ReadyFrames, ledger.UploadedFrames, ledger.LostFrames));
        Assert.True(ledger.AddsUp);
    }

    [Fact]
    public void Deleted_uploads_stay_in_the_ledger_until_they_are_very_old()
    {
        using var rig = new SpoolRig();
        for (var i = 0; i < 3; i++) rig.Record(i, i * 8000);
        for (var i = 0; i < 3; i++) rig.Store.MarkUploaded(rig.Store.NextToSend()!, null);
        Assert.Equal(3, rig.Store.Retain(NoLimits with { MaxAge = TimeSpan.FromMinutes(1) }).DeletedUploaded);
        Assert.Empty(Directory.GetFiles(rig.Uploaded));
        Assert.Equal(24_000, rig.Store.Ledger(Now.AddHours(-2), Now).UploadedFrames);
        Assert.Equal(0, rig.Store.Totals().UploadedChunks);
        rig.Time.Advance(TimeSpan.FromDays(401));
        rig.Store.Retain(NoLimits);
        Assert.Equal(0, rig.Store.Ledger(Now.AddHours(-2), Now).UploadedFrames);
    }

    [Fact]
    public void A_pass_asks_the_index_and_never_lists_a_folder()
    {
        using var rig = new SpoolRig();
        rig.Store.WithIndex((index, _, _) =>
        {
            foreach (var sql in new[]
                     {
                         "SELECT id,file,size_bytes FROM uploaded_chunks WHERE file IS NOT NULL ORDER BY start_us LIMIT 1",
                         "SELECT start_us FROM uploaded_chunks WHERE file IS NOT NULL ORDER BY start_us LIMIT 1",
                         "SELECT id FROM uploaded_chunks WHERE start_us<1 AND file IS NULL ORDER BY start_us LIMIT 64",
                         "SELECT id FROM gaps WHERE from_us<1 ORDER BY from_us LIMIT 64",
                         "SELECT * FROM audio_chunks ORDER BY id LIMIT 1",
                     })
            {
                using var command = index.Command("EXPLAIN QUERY PLAN " + sql);
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    var plan = reader.GetString(3);
                    Assert.True(plan.Contains("INDEX", StringComparison.Ordinal) || plan.Contains("PRIMARY KEY", StringComparison.Ordinal) || sql.Contains("ORDER BY id", StringComparison.Ordinal), plan);
                    Assert.DoesNotContain("TEMP B-TREE", plan);
                }
            }

            return true;
        });
    }
}
