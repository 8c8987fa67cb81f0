using Chorale.Mqtt;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Control;

/// <summary>How a module connects, from its settings.</summary>
internal static class ModuleLink
{
    public static MqttOptions Options(MqttSettings settings, string moduleId, MqttMessage will) => new()
    {
        Host = settings.Host, Port = settings.Port, UserName = settings.Username, Password = settings.Password, KeepAlive = settings.KeepAlive,
        ReconnectInterval = settings.ReconnectInterval, Will = will, SessionExpiry = settings.SessionExpiry,
        Tls = settings.Tls ? new MqttTls { CaFile = settings.CaFile, CertFile = settings.CertFile, KeyFile = settings.KeyFile } : null,
        // A session is found again by its name; without one, two modules with one id must not throw each other out of the broker.
        ClientId = settings.SessionExpiry is null ? null : "chorale-" + moduleId,
    };
}
