using System.Diagnostics;
using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;

namespace Chorale.SystemTests;

/// <summary>The recorder's disk fills up, cannot be written, or loses its index, while it should record.</summary>
public sealed class RecorderDiskTests(ITestOutputHelper output)
{
    /// <summary>Ten times what is promised (2 s to record again, 5 s to upload): other things run on this machine too.</summary>
    private static readonly TimeSpan RecordingAgain = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan UploadingAgain = TimeSpan.FromSeconds(50);

    [Fact]
    public async Task When_a_full_disk_has_room_again_it_records_and_sends_at_once_and_the_ledger_adds_up()
    {
        Assert.SkipWhen(LoopDisk.Unavailable is not null, LoopDisk.Unavailable ?? "");
        using var disk = LoopDisk.Create(24);
        await using var server = await ScriptedIngest.StartAsync();
        var spool = Path.Combine(disk.Mount, "spool");
        using var recorder = RecorderProcess.Start(spool, AudioCodec.Wav, chunkSeconds: 1, ["spool.min_free=0", .. Sending(server)]);
        await Wait.Until("chunks arrive", () => server.Stored.Count > 1);
        var filler = Path.Combine(disk.Mount, "filler");
        Fill(filler);
        await Wait.Until("the full disk is told", () => recorder.Output.Contains("keeping audio in memory", StringComparison.Ordinal));
        File.Delete(filler);
        var (clock, stored) = (Stopwatch.StartNew(), server.Stored.Count);
        await Wait.Until("it records again", () => recorder.Output.Contains("storage_back", StringComparison.Ordinal), RecordingAgain);
        var recording = clock.Elapsed;
        await Wait.Until("it sends again", () => server.Stored.Count > stored, UploadingAgain);
        output.WriteLine($"recording {recording.TotalSeconds:0.0} s, sending {clock.Elapsed.TotalSeconds:0.0} s after there was room");
        await recorder.StopAsync();
        AssertAddsUp(spool);
    }

    [Fact]
    public async Task A_disk_that_can_be_written_again_gets_what_the_microphone_heard_meanwhile()
    {
        Assert.SkipWhen(LoopDisk.Unavailable is not null, LoopDisk.Unavailable ?? "");
        using var disk = LoopDisk.Create(24);
        var spool = Path.Combine(disk.Mount, "spool");
        Directory.CreateDirectory(spool);
        disk.Remount("ro");
        using var recorder = RecorderProcess.Start(spool, AudioCodec.Opus, chunkSeconds: 1, "spool.min_free=0");
        await Wait.Until("the read-only disk is told", () => recorder.Output.Contains("Read-only file system", StringComparison.OrdinalIgnoreCase));
        disk.Remount("rw");
        var clock = Stopwatch.StartNew();
        await Wait.Until("it records", () => recorder.Output.Contains("run_opened", StringComparison.Ordinal), RecordingAgain);
        output.WriteLine($"recording {clock.Elapsed.TotalSeconds:0.0} s after the disk could be written");
        await Wait.Until("a chunk is sealed", () => Directory.GetFiles(Path.Combine(spool, "outbox"), "*.ogg").Length > 0);
        await recorder.StopAsync();
        using var reader = AssertAddsUp(spool);
        Assert.Equal(0, reader.List(ChunkState.Ready).Min(c => c.FirstFrame));
    }

