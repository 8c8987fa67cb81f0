using System.CommandLine;
using System.Text.Json;
using Chorale.Hub.Settings;
using Chorale.Mqtt;
using Chorale.Protocol.Chunks;
using Chorale.Protocol.Modules;
using Chorale.Recorder.Verbs;
using Chorale.Simulate;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Verbs;

/// <summary><c>chorale simulate fleet</c> (and <c>node</c>, <see cref="SimulateNodeVerb"/>): modules for trying out a hub, and for loading it. Ends by itself with <c>--for</c>.</summary>
internal static class SimulateVerb
{
    private const int ModulesMax = 10_000, OwnConnectionsMax = 200;

    public static Command Create()
    {
        var command = new Command("simulate", "Stand-ins for devices, for trying out a hub") { Fleet(), SimulateNodeVerb.Create(), SimulatePlugVerb.Create("unplug"), SimulatePlugVerb.Create("plug") };
        return command;
    }

    private static Command Fleet()
    {
        var modules = new Option<int>("--modules") { Description = $"how many, 1 to {ModulesMax}", DefaultValueFactory = _ => 3 };
        var broker = new Option<string>("--broker") { Description = BrokerAddress.Allowed, DefaultValueFactory = _ => "127.0.0.1:1883" };
        var topic = new Option<string>("--topic") { Description = "base topic", DefaultValueFactory = _ => ModuleTopics.DefaultBase };
        var prefix = new Option<string>("--prefix") { Description = "of their names", DefaultValueFactory = _ => "sim" };
        var seconds = new Option<double?>("--for") { Description = "end after so many seconds; without it at Ctrl+C", HelpName = "SECONDS" };
        var heartbeat = new Option<double>("--heartbeat") { Description = "seconds between two statuses of a module", DefaultValueFactory = _ => 30 };
        var connections = new Option<int?>("--connections") { Description = $"connections they share; default one each up to {OwnConnectionsMax}" };
        var data = new Option<string?>("--hub-data") { Description = "the hub's data folder, for credentials: then they upload chunks", HelpName = "FOLDER" };
        var hub = new Option<string>("--hub") { Description = "where chunks go", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var chunk = new Option<int>("--chunk-seconds") { Description = "length of a chunk, 1 to 600", DefaultValueFactory = _ => 60 };
        var json = new Option<bool>("--json") { Description = "what was done, as JSON" };
        var command = new Command("fleet", "Modules that speak the real protocol and upload real chunks")
        {
            modules, broker, topic, prefix, seconds, heartbeat, connections, data, hub, chunk, json,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var count = parsed.GetValue(modules);
            if (count is < 1 or > ModulesMax) return await UsageAsync(parsed, $"--modules {count}: 1 to {ModulesMax} is allowed");
            if (!BrokerAddress.TryParse(parsed.GetValue(broker)!, out var address)) return await UsageAsync(parsed, $"--broker {parsed.GetValue(broker)}: {BrokerAddress.Allowed} is allowed");
            if (ModuleTopics.BaseProblem(parsed.GetValue(topic)!) is { } problem) return await UsageAsync(parsed, "--" + problem);
            if (!RecorderId.IsValid(parsed.GetValue(prefix) + "0000")) return await UsageAsync(parsed, $"--prefix {parsed.GetValue(prefix)}: up to 60 of A-Z a-z 0-9 _ - are allowed");
            if (parsed.GetValue(heartbeat) is var beat && beat is not (>= 1 and <= 600)) return await UsageAsync(parsed, $"--heartbeat {beat}: 1 to 600 is allowed");
            if (parsed.GetValue(seconds) is { } end && end is not (> 0 and <= 604_800)) return await UsageAsync(parsed, $"--for {end}: more than 0 and at most 604800 is allowed");
            if (parsed.GetValue(chunk) is var length && length is < 1 or > 600) return await UsageAsync(parsed, $"--chunk-seconds {length}: 1 to 600 is allowed");
            var shared = parsed.GetValue(connections) ?? Math.Min(count, OwnConnectionsMax);
            if (shared < 1 || shared > count) return await UsageAsync(parsed, $"--connections {shared}: 1 to {count} is allowed");
            if (!Uri.TryCreate(parsed.GetValue(hub), UriKind.Absolute, out var hubAddress)) return await UsageAsync(parsed, $"--hub {parsed.GetValue(hub)}: an address such as http://127.0.0.1:8080 is allowed");
            if (parsed.GetValue(data) is { } folder && !Directory.Exists(folder)) return await UsageAsync(parsed, $"--hub-data {folder}: there is no such folder");

            var time = TimeProvider.System;
            using var uploads = parsed.GetValue(data) is { } hubData ? new SimulatedUploads(hubAddress, hubData, TimeSpan.FromSeconds(length), time) : null;
            var plan = new SimulationPlan(
                new MqttOptions { Host = address.Host, Port = address.Port ?? 1883 }, parsed.GetValue(topic)!, count, parsed.GetValue(prefix)!, shared, TimeSpan.FromSeconds(beat));
            var fleet = new SimulatedFleet(plan, uploads, TimeSpan.FromSeconds(length), time, NullLogger.Instance);
            using var signal = new StopSignal(NullLogger.Instance);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, signal.Token);
            using var timer = parsed.GetValue(seconds) is { } s ? time.CreateTimer(_ => stop.Cancel(), null, TimeSpan.FromSeconds(s), Timeout.InfiniteTimeSpan) : null;
            if (!parsed.GetValue(json)) await parsed.InvocationConfiguration.Output.WriteLineAsync($"{count} modules over {shared} connections to {address.Host}:{plan.Broker.Port}{(uploads is null ? "; no uploads without --hub-data" : $", a chunk of {uploads.ChunkBytes} bytes each {length} s to {hubAddress}")}");
            await fleet.RunAsync(stop.Token);
            var (p50, p99) = uploads?.Receipts() ?? default;
            await parsed.InvocationConfiguration.Output.WriteLineAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new
                {
                    modules = count, commands_answered = fleet.Answered, chunks_accepted = uploads?.Accepted ?? 0, chunks_failed = uploads?.Failed ?? 0,
                    receipt_p50_ms = p50, receipt_p99_ms = p99, last_failure = uploads?.LastFailure,
                })
                : $"{fleet.Answered} commands answered, {uploads?.Accepted ?? 0} chunks accepted (receipt p50 {p50:0} ms, p99 {p99:0} ms), {uploads?.Failed ?? 0} failed{(uploads?.LastFailure is { } why ? ": " + why : "")}");
            return uploads?.Failed > 0 ? 1 : 0;
        });
        return command;
    }

    private static async Task<int> UsageAsync(ParseResult parsed, string problem)
    {
        await parsed.InvocationConfiguration.Error.WriteLineAsync(problem);
        return FleetExit.Usage;
    }
}
