using Chorale.Recorder.Settings;

namespace Chorale.Tests.Settings;

/// <summary>Loads settings from a folder and an environment of the test's own.</summary>
internal sealed class SettingsBench : IDisposable
{
    private readonly TempFolder _folder = new();

    public Dictionary<string, string> Environment { get; } = [];

    public List<FlagSetting> Flags { get; } = [];

    public TimeZoneInfo LocalZone { get; init; } = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    public string Folder => _folder.Path;

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public SettingsBench With(string name, string value)
    {
        Environment[name] = value;
        return this;
    }

    public SettingsBench Flag(string flag, SettingKey key, string text)
    {
        Flags.Add(new FlagSetting(flag, key.Name, text));
        return this;
    }

    public SettingsLoad Load(string? file = null, string flag = "--config", SettingsFlavour? flavour = null) => SettingsLoader.Load(new SettingsInput
    {
        ConfigPath = file, ConfigFlag = flag, Environment = Environment, Flags = Flags, WorkingFolder = Folder, HostName = "raspberry.local", Flavour = flavour, LocalZone = LocalZone,
    });

    /// <summary>Loads a file of this text, which must be right.</summary>
    public RecorderSettings Good(string text, string name = "chorale.yaml")
    {
        Write(name, text);
        return Good(Load(name));
    }

    public RecorderSettings Good() => Good(Load());

    public IReadOnlyList<SettingsProblem> Bad(string text, string name = "chorale.yaml")
    {
        Write(name, text);
        var load = Load(name);
        Assert.Null(load.Settings);
        Assert.NotEmpty(load.Problems);
        return load.Problems;
    }

    public static RecorderSettings Good(SettingsLoad load)
    {
        Assert.True(load.Settings is not null, string.Join('\n', load.Problems));
        Assert.Empty(load.Problems);
        return load.Settings;
    }

    public void Dispose() => _folder.Dispose();
}
