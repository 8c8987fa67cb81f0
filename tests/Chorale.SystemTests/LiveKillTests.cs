using System.Text.Json;
using Chorale.Audio.Files;

namespace Chorale.SystemTests;

/// <summary>The real recorder with a second copy at a real hub, killed: what the hub holds of the chunk that was open, against what the recorder's own disk has.</summary>
public sealed class LiveKillTests(ITestOutputHelper output)
{
    private const int Kills = 6;

    /// <summary>Ten times what is promised.</summary>
    private const double BehindMsMax = 10_000;

    [Fact]
    public async Task Killed_at_any_instant_a_recorder_leaves_all_but_the_last_moment_at_the_hub()
    {
        var log = new TestLog();
        await using var hub = await PageHub.StartAsync(log);
        using var folder = new TempFolder();
        using var http = new HttpClient { BaseAddress = hub.Address };
        string[] ids = [Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), Guid.NewGuid().ToString()];
        string[] settings =
        [
            "upload.sink=ingest", $"upload.url={hub.Address}", $"upload.token={hub.Host.Tokens.IssueDevice(ids[2], ids[0], ids[1]).Secret}", $"upload.point_id={ids[0]}",
            $"upload.register_id={ids[1]}", $"upload.device_id={ids[2]}", "upload.live=always", "upload.retry_min_seconds=0.2", "upload.retry_max_seconds=1",
        ];
        var random = new Random(7);
        var behind = new List<double>();
        for (var kill = 0; kill < Kills; kill++)
        {
            using var recorder = RecorderProcess.Start(folder["spool"], AudioCodec.Opus, chunkSeconds: 60, settings);
            var (run, _) = await recorder.RunOpenedAsync();
            await Wait.Until("two seconds of it are held", () => HeldOf(run) is { } held && held.ToUs - held.FromUs > 2_000_000, TimeSpan.FromSeconds(60));
            await Task.Delay(random.Next(0, 500));
            recorder.Kill();
            await Wait.Until("the hub says that it is gone", async () => State(await http.GetStringAsync("/api/v2/live")) is "gone");
            var part = Directory.GetFiles(folder["spool/outbox"], "chunk_*.ogg.part").Select(p => ChunkFiles.Inspect(p)).Where(i => i.Frames > 0).MaxBy(i => i.Frames)!;
            var copy = ChunkFiles.Inspect(Directory.GetFiles(Path.Combine(hub.Host.Store.Folder, "live", ids[2]), $"{run:N}_0.ogg").Single());
            Assert.True(copy.Frames <= part.Frames, "the copy is never ahead of the recorder's own disk");
            behind.Add((part.Frames - copy.Frames) / 48.0);
        }

        output.WriteLine($"copy behind the recorder's disk after kill -9, ms: {string.Join(" ", behind.Order().Select(b => b.ToString("0", System.Globalization.CultureInfo.InvariantCulture)))}");
        Assert.All(behind, b => Assert.InRange(b, 0, BehindMsMax));

        // Back for good: every chunk comes, every copy goes, and nothing is there twice.
        using var last = RecorderProcess.Start(folder["spool"], AudioCodec.Opus, chunkSeconds: 60, settings);
        await last.RunOpenedAsync();
        await Wait.Until("the chunks of all lives have come", async () => (await ChunksAsync()) >= Kills, TimeSpan.FromSeconds(60));
        await last.StopAsync();
        await Wait.Until("no copy is left", () => hub.Host.LiveCopies.All.Count() <= 1);
        Assert.DoesNotContain(log.Lines, l => l.Event == "live_copy_kept");

        Archive.Copies.HeldCopyView? HeldOf(Guid run) => hub.Host.LiveCopies.All.FirstOrDefault(c => c.Place.Run == run);

        async Task<long> ChunksAsync() => JsonDocument.Parse(await http.GetStringAsync("/api/v2/stats")).RootElement.GetProperty("chunks").GetInt64();

        static string? State(string json) => JsonDocument.Parse(json).RootElement.GetProperty("recorders").EnumerateArray().Select(r => r.GetProperty("state").GetString()).FirstOrDefault();
    }
}
