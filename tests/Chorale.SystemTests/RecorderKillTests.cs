using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Chorale.Audio.Files;
using Chorale.Recorder.Spool;

namespace Chorale.SystemTests;

/// <summary>The whole recorder, killed in the middle of its work again and again on one spool.</summary>
public sealed class RecorderKillTests(ITestOutputHelper output)
{
    private const int Lanes = 4;

    private static readonly HttpClient Http = new();

    /// <summary>What kill -9 may cost, and the period of the device that was under way: its frames had not been handed to anybody.</summary>
    private const double BoundMs = 100 + PeriodMs;

    private const double PeriodMs = 20;

    /// <summary>FLAC: a block more.</summary>
    private const double FlacBlockMs = 20;

    [Fact]
    public async Task Killed_at_random_instants_the_recorder_loses_a_tenth_of_a_second_and_everything_else_adds_up()
    {
        // In memory: a kill takes nothing that a write has handed over, and what a stalling device holds back is not what is measured here.
        var memory = Directory.Exists("/dev/shm") ? Path.Combine("/dev/shm", "chorale-test-" + Guid.NewGuid().ToString("N")) : null;
        using var folder = new TempFolder(memory);
        using var witness = new Witness();
        AudioCodec[] codecs = [AudioCodec.Opus, AudioCodec.Opus, AudioCodec.Wav, AudioCodec.Flac];
        int[] kills = [16, 16, 12, 12];
        var lanes = await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane =>
            KillAgainAndAgainAsync(Path.Combine(folder.Path, $"spool{lane}"), codecs[lane], kills[lane], new Random(lane), witness)));
        var losses = new List<(AudioCodec Codec, double LossMs, double StaleMs)>();
        for (var lane = 0; lane < Lanes; lane++) losses.AddRange(Account(Path.Combine(folder.Path, $"spool{lane}"), codecs[lane], lanes[lane]));
        Report(losses);
        Assert.True(losses.Count >= 50);
        var stale = losses.Select(l => l.StaleMs - PeriodMs).ToList();
        // Ten times what is promised, as the machine may be busy; time on the clock that passed while nobody was let run is not audio held
        // back by us either, and the witness says how much that was.
        Assert.InRange(Quantile(losses.Select(l => l.LossMs), 0.9), 0, 10 * BoundMs + Math.Max(0, stale.Max()));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<double?> DurableLagMsAsync(int port)
    {
        try
        {
            using var health = JsonDocument.Parse(await Http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/health")));
            return health.RootElement.GetProperty("durable_lag_ms").GetDouble();
        }
        catch (HttpRequestException)
        {
            return null; // not listening yet
        }
    }

    private sealed record Killing(Guid Run, DateTimeOffset OpenedAt, DateTimeOffset At, double StaleMs);

    private static async Task<List<Killing>> KillAgainAndAgainAsync(string spool, AudioCodec codec, int kills, Random random, Witness witness)
    {
        var done = new List<Killing>();
        for (var kill = 0; kill < kills; kill++)
        {
            var port = FreePort();
            using var recorder = RecorderProcess.Start(spool, codec, chunkSeconds: 1, $"health.port={port}");
            var (run, opened) = await recorder.RunOpenedAsync();
            // What came while program and spool were starting is caught up with first. Chunks of one second: the kill comes between the
            // beginning of a file, its cut, its seal and the next one.
            await Wait.Until("it has caught up with its own start", async () => await DurableLagMsAsync(port) is > 0 and < 150);
            await Task.Delay(random.Next(0, 1500));
            var stale = witness.StaleMs;
            done.Add(new Killing(run, opened, recorder.Kill(), stale));
        }

        using var last = RecorderProcess.Start(spool, codec, chunkSeconds: 1);
        await last.RunOpenedAsync();
        await last.StopAsync();
        return done;
    }

    private static List<(AudioCodec, double, double)> Account(string spool, AudioCodec codec, List<Killing> kills)
    {
        using var reader = SpoolReader.Open(new SpoolOptions(spool, null, null, "mic1", TimeZoneInfo.Utc));
        var ledger = reader.Ledger(DateTimeOffset.UnixEpoch, TimeProvider.System.GetUtcNow());
        Assert.True(ledger.AddsUp, string.Join("; ", ledger.Runs.Select(r => r.Problem)));
        Assert.Equal(0, ledger.QuarantinedFrames + ledger.LostFrames + ledger.OpenChunks);
        var runs = reader.List(ChunkState.Ready).GroupBy(c => c.Run).ToDictionary(g => g.Key, g => g.OrderBy(c => c.Number).ToList());
        Assert.Equal(Directory.GetFiles(Path.Combine(spool, "outbox")).Length, runs.Values.Sum(r => r.Count));
        Assert.Empty(Directory.GetFiles(Path.Combine(spool, "quarantine")));
        foreach (var run in runs.Values) AssertWhole(run);
        return [.. kills.Select(k => (codec, LossMs(k, runs.GetValueOrDefault(k.Run)) - (codec == AudioCodec.Flac ? FlacBlockMs : 0), k.StaleMs))];
    }

    /// <summary>Every file can be played, and each begins with the frame after the last one of the file before it.</summary>
    private static void AssertWhole(List<SpoolChunk> run)
    {
        long next = 0;
        foreach (var chunk in run)
        {
            Assert.Equal(next, chunk.FirstFrame);
            Assert.Equal(SpoolStore.IdOf(new(chunk.Run), chunk.Number), chunk.Id);
            var found = ChunkFiles.Inspect(chunk.Path);
            Assert.Equal(ChunkCondition.Intact, found.Condition);
            using var audio = AudioFileReader.Open(chunk.Path);
            Assert.Equal(chunk.Frames, audio.Frames);
            next += chunk.Frames;
        }
    }

    private static double LossMs(Killing kill, List<SpoolChunk>? run)
    {
        // Killed before the first page: all of it is lost, from one period before the line that says frames have come.
        if (run is null) return (kill.At - kill.OpenedAt).TotalMilliseconds + PeriodMs;
        var last = run[^1];
        return (kill.At - run[0].StartAt).TotalMilliseconds - (last.FirstFrame + last.Frames) * 1000.0 / last.RateHz;
    }

    private void Report(List<(AudioCodec Codec, double LossMs, double StaleMs)> losses)
    {
        foreach (var codec in losses.GroupBy(l => l.Codec))
            output.WriteLine($"{codec.Key}: {codec.Count()} kills, {Figures(codec.Select(l => l.LossMs))}");
        output.WriteLine($"all: {Figures(losses.Select(l => l.LossMs))}; last tick of a bare 20 ms loop: {Figures(losses.Select(l => l.StaleMs))}");
    }

    private static string Figures(IEnumerable<double> ms)
    {
        var list = ms.ToList();
        return string.Create(CultureInfo.InvariantCulture, $"median {Quantile(list, 0.5):0} ms, 90 % {Quantile(list, 0.9):0} ms, worst {list.Max():0} ms");
    }

    private static double Quantile(IEnumerable<double> values, double q)
    {
        var sorted = values.Order().ToList();
        return sorted[(int)Math.Ceiling(q * sorted.Count) - 1];
    }
}
