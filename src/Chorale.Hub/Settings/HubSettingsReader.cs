using System.Globalization;
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
        var values = new Values();
        if (file is not null) ReadFile(file, values);
        ReadEnvironment(environment, values);
        foreach (var (name, texts) in flags) values.Set(name, texts, "--" + name.Replace('_', '-'));
        var settings = Build(values);
        return values.Problems.Count == 0 ? new HubSettingsLoad(settings, []) : new HubSettingsLoad(null, values.Problems);
    }

    private static void ReadFile(string file, Values values)
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

    private static void ReadEnvironment(IReadOnlyDictionary<string, string> environment, Values values)
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

    private static HubSettings Build(Values values)
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
        };
    }

    /// <summary>Texts by key, with where each came from; reading one notes what is wrong with it.</summary>
    private sealed class Values
    {
        private readonly Dictionary<string, (IReadOnlyList<string> Texts, string Where)> _values = [];

        public List<string> Problems { get; } = [];

        public void Set(string name, IReadOnlyList<string> texts, string where) => _values[name] = (texts, where);

        public string? Text(HubSettingKey key) =>
            _values.TryGetValue(key.Name, out var v) && string.Join(",", v.Texts) is { Length: > 0 } text ? text : null;

        public string? File(HubSettingKey key)
        {
            if (Text(key) is { } path && !System.IO.File.Exists(path)) Wrong(key, path);
            return Text(key);
        }

        public string? Secret(HubSettingKey key)
        {
            if (Text(key) is { Length: < 16 }) Wrong(key, "(not shown)");
            return Text(key);
        }

        public List<ListenAddress>? Listen()
        {
            if (Text(HubSettingKeys.Listen) is not { } text) return null;
            var list = new List<ListenAddress>();
            foreach (var one in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (ListenAddress.TryParse(one, out var address)) list.Add(address);
                else Wrong(HubSettingKeys.Listen, one);
            }

            return list;
        }

        public TimeZoneInfo? Zone()
        {
            if (Text(HubSettingKeys.Zone) is not { } text) return null;
            if (TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone)) return zone;
            Wrong(HubSettingKeys.Zone, text);
            return null;
        }

        public TimeSpan? Days(HubSettingKey key)
        {
            if (Text(key) is not { } text) return null;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var days) && days is > 0 and < 100_000) return TimeSpan.FromDays(days);
            Wrong(key, text);
            return null;
        }

        public long? Bytes(HubSettingKey key)
        {
            if (Text(key) is not { } text) return null;
            if (ByteSize.TryParse(text, out var bytes)) return bytes;
            Wrong(key, text);
            return null;
        }

        private void Wrong(HubSettingKey key, string text) => Problems.Add($"{_values[key.Name].Where}: \"{text}\" is not allowed; allowed is {key.Allowed}");
    }
}
