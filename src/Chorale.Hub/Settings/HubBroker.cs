using Chorale.Mqtt;

namespace Chorale.Hub.Settings;

/// <summary>The broker that the fleet meets at, and who the hub is there.</summary>
public sealed record HubBroker(string Host, int Port)
{
    /// <summary>Base topic of the modules, of any depth.</summary>
    public string Topic { get; init; } = "rslogger/audio";

    public MqttTls? Tls { get; init; }

    public string? User { get; init; }

    /// <summary>Topic under which Home Assistant looks for devices; null = it is not told of any.</summary>
    public string? HomeAssistantPrefix { get; init; }

    /// <summary>Secret.</summary>
    public string? Password { get; init; }

    /// <param name="clientId">Null: a random one at every start.</param>
    public MqttOptions ToOptions(string? clientId, MqttMessage? will = null) => new()
    {
        Host = Host, Port = Port, ClientId = clientId, UserName = User, Password = Password, Tls = Tls, Will = will,
    };

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{Host}:{Port}";
}
