using Chorale.Mqtt;
using Chorale.Protocol.Chunks;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Chorale.Hub.Settings;

/// <summary>Settings, or everything that is wrong with them.</summary>
public sealed record HubSettingsLoad(HubSettings? Settings, IReadOnlyList<string> Problems)
{
    /// <summary>EX_CONFIG of sysexits.h: systemd does not restart for it (RestartPreventExitStatus).</summary>
    public const int ExitCode = 78;
}

/// <summary>Reads the hub's settings: command line over environment over file over default. Names all problems at once.</summary>
public static class HubSettingsReader
{
    /// <param name="file">Path of <c>hub.yaml</c>; null = no file.</param>
    /// <param name="environment">All variables of the process.</param>
    /// <param name="flags">Key name to texts, as given on the command line.</param>
    public static HubSettingsLoad Read(string? file, IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, IReadOnlyList<string>> flags)
    {
        var values = new HubSettingValues();
        if (file is not null) ReadFile(file, values);
        ReadEnvironment(environment, values);
        foreach (var (name, texts) in flags) values.Set(name, texts, "--" + name.Replace('_', '-'));
        var settings = Build(values, environment);
        return values.Problems.Count == 0 ? new HubSettingsLoad(settings, []) : new HubSettingsLoad(null, values.Problems);
    }

