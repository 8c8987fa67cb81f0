using System.CommandLine;
using Chorale.Hub.Settings;
using Chorale.Mqtt;
using Chorale.Protocol.Modules;

namespace Chorale.Verbs;

/// <summary>Where the hub or the broker is, for every verb of <c>chorale fleet</c>.</summary>
internal static class FleetDoorOptions
{
    private const int MqttPort = 1883, MqttTlsPort = 8883;

    public static readonly Option<bool> Json = new("--json") { Description = "JSON instead of a table", Recursive = true };
    private static readonly Option<string> Hub = new("--hub")
    {
        Description = "the hub's address", HelpName = "URL", DefaultValueFactory = _ => "http://127.0.0.1:8080", Recursive = true,
    };

    private static readonly Option<string?> Broker = new("--broker") { Description = "past the hub, with this broker: " + BrokerAddress.Allowed, HelpName = "ADDRESS", Recursive = true };
    private static readonly Option<string> Topic = new("--topic") { Description = "with --broker: base topic", DefaultValueFactory = _ => ModuleTopics.DefaultBase, Recursive = true };
    private static readonly Option<string?> User = new("--user") { Description = "with --broker: user; the password is in CHORALE_BROKER_PASSWORD", Recursive = true };
    private static readonly Option<string?> Ca = new("--ca") { Description = "with --broker: authority of its certificate, PEM; speaks TLS", HelpName = "FILE", Recursive = true };
    private static readonly Option<double> Discover = new("--discover")
    {
        Description = "with --broker: seconds to listen for modules", HelpName = "SECONDS", DefaultValueFactory = _ => 2, Recursive = true,
    };

    public static void AddTo(Command command)
    {
        foreach (var option in (Option[])[Json, Hub, Broker, Topic, User, Ca, Discover]) command.Options.Add(option);
    }

    public static async Task<int> WithDoorAsync(ParseResult parsed, Func<IFleetDoor, Task<int>> work, CancellationToken cancel)
    {
        try
        {
            await using var door = await OpenAsync(parsed, cancel);
            return await work(door);
        }
        catch (FleetDoorException e)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(e.Message);
            return FleetExit.Unavailable;
        }
        catch (ArgumentException e)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(e.Message);
            return FleetExit.Usage;
        }
    }

    private static async Task<IFleetDoor> OpenAsync(ParseResult parsed, CancellationToken cancel)
    {
#pragma warning disable RS0030 // an entry point: secrets come by the environment, not by arguments that everybody on the machine can see
        var token = Environment.GetEnvironmentVariable("CHORALE_TOKEN");
        var password = Environment.GetEnvironmentVariable("CHORALE_BROKER_PASSWORD");
#pragma warning restore RS0030
        if (parsed.GetValue(Broker) is not { } text)
        {
            if (!Uri.TryCreate(parsed.GetValue(Hub), UriKind.Absolute, out var hub) || hub.Scheme is not ("http" or "https"))
                throw new ArgumentException($"--hub {parsed.GetValue(Hub)}: an address such as http://127.0.0.1:8080 is allowed");
            return new HubDoor(hub, string.IsNullOrEmpty(token) ? null : token);
        }

        if (!BrokerAddress.TryParse(text, out var address)) throw new ArgumentException($"--broker {text}: {BrokerAddress.Allowed} is allowed");
        if (ModuleTopics.BaseProblem(parsed.GetValue(Topic)!) is { } problem) throw new ArgumentException("--" + problem);
        var seconds = parsed.GetValue(Discover);
        if (seconds is not (>= 0 and <= 3600)) throw new ArgumentException($"--discover {seconds}: 0 to 3600 is allowed");
        var tls = parsed.GetValue(Ca) is { } ca ? new MqttTls { CaFile = ca } : null;
        var options = new MqttOptions
        {
            Host = address.Host, Port = address.Port ?? (tls is null ? MqttPort : MqttTlsPort), Tls = tls, UserName = parsed.GetValue(User),
            Password = parsed.GetValue(User) is null ? null : password,
        };
        return await BrokerDoor.OpenAsync(options, parsed.GetValue(Topic)!, TimeSpan.FromSeconds(seconds), cancel);
    }
}
