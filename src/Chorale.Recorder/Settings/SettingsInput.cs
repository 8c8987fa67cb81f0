using System.Collections;

namespace Chorale.Recorder.Settings;

/// <summary>A flag that somebody gave.</summary>
/// <param name="Flag">As written: <c>--samplerate</c>.</param>
/// <param name="Key">Our name of the setting; need not exist (<c>--set</c> takes anything, the loader judges).</param>
public sealed record FlagSetting(string Flag, string Key, string Text);

/// <summary>Where settings are looked for. The loader itself reads no environment and no clock.</summary>
public sealed record SettingsInput
{
    public IReadOnlyList<FlagSetting> Flags { get; init; } = [];

    /// <summary>Decides the defaults instead of what the sources look like.</summary>
    public SettingsFlavour? Flavour { get; init; }

    /// <summary>The file that was asked for; null = the usual places.</summary>
    public string? ConfigPath { get; init; }

    /// <summary>The flag that named it; RSL's own may name a file that is not there.</summary>
    public string ConfigFlag { get; init; } = "--config";

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the usual places are looked for.</summary>
    public string WorkingFolder { get; init; } = ".";

    /// <summary>False: only <see cref="ConfigPath"/>, nothing from the usual places.</summary>
    public bool LooksInUsualPlaces { get; init; } = true;

    /// <summary>The zone of a schedule that names none.</summary>
    public TimeZoneInfo LocalZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>Gives the recorder its name when nobody does.</summary>
    public string HostName { get; init; } = "recorder";

    /// <summary>The process's own environment, for entry points: the only place that may read it.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment()
    {
        var all = new Dictionary<string, string>();
        foreach (DictionaryEntry pair in System.Environment.GetEnvironmentVariables()) all[(string)pair.Key] = (string?)pair.Value ?? "";
        return all;
    }
}

/// <summary>What came of it. <see cref="Settings"/> is null exactly when there are <see cref="Problems"/>.</summary>
/// <param name="Problems">Everything that is wrong, at once.</param>
/// <param name="Notices">What a person may want to know though it is allowed.</param>
/// <param name="Effective">Every key with its value (secrets masked) and where it came from, in the order of the reference.</param>
/// <param name="File">The file that was read, if any.</param>
public sealed record SettingsLoad(
    RecorderSettings? Settings, IReadOnlyList<SettingsProblem> Problems, IReadOnlyList<string> Notices,
    IReadOnlyList<EffectiveSetting> Effective, SettingsFlavour Flavour, string? File)
{
    /// <summary>sysexits.h EX_CONFIG: systemd and scripts can tell bad settings from everything else.</summary>
    public const int ExitCode = 78;
}

/// <param name="Value">As written, masked if secret; empty = not set.</param>
public sealed record EffectiveSetting(SettingKey Key, string Value, SettingSource Source);
