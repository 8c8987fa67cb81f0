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
    private const int TimelineTargetMs = 200;
    private static readonly long StartUs = WallTime.ToMicroseconds(new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero));

    /// <summary>On a machine with many others the wall clock tells of them, the processor time of us: both are printed, row by row as they come.</summary>
    public static async Task RunAsync()
    {
        var table = NewTable();
        await ExportAsync(table);
    }

    /// <inheritdoc cref="RunAsync"/>
    public static async Task RunTimelineAsync()
    {
        var (wallMs, cpuMs) = await TimelineAsync(NewTable());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\nTimeline target {TimelineTargetMs} ms: {(wallMs <= TimelineTargetMs ? "met" : "MISSED")} on the wall ({wallMs:0} ms), {(cpuMs <= TimelineTargetMs ? "met" : "MISSED")} in processor time ({cpuMs:0} ms)."));
    }

    private static Table NewTable()
    {
        var table = new Table("what", "runs", "median ms", "worst ms", "CPU ms a run", "answer");
        table.PrintHead();
        return table;
    }

    private static async Task ExportAsync(Table table)
    {
        await using var archive = await HubArchive.StartAsync(NullLoggerFactory.Instance);
        await HourOfAudio.AddAsync(archive.Hub, "mic", StartUs);
        const long hourUs = 3_600_000_000;
        // From 10 s before the audio begins: a gap is in it, so nothing can be copied as it is.
        foreach (var (name, fromUs, runs) in new[] { ("1 h of 60 s chunks to Opus, packets copied", StartUs, 5), ("the same with a gap: decoded and encoded", StartUs - 10_000_000, 1) })
        {
            long bytes = 0;
            var times = await TimeAsync(runs, async () =>
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

    private static async Task<(double WallMs, double CpuMs)> TimelineAsync(Table table)
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
        var times = await TimeAsync(5, async () =>
        {
            var answer = await http.GetByteArrayAsync(new Uri($"/api/v2/timeline?from={Uri.EscapeDataString(from)}&to={Uri.EscapeDataString(to)}", UriKind.Relative));
            bytes = answer.Length;
        });
        Add(table, string.Create(CultureInfo.InvariantCulture, $"timeline over HTTP, {TimelineRows.Days} days x {TimelineRows.Recorders} recorders ({rows:N0} chunk rows)"),
            times, string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB JSON"));
        return (times.Median, times.CpuMs);
    }

    /// <summary>After one run that is not counted, unless there is only one.</summary>
    private static async Task<Times> TimeAsync(int runs, Func<Task> run)
    {
        if (runs > 1) await run();
        var times = new List<double>();
        var cpu = Environment.CpuUsage.TotalTime;
        for (var n = 0; n < runs; n++)
        {
            var watch = Stopwatch.StartNew();
            await run();
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        return new Times(runs, times[times.Count / 2], times[^1], (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / runs);
    }

    private static void Add(Table table, string name, Times times, string answer)
    {
        var c = CultureInfo.InvariantCulture;
        table.PrintRow(name, times.Runs.ToString(c), times.Median.ToString("0", c), times.Worst.ToString("0", c), times.CpuMs.ToString("0", c), answer);
    }

    private sealed record Times(int Runs, double Median, double Worst, double CpuMs);
}
