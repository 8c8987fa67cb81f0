using System.CommandLine;

namespace Chorale.Recorder.Settings;

/// <summary>
/// The flags of every verb that needs a recorder's settings: RSL's, recorder-agent's, Mycelia's, and <c>--set KEY=VALUE</c> for everything
/// else. They take text: whether it is right is the loader's to say, together with all the other problems.
/// </summary>
public static class RecorderFlags
{
    private static readonly Dictionary<string, (SettingKey Key, string Help)> ByFlag = new()
    {
        ["--id"] = (SettingKeys.Id, "name of this recorder"),
        ["--broker"] = (SettingKeys.MqttHost, "MQTT broker"),
        ["--port"] = (SettingKeys.MqttPort, "port of the broker"),
        ["--topic"] = (SettingKeys.BaseTopic, "base topic"),
        ["--samplerate"] = (SettingKeys.SampleRate, "frames per second"),
        ["--channels"] = (SettingKeys.Channels, "channels"),
        ["--device"] = (SettingKeys.Device, "microphone: hw:1,0, a name or part of it, an index, ..."),
        ["--log-level"] = (SettingKeys.LogLevelKey, "debug, info, warning, error"),
        ["--db"] = (SettingKeys.IndexPath, "index file of the spool; an old Mycelia queue there is adopted"),
        ["--mode"] = (SettingKeys.Mode, "continuous or on_request"),
        ["--schedule"] = (SettingKeys.ScheduleWindows, "when to record: always, 08:00-22:00, ..."),
        ["--codec"] = (SettingKeys.Codec, "opus, flac or wav"),
        ["--chunk-seconds"] = (SettingKeys.ChunkSeconds, "length of a chunk"),
        ["--spool"] = (SettingKeys.SpoolFolder, "folder of the spool"),
    };

    private static readonly Dictionary<string, SettingsFlavour> Flavours = Enum.GetValues<SettingsFlavour>().ToDictionary(FlavourDefaults.NameOf);

    /// <summary>Adds the flags to <paramref name="command"/>, and to its subcommands if <paramref name="recursive"/>; call the result with what was parsed.</summary>
    public static Func<ParseResult, SettingsInput> AddTo(Command command, bool recursive = false)
    {
        var options = ByFlag.Select(f => (f.Value.Key, Option: new Option<string[]>(f.Key)
        {
            Description = f.Value.Help, AllowMultipleArgumentsPerToken = false, HelpName = f.Value.Key.Name,
        })).ToList();
        var config = new Option<string?>("--config", "-c") { Description = "settings file: ours, recorder-agent's, an RSL module's or an .env", HelpName = "FILE" };
        var configFile = new Option<string?>("--config-file") { Description = "the same; may be missing, as RSL modules allow", HelpName = "FILE" };
        var set = new Option<string[]>("--set") { Description = "any setting: --set spool.max_gb=5 (repeatable)", HelpName = "KEY=VALUE" };
        var flavour = new Option<string?>("--flavour") { Description = "whose defaults to take: " + string.Join(", ", Flavours.Keys), HelpName = "NAME" };
        flavour.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<string?>() is { } name && !Flavours.ContainsKey(name)) r.AddError($"--flavour {name}: must be {string.Join(", ", Flavours.Keys)}");
        });
        config.Validators.Add(r =>
        {
            if (r.GetResult(configFile) is not null) r.AddError("--config and --config-file: give one of them");
        });
        foreach (var option in options.Select(o => (Option)o.Option).Concat([config, configFile, set, flavour])) option.Recursive = recursive;
        foreach (var (_, option) in options) command.Options.Add(option);
        command.Options.Add(config);
        command.Options.Add(configFile);
        command.Options.Add(set);
        command.Options.Add(flavour);

        return parsed =>
        {
            var flags = options.SelectMany(o => (parsed.GetValue(o.Option) ?? []).Select(text => new FlagSetting(o.Option.Name, o.Key.Name, text))).ToList();
            foreach (var pair in parsed.GetValue(set) ?? [])
            {
                var equals = pair.IndexOf('=');
                flags.Add(equals < 0 ? new FlagSetting("--set", pair, "") : new FlagSetting("--set", pair[..equals].Trim(), pair[(equals + 1)..]));
            }

            return new SettingsInput
            {
                Flags = flags,
                Flavour = parsed.GetValue(flavour) is { } name ? Flavours[name] : null,
                ConfigPath = parsed.GetValue(config) ?? parsed.GetValue(configFile),
                ConfigFlag = parsed.GetValue(config) is null && parsed.GetValue(configFile) is not null ? "--config-file" : "--config",
                Environment = SettingsInput.ProcessEnvironment(),
                WorkingFolder = Directory.GetCurrentDirectory(),
                LocalZone = TimeProvider.System.LocalTimeZone,
                HostName = System.Environment.MachineName,
            };
        };
    }
}
