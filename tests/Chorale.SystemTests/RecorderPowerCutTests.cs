using System.Globalization;
using Chorale.Audio.Files;
using Chorale.Recorder.Spool;

namespace Chorale.SystemTests;

/// <summary>The whole recorder on a disk whose power goes, at its default settings but for the length of a chunk.</summary>
public sealed class RecorderPowerCutTests(ITestOutputHelper output)
{
    private const int Cuts = 60;

    /// <summary>What a cut may cost, and the period of the device that was under way.</summary>
    private const double BoundMs = 200 + 20;

    [Fact]
    public async Task After_sixty_power_cuts_all_but_a_fifth_of_a_second_is_there_and_can_be_played()
    {
        Assert.SkipWhen(LoopDisk.Unavailable is not null, LoopDisk.Unavailable ?? "");
        using var disk = LoopDisk.Create(48);
        var spool = Path.Combine(disk.Mount, "spool");
        using var witness = new Witness(Path.Combine(disk.Mount, "witness"));
        using var recorder = RecorderProcess.Start(spool, AudioCodec.Opus, chunkSeconds: 2, "spool.min_free=1MB");
        await recorder.RunOpenedAsync();
        await Wait.Until("a chunk is sealed", () => Directory.GetFiles(Path.Combine(spool, "outbox"), "*.ogg").Length > 0);
        var random = new Random(60);
        var losses = new List<double>();
        var stale = new List<double>();
        for (var cut = 0; cut < Cuts; cut++)
        {
            // Long enough to catch up with the time for which it stood still.
            await Task.Delay(random.Next(250, 600));
            recorder.Freeze();
            var at = TimeProvider.System.GetUtcNow();
            stale.Add(witness.StaleMs);
            LoopDisk found;
            lock (witness.Writing)
            {
                found = disk.CutPower();
                AssertEqualBytes(spool, Path.Combine(found.Mount, "spool"));
            }

            recorder.Thaw();
            using (found) losses.Add((at - Recovered(Path.Combine(found.Mount, "spool"))).TotalMilliseconds);
        }

        await recorder.StopAsync();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Cuts} cuts: loss median {Quantile(losses, 0.5):0} ms, 90 % {Quantile(losses, 0.9):0} ms, worst {losses.Max():0} ms; "
            + $"last durable tick of a bare 20 ms loop: median {Quantile(stale, 0.5):0} ms, 90 % {Quantile(stale, 0.9):0} ms, worst {stale.Max():0} ms"));
        // Ten times what is promised: the figures above are for a machine that is not busy, and here a device may hold up even the bare loop.
        Assert.InRange(Quantile(losses, 0.9), 0, 10 * BoundMs + stale.Max());
    }

    /// <summary>Before anything is repaired: what can be read of each file is, byte for byte, what the recorder wrote.</summary>
    private static void AssertEqualBytes(string live, string found)
    {
        foreach (var path in Directory.GetFiles(Path.Combine(found, "outbox")))
        {
            var valid = (int)ChunkFiles.Inspect(path).ValidBytes;
            var original = Path.Combine(live, "outbox", Path.GetFileName(path));
            // Names are not synced before the chunk is complete: a part may still lie under the name it had before.
            if (valid == 0 || !File.Exists(original)) continue;
            Assert.True(File.ReadAllBytes(path).AsSpan(0, valid).SequenceEqual(File.ReadAllBytes(original).AsSpan(0, valid)), $"{path} is not what was written");
        }
    }

    /// <returns>Time of the last frame that is there after recovery.</returns>
    private static DateTimeOffset Recovered(string spool)
    {
        var log = new TestLog();
        using var store = SpoolStore.Open(new SpoolOptions(spool, null, null, "mic1", TimeZoneInfo.Utc), TimeProvider.System, log);
        var chunks = store.List(ChunkState.Ready).OrderBy(c => c.Number).ToList();
        var run = Assert.Single(chunks.Select(c => c.Run).Distinct());
        var ledger = store.Ledger(DateTimeOffset.UnixEpoch, TimeProvider.System.GetUtcNow().AddMinutes(1));
        Assert.True(ledger.AddsUp, string.Join("; ", ledger.Runs.Select(r => $"{run}: {r.Problem}")));
        Assert.Equal(0, ledger.QuarantinedFrames + ledger.LostFrames);
        long next = 0, missing = 0;
        foreach (var chunk in chunks)
        {
            missing += chunk.FirstFrame - next;
            next = chunk.FirstFrame + chunk.Frames;
        }

        // While the image was copied the recorder stood still; where that took longer than its ring, the ledger says so.
        var overrun = ledger.Gaps.Where(g => g.Cause == "ring_full").Sum(g => g.Frames);
        Assert.True(missing == overrun, $"{missing} frames are missing between chunks; gaps: {string.Join("; ", ledger.Gaps)}\n"
            + string.Join("\n", chunks.TakeLast(5).Select(c => $"{c.Number} {Path.GetFileName(c.Path)} {c.FirstFrame}+{c.Frames}").Concat(log.Lines.Select(l => l.Text))));
        foreach (var chunk in chunks.TakeLast(2))
        {
            Assert.Equal(ChunkCondition.Intact, ChunkFiles.Inspect(chunk.Path).Condition);
            using var audio = AudioFileReader.Open(chunk.Path);
            Assert.Equal(chunk.Frames, audio.Frames);
        }

        return chunks[0].StartAt + TimeSpan.FromSeconds(next / (double)chunks[0].RateHz);
    }

    private static double Quantile(IEnumerable<double> values, double q)
    {
        var sorted = values.Order().ToList();
        return sorted[(int)Math.Ceiling(q * sorted.Count) - 1];
    }
}
