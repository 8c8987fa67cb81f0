using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Chorale.Audio.Files;
using Chorale.Bench.Recorder;
using Chorale.Hub;
using Chorale.Hub.Settings;
using Chorale.TestKit;

namespace Chorale.Bench.Live;

/// <summary>
/// From the sound to the ear, by content: bursts played into a virtual microphone, which our recorder and ffmpeg hear at the same time; the ears are a listener at
/// the hub and ffmpeg at the end of an Ogg stream over HTTP. Then the page in Chromium, the second copy when the recorder is killed, and what `always` costs.
/// </summary>
internal static class LiveBench
{
    private const int Bursts = 24;
    private const double Every = 2.5;
    private const int Kills = 12;
    /// <summary>Their names in the archive.</summary>
    private static readonly Dictionary<string, string> Devices = [];

    private static readonly TimeSpan CostTime = TimeSpan.FromSeconds(60);

    public static async Task RunAsync()
    {
        using var folder = new TempFolder();
        await using var hub = await HubHost.StartAsync(
            new HubSettings { DataFolder = folder["hub"], Listen = [new ListenAddress(System.Net.IPAddress.Loopback, 0)] }, TimeProvider.System, new TestLog());
        await DelayAsync(folder, hub);
        Console.WriteLine();
        using (var recorder = Recorder(folder["paged"], hub, "paged", "tone:", "on_demand", null))
        {
            await Wait.Until("it uploads", () => hub.Index.Read(c => Dapper.SqlMapper.ExecuteScalar<int>(c, "SELECT COUNT(*) FROM chunks WHERE recorder_id = @id", new { id = Devices["paged"] })) > 0);
            await LiveInPage.RunAsync(new Uri(hub.Addresses[0]), Devices["paged"]);
            recorder.Signal("TERM");
        }

        Console.WriteLine();
        await KillsAsync(folder, hub);
        Console.WriteLine();
        await CostAsync(folder, hub);
    }

    private static async Task DelayAsync(TempFolder folder, HubHost hub)
    {
        await using var microphone = await VirtualMicrophone.StartAsync();
        var environment = new Dictionary<string, string> { ["PULSE_SERVER"] = microphone.ServerAddress, ["PULSE_SOURCE"] = microphone.SourceName };
        microphone.KeepPace();
        using var recorder = Recorder(folder["heard"], hub, "heard", microphone.Device, "on_demand", environment);
        var port = FreePort();
        using var server = ChildProcess.Start("ffmpeg",
            ["-loglevel", "error", "-f", "pulse", "-fragment_size", "1920", "-i", microphone.SourceName, "-ac", "1", "-c:a", "libopus", "-b:a", "32k", "-page_duration", "60000", "-flush_packets", "1", "-f", "ogg", "-listen", "1", $"http://127.0.0.1:{port}/live"],
            environment);
        await Wait.Until("the recorder uploads", () => hub.Index.Read(c => Dapper.SqlMapper.ExecuteScalar<int>(c, "SELECT COUNT(*) FROM chunks")) > 0);
        using var raw = Ear("parec", ["--format=s16le", "--rate=48000", "--channels=1", "--latency-msec=10"], environment, out var reference);
        using var peer = Ear("ffmpeg",
            ["-loglevel", "error", "-fflags", "nobuffer", "-flags", "low_delay", "-probesize", "32", "-analyzeduration", "0", "-i", $"http://127.0.0.1:{port}/live", "-f", "s16le", "-flush_packets", "1", "-ac", "1", "-ar", "48000", "-"],
            environment, out var foreign);
        await using var ear = LiveEar.Open(new Uri(hub.Addresses[0]), "heard");
        await ear.HearAsync(2);
        WriteBursts(folder["bursts.wav"]);
        microphone.Play(folder["bursts.wav"]);
        await Wait.Until("all bursts were heard", () => reference.Stamps.Count >= Bursts, TimeSpan.FromSeconds(Bursts * Every + 30));
        await Task.Delay(TimeSpan.FromSeconds(4));

        var ours = OnsetsOf(ear);
        var table = new Table("ear", "bursts", "p50 ms", "p99 ms", "worst ms");
        table.Add(["recorder -> hub -> listener at the hub's HTTP", .. Row(reference.Stamps, ours)]);
        table.Add(["ffmpeg -f pulse, libopus -> Ogg over HTTP -> ffmpeg, low_delay", .. Row(reference.Stamps, foreign.Stamps)]);
        table.Print();
        Console.WriteLine("\nBehind parec with 10 ms fragments on the same microphone; the page adds 250 ms on purpose.");
        foreach (var child in new[] { recorder, server }) child.Signal("TERM");
    }

