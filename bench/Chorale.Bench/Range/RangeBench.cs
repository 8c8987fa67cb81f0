using System.Diagnostics;
using System.Globalization;
using System.Net;
using Chorale.Archive.Range;
using Chorale.Audio.Files;
using Chorale.Hub;
using Chorale.Hub.Settings;
using Chorale.Protocol;
using Chorale.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Bench.Range;

/// <summary>An hour of 60 s chunks as one Opus file, and the timeline of 30 days of 100 recorders.</summary>
internal static class RangeBench
{
    private const int Repeats = 5;
    private const int TimelineTargetMs = 200;
    private static readonly long StartUs = WallTime.ToMicroseconds(new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero));

    public static async Task RunAsync()
    {
        var table = new Table("what", "median ms", "worst ms", "answer");
        await ExportAsync(table);
        var missed = await TimelineAsync(table);
        table.Print();
        Console.WriteLine($"\nTimeline target {TimelineTargetMs} ms: {(missed ? "MISSED" : "met")}. {Repeats} repeats after one that is not counted.");
    }

    private static async Task ExportAsync(Table table)
    {
        await using var archive = await HubArchive.StartAsync(NullLoggerFactory.Instance);
        await archive.AddRunAsync("mic", StartUs, chunks: 60, secondsPerChunk: 60);
        const long hourUs = 3_600_000_000;
        // From 10 s before the audio begins: a gap is in it, so nothing can be copied as it is.
        foreach (var (name, fromUs) in new[] { ("1 h of 60 s chunks to Opus, packets copied", StartUs), ("the same with a gap: decoded and encoded", StartUs - 10_000_000) })
        {
            long bytes = 0;
            var times = await TimeAsync(async () =>
            {
                var request = new RangeRequest("mic", fromUs, fromUs + hourUs, AudioCodec.Opus, GapFill.Silence);
                var export = RangeExport.Prepare(archive.Hub.Index, archive.Hub.Store.Folder, request, NullLogger.Instance, CancellationToken.None);
                using var file = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.Write, FileShare.None, 65_536, FileOptions.DeleteOnClose);
                await export.WriteAsync(file, CancellationToken.None);
                bytes = file.Position;
            });
            Add(table, name, times, string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"));
        }
    }

    /// <returns>True when the target was missed.</returns>
    private static async Task<bool> TimelineAsync(Table table)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["hub"]);
        var rows = TimelineRows.Fill(Path.Combine(folder["hub"], "archive.db"), StartUs);
        var settings = new HubSettings { DataFolder = folder["hub"], Listen = [new ListenAddress(IPAddress.Loopback, 0)], Zone = TimeZoneInfo.Utc };
        await using var hub = await HubHost.StartAsync(settings, TimeProvider.System, NullLoggerFactory.Instance);
        using var http = new HttpClient { BaseAddress = new Uri(hub.Addresses[0]) };
        var from = WallTime.ToText(StartUs);
        var to = WallTime.ToText(StartUs + TimelineRows.Days * 86_400_000_000L);
        var bytes = 0;
        var times = await TimeAsync(async () =>
        {
            var answer = await http.GetByteArrayAsync(new Uri($"/api/v2/timeline?from={Uri.EscapeDataString(from)}&to={Uri.EscapeDataString(to)}", UriKind.Relative));
            bytes = answer.Length;
        });
        Add(table, string.Create(CultureInfo.InvariantCulture, $"timeline over HTTP, {TimelineRows.Days} days x {TimelineRows.Recorders} recorders ({rows:N0} chunk rows)"),
            times, string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB JSON"));
        return times[times.Count / 2] > TimelineTargetMs;
    }

    private static async Task<List<double>> TimeAsync(Func<Task> run)
    {
        await run();
        var times = new List<double>();
        for (var n = 0; n < Repeats; n++)
        {
            var watch = Stopwatch.StartNew();
            await run();
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        return times;
    }

    private static void Add(Table table, string name, List<double> sorted, string answer) => table.Add(
        name, sorted[sorted.Count / 2].ToString("0", CultureInfo.InvariantCulture), sorted[^1].ToString("0", CultureInfo.InvariantCulture), answer);
}
