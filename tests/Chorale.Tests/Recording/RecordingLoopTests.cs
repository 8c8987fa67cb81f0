using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Spool;

namespace Chorale.Tests.Recording;

public sealed class RecordingLoopTests
{
    /// <summary>The samples of all chunks must be the frames played, in order, with nothing missing but what is named.</summary>
    private static void AssertHolds(IReadOnlyList<SpoolChunk> chunks, params (long From, long To)[] missing)
    {
        long frame = 0;
        foreach (var chunk in chunks)
        {
            foreach (var sample in RecordingBench.Samples(chunk))
            {
                foreach (var gap in missing)
                {
                    if (frame == gap.From) frame = gap.To;
                }

                Assert.Equal(RingMicrophone.ValueOf(frame), sample);
                frame++;
            }
        }
    }

    [Theory]
    [InlineData(AudioCodec.Wav)]
    [InlineData(AudioCodec.Flac)]
    public async Task Chunks_follow_each_other_with_no_frame_missing_and_none_twice(AudioCodec codec)
    {
        using var bench = new RecordingBench(codec);
        bench.Microphone.StartRun();
        bench.Microphone.Play(8000 * 5 + 1234);
        var chunks = await bench.EndAsync();
        Assert.Equal([16_000, 16_000, 9_234], chunks.Select(c => c.Frames));
        Assert.Equal([0, 16_000, 32_000], chunks.Select(c => c.FirstFrame));
        Assert.Equal([0, 1, 2], chunks.Select(c => c.Number));
        Assert.Single(chunks.Select(c => c.Run).Distinct());
        AssertHolds(chunks);
    }

    [Fact]
    public async Task A_chunk_starts_where_its_first_frame_lies_and_not_when_its_file_was_closed()
    {
        using var bench = new RecordingBench();
        var started = bench.Time.GetUtcNow();
        bench.Microphone.StartRun();
        bench.Microphone.Play(8000 * 4);
        var chunks = await bench.EndAsync();
        Assert.InRange((chunks[0].StartAt - started).TotalMilliseconds, -1, 21);
        Assert.InRange((chunks[1].StartAt - chunks[0].StartAt).TotalMilliseconds, 1999, 2001);
    }

    [Fact]
    public async Task An_overrun_is_a_gap_of_its_length_between_two_runs()
    {
        using var bench = new RecordingBench();
        bench.Microphone.StartRun();
        bench.Microphone.Play(4000);
        bench.Microphone.StartRun(RunBreak.Xrun, lostFrames: 160);
        bench.Microphone.Play(4000);
        var chunks = await bench.EndAsync();
        Assert.Equal([4000, 4000], chunks.Select(c => c.Frames));
        Assert.NotEqual(chunks[0].Run, chunks[1].Run);
        var gap = Assert.Single(chunks[1].GapsBefore);
        Assert.Equal(("xrun", 160L), (gap.Cause, gap.Frames));
        Assert.InRange(gap.ToUs - gap.FromUs, 19_000, 41_000);
        AssertHolds(chunks);
    }

    [Fact]
    public async Task A_muted_microphone_leaves_no_audio_and_a_named_gap()
    {
        using var bench = new RecordingBench();
        bench.Microphone.StartRun();
        bench.Microphone.Play(8000);
        await bench.CaughtUpAsync();
        bench.Gate.Mute(bench.Time.GetUtcNow().AddSeconds(1));
        bench.Microphone.Play(16_000);
        var chunks = await bench.EndAsync();
        Assert.Equal(2, chunks.Count);
        Assert.Equal(24_000, chunks.Sum(c => c.Frames) + bench.Counters.GapFrames["muted"]);
        Assert.InRange(bench.Counters.GapFrames["muted"], 7_800, 8_200);
        var gap = Assert.Single(chunks[1].GapsBefore);
        Assert.Equal("muted", gap.Cause);
        AssertHolds(chunks, (chunks[0].Frames, chunks[1].FirstFrame));
    }

    [Fact]
    public async Task Recording_stops_at_the_frame_where_the_window_closes()
    {
        var closes = new RecordingSchedule(ScheduleWindow.TryParseAll("09:00-10:01", out var windows, out _) ? windows : [], TimeZoneInfo.Utc);
        using var bench = new RecordingBench(schedule: closes, chunkSeconds: 60, ringSeconds: 90);
        bench.Microphone.StartRun();
        bench.Microphone.Play(8000 * 61);
        var chunks = await bench.EndAsync();
        Assert.InRange(chunks.Sum(c => c.Frames), 8000 * 60 - 8, 8000 * 60 + 8);
        Assert.Equal(8000 * 61, chunks.Sum(c => c.Frames) + bench.Counters.GapFrames["outside_schedule"]);
    }

