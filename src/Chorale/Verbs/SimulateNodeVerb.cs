using System.CommandLine;
using Chorale.Hub.Settings;
using Chorale.Mqtt;
using Chorale.Protocol.Rooms;
using Chorale.Recorder.Verbs;
using Chorale.Simulate;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Verbs;

/// <summary><c>chorale simulate node</c>: nodes of a room without the hardware; says every output that is switched.</summary>
internal static class SimulateNodeVerb
{
    private const int NodesMax = 1_000;

    private static readonly string[] Lies =
        [.. Enum.GetValues<NodeLie>().Where(l => l != NodeLie.None).Select(NameOf)];

    public static Command Create()
    {
        var room = new Option<string>("--room") { Description = "the room they are in", DefaultValueFactory = _ => "room1" };
        var broker = new Option<string>("--broker") { Description = BrokerAddress.Allowed, DefaultValueFactory = _ => "127.0.0.1:1883" };
        var kind = new Option<string?>("--kind") { Description = "relay, motor or button; without it one of each" };
        var id = new Option<string?>("--id") { Description = "client id and name of the node; with --count the beginning of it" };
        var count = new Option<int>("--count") { Description = $"how many of each kind, 1 to {NodesMax}; more than one have topics of their own: room1/7/light/1", DefaultValueFactory = _ => 1 };
        var topics = new Option<string?>("--topics") { Description = "command topics below the room, joined by commas; without it those of the firmware" };
        var first = new Option<bool>("--first-generation") { Description = "answer on the room's status, say online once" };
        var slow = new Option<int>("--slow") { Description = "milliseconds added to every answer, 0 to 60000", DefaultValueFactory = _ => 0 };
        var silent = new Option<bool>("--silent") { Description = "obey, never answer" };
        var lie = new Option<string?>("--lie") { Description = string.Join(", ", Lies) };
        var beat = new Option<double>("--beat") { Description = "seconds between two online; 0: once, at boot", DefaultValueFactory = _ => 5 };
        var press = new Option<bool>("--press") { Description = "press the button once it is connected" };
        var seconds = new Option<double?>("--for") { Description = "end after so many seconds; without it at Ctrl+C", HelpName = "SECONDS" };
        var seed = new Option<int>("--seed") { Description = "of the answers' times", DefaultValueFactory = _ => 1 };
        var command = new Command("node", "Relay, motor and button nodes of a room, as real firmware behaves; Enter presses the button, r reboots, q ends")
        {
            room, broker, kind, id, count, topics, first, slow, silent, lie, beat, press, seconds, seed,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var roomId = parsed.GetValue(room)!;
            if (!RoomNames.IsValid(roomId)) return await UsageAsync(parsed, $"--room {roomId}: {RoomNames.Allowed}");
            if (!BrokerAddress.TryParse(parsed.GetValue(broker)!, out var address)) return await UsageAsync(parsed, $"--broker {parsed.GetValue(broker)}: {BrokerAddress.Allowed} is allowed");
            if (KindsOf(parsed.GetValue(kind)) is not { } kinds) return await UsageAsync(parsed, $"--kind {parsed.GetValue(kind)}: relay, motor and button are allowed");
            var howMany = parsed.GetValue(count);
            if (howMany is < 1 or > NodesMax) return await UsageAsync(parsed, $"--count {howMany}: 1 to {NodesMax} is allowed");
            if (parsed.GetValue(id) is { } name && !RoomNames.IsValid(howMany > 1 ? name + "_0000" : name)) return await UsageAsync(parsed, $"--id {name}: {RoomNames.Allowed}, up to 59 with --count");
            if (parsed.GetValue(id) is not null && kinds.Length > 1) return await UsageAsync(parsed, "--id is for one kind of node: say --kind too");
            var below = parsed.GetValue(topics)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (below?.Select(t => TopicFilter.ProblemOfTopic(t)).FirstOrDefault(p => p is not null) is { } wrong) return await UsageAsync(parsed, $"--topics: {wrong}");
            if (parsed.GetValue(slow) is var late && late is < 0 or > 60_000) return await UsageAsync(parsed, $"--slow {late}: 0 to 60000 is allowed");
            if (LieOf(parsed.GetValue(lie)) is not { } untruth) return await UsageAsync(parsed, $"--lie {parsed.GetValue(lie)}: {string.Join(", ", Lies)} are allowed");
            if (parsed.GetValue(beat) is var period && period is not (0 or >= 0.5 and <= 600)) return await UsageAsync(parsed, $"--beat {period}: 0, or 0.5 to 600 is allowed");
            if (parsed.GetValue(seconds) is { } end && end is not (> 0 and <= 604_800)) return await UsageAsync(parsed, $"--for {end}: more than 0 and at most 604800 is allowed");

            var template = new NodePlan
            {
                Room = roomId, Id = "", Topics = below, IsFirstGeneration = parsed.GetValue(first), Slow = TimeSpan.FromMilliseconds(late), IsSilent = parsed.GetValue(silent),
                Lie = untruth, Beat = TimeSpan.FromSeconds(period), Seed = parsed.GetValue(seed),
            };
            var plans = SimulatedRoom.Plans(template, kinds, howMany, parsed.GetValue(id));
            var output = parsed.InvocationConfiguration.Output;
            var time = TimeProvider.System;
            await using var nodes = new SimulatedRoom(
                plans, new MqttOptions { Host = address.Host, Port = address.Port ?? 1883 }, time, NullLogger.Instance,
                plans.Count > 20 ? static _ => { } : line => output.WriteLine($"{time.GetLocalNow():HH:mm:ss.fff} {line}"));
            using var signal = new StopSignal(NullLogger.Instance);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, signal.Token);
            using var timer = parsed.GetValue(seconds) is { } s ? time.CreateTimer(_ => stop.Cancel(), null, TimeSpan.FromSeconds(s), Timeout.InfiniteTimeSpan) : null;
            await output.WriteLineAsync($"{plans.Count} {(plans.Count == 1 ? "node" : "nodes")} in {roomId}, broker {address.Host}:{address.Port ?? 1883}: {string.Join(", ", plans.Take(8).Select(p => p.Id))}{(plans.Count > 8 ? ", ..." : "")}");
            nodes.Start();
            Keyboard(nodes, stop);
            await nodes.RunAsync(parsed.GetValue(press), stop.Token);
            await output.WriteLineAsync($"{nodes.Connected} of {plans.Count} connected at the end, {nodes.Commands} commands taken");
            return 0;
        });
        return command;
    }

    internal static string NameOf(NodeLie lie) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(lie.ToString());

    /// <summary>A thread of its own: reading a terminal cannot be cancelled. It ends with the process.</summary>
    private static void Keyboard(SimulatedRoom nodes, CancellationTokenSource stop)
    {
        void Read()
        {
            while (Console.In.ReadLine() is { } line)
            {
                if (line.Trim() is "q" or "quit")
                {
                    End(stop);
                    return;
                }

                if (line.Trim() is "r" or "reboot") nodes.Reboot();
                else nodes.Press();
            }
        }

        new Thread(Read) { Name = "keyboard", IsBackground = true }.Start();
    }

    private static void End(CancellationTokenSource stop)
    {
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    private static NodeKind[]? KindsOf(string? text) => text switch
    {
        null => [NodeKind.Relay, NodeKind.Motor, NodeKind.Button],
        "relay" => [NodeKind.Relay],
        "motor" => [NodeKind.Motor],
        "button" => [NodeKind.Button],
        _ => null,
    };

    private static NodeLie? LieOf(string? text)
    {
        if (text is null) return NodeLie.None;
        return Lies.Contains(text) ? Enum.GetValues<NodeLie>().First(l => NameOf(l) == text) : null;
    }

    private static async Task<int> UsageAsync(ParseResult parsed, string problem)
    {
        await parsed.InvocationConfiguration.Error.WriteLineAsync(problem);
        return FleetExit.Usage;
    }
}
