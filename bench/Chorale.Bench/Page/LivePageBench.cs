using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Chorale.Hub;
using Chorale.Hub.Book;
using Chorale.Hub.Fleet;
using Chorale.Hub.Settings;
using Chorale.Hub.Show;
using Chorale.Mqtt;
using Chorale.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Playwright;

namespace Chorale.Bench.Page;

/// <summary>
/// From a change that a device publishes to its paint in a browser, with 500 modules and 2,000 messages a second; and what a tab takes of
/// memory after a million events. Beside it, in the same run, a page as one writes it first: an EventSource, every event drawn as it comes.
/// Broker, hub, browser and this program share the machine.
/// </summary>
internal static class LivePageBench
{
    private const int Modules = 500, MessagesPerSecond = 2_000, Probes = 300, PeerEvents = 20_000, Burst = 2_000;

    /// <summary>Of a compressed day; fewer where somebody has less time.</summary>
    private static readonly int Events = int.TryParse(Environment.GetEnvironmentVariable("CHORALE_BENCH_EVENTS"), CultureInfo.InvariantCulture, out var events) ? events : 1_000_000;

    private const string Naive = """
        <!doctype html><meta charset="utf-8"><title>naive</title><ul id="modules"></ul><ol id="log"></ol>
        <script>
          const rows = new Map();
          const source = new EventSource('/api/v2/events');
          const draw = m => {
            let row = rows.get(m.id);
            if (!row) { row = document.createElement('li'); rows.set(m.id, row); document.getElementById('modules').append(row); }
            row.textContent = `${m.id} ${m.presence} ${m.state} ${m.error ?? ''} ${m.queue_bytes} ${m.levels_dbfs}`;
          };
          source.addEventListener('snapshot', e => JSON.parse(e.data).modules.forEach(draw));
          source.addEventListener('module', e => draw(JSON.parse(e.data)));
          for (const type of ['log', 'room_log', 'room_command']) source.addEventListener(type, e => {
            const line = document.createElement('li'); line.textContent = e.data; document.getElementById('log').append(line);
          });
        </script>
        """;

    public static async Task RunAsync()
    {
        await using var browser = await BenchBrowser.StartAsync();
        await LatencyAsync(browser);
        Console.WriteLine();
        await MemoryAsync(browser);
    }

    private static async Task LatencyAsync(BenchBrowser browser)
    {
        using var folder = new TempFolder();
        await using var broker = await TestBroker.StartAsync();
        Directory.CreateDirectory(Path.Combine(folder["rooms"], "foyer", "scenes"));
        await File.WriteAllTextAsync(Path.Combine(folder["rooms"], "foyer", "room.yaml"), "title: Foyer\nplayer: none\nnodes:\n  Foyer_Relays: { class: relay, topics: [light/#], timeout_ms: 5000 }\n");
        using var hub = ChildProcess.Chorale(
            ["hub", "--data", folder["hub"], "--listen", "127.0.0.1:0", "--broker", $"127.0.0.1:{broker.Port}", "--rooms", folder["rooms"], "--log-level", "Error"]);
        var address = await AddressAsync(hub);
        await using var load = new LiveLoad(broker, Modules);
        await load.BeginAsync(MessagesPerSecond);

        var table = new Table("page", "change", "p50 ms", "p99 ms", "max ms");
        foreach (var (name, place) in new[] { ("Home", "#/"), ("Fleet, levels watched", "#/fleet") })
        {
            var page = await browser.OpenAsync(new Uri(address, place));
            await BenchBrowser.ObserveAsync(page);
            Add(table, name, "error of a module", await ProbeAsync(page, load));
            await page.Context.CloseAsync();
        }

        var room = await browser.OpenAsync(new Uri(address, "#/rooms/foyer"));
        Add(table, "Rooms", "answer of a device", await ProbeRoomAsync(room, broker, address));
        await room.Context.CloseAsync();
        var naive = await browser.OpenAsync(address, Naive);
        await BenchBrowser.ObserveAsync(naive);
        Add(table, "naive EventSource", "error of a module", await ProbeAsync(naive, load));
        await naive.Context.CloseAsync();
        table.Print();
        using var process = Process.GetProcessById(hub.Id);
        Console.WriteLine($"\n{await load.RateAsync(TimeSpan.FromSeconds(3)):0} messages/s at the end, hub RSS {process.WorkingSet64 / 1e6:0} MB");
    }

    private static async Task<List<double>> ProbeAsync(IPage page, LiveLoad load)
    {
        var took = new List<double>();
        for (var n = -5; n < Probes; n++) // five to warm up
        {
            var token = $"t{Environment.TickCount64}{n + 5}e";
            var at = await load.ChangeAsync(0, token);
            var shown = await BenchBrowser.ShownAtAsync(page, token);
            if (n >= 0) took.Add(shown - at);
            await Task.Delay(TimeSpan.FromMilliseconds(37 + n % 29)); // at all points of whatever has a period
        }

        await load.ChangeAsync(0, "");
        return took;
    }

