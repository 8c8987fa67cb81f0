namespace Chorale.Recorder.Settings;

/// <summary>
/// Finds, reads and checks the settings. Precedence, the last wins: defaults of the flavour; file (recorder-agent's: sections, then
/// top-level keys); <c>RA_*</c> and <c>MYCELIA_*</c>; <c>CHORALE_*</c>; flags. Every problem is found in one pass; a bad value never throws.
/// </summary>
public static class SettingsLoader
{
    private static readonly string[] OwnPlaces = ["chorale.yaml", "/etc/chorale/chorale.yaml"];

    /// <summary>Mycelia's recorder is started in <c>python/</c>; its file lies in the project's root or in <c>backend/</c>.</summary>
    private static readonly string[] MyceliaPlaces = [".env", "backend/.env", "../.env", "../backend/.env"];

    /// <summary>Flags that only an RSL module has; the others are shared with more than one program.</summary>
    private static readonly string[] RslFlags = ["--id", "--broker", "--port", "--topic", "--samplerate", "--channels"];

    public static SettingsLoad Load(SettingsInput input)
    {
        var problems = new List<SettingsProblem>();
        var notices = new List<string>();
        var file = FindFile(input, problems, notices);
        var flavour = FlavourOf(input, file);
        var values = new LayeredSettings(problems);
        var source = new SettingSource(SettingLayer.Default, flavour == SettingsFlavour.Own ? "default" : $"default of {FlavourDefaults.NameOf(flavour)}");
        foreach (var (key, text) in FlavourDefaults.Of(flavour)) values.Set(key, text, source);

        var sources = new SettingsSources(values, problems, notices);
        if (file is not null) sources.AddFile(file, flavour);
        sources.AddEnvironment(input.Environment);
        sources.AddFlags(input.Flags);
        sources.AddMycelia(flavour);

        var settings = new SettingsBuilder(values, problems, notices, input, flavour).Build();
        return new SettingsLoad(problems.Count == 0 ? settings : null, problems, notices, values.Effective(), flavour, file?.Name);
    }

    private static RawFile? FindFile(SettingsInput input, List<SettingsProblem> problems, List<string> notices)
    {
        var fromEnvironment = input.ConfigPath is null && input.Environment.TryGetValue("CHORALE_CONFIG", out var config) && config.Length > 0 ? config : null;
        if ((input.ConfigPath ?? fromEnvironment) is not { } wanted) return input.LooksInUsualPlaces ? FindInUsualPlaces(input, problems) : null;
        var path = Path.GetFullPath(wanted, Path.GetFullPath(input.WorkingFolder));
        if (File.Exists(path)) return Checked(RawFileReader.Read(path, wanted), problems);
        // Both originals start without their file; ours was named by somebody who means it.
        if (input.ConfigFlag == "--config-file" || IsAgent(input) || path == FlavourDefaults.RecorderAgentFile)
        {
            notices.Add($"{wanted} is not there: going on without it");
            return null;
        }

        problems.Add(new SettingsProblem("settings file", wanted, "there is no such file",
            new SettingSource(fromEnvironment is null ? SettingLayer.Flag : SettingLayer.Environment, fromEnvironment is null ? input.ConfigFlag : "CHORALE_CONFIG")));
        return null;
    }

    private static RawFile? FindInUsualPlaces(SettingsInput input, List<SettingsProblem> problems)
    {
        RawFile? First(params IEnumerable<string> places) =>
            places.Select(p => (Name: p, Path: Path.GetFullPath(p, Path.GetFullPath(input.WorkingFolder)))).Where(p => File.Exists(p.Path))
                .Select(p => Checked(RawFileReader.Read(p.Path, p.Name), problems)).FirstOrDefault();

        if (input.Flavour is null or SettingsFlavour.Own && First(OwnPlaces) is { } own) return own;
        if (IsAgent(input)) return First(FlavourDefaults.RecorderAgentFile);
        if (input.Flavour == SettingsFlavour.Own) return null;
        if (IsRsl(input)) return input.Environment.TryGetValue("HOME", out var home) && home.Length > 0 ? First(Path.Combine(home, ".rslogger/audio_config.json")) : null;
        // Found by chance, and perhaps somebody else's: one that cannot be read is passed by.
        return MyceliaPlaces.Select(p => (Name: p, Path: Path.GetFullPath(p, Path.GetFullPath(input.WorkingFolder)))).Where(p => File.Exists(p.Path))
            .Select(p => RawFileReader.Read(p.Path, p.Name)).FirstOrDefault(f => f.Problem is null && f.Settings.Any(s => ForeignNames.Mycelia.ContainsKey(s.Path)));
    }

    private static RawFile Checked(RawFile file, List<SettingsProblem> problems)
    {
        if (file.Problem is not null) problems.Add(file.Problem);
        return file;
    }

    private static bool IsAgent(SettingsInput input) => input.Flavour == SettingsFlavour.RecorderAgent
        || input.Flavour is null && !IsRsl(input) && input.Environment.Any(v => ForeignNames.Variables.ContainsKey(v.Key) && v.Value.Trim().Length > 0);

    private static bool IsRsl(SettingsInput input) =>
        input.Flavour == SettingsFlavour.Rsl || input.Flavour is null && input.Flags.Any(f => RslFlags.Contains(f.Flag));

    private static SettingsFlavour FlavourOf(SettingsInput input, RawFile? file)
    {
        if (input.Flavour is { } given) return given;
        if (file is { Problem: null })
        {
            var byKeys = ForeignNames.FlavourOf(file);
            // Keys that two languages share do not decide against the environment or the place of the file.
            var isShared = byKeys == SettingsFlavour.Own && file.Settings.All(s => ForeignNames.AgentKey(s.Path) is not null);
            return isShared && (IsAgent(input) || file.Name == FlavourDefaults.RecorderAgentFile) ? SettingsFlavour.RecorderAgent : byKeys;
        }

        if (IsRsl(input) || input.ConfigPath is not null && input.ConfigFlag == "--config-file") return SettingsFlavour.Rsl;
        if (IsAgent(input) || input.ConfigPath == FlavourDefaults.RecorderAgentFile) return SettingsFlavour.RecorderAgent;
        return input.Environment.Any(v => ForeignNames.Mycelia.ContainsKey(v.Key) && v.Value.Trim().Length > 0) || input.Flags.Any(f => f.Flag == "--db")
            ? SettingsFlavour.Mycelia : SettingsFlavour.Own;
    }
}
