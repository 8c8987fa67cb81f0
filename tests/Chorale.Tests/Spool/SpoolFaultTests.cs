using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Spool;
using Chorale.Storage;

namespace Chorale.Tests.Spool;

/// <summary>The disk refuses, one call at a time.</summary>
public sealed class SpoolFaultTests
{
    private static readonly DateTimeOffset Begun = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_order_of_sealing_is_write_sync_rename_sync_folder_row()
    {
        var disk = new FaultyDisk();
        using var rig = new SpoolRig(disk);
        var chunk = rig.Store.Begin(rig.Start(0, 0));
        WavBytes.Write(chunk.Output, chunk.Start.Tags, 100);
        disk.Calls.Clear();
        var isRowThere = true;
        disk.Fails = (call, _) =>
        {
            if (call == "fsync-folder") isRowThere = rig.Store.Totals().ReadyChunks > 0;
            return 0;
        };
        rig.Store.Seal(chunk, new ChunkFacts(100, null, null, null));
        Assert.Equal(["fsync chunk_20260105_090000.wav.part", "rename chunk_20260105_090000.wav.part", "fsync-folder outbox"], disk.Calls);
        Assert.False(isRowThere);
    }

    [Fact]
    public void A_chunk_whose_sync_failed_is_written_again_and_not_believed()
    {
        var disk = new FaultyDisk();
        using var rig = new SpoolRig(disk);
        var chunk = rig.Store.Begin(rig.Start(0, 0));
        WavBytes.Write(chunk.Output, chunk.Start.Tags, 8000);
        disk.Fails = (call, path) => call == "fsync" && path == chunk.PartPath ? FaultyDisk.Eio : 0;
        rig.Store.Seal(chunk, new ChunkFacts(8000, null, null, null));
        Assert.Equal(8000, rig.Store.NextToSend()!.Frames);
        Assert.EndsWith("_1.wav", Assert.Single(Directory.GetFiles(rig.Outbox)), StringComparison.Ordinal);
    }

    [Fact]
    public void While_every_sync_fails_the_alarm_stands_and_nothing_is_called_ready_then_all_of_it_is()
    {
        var disk = new FaultyDisk();
        using var rig = new SpoolRig(disk);
        var chunk = rig.Store.Begin(rig.Start(0, 0));
        WavBytes.Write(chunk.Output, chunk.Start.Tags, 8000);
        disk.Fails = (call, _) => call.StartsWith('f') ? FaultyDisk.Eio : 0;
        Assert.Throws<DiskException>(() => rig.Store.Seal(chunk, new ChunkFacts(8000, null, null, null)));
        Assert.Equal(GapCause.StorageFailed, rig.Store.Fault!.Cause);
        Assert.True(rig.Log.Has("storage_failed"));
        Assert.Null(rig.Store.NextToSend());
        disk.Fails = (_, _) => 0;
        rig.Store.Seal(chunk, new ChunkFacts(8000, null, null, null));
        Assert.Null(rig.Store.Fault);
        Assert.Equal(8000, rig.Store.NextToSend()!.Frames);
    }

    [Fact]
    public async Task A_chunk_the_disk_refuses_steps_aside_and_one_that_is_gone_becomes_a_gap()
    {
        var disk = new FaultyDisk();
        using var rig = new SpoolRig(disk);
        var chunks = Enumerable.Range(0, 3).Select(n => rig.Store.Begin(rig.Start(n, n * 8000))).ToArray();
        foreach (var chunk in chunks) WavBytes.Write(chunk.Output, chunk.Start.Tags, 8000);
        File.Delete(chunks[1].PartPath);
        var bad = Path.GetFileName(chunks[0].PartPath)[..^".wav.part".Length];
        disk.Fails = (call, path) => call.StartsWith('f') && path.Contains(bad, StringComparison.Ordinal) ? FaultyDisk.Eio : 0;
        var seals = new SealLoop(rig.Store, TimeProvider.System, rig.Log);
        foreach (var chunk in chunks) seals.Post(chunk, new ChunkFacts(8000, null, null, null));
        var sealing = seals.RunAsync(CancellationToken.None);
        await Wait.Until("the one behind the refused one is ready", () => rig.Store.NextToSend()?.FirstFrame == 16_000);
        Assert.True(rig.Log.Has("chunk_not_kept"));
        Assert.Equal(1, seals.Waiting);
        disk.Fails = (_, _) => 0;
        seals.Complete();
        await sealing.WaitAsync(Wait.Patience);
        Assert.Equal([0, 16_000], rig.Store.List(ChunkState.Ready).Select(c => c.FirstFrame).Order());
        var ledger = rig.Store.Ledger(Begun, Begun.AddMinutes(1));
        Assert.True(ledger.AddsUp, string.Join("; ", ledger.Runs.Select(r => r.Problem)));
        Assert.Equal(("storage_failed", 8000L), Assert.Single(ledger.Gaps.Select(g => (g.Cause, g.Frames))));
    }