    private static void ReadFile(string file, HubSettingValues values)
    {
        var yaml = new YamlStream();
        try
        {
            using var text = File.OpenText(file);
            yaml.Load(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or YamlException)
        {
            values.Problems.Add($"{file}: {e.Message}");
            return;
        }

        if (yaml.Documents.Count == 0) return;
        if (yaml.Documents[0].RootNode is not YamlMappingNode map)
        {
            values.Problems.Add($"{file}: `key: value` lines are expected");
            return;
        }

        foreach (var (key, value) in map.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            var where = $"{file}, line {key.Start.Line}: {name}";
            if (!HubSettingKeys.All.Any(k => k.Name == name))
                values.Problems.Add($"{where} is not a setting of the hub; known are {string.Join(", ", HubSettingKeys.All.Select(k => k.Name))}");
            else if (value is YamlScalarNode scalar) values.Set(name, [scalar.Value ?? ""], where);
            else if (value is YamlSequenceNode list && list.All(n => n is YamlScalarNode)) values.Set(name, [.. list.Select(n => ((YamlScalarNode)n).Value ?? "")], where);
            else values.Problems.Add($"{where}: a text or a list of texts is expected");
        }
    }

    private static void ReadEnvironment(IReadOnlyDictionary<string, string> environment, HubSettingValues values)
    {
        foreach (var key in HubSettingKeys.All)
        {
            if (key.OtherEnvironment is { } other && environment.TryGetValue(other, out var foreign) && foreign.Length > 0) values.Set(key.Name, [foreign], other);
            if (environment.TryGetValue(key.Environment, out var text)) values.Set(key.Name, [text], key.Environment);
        }

        foreach (var name in environment.Keys.Where(n => n.StartsWith(HubSettingKey.EnvironmentPrefix, StringComparison.Ordinal) && n != "CHORALE_HUB_CONFIG"))
        {
            if (!HubSettingKeys.All.Any(k => k.Environment == name)) values.Problems.Add($"{name} is not a setting of the hub");
        }
    }

    private static HubSettings Build(HubSettingValues values, IReadOnlyDictionary<string, string> environment)
    {
        var defaults = new HubSettings { DataFolder = "chorale-hub" };
        return defaults with
        {
            DataFolder = values.Text(HubSettingKeys.Data) ?? defaults.DataFolder,
            Listen = values.Listen() ?? defaults.Listen,
            CertificateFile = values.File(HubSettingKeys.Certificate),
            CertificateKeyFile = values.File(HubSettingKeys.CertificateKey),
            CertificatePassword = values.Text(HubSettingKeys.CertificatePassword),
            ForeignUploadBytesMax = values.Bytes(HubSettingKeys.MaxUpload) ?? defaults.ForeignUploadBytesMax,
            OwnUploadBytesMax = values.Bytes(HubSettingKeys.MaxOwnUpload) ?? defaults.OwnUploadBytesMax,
            Zone = values.Zone() ?? defaults.Zone,
            AdminToken = values.Secret(HubSettingKeys.AdminToken),
            InternalToken = values.Secret(HubSettingKeys.InternalToken),
            KeepFor = values.Days(HubSettingKeys.KeepDays),
            KeepBytes = values.Bytes(HubSettingKeys.KeepSize),
            FreeBytesFloor = values.Bytes(HubSettingKeys.FreeFloor) ?? defaults.FreeBytesFloor,
            LogKeepFor = values.Days(HubSettingKeys.LogDays) ?? defaults.LogKeepFor,
            LogRowsMax = values.Whole(HubSettingKeys.LogRows, 1_000, 100_000_000) ?? defaults.LogRowsMax,
            RecordingFolders = [.. (values.Text(HubSettingKeys.Recordings) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
            LiveKeepAfter = values.Hours(HubSettingKeys.LiveKeepHours) ?? defaults.LiveKeepAfter,
            LiveBytesMax = values.Bytes(HubSettingKeys.LiveSize) ?? defaults.LiveBytesMax,
            Broker = Broker(values),
            RoomsFolder = values.Text(HubSettingKeys.Rooms),
            Displays = Chorale.Show.Players.Displays.Find(environment),
        };
    }

    private static HubBroker? Broker(HubSettingValues values)
    {
        if (values.Text(HubSettingKeys.Broker) is not { } text)
        {
            foreach (var key in HubSettingKeys.All.Where(k => k.Name.StartsWith("broker_", StringComparison.Ordinal) && values.Text(k) is not null))
                values.Wrong(key, "is of no use without broker");
            return null;
        }

        if (!BrokerAddress.TryParse(text, out var address))
        {
            values.NotAllowed(HubSettingKeys.Broker, text);
            return null;
        }

        var tls = new MqttTls
        {
            CaFile = values.File(HubSettingKeys.BrokerCa),
            CertFile = values.File(HubSettingKeys.BrokerCertificate),
            KeyFile = values.File(HubSettingKeys.BrokerCertificateKey),
        };
        var isTls = values.YesOrNo(HubSettingKeys.BrokerTls) ?? tls != new MqttTls();
        if (tls.CertFile is null != tls.KeyFile is null)
            values.Wrong(tls.CertFile is null ? HubSettingKeys.BrokerCertificateKey : HubSettingKeys.BrokerCertificate, "needs both certificate and key");
        var user = values.Text(HubSettingKeys.BrokerUser);
        if (user is not null && !RecorderId.IsValid(user)) values.NotAllowed(HubSettingKeys.BrokerUser, user);
        if (values.Text(HubSettingKeys.BrokerPasswordFile) is not null && user is null) values.Wrong(HubSettingKeys.BrokerPasswordFile, "needs broker_user");
        var (topic, homeAssistant) = (Levels(values, HubSettingKeys.BrokerTopic), Levels(values, HubSettingKeys.BrokerHomeAssistant));
        return new HubBroker(address.Host, address.Port ?? (isTls ? 8883 : 1883))
        {
            Topic = topic ?? "rslogger/audio",
            HomeAssistantPrefix = homeAssistant,
            Tls = isTls ? tls : null,
            User = user,
            Password = values.FirstLine(HubSettingKeys.BrokerPasswordFile),
        };
    }

    private static string? Levels(HubSettingValues values, HubSettingKey key)
    {
        var topic = values.Text(key);
        if (topic is not null && (TopicFilter.ProblemOfTopic(topic) is not null || topic.Split('/').Any(l => l.Length == 0) || topic[0] == '$')) values.NotAllowed(key, topic);
        return topic;
    }
}
