using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;

namespace Chorale.Tests.Spool;

/// <summary>Known errors: one test a corruption.</summary>
public sealed class SpoolRecoveryTests
{
    private static readonly DateTimeOffset Begun = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_chunk_that_was_open_when_the_process_died_is_sealed_with_every_frame_it_has()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0);
        var open = rig.Store.Begin(rig.Start(1, 8000));
        WavBytes.Write(open.Output, open.Start.Tags, 6000, dataBytes: 0);
        rig.Reopen();
        var chunks = rig.Store.List(ChunkState.Ready);
        Assert.Equal([8000L, 6000L], chunks.Select(c => c.Frames));
        Assert.Equal(1, chunks[1].Number);
        Assert.Equal(open.Start.Id, chunks[1].Id);
        Assert.Empty(Directory.GetFiles(rig.Outbox, "*.part"));
        Assert.True(rig.Log.Has("chunk_recovered"));
    }

    [Fact]
    public void What_the_power_cut_took_is_a_gap_of_at_most_the_loss_bound_and_the_rest_says_not_running()
    {
        using var rig = new SpoolRig();
        var open = rig.Store.Begin(rig.Start(0, 0));
        WavBytes.Write(open.Output, open.Start.Tags, 8000);
        rig.Reopen();
        var gaps = rig.Store.GapsAtOpen;
        Assert.Equal(["power_cut", "not_running"], gaps.Select(g => g.Cause));
        Assert.Equal(WallTime.ToMicroseconds(Begun.AddSeconds(1)), gaps[0].FromUs);
        Assert.InRange(gaps[0].ToUs - gaps[0].FromUs, 1, 200_000);
        Assert.InRange(gaps[0].Frames, 1, 1600);
        Assert.Equal(gaps[0].ToUs, gaps[1].FromUs);
        Assert.Equal(WallTime.ToMicroseconds(rig.Time.GetUtcNow()), gaps[1].ToUs);
        Assert.True(rig.Store.Ledger(Begun, rig.Time.GetUtcNow()).AddsUp);
    }

    [Fact]
    public void A_clean_stop_loses_nothing_and_the_ledger_says_not_running()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0);
        rig.Reopen();
        Assert.Equal("not_running", Assert.Single(rig.Store.GapsAtOpen).Cause);
        rig.Reopen();
        Assert.Empty(rig.Store.GapsAtOpen);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    public void An_open_file_of_zeros_is_removed_and_not_quarantined(int zeros)
    {
        using var rig = new SpoolRig();
        rig.Store.Dispose();
        File.WriteAllBytes(Path.Combine(rig.Outbox, "chunk_20260105_090000.ogg.part"), new byte[zeros]);
        rig.Reopen();
        Assert.Empty(Directory.GetFiles(rig.Outbox));
        Assert.Empty(Directory.GetFiles(rig.Quarantine));
    }

    [Fact]
    public void A_file_without_a_row_gets_its_row_from_its_tags()
    {
        using var rig = new SpoolRig();
        var chunk = rig.Record(0, 0);
        rig.Store.WithIndex((index, _, _) => index.Execute("DELETE FROM audio_chunks"));
        rig.Reopen();
        var found = rig.Store.NextToSend()!;
        Assert.Equal((chunk.Run, chunk.Number, chunk.Frames, chunk.Sha256, chunk.StartAt), (found.Run, found.Number, found.Frames, found.Sha256, found.StartAt));
    }

    [Fact]
    public void A_row_without_a_file_is_a_counted_loss_and_the_next_chunk_is_sent()
    {
        using var rig = new SpoolRig();
        File.Delete(rig.Record(0, 0).Path);
        rig.Record(1, 8000);
        Assert.Equal(1, rig.Store.NextToSend()!.Number);
        Assert.Equal(1, rig.Store.Totals().LostChunks);
        Assert.Equal(8000, rig.Store.Ledger(Begun, Begun.AddHours(1)).LostFrames);
        Assert.True(rig.Log.Has("chunk_missing"));
    }

    [Fact]
    public void A_sealed_file_cut_short_keeps_what_it_has_and_the_rest_is_a_gap()
    {
        using var rig = new SpoolRig();
        var chunk = rig.Record(0, 0);
        using (var file = File.OpenWrite(chunk.Path)) file.SetLength(chunk.SizeBytes - 2000);
        rig.Reopen();
        var kept = rig.Store.NextToSend()!;
        Assert.Equal(7000, kept.Frames);
        var ledger = rig.Store.Ledger(Begun, Begun.AddHours(2));
        Assert.Equal(1000, ledger.Gaps.Single(g => g.Cause == "damaged").Frames);
        Assert.True(ledger.AddsUp);
    }

    [Theory]
    [InlineData("zeros")]
    [InlineData("noise")]
    [InlineData("empty")]
    public void A_sealed_file_that_is_no_audio_any_more_lies_in_quarantine(string damage)
    {
        using var rig = new SpoolRig();
        var chunk = rig.Record(0, 0);
        rig.Record(1, 8000);
        var bytes = new byte[damage == "empty" ? 0 : chunk.SizeBytes];
        if (damage == "noise") new Random(1).NextBytes(bytes);
        File.WriteAllBytes(chunk.Path, bytes);
        Assert.Equal(1, rig.Store.NextToSend()!.Number);
        Assert.Single(Directory.GetFiles(rig.Quarantine));
        Assert.Equal(1, rig.Store.Totals().QuarantinedChunks);
    }

    [Fact]
    public void One_flipped_bit_in_a_waiting_chunk_is_found_before_it_is_sent()
    {
        using var rig = new SpoolRig();
        var chunk = rig.Record(0, 0);
        var bytes = File.ReadAllBytes(chunk.Path);
        bytes[^100] ^= 1;
        File.WriteAllBytes(chunk.Path, bytes);
        Assert.NotEqual(chunk.Sha256, rig.Store.NextToSend()!.Sha256);
        Assert.True(rig.Log.Has("chunk_repaired"));
    }

    [Fact]
    public void A_deleted_index_is_made_again_from_the_files_with_its_gaps()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0);
        rig.Record(1, 8800, gap: new GapEntry(WallTime.ToMicroseconds(Begun.AddSeconds(1)), WallTime.ToMicroseconds(Begun.AddSeconds(1.1)), 800, "ring_full"));
        rig.Record(2, 16_800);
        rig.Store.MarkUploaded(rig.Store.NextToSend()!, null);
        rig.Store.Dispose();
        foreach (var file in Directory.GetFiles(rig.Options.Folder, "audio_queue.db*")) File.Delete(file);
        rig.Reopen();
        Assert.Equal([1, 2], rig.Store.List(ChunkState.Ready).Select(c => c.Number));
        Assert.Equal(1, rig.Store.Totals().UploadedChunks);
        var ledger = rig.Store.Ledger(Begun, Begun.AddMinutes(1));
        Assert.Equal(24_000, ledger.RecordedFrames);
        Assert.Equal(800, ledger.Gaps.Single(g => g.Cause == "ring_full").Frames);
        Assert.True(ledger.AddsUp);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(4096, 4096)]
    [InlineData(8192, 60_000)]
    public void A_damaged_index_is_set_aside_not_deleted_and_recording_goes_on(int from, int count)
    {
        using var rig = new SpoolRig();
        for (var i = 0; i < 20; i++) rig.Record(i, i * 8000);
        for (var i = 0; i < 5; i++) rig.Store.MarkUploaded(rig.Store.NextToSend()!, null);
        rig.Store.Dispose();
        using (var file = File.OpenWrite(rig.Options.Index))
        {
            file.Position = from;
            var noise = new byte[Math.Min(count, file.Length - from)];
            new Random(7).NextBytes(noise);
            file.Write(noise);
        }

        rig.Reopen();
        Assert.NotEmpty(Directory.GetFiles(rig.Options.Folder, "audio_queue.db.damaged-*"));
        Assert.Equal(15, rig.Store.Totals().ReadyChunks);
        Assert.Equal(5, rig.Store.Totals().UploadedChunks);
        rig.Record(20, 160_000);
        Assert.Equal(16, rig.Store.Totals().ReadyChunks);
    }

    [Fact]
    public void An_index_damaged_while_recording_is_replaced_without_touching_the_open_chunk()
    {
        using var rig = new SpoolRig();
        for (var i = 0; i < 5; i++) rig.Record(i, i * 8000);
        var open = rig.Store.Begin(rig.Start(5, 40_000));
        WavBytes.Write(open.Output, open.Start.Tags, 8000);
        rig.Store.WithIndex((index, _, _) => index.Execute("UPDATE audio_chunks SET chunk_id='not a uuid' WHERE chunk_number=0"));
        Assert.Equal(0, rig.Store.NextToSend()!.Number);
        rig.Store.Seal(open, new ChunkFacts(8000, null, null, null));
        Assert.Equal(6, rig.Store.Totals().ReadyChunks);
        Assert.True(rig.Log.Has("index_damaged"));
    }

    [Fact]
    public void A_name_that_is_no_time_is_given_one()
    {
        using var rig = new SpoolRig();
        var chunk = rig.Record(0, 0);
        rig.Store.WithIndex((index, _, _) => index.Execute("DELETE FROM audio_chunks"));
        File.Move(chunk.Path, Path.Combine(rig.Outbox, "chunk_20240230_250000.wav"));
        rig.Reopen();
        Assert.Equal(chunk.Path, rig.Store.NextToSend()!.Path);
    }

    [Fact]
    public void A_receipt_whose_move_was_cut_short_is_not_sent_again()
    {
        using var rig = new SpoolRig();
        var chunk = rig.Record(0, 0);
        rig.Store.MarkUploaded(chunk, "id");
        File.Move(Path.Combine(rig.Uploaded, Path.GetFileName(chunk.Path)), chunk.Path); // the rename was not on the disk yet
        rig.Reopen();
        Assert.Null(rig.Store.NextToSend());
        Assert.Single(Directory.GetFiles(rig.Uploaded));
        Assert.Empty(Directory.GetFiles(rig.Outbox));
    }

    [Fact]
    public void The_same_chunk_twice_is_one_chunk_and_a_file_in_quarantine()
    {
        using var rig = new SpoolRig();
        var chunk = rig.Record(0, 0);
        File.Copy(chunk.Path, Path.Combine(rig.Outbox, "chunk_20260105_090000_7.wav"));
        rig.Reopen();
        Assert.Equal(1, rig.Store.Totals().ReadyChunks);
        Assert.Single(Directory.GetFiles(rig.Quarantine));
    }

    [Fact]
    public void Opening_twice_changes_nothing_more()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0);
        rig.Store.Dispose();
        File.WriteAllBytes(Path.Combine(rig.Outbox, "chunk_20260105_080000.ogg"), [1, 2, 3]);
        File.SetLastWriteTimeUtc(Path.Combine(rig.Outbox, "chunk_20260105_080000.ogg"), new DateTime(2026, 1, 5, 8, 1, 0, DateTimeKind.Utc));
        rig.Reopen();
        var before = rig.Store.Totals();
        rig.Reopen();
        Assert.Equal(before with { WrittenBytes = 0, FreeBytes = 0 }, rig.Store.Totals() with { WrittenBytes = 0, FreeBytes = 0 });
        Assert.Equal(1, before.QuarantinedChunks);
    }
}
