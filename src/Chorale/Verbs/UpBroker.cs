using System.Globalization;
using Chorale.Hub.Settings;
using Chorale.Mqtt;
using Chorale.Recorder.Settings;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Verbs;

/// <summary>The broker of <c>chorale up</c>: the one in the settings, one that this machine has already, or one of our own.</summary>
internal sealed class UpBroker : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly BrokerProcess? _own;

    private UpBroker(HubBroker? address, string description, BrokerProcess? own) => (Address, Description, _own) = (address, description, own);

    /// <summary>For the hub. Null: there is none, and a reason in <see cref="Description"/>.</summary>
    public HubBroker? Address { get; }

    /// <summary>For the person who started us.</summary>
    public string Description { get; }

    public static async Task<UpBroker> FindAsync(MqttSettings? given, string dataFolder, TimeProvider time, ILoggerFactory logs, CancellationToken cancel)
    {
        if (given is not null)
        {
            var options = given.ToOptions("chorale", will: null);
            var address = new HubBroker(given.Host, given.Port) { Topic = given.BaseTopic, Tls = options.Tls, User = given.Username, Password = given.Password };
            return new UpBroker(address, $"the broker of the settings, {address}", own: null);
        }

        if (await LetsUsInAsync(new MqttOptions(), time, cancel)) return new UpBroker(new HubBroker("localhost", 1883), "the broker of this machine, localhost:1883", own: null);
        try
        {
            // Any free port: a second bundle on this machine must not find this broker and lose it when this one ends.
            var own = await BrokerProcess.StartAsync(new BrokerSettings { Folder = Path.Combine(dataFolder, "broker") }, time, logs.CreateLogger("broker"), cancel);
            return new UpBroker(new HubBroker(own.Address, own.Port), $"a broker of its own, {own.Address}:{own.Port}", own);
        }
        catch (BrokerException e)
        {
            return new UpBroker(null, $"no broker, so no commands to recorders: {e.Message}", own: null);
        }
    }

    /// <summary>What the recorder's settings need to meet the hub here; nothing when they name a broker themselves, or there is none.</summary>
    public IEnumerable<FlagSetting> RecorderFlags(MqttSettings? given)
    {
        if (given is not null || Address is not { } address) yield break;
        yield return new FlagSetting("chorale up", SettingKeys.MqttHost.Name, address.Host);
        yield return new FlagSetting("chorale up", SettingKeys.MqttPort.Name, address.Port.ToString(CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        if (_own is not null) await _own.DisposeAsync();
    }

    /// <summary>A broker that wants credentials we do not have is none to us.</summary>
    private static async Task<bool> LetsUsInAsync(MqttOptions options, TimeProvider time, CancellationToken cancel)
    {
        var isIn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var client = new MqttClient(options, time, NullLogger.Instance)
        {
            OnConnected = _ =>
            {
                isIn.TrySetResult();
                return Task.CompletedTask;
            },
        };
        client.Start();
        var begun = time.GetTimestamp();
        while (!isIn.Task.IsCompleted && client.LastFailure is null && time.GetElapsedTime(begun) < Patience)
            await Task.WhenAny(isIn.Task, Task.Delay(TimeSpan.FromMilliseconds(20), time, cancel));
        return isIn.Task.IsCompleted;
    }
}
