using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Chorale.TestKit;

namespace Chorale.Bench.FleetPage;

/// <summary>
/// The page Fleet of 500 modules that beat every 5 s, while it is scrolled: the time between two frames as the page itself sees it, beside
/// the same page with every tile drawn and every module metering. One after the other, in one run, on the same hub.
/// </summary>
internal static partial class FleetPageBench
{
    private const int Modules = 500;
    private const int Seconds = 15;

    public static async Task RunAsync()
    {
        using var folder = new TempFolder();
        await using var broker = await TestBroker.StartAsync();
        using var hub = ChildProcess.Chorale(["hub", "--data", folder["hub"], "--listen", "127.0.0.1:0", "--broker", $"127.0.0.1:{broker.Port}", "--log-level", "Warning"]);
        await Wait.Until("the hub listens", () => Address().IsMatch(hub.Output));
        var address = Address().Match(hub.Output).Value;
        using var modules = ChildProcess.Chorale(["simulate", "fleet", "--modules", $"{Modules}", "--broker", $"127.0.0.1:{broker.Port}", "--heartbeat", "5", "--for", "400"]);
        var table = new Table($"{Modules} tiles, {Seconds} s of scrolling", "drawn", "frame p50 ms", "p99 ms", "max ms", "long tasks", "longest ms", "nodes");
        foreach (var (name, before) in new[] { ("as it is", (string?)null), ("every tile drawn, every module metering", ScrollMeter.DrawAll), ("as it is, again", null) })
        {
            await using var chromium = await Chromium.StartAsync();
            if (before is not null) await chromium.BeforeAsync(before);
            await chromium.OpenAsync($"{address}/#/fleet");
            await Wait.Until("all tiles are there", async () => (await chromium.EvaluateAsync("document.querySelectorAll('.tile').length")).GetInt32() == Modules, TimeSpan.FromSeconds(120));
            await Wait.Until("levels come", async () => (await chromium.EvaluateAsync("document.querySelector('.tile-level[data-live=true]') !== null")).GetBoolean(), TimeSpan.FromSeconds(60));
            var m = await chromium.EvaluateAsync($"({ScrollMeter.Script})({Seconds})");
            table.Add(name, Whole(m, "drawn"), Ms(m, "p50"), Ms(m, "p99"), Ms(m, "max"), Whole(m, "long"), Ms(m, "longest"), Whole(m, "nodes"));
        }

        table.Print();
    }

    private static string Ms(JsonElement m, string name) => m.GetProperty(name).GetDouble().ToString("0.0", CultureInfo.InvariantCulture);

    private static string Whole(JsonElement m, string name) => m.GetProperty(name).GetInt32().ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
