using Chorale.Bench;
using Chorale.Bench.Cues;
using Chorale.Bench.Fleet;
using Chorale.Bench.FleetPage;
using Chorale.Bench.Ingest;
using Chorale.Bench.Live;
using Chorale.Bench.Mqtt;
using Chorale.Bench.Page;
using Chorale.Bench.Range;
using Chorale.Bench.Recorder;

// bench/run [ingest|recorder|range|timeline|page|mqtt|fleet|fleet-page|live|live-page|cues]; `hub` is the child that the ingest benchmark starts for itself.
if (args is ["hub", var folder, var senders]) return await HubChild.RunAsync(folder, int.Parse(senders, System.Globalization.CultureInfo.InvariantCulture));

string[] known = ["ingest", "recorder", "range", "timeline", "page", "mqtt", "fleet", "fleet-page", "live", "live-page", "cues"];
var wanted = args.Length == 0 ? known : args;
if (wanted.FirstOrDefault(a => !known.Contains(a)) is { } unknown)
{
    Console.Error.WriteLine($"no benchmark '{unknown}': there are {string.Join(", ", known)}");
    return 64;
}

Machine.Describe();
foreach (var name in wanted)
{
    Console.WriteLine($"\n## {name}\n\n{Machine.Moment()}\n");
    await (name switch
    {
        "ingest" => IngestBench.RunAsync(),
        "recorder" => RecorderBench.RunAsync(),
        "mqtt" => MqttBench.RunAsync(),
        "cues" => CuesBench.RunAsync(),
        "fleet" => FleetBench.RunAsync(),
        "fleet-page" => FleetPageBench.RunAsync(),
        "live-page" => LivePageBench.RunAsync(),
        "live" => LiveBench.RunAsync(),
        "range" => RangeBench.RunAsync(),
        "page" => PageBench.RunAsync(),
        _ => RangeBench.RunTimelineAsync(),
    });
}

return 0;