    [Fact]
    public async Task A_loop_that_comes_too_late_knows_exactly_what_it_missed()
    {
        using var bench = new RecordingBench(ringSeconds: 2, startNow: false);
        bench.Microphone.StartRun();
        bench.Microphone.Play(8000 * 5);
        bench.Start();
        var chunks = await bench.EndAsync();
        Assert.Equal(8000 * 5, chunks.Sum(c => c.Frames) + bench.Counters.GapFrames.Values.Sum());
        AssertHolds(chunks, (0, chunks[0].FirstFrame));
    }

    [Fact]
    public async Task Ogg_Opus_chunks_hold_exactly_the_frames_captured()
    {
        using var bench = new RecordingBench(AudioCodec.Opus);
        bench.Microphone.StartRun();
        bench.Microphone.Play(8000 * 5 + 777);
        var chunks = await bench.EndAsync();
        var decoded = 0L;
        foreach (var chunk in chunks)
        {
            using var reader = AudioFileReader.Open(chunk.Path);
            decoded += reader.Frames;
        }

        Assert.Equal((8000 * 5 + 777) * 6, decoded);
    }

    [Fact]
    public async Task A_disk_that_fails_for_a_while_costs_nothing_that_fits_into_the_ring()
    {
        var disk = new FaultyDisk();
        using var bench = new RecordingBench(disk: disk);
        bench.Microphone.StartRun();
        bench.Microphone.Play(8000 * 3);
        await bench.CaughtUpAsync();
        disk.Errno = FaultyDisk.Eio;
        bench.Microphone.Play(8000 * 3);
        await Wait.Until("the trouble is told", () => bench.Counters.StorageTrouble is not null);
        disk.Errno = 0;
        bench.Microphone.Play(8000);
        await bench.CaughtUpAsync();
        var chunks = await bench.EndAsync();
        Assert.Null(bench.Counters.StorageTrouble);
        Assert.Equal(8000 * 7, chunks.Sum(c => c.Frames));
        AssertHolds(chunks);
    }

    [Fact]
    public async Task What_did_not_fit_into_the_ring_while_the_disk_was_full_is_a_gap_that_says_so()
    {
        var disk = new FaultyDisk();
        using var bench = new RecordingBench(disk: disk, ringSeconds: 2);
        bench.Microphone.StartRun();
        bench.Microphone.Play(8000);
        await bench.CaughtUpAsync();
        disk.Errno = FaultyDisk.Enospc;
        bench.Microphone.Play(800);
        await Wait.Until("the trouble is told", () => bench.Counters.StorageTrouble is not null);
        bench.Microphone.Play(8000 * 5);
        disk.Errno = 0;
        await bench.CaughtUpAsync();
        bench.Microphone.Play(8000);
        var chunks = await bench.EndAsync();
        Assert.Equal(8000 * 7 + 800, chunks.Sum(c => c.Frames) + bench.Counters.GapFrames["disk_full"]);
        Assert.Single(bench.Counters.GapFrames);
    }

    [Fact]
    public async Task A_microphone_that_was_away_for_long_while_the_disk_was_full_leaves_one_gap_and_not_one_a_second()
    {
        using var bench = new RecordingBench();
        bench.Microphone.StartRun();
        bench.Microphone.Play(8000);
        await bench.CaughtUpAsync();
        bench.Gate.IsDiskFull = true;
        bench.Microphone.StartRun(RunBreak.DeviceLost, lostFrames: 8000 * 50 * 60);
        bench.Microphone.Play(800);
        await bench.CaughtUpAsync();
        bench.Gate.IsDiskFull = false;
        bench.Microphone.Play(8000);
        var chunks = await bench.EndAsync();
        Assert.Equal(2, chunks.Count);
        var ledger = bench.Spool.Ledger(bench.Time.GetUtcNow().AddHours(-1), bench.Time.GetUtcNow().AddHours(1));
        var full = Assert.Single(ledger.Gaps, g => g.Cause == "disk_full");
        Assert.InRange(full.Count, 1, 4); // the time away, and what came while it was still full
        Assert.InRange(full.Duration.TotalMinutes, 50, 51);
    }
}