    [Fact]
    public async Task A_disk_that_fails_under_the_recorder_and_is_plugged_in_again_gets_what_was_heard_meanwhile()
    {
        Assert.SkipWhen(LoopDisk.Unavailable is not null, LoopDisk.Unavailable ?? "");
        using var disk = LoopDisk.Create(24);
        await using var server = await ScriptedIngest.StartAsync();
        var spool = Path.Combine(disk.Mount, "spool");
        using var recorder = RecorderProcess.Start(spool, AudioCodec.Wav, chunkSeconds: 1, ["spool.min_free=0", .. Sending(server)]);
        await Wait.Until("chunks arrive", () => server.Stored.Count > 1);
        disk.FailReadOnly();
        await Wait.Until("the failure is told", () => recorder.Output.Contains("keeping audio in memory", StringComparison.Ordinal));
        disk.Replug();
        var (clock, stored) = (Stopwatch.StartNew(), server.Stored.Count);
        await Wait.Until("it records again", () => recorder.Output.Contains("storage_back", StringComparison.Ordinal), RecordingAgain);
        var recording = clock.Elapsed;
        await Wait.Until("it sends again", () => server.Stored.Count > stored + 1, UploadingAgain);
        output.WriteLine($"recording {recording.TotalSeconds:0.0} s, sending {clock.Elapsed.TotalSeconds:0.0} s after the disk was there again");
        await recorder.StopAsync();
        // What was never synced to the disk that failed may be damaged or gone; it is counted.
        using var reader = SpoolReader.Open(Options(spool));
        var ledger = reader.Ledger(DateTimeOffset.UnixEpoch, TimeProvider.System.GetUtcNow());
        Assert.True(ledger.AddsUp, string.Join("; ", ledger.Runs.Select(r => r.Problem)));
        Assert.Equal(0, ledger.OpenChunks);
    }

    [Fact]
    public async Task Without_its_index_a_killed_recorder_records_at_once_and_sends_every_chunk_once()
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedIngest.StartAsync();
        var spool = folder["spool"];
        using (var before = RecorderProcess.Start(spool, AudioCodec.Opus, chunkSeconds: 1))
        {
            await Wait.Until("chunks are sealed", () => Directory.Exists(spool) && Directory.GetFiles(folder.Path, "*.ogg", SearchOption.AllDirectories).Length > 4);
            before.Kill();
        }

        List<SpoolChunk> waiting;
        using (var reader = SpoolReader.Open(Options(spool))) waiting = [.. reader.List(ChunkState.Ready)];
        foreach (var index in Directory.GetFiles(spool, "audio_queue.db*")) File.Delete(index);
        var clock = Stopwatch.StartNew();
        using var recorder = RecorderProcess.Start(spool, AudioCodec.Opus, chunkSeconds: 1, Sending(server));
        await recorder.RunOpenedAsync();
        Assert.True(clock.Elapsed < RecordingAgain);
        await Wait.Until("what waited is sent", () => waiting.TrueForAll(c => server.Stored.ContainsKey(UploadHeaders.KeyOf(c.Recorder, c.Run, c.Number))), UploadingAgain);
        output.WriteLine($"{waiting.Count} chunks without an index: all sent {clock.Elapsed.TotalSeconds:0.0} s after the start of the program");
        await recorder.StopAsync();
        AssertAddsUp(spool).Dispose();
    }

    private static SpoolOptions Options(string spool) => new(spool, null, null, "mic1", TimeZoneInfo.Utc);

    private static SpoolReader AssertAddsUp(string spool)
    {
        var reader = SpoolReader.Open(Options(spool));
        var ledger = reader.Ledger(DateTimeOffset.UnixEpoch, TimeProvider.System.GetUtcNow());
        Assert.True(ledger.AddsUp, string.Join("; ", ledger.Runs.Select(r => r.Problem)));
        Assert.Equal(0, ledger.QuarantinedFrames + ledger.LostFrames + ledger.OpenChunks);
        return reader;
    }

    private static string[] Sending(ScriptedIngest server) =>
    [
        "upload.sink=ingest", $"upload.url={server.Url}", "upload.token=t", $"upload.point_id={Guid.NewGuid()}", $"upload.register_id={Guid.NewGuid()}",
        $"upload.device_id={Guid.NewGuid()}",
    ];

    /// <summary>To the last block.</summary>
    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[64 * 1024];
        for (var size = block.Length; size >= 512;)
        {
            try
            {
                file.Write(block, 0, size);
                file.Flush(flushToDisk: true);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }
}