    private static async Task<List<double>> ProbeRoomAsync(IPage page, TestBroker broker, Uri address)
    {
        var asked = new SemaphoreSlim(0);
        await using var device = broker.Client();
        device.Subscribe("foyer/light/1", 1, _ => asked.Release());
        device.Start();
        await Wait.Until("the device has its connection", () => device.IsConnected);
        await device.PublishAsync(new MqttMessage("devices/Foyer_Relays/status", "online"u8.ToArray(), 1, true));
        using var http = new HttpClient { BaseAddress = address };
        await page.EvaluateAsync("""
            () => { window.confirmedAt = []; let was = ''; new MutationObserver(() => {
              const state = document.querySelector("[data-output='foyer/light/1']")?.dataset.state ?? '';
              if (state === was) return;
              was = state;
              if (state === 'confirmed') requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => window.confirmedAt.push(Date.now()); c.port2.postMessage(0); });
            }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] }); }
            """);
        var took = new List<double>();
        for (var n = -5; n < Probes; n++)
        {
            (await http.PostAsJsonAsync("/api/v2/rooms/foyer/send", new { id = $"b{n + 5}", topic = "foyer/light/1", payload = n % 2 == 0 ? "ON" : "OFF" })).EnsureSuccessStatusCode();
            await asked.WaitAsync();
            await Wait.Until("the page shows that it waits", () => page.EvaluateAsync<bool>("document.querySelector(\"[data-output='foyer/light/1']\")?.dataset.state === 'pending'"));
            var at = LiveLoad.Now();
            await device.PublishAsync(new MqttMessage("foyer/light/1/feedback", "OK"u8.ToArray(), 1));
            var count = n + 6;
            await Wait.Until("the page shows the answer", async () => await page.EvaluateAsync<int>("window.confirmedAt.length") >= count, TimeSpan.FromSeconds(30));
            if (n >= 0) took.Add(await page.EvaluateAsync<double>("window.confirmedAt.at(-1)") - at);
        }

        return took;
    }

    private static async Task MemoryAsync(BenchBrowser browser)
    {
        using var folder = new TempFolder();
        await using var hub = await HubHost.StartAsync(
            new HubSettings { DataFolder = folder["hub"], Listen = [new ListenAddress(IPAddress.Loopback, 0)] }, TimeProvider.System, NullLoggerFactory.Instance);
        var table = new Table("page", "events", "JS heap MB", "DOM nodes", "hub heap MB", "events/s");
        var page = await browser.OpenAsync(new Uri(new Uri(hub.Addresses[0]), "#/log"));
        await BenchBrowser.ObserveAsync(page);
        await FeedAsync(hub, page, "Log, followed", Events, [Burst, 100_000, 300_000, 500_000, 1_000_000], table);
        await page.Context.CloseAsync();
        var naive = await browser.OpenAsync(new Uri(hub.Addresses[0]), Naive);
        await BenchBrowser.ObserveAsync(naive);
        await FeedAsync(hub, naive, "naive EventSource", PeerEvents, [Burst, PeerEvents], table);
        table.Print();
    }

    /// <summary>As fast as the page takes them: the next piece when the last event of this one is painted.</summary>
    private static async Task FeedAsync(HubHost hub, IPage page, string name, int events, int[] looks, Table table)
    {
        var watch = Stopwatch.StartNew();
        for (var told = 0; told < events; told += Burst)
        {
            for (var n = 0; n < Burst - 1; n++) Tell(hub, told + n);
            var token = $"t{name.Length}{told}e";
            hub.Fleet.Live.Tell("log", Row(told + Burst - 1, token)); // the newest of them
            await BenchBrowser.ShownAtAsync(page, token);
            await page.EvaluateAsync("() => { window.shownAt = {}; }");
            if (!looks.Contains(told + Burst)) continue;
            var rate = (told + Burst) / watch.Elapsed.TotalSeconds;
            var (heap, nodes) = await BenchBrowser.MemoryAsync(page);
            table.Add(name, $"{told + Burst:N0}", heap.ToString("0.0", CultureInfo.InvariantCulture), $"{nodes}", (GC.GetTotalMemory(true) / 1e6).ToString("0.0", CultureInfo.InvariantCulture), $"{rate:0}");
        }
    }

    private static void Tell(HubHost hub, int n)
    {
        var live = hub.Fleet.Live;
        switch (n % 20)
        {
            case 0: live.Tell("log", Row(n, "The module is late")); break;
            case 1: live.Tell("room_log", new RoomLineView("foyer", n, "information", "mqtt", $"Publishing to foyer/light/{n}: ON")); break;
            case 2: live.Tell("room_command", new RoomCommandView("foyer", null, "foyer/light/1", "ON", Chorale.Show.Feedback.Verdict.Confirmed, null, 12, "storm", n)); break;
            case 3 or 4: live.TellInPassing("levels", new LevelsView(LiveLoad.Name(n % Modules), [-12], [-30 - n % 20])); break;
            default: live.Tell("module", Module(n)); break;
        }
    }

    private static BookRow Row(int n, string text) => new(1_000_000_000L + n, 1_700_000_000_000_000 + n, BookLevel.Warn, BookArea.Fleet, LiveLoad.Name(n % Modules), "module_late", text, "silent", null, 1);

    private static ModuleView Module(int n) => new(
        LiveLoad.Name(n % Modules), Chorale.Fleet.Presence.ModulePresence.Online, "idle", null, null, null, n, 10, 30, 1, "bench", null, [-30 - n % 20], n % 3, n, null, 0, 40, true, null, null, null, null, null, null,
        null, "host", [], null, 0, "mqtt");

    private static void Add(Table table, string page, string change, List<double> took) =>
        table.Add(page, change, BenchBrowser.Ms(took, 0.5), BenchBrowser.Ms(took, 0.99), BenchBrowser.Ms(took, 1));

    private static async Task<Uri> AddressAsync(ChildProcess hub)
    {
        Uri? found = null;
        await Wait.Until("the hub listens", () => Uri.TryCreate(System.Text.RegularExpressions.Regex.Match(hub.Output, @"http://127\.0\.0\.1:\d+").Value, UriKind.Absolute, out found));
        return found!;
    }
}
