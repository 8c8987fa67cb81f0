using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Chorale.Fleet;
using Chorale.Fleet.Sessions;
using Chorale.TestKit;

namespace Chorale.Bench.Fleet;

/// <summary>
/// From a command to its confirmation with 1 and 100 modules, and a hub with 2,000 of them (a status every 30 s, a chunk every 60 s): its
/// processor time, its memory, how long a page's question and a chunk's receipt take. Modules, hub, broker and this program share the machine.
/// </summary>
internal static partial class FleetBench
{
    private const int Rounds = 60;
    private const int Crowd = 2_000;
    private static readonly TimeSpan CrowdTime = TimeSpan.FromSeconds(150);

    public static async Task RunAsync()
    {
        var commands = new Table("modules", "command", "p50 ms", "p99 ms", "spread us p50", "spread us max");
        foreach (var modules in new[] { 1, 100 }) await CommandsAsync(modules, commands);
        commands.Print();
        Console.WriteLine();
        await CrowdAsync();
    }

    private static async Task CommandsAsync(int count, Table table)
    {
        await using var broker = await TestBroker.StartAsync();
        using var modules = ChildProcess.Chorale(["simulate", "fleet", "--modules", $"{count}", "--broker", $"127.0.0.1:{broker.Port}", "--for", "300"]);
        await using var fleet = new FleetController(new FleetOptions { Mqtt = broker.Options });
        fleet.Start();
        if (!await fleet.WaitForModulesAsync(count, TimeSpan.FromSeconds(60))) throw new InvalidOperationException(modules.Output);
        foreach (var (name, isSynchronised) in new[] { ("start", false), ("start at T0", true) })
        {
            var (took, spreads) = (new List<double>(), new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                var id = $"r{count}{(isSynchronised ? "s" : "p")}{round}";
                var start = await fleet.StartAsync(new StartRequest { RecordingId = id, IsSynchronised = isSynchronised, Lead = TimeSpan.FromMilliseconds(100) });
                took.AddRange(start.Result.Results.Where(r => r.IsConfirmed).Select(r => r.Took.TotalMilliseconds));
                if (isSynchronised) await Wait.Until("first frames", () => fleet.FindSession(id)!.Modules.All(m => m.FirstFrameUtc is not null));
                if (fleet.FindSession(id)!.SpreadUs is { } spread) spreads.Add(spread);
                await fleet.StopAsync();
                await Wait.Until("all are idle", () => fleet.FindSession(id)!.State == SessionState.Complete && fleet.Modules.Values.All(m => m.IsIdle));
            }

            table.Add($"{count}", name, Ms(took, 0.5), Ms(took, 0.99), spreads.Count == 0 ? "" : Ms(spreads, 0.5), spreads.Count == 0 ? "" : Ms(spreads, 1));
        }
    }

    private static async Task CrowdAsync()
    {
        using var folder = new TempFolder();
        await using var broker = await TestBroker.StartAsync();
        using var hub = ChildProcess.Chorale(["hub", "--data", folder["hub"], "--listen", "127.0.0.1:0", "--broker", $"127.0.0.1:{broker.Port}", "--log-level", "Warning"]);
        await Wait.Until("the hub listens", () => Address().IsMatch(hub.Output));
        var address = Address().Match(hub.Output).Value;
        using var modules = ChildProcess.Chorale(
        [
            "simulate", "fleet", "--modules", $"{Crowd}", "--broker", $"127.0.0.1:{broker.Port}", "--hub", address, "--hub-data", folder["hub"], "--chunk-seconds", "60",
            "--heartbeat", "30", "--for", $"{CrowdTime.TotalSeconds}", "--json",
        ]);
        using var http = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(30) };
        await Wait.Until("all are there", async () => OnlineState().Count(await http.GetStringAsync("/api/v2/modules")) == Crowd, TimeSpan.FromSeconds(120));

        var (cpu, watch) = (Cpu(hub.Id), Stopwatch.StartNew());
        var reads = new List<double>();
        while (watch.Elapsed < CrowdTime / 2)
        {
            var asked = Stopwatch.GetTimestamp();
            await http.GetStringAsync("/api/v2/modules/sim0007");
            reads.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            asked = Stopwatch.GetTimestamp();
            await http.GetStringAsync("/api/v2/stats");
            reads.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        var used = (Cpu(hub.Id) - cpu) / watch.Elapsed;
        using var process = Process.GetProcessById(hub.Id);
        var rss = process.WorkingSet64 / 1e6;
        await modules.ExitCodeAsync(CrowdTime * 2);
        var told = JsonDocument.Parse(modules.Output.Split('\n')[^1]).RootElement;
        var table = new Table("modules", "hub CPU, cores", "RSS MB", "API read p50 ms", "p99 ms", "chunks", "failed", "receipt p50 ms", "p99 ms");
        table.Add(
            $"{Crowd}", used.ToString("0.00", CultureInfo.InvariantCulture), rss.ToString("0", CultureInfo.InvariantCulture), Ms(reads, 0.5), Ms(reads, 0.99),
            $"{told.GetProperty("chunks_accepted").GetInt64()}", $"{told.GetProperty("chunks_failed").GetInt64()}",
            told.GetProperty("receipt_p50_ms").GetDouble().ToString("0.0", CultureInfo.InvariantCulture), told.GetProperty("receipt_p99_ms").GetDouble().ToString("0.0", CultureInfo.InvariantCulture));
        table.Print();
    }

    private static TimeSpan Cpu(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.TotalProcessorTime;
    }

    private static string Ms(List<double> values, double quantile)
    {
        values.Sort();
        return values[Math.Min(values.Count - 1, (int)(values.Count * quantile))].ToString("0.0", CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();

    [GeneratedRegex("\"presence\":\"online\"")]
    private static partial Regex OnlineState();
}
