using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;

namespace Chorale.Tests.Spool;

public sealed class SpoolStoreTests
{
    [Fact]
    public void A_sealed_chunk_is_the_next_to_send_and_its_name_says_when_it_began_in_UTC()
    {
        using var rig = new SpoolRig();
        var chunk = rig.Record(0, 0);
        var next = rig.Store.NextToSend()!;
        Assert.Equal(chunk.RowId, next.RowId);
        Assert.Equal(chunk.Sha256, next.Sha256);
        Assert.Equal(Path.Combine(rig.Outbox, "chunk_20260105_090000.wav"), next.Path);
        Assert.Equal(new FileInfo(next.Path).Length, next.SizeBytes);
        Assert.Equal(next.StartAt.AddSeconds(1), next.EndAt);
        Assert.Empty(Directory.GetFiles(rig.Outbox, "*.part"));
    }

    [Fact]
    public void Chunks_leave_in_the_order_they_were_recorded_and_end_in_uploaded()
    {
        using var rig = new SpoolRig();
        for (var i = 0; i < 5; i++) rig.Record(i, i * 8000);
        for (var i = 0; i < 5; i++)
        {
            var next = rig.Store.NextToSend()!;
            Assert.Equal(i, next.Number);
            rig.Store.MarkUploaded(next, "remote");
            Assert.True(File.Exists(Path.Combine(rig.Uploaded, Path.GetFileName(next.Path))));
        }

        Assert.Null(rig.Store.NextToSend());
        Assert.Equal(5, rig.Store.Totals().UploadedChunks);
    }

    [Fact]
    public void Two_chunks_that_begin_in_the_same_second_get_different_names()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0, 400);
        rig.Record(1, 400, 400);
        rig.Record(2, 800, 400);
        Assert.Equal(
            ["chunk_20260105_090000.wav", "chunk_20260105_090000_1.wav", "chunk_20260105_090000_2.wav"],
            Directory.GetFiles(rig.Outbox).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void An_open_chunk_is_a_part_and_an_empty_one_leaves_nothing()
    {
        using var rig = new SpoolRig();
        var chunk = rig.Store.Begin(rig.Start(0, 0, AudioCodec.Opus));
        Assert.EndsWith(".ogg.part", Assert.Single(Directory.GetFiles(rig.Outbox)), StringComparison.Ordinal);
        rig.Store.Discard(chunk);
        Assert.Empty(Directory.GetFiles(rig.Outbox));
    }

    [Fact]
    public void A_refused_chunk_lies_in_quarantine_and_the_next_one_is_sent()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0);
        rig.Record(1, 8000);
        rig.Store.Quarantine(rig.Store.NextToSend()!, "422 Empty file");
        Assert.Equal(1, rig.Store.NextToSend()!.Number);
        Assert.Single(Directory.GetFiles(rig.Quarantine));
    }

    [Fact]
    public void A_second_recorder_on_the_same_folder_is_refused_by_name()
    {
        using var rig = new SpoolRig();
        var refused = Assert.Throws<SpoolInUseException>(() => SpoolStore.Open(rig.Options, rig.Time, rig.Log));
        Assert.Contains(rig.Options.Folder, refused.Message);
    }

    [Fact]
    public void The_queue_can_be_counted_as_the_documents_of_foreign_tools_say()
    {
        using var rig = new SpoolRig();
        rig.Record(0, 0);
        rig.Record(1, 8000);
        using var index = SpoolIndex.OpenReadOnly(rig.Options.Index);
        Assert.Equal(2L, index.Scalar("SELECT COUNT(*) FROM audio_chunks"));
    }

    [Fact]
    public async Task Waiting_for_a_chunk_ends_when_one_is_sealed()
    {
        using var rig = new SpoolRig();
        var waiting = rig.Store.WaitForReadyAsync(TimeSpan.FromHours(1), CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        rig.Record(0, 0);
        await waiting.WaitAsync(Wait.Patience);
    }

    [Fact]
    public void The_source_id_of_a_recording_outlives_a_restart()
    {
        using var rig = new SpoolRig();
        var start = rig.Record(0, 0).RecordingStartAt;
        Assert.Null(rig.Store.SourceIdOf(start));
        rig.Store.SetSourceId(start, "0123456789abcdef01234567");
        rig.Reopen();
        Assert.Equal("0123456789abcdef01234567", rig.Store.SourceIdOf(start));
    }

    [Fact]
    public void Every_chunk_of_a_run_names_the_same_recording_start()
    {
        using var rig = new SpoolRig();
        Assert.Equal(rig.Record(0, 0).RecordingStartAt, rig.Record(3, 24_001).RecordingStartAt);
    }
}