    /// <summary>When the pieces that hold an onset had come.</summary>
    private static List<long> OnsetsOf(LiveEar ear)
    {
        var (found, quiet) = (new List<long>(), 0);
        foreach (var block in ear.Blocks)
        {
            foreach (var sample in block.Samples)
            {
                var isLoud = Math.Abs(sample) > 3_277;
                if (isLoud && quiet > 24_000) found.Add(block.ArrivedStamp);
                quiet = isLoud ? 0 : quiet + 1;
            }
        }

        return found;
    }

    private static string[] Row(IReadOnlyList<long> reference, IReadOnlyList<long> heard)
    {
        var delays = reference.Select(r => heard.Where(h => h >= r - Stopwatch.Frequency / 20).Select(h => Stopwatch.GetElapsedTime(r, h).TotalMilliseconds).DefaultIfEmpty(double.NaN).First())
            .Where(d => d < Every * 1000).Order().ToList();
        string At(double quantile) => delays.Count == 0 ? "" : delays[Math.Min(delays.Count - 1, (int)(delays.Count * quantile))].ToString("0", CultureInfo.InvariantCulture);
        return [$"{delays.Count} of {reference.Count}", At(0.5), At(0.99), At(1)];
    }

    private static async Task KillsAsync(TempFolder folder, HubHost hub)
    {
        var (behind, random) = (new List<double>(), new Random(3));
        for (var kill = 0; kill < Kills; kill++)
        {
            using var recorder = Recorder(folder[$"killed{kill}"], hub, $"killed{kill}", "tone:", "always", null);
            var name = $"killed{kill}";
            await Wait.Until("seconds are held", () => hub.LiveCopies.All.Any(c => c.Place.RecorderId == Devices[name] && c.ToUs - c.FromUs > 3_000_000), TimeSpan.FromSeconds(60));
            await Task.Delay(random.Next(0, 500));
            recorder.Kill();
            await Task.Delay(TimeSpan.FromSeconds(1)); // what was in flight arrives or never will
            var part = Directory.GetFiles(Path.Combine(folder[name], "outbox"), "*.part").Select(p => ChunkFiles.Inspect(p)).Max(i => i.Frames);
            var copy = Directory.GetFiles(Path.Combine(folder["hub"], "live", Devices[name]), "*.ogg").Select(p => ChunkFiles.Inspect(p)).Max(i => i.Frames);
            behind.Add((part - copy) / 48.0);
        }

        behind.Sort();
        var table = new Table("kill -9 of the recorder", "copy behind its disk, p50 ms", "worst ms");
        table.Add($"{Kills} times", behind[Kills / 2].ToString("0", CultureInfo.InvariantCulture), behind[^1].ToString("0", CultureInfo.InvariantCulture));
        table.Print();
    }

