using System.Collections;
using Chorale.Hub.Settings;
using Chorale.Show.Players;
using Chorale.Simulate;
using Microsoft.Extensions.Logging;

namespace Chorale.Verbs;

/// <summary>The example of <c>chorale up --example</c>: a room in the data folder, and its devices in this process.</summary>
internal static class UpExample
{
    public static readonly IReadOnlyList<string> Names = ["room"];

    private const string Room = "room1", Resources = "example/room/";

    /// <summary>Files that are there already are the person's own by now, and stay.</summary>
    public static void CopyTo(string rooms)
    {
        var assembly = typeof(UpExample).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Resources, StringComparison.Ordinal)))
        {
            var file = Path.Combine(rooms, Room, name[Resources.Length..]);
            if (File.Exists(file)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using var from = assembly.GetManifestResourceStream(name)!;
            using var to = File.Create(file);
            from.CopyTo(to);
        }
    }

    public static ExampleDevices StartDevices(HubBroker broker, TimeProvider time, ILoggerFactory logs)
    {
        var plans = SimulatedRoom.Plans(new NodePlan { Room = Room, Id = "" }, [NodeKind.Relay, NodeKind.Motor, NodeKind.Button], countOfEach: 1, id: null);
        var log = logs.CreateLogger("example");
        var devices = new SimulatedRoom(plans, broker.ToOptions(clientId: null), time, log, line => Log.Said(log, line));
        devices.Start();
        return new ExampleDevices(devices, broker.ToOptions(clientId: null), time, log);
    }

    public static Displays Displays()
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");
        return Show.Players.Displays.Find(environment);
    }

    public static string Hint(string page, HubBroker? broker) =>
        $"The example room has three simulated devices. Press its button on the page ({page}/#/rooms), or run it with `chorale scene run {Room}`"
        + (broker is null ? "." : $". To pull a device's plug: `chorale simulate unplug Room1_Relays_Ctrl --broker {broker}`. A visitor's button: `mosquitto_pub -h {broker.Host} -p {broker.Port} -t {Room}/scene -m START`.");
}

internal static partial class Log
{
    [LoggerMessage(1499, LogLevel.Information, "{Line}", EventName = "simulated_device")]
    public static partial void Said(ILogger logger, string line);
}