    [Fact]
    public void A_disk_that_fills_up_in_the_middle_of_a_chunk_keeps_what_fitted_and_counts_the_rest()
    {
        var disk = new FaultyDisk();
        using var rig = new SpoolRig(disk);
        var chunk = rig.Store.Begin(rig.Start(0, 0));
        WavBytes.Write(chunk.Output, chunk.Start.Tags, 5000, dataBytes: 0);
        disk.Fails = (call, _) => call == "write" ? FaultyDisk.Enospc : 0;
        Assert.True(Assert.Throws<DiskException>(() => chunk.Output.Write(new byte[2000])).IsFull);
        Assert.True(chunk.HasFailed);
        var kept = rig.Store.Seal(chunk, new ChunkFacts(6000, null, null, null))!;
        Assert.Equal(5000, kept.Frames);
        disk.Fails = (_, _) => 0;
        var ledger = rig.Store.Ledger(Begun, Begun.AddMinutes(1));
        Assert.Equal(("disk_full", 1000L), (ledger.Gaps[0].Cause, ledger.Gaps[0].Frames));
        Assert.True(ledger.AddsUp);
    }

    [Theory]
    [InlineData(FaultyDisk.Enospc, GapCause.DiskFull)]
    [InlineData(FaultyDisk.Erofs, GapCause.StorageFailed)]
    public void A_chunk_that_cannot_be_opened_says_why_and_leaves_nothing(int errno, GapCause cause)
    {
        var disk = new FaultyDisk();
        using var rig = new SpoolRig(disk);
        disk.Fails = (call, _) => call is "create" or "write" ? errno : 0;
        Assert.Throws<DiskException>(() => rig.Store.Begin(rig.Start(0, 0, AudioCodec.Opus)));
        Assert.Equal(cause, rig.Store.Fault!.Cause);
        Assert.Empty(Directory.GetFiles(rig.Outbox));
        disk.Fails = (_, _) => 0;
        rig.Record(0, 0);
        Assert.Null(rig.Store.Fault);
    }

    [Fact]
    public void A_truly_full_disk_loses_no_sealed_chunk_and_records_again_once_there_is_room()
    {
        Assert.SkipWhen(LoopDisk.Unavailable is not null, LoopDisk.Unavailable ?? "");
        using var small = LoopDisk.CreateInMemory(4);
        using var rig = new SpoolRig(folder: Path.Combine(small.Mount, "spool"));
        var written = 0;
        var kept = 0L;
        IOException? full = null;
        while (full is null)
        {
            OpenChunk? chunk = null;
            try
            {
                chunk = rig.Store.Begin(rig.Start(written, written * 40_000L));
                WavBytes.Write(chunk.Output, chunk.Start.Tags, 40_000);
                kept += rig.Store.Seal(chunk, new ChunkFacts(40_000, null, null, null))!.Frames;
                written++;
            }
            catch (IOException e)
            {
                full = e;
                if (chunk is not null && chunk.HasFailed)
                {
                    try
                    {
                        kept += rig.Store.Seal(chunk, new ChunkFacts(40_000, null, null, null))?.Frames ?? 0;
                    }
                    catch (IOException)
                    {
                        // The row and the file wait for room.
                    }
                }
            }
        }

        Assert.True(written > 20);
        Assert.Equal(GapCause.DiskFull, rig.Store.Fault!.Cause);
        var report = rig.Store.Retain(new RetentionLimits(null, null, 1 << 20, 0, FullPolicy.DropOldest));
        Assert.InRange(report.DroppedUnsent, 8, 20);
        rig.Record(1000, 100_000_000);
        rig.Reopen();
        Assert.Equal(rig.Store.Totals().ReadyChunks, Directory.GetFiles(rig.Outbox, "*.wav").Length);
        Assert.Equal(report.DroppedUnsent, rig.Store.Totals().LostChunks);
    }

    [Fact]
    public void A_spool_on_a_read_only_disk_says_so_and_opens_once_it_can_be_written()
    {
        Assert.SkipWhen(LoopDisk.Unavailable is not null, LoopDisk.Unavailable ?? "");
        using var disk = LoopDisk.Create(16);
        using var rig = new SpoolRig(folder: Path.Combine(disk.Mount, "spool"));
        rig.Record(0, 0);
        rig.Store.Dispose();
        disk.Remount("ro");
        Assert.ThrowsAny<IOException>(rig.Reopen);
        disk.Remount("rw");
        rig.Reopen();
        Assert.Equal(1, rig.Store.Totals().ReadyChunks);
        rig.Record(1, 8000);
    }
}
