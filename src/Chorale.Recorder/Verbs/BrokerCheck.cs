using Chorale.Mqtt;
using Chorale.Recorder.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Recorder.Verbs;

/// <summary>Connects to the broker as the recorder would, under a name of its own so that a running recorder is not thrown out, and says nothing there.</summary>
internal static class BrokerCheck
{
    private const string Area = "broker";

    /// <summary>A broker that accepts connections and says nothing is given up by the client after 10 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    public static async Task<CheckStep> RunAsync(MqttSettings? mqtt, TimeProvider time, CancellationToken stopping)
    {
        if (mqtt is null) return new CheckStep(Area, "sign in", CheckResult.Skipped, $"none: no commands, {SettingKeys.MqttHost.Name} is not set");
        var broker = $"{mqtt.Host}:{mqtt.Port}";
        await using var client = new MqttClient(mqtt.ToOptions("check", will: null) with { ClientId = null, SessionExpiry = null }, time, NullLogger.Instance);
        client.Start();
        var begun = time.GetTimestamp();
        while (!client.IsConnected && client.LastFailure is null && time.GetElapsedTime(begun) < Patience)
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, stopping);
        if (client.IsConnected) return new CheckStep(Area, "sign in", CheckResult.Ok, $"{broker} lets us in{(mqtt.Tls ? " by TLS" : "")} as {mqtt.Username ?? "anonymous"}");
        // Without a broker everything is recorded and sent all the same; only commands do not arrive.
        return new CheckStep(Area, "sign in", CheckResult.Failed, $"{broker}: {client.LastFailure ?? $"no answer within {Patience.TotalSeconds:0} s"}", "guide/broker.md says what each of these means");
    }
}