    private static async Task CostAsync(TempFolder folder, HubHost hub)
    {
        using var off = Recorder(folder["off"], hub, "off", "tone:", "off", null);
        using var always = Recorder(folder["always"], hub, "always", "tone:", "always", null);
        using var wav = Recorder(folder["wav"], hub, "wav", "tone:", "always", null, "recording.codec=wav");
        await Task.Delay(TimeSpan.FromSeconds(8));
        (string Name, ChildProcess Child)[] all = [("upload.live off", off), ("always, opus: the pages themselves", always), ("always, wav: Opus beside it", wav)];
        var before = all.Select(a => ProcessCost.Of(a.Child.Id)).ToList();
        var lags = new List<double>();
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < CostTime;)
        {
            await Task.Delay(200);
            lags.AddRange(hub.LiveCopies.All.Where(c => c.Place.RecorderId == Devices["always"]).OrderBy(c => c.FromUs).TakeLast(1).Select(c => (Protocol.WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) - c.ToUs) / 1000.0));
        }

        var table = new Table("recorder, 60 s", "CPU s", "RSS MB", "private MB");
        foreach (var ((name, child), was) in all.Zip(before))
        {
            var now = ProcessCost.Of(child.Id);
            table.Add(name, (now.CpuSeconds - was.CpuSeconds).ToString("0.00", CultureInfo.InvariantCulture), now.RssMb.ToString("0.0", CultureInfo.InvariantCulture), now.PrivateMb.ToString("0.0", CultureInfo.InvariantCulture));
        }

        table.Print();
        lags.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nlive_lag_ms of the copy, five times a second: p50 {lags[lags.Count / 2]:0}, p99 {lags[(int)(lags.Count * 0.99)]:0}, worst {lags[^1]:0}"));
        foreach (var (_, child) in all) child.Signal("TERM");
    }

    private static ChildProcess Recorder(string spool, HubHost hub, string name, string device, string live, Dictionary<string, string>? environment, params string[] more)
    {
        var none = Guid.Empty.ToString();
        var sender = Devices[name] = Guid.NewGuid().ToString();
        var token = hub.Tokens.IssueDevice(sender).Secret;
        string[] sets =
        [
            $"id={name}", "health.port=0", "log.format=json", "spool.min_free=1MB", "upload.sink=ingest", $"upload.url={hub.Addresses[0]}", $"upload.token={token}", $"upload.point_id={none}",
            $"upload.register_id={none}", $"upload.device_id={sender}", $"upload.live={live}", .. more,
        ];
        var chunk = live == "on_demand" ? "5" : "60";
        return ChildProcess.Chorale(["record", "--mode", "continuous", "--device", device, "--chunk-seconds", chunk, "--spool", spool, .. sets.SelectMany(s => (string[])["--set", s])], environment, Path.GetDirectoryName(spool));
    }

    private static EarProcess Ear(string program, string[] arguments, Dictionary<string, string> environment, out Onsets onsets)
    {
        var process = new EarProcess(program, arguments, environment);
        onsets = process.Onsets;
        return process;
    }

    private static void WriteBursts(string path)
    {
        const int rate = 48_000;
        using var file = new FileStream(path, FileMode.Create);
        using var encoder = ChunkEncoders.Create(new EncoderSettings(AudioCodec.Wav), new Audio.Pcm.PcmFormat(rate, 1, Audio.Pcm.SampleFormat.S16), static (_, _) => { });
        encoder.Begin(file, []);
        var samples = new byte[(int)((Bursts + 1) * Every * rate) * 2];
        for (var burst = 1; burst <= Bursts; burst++)
        {
            var first = (int)(burst * Every * rate);
            for (var i = 0; i < rate / 5; i++) BitConverter.TryWriteBytes(samples.AsSpan((first + i) * 2), (short)(16_000 * Math.Sin(2 * Math.PI * 1_000 * i / rate)));
        }

        encoder.Write(samples);
        encoder.End();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A program whose output is samples.</summary>
    private sealed class EarProcess : IDisposable
    {
        private readonly Process _process;

        public EarProcess(string program, string[] arguments, Dictionary<string, string> environment)
        {
            var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
            foreach (var argument in arguments) start.ArgumentList.Add(argument);
            foreach (var (name, value) in environment) start.Environment[name] = value;
            _process = Process.Start(start)!;
            new Thread(() => Onsets.Follow(_process.StandardOutput.BaseStream)) { IsBackground = true }.Start();
        }

        public Onsets Onsets { get; } = new();

        public void Dispose()
        {
            _process.Kill();
            _process.Dispose();
        }
    }
}
