// A master of recorder modules in one file: MasterController [BROKER] [PORT] [SECONDS] [MODULES]
// Waits for modules, starts all of them on one millisecond, tells what happens, stops them, shows how well their files line up.
using System.Globalization;
using Chorale.Fleet;
using Chorale.Fleet.Sessions;
using Chorale.Mqtt;

string Given(int at, string otherwise) => args.Length > at ? args[at] : otherwise;
var length = TimeSpan.FromSeconds(double.Parse(Given(2, "60"), CultureInfo.InvariantCulture));
var wanted = int.Parse(Given(3, "1"), CultureInfo.InvariantCulture);
var broker = new MqttOptions { Host = Given(0, "localhost"), Port = int.Parse(Given(1, "1883"), CultureInfo.InvariantCulture) };

await using var fleet = new FleetController(new FleetOptions { Mqtt = broker });
var telling = TellAsync(fleet.EventsAsync());
fleet.Start();
if (!await fleet.WaitForModulesAsync(wanted, TimeSpan.FromSeconds(35)))
{
    Console.WriteLine($"{fleet.Modules.Count} of {wanted} modules are there: {fleet.LinkProblem ?? "the others say nothing"}");
    return 1;
}

var start = await fleet.StartAsync(new StartRequest());
Console.WriteLine($"{start.Result.Confirmed} of {start.Result.Results.Count} started, {start.Session?.Armed ?? 0} of them for {start.Session?.StartAt:O}");
foreach (var failed in start.Result.Results.Where(r => !r.IsConfirmed)) Console.WriteLine($"{failed.Module}: {failed.Verdict}, {failed.Reason}");
if (start.Session is not { } session || start.Result.NoneConfirmed) return 1;

await Task.Delay(length, TimeProvider.System);
foreach (var (id, module) in fleet.Modules) Console.WriteLine($"{id}: {module.Presence}, {module.State}, {module.Status?.RecordingId}, last seen {module.LastSeenAt:T}");

var stop = await fleet.StopAsync();
Console.WriteLine($"{stop.Confirmed} of {stop.Results.Count} stopped");
while (fleet.FindSession(session.SessionId) is { State: SessionState.Recording or SessionState.Armed }) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
session = fleet.FindSession(session.SessionId)!;
foreach (var module in session.Modules) Console.WriteLine($"{module.Module}: {string.Join(", ", module.Files)} from {module.FirstFrameUtc:O} ± {module.UncertaintyUs} us");
if (session.SpreadUs is { } spread) Console.WriteLine($"first frames lie within {spread} us");

await fleet.DisposeAsync();
await telling;
return start.Result.AllConfirmed && stop.AllConfirmed ? 0 : 3;

static async Task TellAsync(IAsyncEnumerable<FleetEvent> events)
{
    await foreach (var told in events)
    {
        if (told is ModuleChanged { Change: { } change } changed) Console.WriteLine($"{changed.Module.Id} is {change.To}: {change.Reason}");
        if (told is ModuleReported report) Console.WriteLine($"{report.Module}: {report.Data.Event} {report.Data.RecordingId}");
        if (told is LinkChanged link) Console.WriteLine(link.IsConnected ? "the broker is there" : $"the broker is gone: {link.Reason}");
    }
}
