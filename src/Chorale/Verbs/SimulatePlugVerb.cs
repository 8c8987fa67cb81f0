using System.CommandLine;
using System.Text;
using Chorale.Hub.Settings;
using Chorale.Mqtt;
using Chorale.Protocol.Rooms;
using Chorale.Simulate;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Verbs;

/// <summary><c>chorale simulate unplug | plug</c>: the plug of one of the example's devices.</summary>
internal static class SimulatePlugVerb
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Command Create(string word)
    {
        var id = new Argument<string>("device") { Description = "as the page names it: Room1_Relays_Ctrl" };
        var broker = new Option<string>("--broker") { Description = BrokerAddress.Allowed, DefaultValueFactory = _ => "127.0.0.1:1883" };
        var command = new Command(word, word == "plug" ? "Put the plug of a device of the example back" : "Pull the plug of a device of the example: it is gone until `plug`") { id, broker };
        command.SetAction(async (parsed, cancel) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            if (!RoomNames.IsValid(parsed.GetValue(id)!)) return await SayAsync(error, $"{parsed.GetValue(id)}: {RoomNames.Allowed}", FleetExit.Usage);
            if (!BrokerAddress.TryParse(parsed.GetValue(broker)!, out var address)) return await SayAsync(error, $"--broker {parsed.GetValue(broker)}: {BrokerAddress.Allowed} is allowed", FleetExit.Usage);
            var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var client = new MqttClient(new MqttOptions { Host = address.Host, Port = address.Port ?? 1883 }, TimeProvider.System, NullLogger.Instance)
            {
                OnConnected = _ =>
                {
                    connected.TrySetResult();
                    return Task.CompletedTask;
                },
            };
            client.Start();
            try
            {
                await connected.Task.WaitAsync(Patience, TimeProvider.System, cancel);
            }
            catch (TimeoutException)
            {
                return await SayAsync(error, $"no broker answers at {parsed.GetValue(broker)}: {client.LastFailure}; `chorale up` says at its start where its broker is", FleetExit.Unavailable);
            }

            var sent = await client.PublishAsync(new MqttMessage(ExampleDevices.Topics + parsed.GetValue(id), Encoding.UTF8.GetBytes(word), 1), cancel);
            return sent is { IsDelivered: true, NobodyListens: false } ? 0
                : await SayAsync(error, $"{parsed.GetValue(id)}: {(sent.NobodyListens ? "no example with this device is connected to this broker" : sent.Reason)}", FleetExit.Unavailable);
        });
        return command;
    }

    private static async Task<int> SayAsync(TextWriter writer, string text, int exit)
    {
        await writer.WriteLineAsync(text);
        return exit;
    }
}
