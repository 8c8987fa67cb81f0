using System.Diagnostics;
using System.Globalization;
using Chorale.TestKit;

namespace Chorale.Bench.Ingest;

/// <summary>
/// Chunks of 180 kB from 64 connections: acknowledged and durable, beside the same bodies written, synced and renamed by 64 bare threads,
/// and beside nginx that stores them with PUT. The three take turns, so that a neighbour's load meets all of them.
/// </summary>
internal static class IngestBench
{
    private const int Connections = 64;
    private const int ChunksEach = 16;
    private const int Rounds = 5;
    private const double TargetRatio = 0.5;

    public static async Task RunAsync()
    {
        using var folder = new TempFolder();
        var file = OggChunk.Make(60, packetBytes: 59);
        using var child = StartHub(folder["hub"]);
        var hub = new Uri((await child.StandardOutput.ReadLineAsync())!);
        var tokens = new string[Connections];
        for (var n = 0; n < Connections; n++) tokens[n] = (await child.StandardOutput.ReadLineAsync())!;
        using var nginx = await NginxPeer.StartAsync(folder["nginx"]);

        var (bare, ours, puts) = (new Series(file.Length), new Series(file.Length), new Series(file.Length));
        for (var round = -2; round < Rounds; round++) // the first two warm up (the hub is a compiled program only then) and are not counted
        {
            var latencies = new List<double>();
            var elapsed = BareLoop.Run(folder.Path, file, Connections, ChunksEach, latencies);
            if (round >= 0) bare.Add(elapsed, latencies);

            var at = round;
            var cpu = Cpu(child.Id);
            (elapsed, latencies) = await SendAsync(n => Upload.SendAllAsync(hub, Requests(tokens[n], n, at, file)));
            if (round >= 0) ours.Add(elapsed, latencies, Cpu(child.Id) - cpu);

            if (nginx is null) continue;
            (elapsed, latencies) = await SendAsync(n => Upload.SendAllAsync(nginx.Address, Puts(n, at, file)));
            if (round >= 0) puts.Add(elapsed, latencies);
        }

        child.StandardInput.Close();
        await child.WaitForExitAsync();

        var table = new Table("stores", "chunks/s median", "min..max", "MB/s", "p50 ms", "p99 ms", "CPU ms/chunk");
        bare.AddTo(table, $"bare loop, {Connections} threads: write, fsync, rename");
        ours.AddTo(table, "hub: examined, file + folder + row durable");
        if (nginx is not null) puts.AddTo(table, "nginx PUT: nothing synced");
        table.Print();
        var ratios = ours.PerSecond.Zip(bare.PerSecond, (o, b) => o / b).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\n{file.Length} bytes, {Connections} connections x {ChunksEach} chunks x {Rounds} rounds. Hub / bare loop, round by round: {string.Join(" ", ratios.Select(r => r.ToString("0.00", CultureInfo.InvariantCulture)))}; median {Median(ratios):0.00}, target {TargetRatio:0.0}: {(Median(ratios) >= TargetRatio ? "met" : "MISSED")}."));
    }

    private static Process StartHub(string folder) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["hub", folder, Connections.ToString(CultureInfo.InvariantCulture)])
    {
        RedirectStandardInput = true, RedirectStandardOutput = true,
    })!;

    private static async Task<(TimeSpan, List<double>)> SendAsync(Func<int, Task<List<double>>> send)
    {
        var watch = Stopwatch.StartNew();
        var all = await Task.WhenAll(Enumerable.Range(0, Connections).Select(n => Task.Run(() => send(n))));
        return (watch.Elapsed, all.SelectMany(l => l).ToList());
    }

    private static IEnumerable<IReadOnlyList<byte[]>> Requests(string token, int sender, int round, byte[] file)
    {
        // Far apart in time from round to round, and never the same chunk twice.
        var start = new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero).AddHours(round);
        return Enumerable.Range(0, ChunksEach).Select(c => (IReadOnlyList<byte[]>)[Upload.Head(token, sender, start.AddMinutes(c), file.Length), file, Upload.Tail]);
    }

    private static IEnumerable<IReadOnlyList<byte[]>> Puts(int sender, int round, byte[] file) =>
        Enumerable.Range(0, ChunksEach).Select(c => (IReadOnlyList<byte[]>)[Upload.PutHead($"{sender}/{round}_{c}.ogg", file.Length), file]);

    private static TimeSpan Cpu(int process)
    {
        using var p = Process.GetProcessById(process);
        return p.TotalProcessorTime;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[sorted.Count / 2];
    }

    private sealed class Series(int fileBytes)
    {
        private readonly List<double> _latencies = [];
        private TimeSpan _cpu;

        public List<double> PerSecond { get; } = [];

        public void Add(TimeSpan elapsed, List<double> latencies, TimeSpan cpu = default)
        {
            PerSecond.Add(latencies.Count / elapsed.TotalSeconds);
            _latencies.AddRange(latencies);
            _cpu += cpu;
        }

        public void AddTo(Table table, string name)
        {
            var (perSecond, c) = (Median(PerSecond), CultureInfo.InvariantCulture);
            var sorted = _latencies.Order().ToList();
            table.Add(name, perSecond.ToString("0", c), $"{PerSecond.Min().ToString("0", c)}..{PerSecond.Max().ToString("0", c)}", (perSecond * fileBytes / 1e6).ToString("0", c),
                sorted[sorted.Count / 2].ToString("0", c), sorted[(int)(sorted.Count * 0.99)].ToString("0", c),
                _cpu == default ? "" : (_cpu.TotalMilliseconds / sorted.Count).ToString("0.00", c));
        }
    }
}
