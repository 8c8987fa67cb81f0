using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;

namespace Chorale.Tests.Recording;

/// <summary>Everything that can happen to a recording, at random and in any order: afterwards each frame played is in one chunk or one gap.</summary>
public sealed class RecordingHistoryTests(ITestOutputHelper output)
{
    private const int Histories = 120;

    [Fact]
    public async Task After_any_history_of_faults_every_frame_played_is_in_one_chunk_or_in_one_gap()
    {
        var seen = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var seeds = new System.Collections.Concurrent.ConcurrentQueue<int>(Enumerable.Range(1, Histories));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (seeds.TryDequeue(out var seed))
            {
                var causes = await PlayAsync(seed);
                lock (seen)
                {
                    foreach (var cause in causes) seen[cause] = seen.GetValueOrDefault(cause) + 1;
                }
            }
        })));
        output.WriteLine($"{Histories} histories, of them with " + string.Join(", ", seen.Select(s => $"{s.Key} {s.Value}")));
        Assert.Superset(new HashSet<string> { "xrun", "device_lost", "muted", "disk_full", "storage_failed", "ring_full" }, seen.Keys.ToHashSet());
    }

    /// <returns>Causes of the gaps there were.</returns>
    private static async Task<IReadOnlyCollection<string>> PlayAsync(int seed)
    {
        var random = new Random(seed);
        var disk = new FaultyDisk();
        AudioCodec[] codecs = [AudioCodec.Wav, AudioCodec.Flac, AudioCodec.Opus];
        using var bench = new RecordingBench(codecs[seed % 3], chunkSeconds: random.Next(1, 4), disk: disk, ringSeconds: random.Next(2, 5), startNow: false);
        var lost = 0L;
        var runs = new List<(Guid Run, long From)> { (bench.Microphone.StartRun().Id, 0) };
        // Too late from the beginning, now and then.
        bench.Microphone.Play(random.Next(3) == 0 ? 8000 * random.Next(1, 8) : random.Next(1, 8000));
        bench.Start();
        // A run that has begun and ended, and was overwritten, before anybody read is known to nobody.
        await Wait.Until("the loop reads", () => bench.Counters.ReadFrames > 0);
        for (var steps = random.Next(4, 14); steps > 0; steps--)
        {
            if (random.Next(2) == 0 && disk.Errno == 0) await bench.CaughtUpAsync();
            switch (random.Next(7))
            {
                case 0:
                    lost += StartRun(RunBreak.Xrun, random.Next(1, 2000));
                    break;
                case 1:
                    lost += StartRun(RunBreak.DeviceLost, random.Next(1, 80_000));
                    break;
                case 2:
                    if (bench.Gate.MutedUntil(bench.Time.GetUtcNow()) is null) bench.Gate.Mute(bench.Time.GetUtcNow().AddMilliseconds(random.Next(1, 3000)));
                    break;
                case 3:
                    disk.Errno = random.Next(2) == 0 ? FaultyDisk.Eio : FaultyDisk.Enospc;
                    bench.Microphone.Play(random.Next(1, 2000));
                    await Wait.Until("the disk has refused, or nothing is written now", () => bench.Counters.StorageTrouble is not null || bench.HasCaughtUp);
                    break;
                case 4:
                    disk.FailNext(random.Next(1, 5));
                    break;
                default:
                    disk.Errno = 0;
                    break;
            }

            bench.Microphone.Play(random.Next(2) == 0 ? random.Next(1, 2000) : random.Next(2000, 40_000));
        }

        disk.Errno = 0;
        bench.Microphone.Play(random.Next(1, 4000));
        var chunks = await bench.EndAsync();
        var told = $"history {seed}: {bench.Microphone.Frames} played, {chunks.Sum(c => c.Frames)} in chunks, {lost} between runs, "
            + string.Join(", ", bench.Counters.GapFrames.Select(g => $"{g.Key} {g.Value}"));
        var inGaps = bench.Counters.GapFrames.Values.Sum() - lost;
        Assert.True(bench.Microphone.Frames == chunks.Sum(c => c.Frames) + inGaps, told);
        AssertContent(chunks, runs, told);
        var ledger = bench.Spool.Ledger(DateTimeOffset.UnixEpoch, bench.Time.GetUtcNow().AddDays(1));
        Assert.True(ledger.AddsUp, told + "; " + string.Join("; ", ledger.Runs.Select(r => r.Problem)));
        Assert.True(bench.Microphone.Frames == ledger.Runs.Sum(r => r.CapturedFrames), told + $"; the ledger has {ledger.Runs.Sum(r => r.CapturedFrames)}");
        return [.. bench.Counters.GapFrames.Keys];

        long StartRun(RunBreak why, int frames)
        {
            runs.Add((bench.Microphone.StartRun(why, frames).Id, bench.Microphone.Frames));
            return frames;
        }
    }

    /// <summary>Each chunk holds the very frames that it says.</summary>
    private static void AssertContent(IReadOnlyList<SpoolChunk> chunks, List<(Guid Run, long From)> runs, string told)
    {
        foreach (var chunk in chunks)
        {
            var found = ChunkFiles.Inspect(chunk.Path);
            Assert.True(found.Condition == ChunkCondition.Intact, $"{told}; chunk {chunk.Number} of {chunk.Frames}: {found.Condition}, {found.Frames} frames, {found.Detail}");
            if (chunk.Codec == AudioCodec.Opus) continue;
            var first = runs.Single(r => r.Run == chunk.Run).From + chunk.FirstFrame;
            var samples = RecordingBench.Samples(chunk);
            Assert.Equal(chunk.Frames, samples.Length);
            for (var i = 0; i < samples.Length; i++)
            {
                if (samples[i] != RingMicrophone.ValueOf(first + i)) Assert.Fail($"{told}; frame {i} of chunk {chunk.Number} of {chunk.Run} is another");
            }
        }
    }
}
