using System.Globalization;
using System.Net;
using Chorale.Bench.Range;
using Chorale.Hub;
using Chorale.Hub.Settings;
using Chorale.Protocol;
using Chorale.TestKit;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Bench.Page;

/// <summary>
/// The page in Chromium on an archive of 30 days of 100 recorders: until it is drawn, until a click is heard, frames while it moves. The peer
/// is the same page, told each chunk by itself as a hub without the kept tables would have to.
/// </summary>
internal static class PageBench
{
    private const int DrawnTargetMs = 500, HeardTargetMs = 300;
    private const int Opens = 20, PeerAsks = 3, Clicks = 30;
    private const string Heard = "a-real-hour";

    public static async Task RunAsync()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["hub"]);
        var now = WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) / 3_600_000_000 * 3_600_000_000;
        var rows = TimelineRows.Fill(Path.Combine(folder["hub"], "archive.db"), now - TimelineRows.Days * 86_400_000_000L);
        var settings = new HubSettings { DataFolder = folder["hub"], Listen = [new ListenAddress(IPAddress.Loopback, 0)], Zone = TimeZoneInfo.Utc };
        await using var hub = await HubHost.StartAsync(settings, TimeProvider.System, NullLoggerFactory.Instance);
        await HourOfAudio.AddAsync(hub, Heard, now - 3_600_000_000);
        await Wait.Until("every outline is made", () => hub.Index.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM peaks")) == 60, TimeSpan.FromMinutes(8));
        using var chunkByChunk = new ChunkByChunk(hub.Index, hub.Addresses[0]);
        await using var browser = await BenchBrowser.StartAsync();
        var listen = new ListenTimes(browser, new Uri(hub.Addresses[0]));

        var c = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(c, $"{TimelineRows.Days} days x {TimelineRows.Recorders} recorders, {rows:N0} chunk rows; one hour more of real audio. Headless Chromium without a GPU, on the same cores.\n"));
        var table = new Table("what", "runs", "p50 ms", "p99 ms", "worst ms", "CPU ms of the hub a run");
        table.PrintHead();
        async Task<double> RowAsync(string name, Func<Task<List<double>>> run)
        {
            var cpu = Environment.CpuUsage.TotalTime;
            var times = (await run()).Order().ToList();
            var spent = (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / times.Count;
            table.PrintRow(name, times.Count.ToString(c), At(times, 0.5).ToString("0.0", c), At(times, 0.99).ToString("0.0", c), times[^1].ToString("0.0", c), spent.ToString("0.0", c));
            return At(times, 0.5);
        }

        var drawn = await RowAsync("opened at 30 days: navigation to drawn rows and levels", () => listen.OpenAsync("30d", Opens));
        var steps = listen.LastSteps;
        await RowAsync("opened at a year", () => listen.OpenAsync("1y", Opens));
        await RowAsync("opened at a day", () => listen.OpenAsync("24h", Opens));
        var recorders = hub.Index.Read(connection => connection.Query<string>("SELECT recorder_id FROM recorders WHERE recorder_id <> @Heard", new { Heard }).ToList());
        var question = $"/api/v2/timeline?from={now - TimelineRows.Days * 86_400_000_000L}&to={now}&detail=buckets{string.Concat(recorders.Select(r => $"&recorder={r}"))}";
        var bytes = new List<long>();
        await RowAsync("30 days of all recorders over HTTP", () => AskAsync(new Uri(new Uri(hub.Addresses[0]), question), Opens, bytes));
        await RowAsync("peer: the same, each chunk told by itself", () => AskAsync(new Uri(chunkByChunk.Address, question), PeerAsks, bytes));
        var heard = await RowAsync("click to the first sound (the player's time moves)", () => listen.ClickAsync(Heard, WallTime.FromMicroseconds(now - 3_600_000_000), Clicks));
        await RowAsync("frames while 100 rows are scrolled", () => listen.FramesAsync("24h", "window.scrollBy(0, 40)"));
        await RowAsync("frames while it is zoomed by the wheel", () => listen.FramesAsync("24h",
            "document.querySelector('.axis-times').dispatchEvent(new WheelEvent('wheel', { deltaY: frame % 60 < 30 ? -40 : 40, clientX: 700, cancelable: true, bubbles: true }))"));
        await RowAsync("outline of the hour over HTTP, as kept", () => PeaksAsync(hub, now, 20, isForgotten: false));
        await RowAsync("peer: the same, decoded at the look", () => PeaksAsync(hub, now, 3, isForgotten: true));
        Console.WriteLine($"\nSteps of opening 30 days, medians in ms since the navigation: {steps}, drawn {drawn:0}.");
        Console.WriteLine(string.Create(c,
            $"\nAnswers of {bytes[0] / 1e6:0.0} MB, of the peer {bytes[^1] / 1e6:0} MB. Targets: drawn {DrawnTargetMs} ms: {Met(drawn, DrawnTargetMs)}; heard {HeardTargetMs} ms: {Met(heard, HeardTargetMs)} (medians)."));
    }

    private static async Task<List<double>> PeaksAsync(HubHost hub, long now, int runs, bool isForgotten)
    {
        using var http = new HttpClient { BaseAddress = new Uri(hub.Addresses[0]) };
        var times = new List<double>();
        for (var n = 0; n < runs; n++)
        {
            if (isForgotten) hub.Index.Write((connection, transaction) => connection.Execute("DELETE FROM peaks", transaction: transaction));
            var watch = System.Diagnostics.Stopwatch.StartNew();
            await http.GetByteArrayAsync(new Uri($"/api/v2/recorders/{Heard}/peaks?from={now - 3_600_000_000}&to={now}&points=4000", UriKind.Relative));
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        return times;
    }

    private static string Met(double ms, int target) => ms <= target ? "met" : "MISSED";

    private static async Task<List<double>> AskAsync(Uri question, int runs, List<long> bytes)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(2) };
        var times = new List<double>();
        for (var n = 0; n < runs; n++)
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            bytes.Add((await http.GetByteArrayAsync(question)).LongLength);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        return times;
    }

    private static double At(List<double> sorted, double part) => sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * part)];
}
