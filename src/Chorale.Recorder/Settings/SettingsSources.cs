namespace Chorale.Recorder.Settings;

/// <summary>Translates every source into our keys; what cannot be translated is a problem, or a notice where the file is shared with others.</summary>
internal sealed class SettingsSources(LayeredSettings values, List<SettingsProblem> problems, List<string> notices)
{
    private readonly List<(SettingKey Key, string Text, SettingSource Source)> _mycelia = [];

    public void AddFile(RawFile file, SettingsFlavour flavour)
    {
        foreach (var setting in file.Settings)
        {
            var source = new SettingSource(SettingLayer.File, file.Name, setting.Line);
            if (file.Shape == RawShape.Variables) AddVariable(setting.Path, setting.Text!, source, source);
            else if (flavour == SettingsFlavour.Rsl) AddRsl(setting, source);
            else if (flavour == SettingsFlavour.RecorderAgent) AddAgent(setting, source);
            else AddOwn(setting, source);
        }
    }

    /// <summary>An empty variable is one that is not set: unit files and containers cannot unset.</summary>
    public void AddEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (name, text) in environment.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            AddVariable(name, text, new SettingSource(SettingLayer.Environment, name), new SettingSource(SettingLayer.ForeignEnvironment, name));
        }
    }

    public void AddFlags(IReadOnlyList<FlagSetting> flags)
    {
        foreach (var flag in flags)
        {
            var source = new SettingSource(SettingLayer.Flag, flag.Flag);
            if (SettingKeys.ByName.TryGetValue(flag.Key, out var key)) values.Set(key, flag.Text, source);
            else Unknown(flag.Key, source, SettingKeys.ByName.Keys);
        }
    }

    /// <summary>Mycelia's variables are often exported for other programs too: they count only when chunks go to Mycelia, or nowhere else.</summary>
    public void AddMycelia(SettingsFlavour flavour)
    {
        if (_mycelia.Count == 0) return;
        var sink = values.TextOf(SettingKeys.Sink);
        if (flavour != SettingsFlavour.Mycelia && sink != "mycelia" && (sink.Length > 0 || values.Has(SettingKeys.Url)))
        {
            notices.Add($"{string.Join(", ", _mycelia.Select(m => m.Source))}: not used, chunks do not go to Mycelia (upload.sink)");
            return;
        }

        foreach (var (key, text, source) in _mycelia) values.Set(key, text, source);
        if (sink.Length == 0 && values.IsSet(SettingKeys.Url)) values.Set(SettingKeys.Sink, "mycelia", values.SourceOf(SettingKeys.Url));
    }

    private void AddOwn(RawSetting setting, SettingSource source)
    {
        var path = setting.Path == "schedule" ? SettingKeys.ScheduleWindows.Name : setting.Path;
        if (SettingKeys.ByName.TryGetValue(path, out var key)) Set(key, setting.Text, source);
        else if (setting.Text is null && SettingKeys.ByName.Keys.Any(k => k.StartsWith(path + ".", StringComparison.Ordinal))) return;
        else if (ForeignNames.AgentKey(path) is { } agent) problems.Add(new SettingsProblem(path, null, $"is recorder-agent's name; here it is {agent.Name}", source));
        else Unknown(path, source, SettingKeys.ByName.Keys);
    }

    private void AddAgent(RawSetting setting, SettingSource source)
    {
        if (setting.Text is null && ForeignNames.RecorderAgentSections.Contains(setting.Path)) return;
        if (ForeignNames.AgentKey(setting.Path) is { } key)
            Set(key, setting.Text, setting.Path.Contains('.') ? source : source with { Layer = SettingLayer.FileTopLevel });
        else Unknown(setting.Path, source, ForeignNames.RecorderAgent.Keys);
    }

    private void AddRsl(RawSetting setting, SettingSource source)
    {
        if (ForeignNames.Rsl.TryGetValue(setting.Path, out var key)) Set(key, setting.Text, source);
        else notices.Add($"{source}: {setting.Path} is no setting of a module; not used{Spelling.Hint(setting.Path, ForeignNames.Rsl.Keys)}");
    }

    private void AddVariable(string name, string text, SettingSource own, SettingSource foreign)
    {
        var isOurs = name.StartsWith("CHORALE_", StringComparison.Ordinal);
        var isAgents = name.StartsWith("RA_", StringComparison.Ordinal);
        if (isOurs && ForeignNames.OwnVariables.TryGetValue(name, out var key)) SetUnlessEmpty(key, text, own);
        else if (isAgents && ForeignNames.Variables.TryGetValue(name, out key)) SetUnlessEmpty(key, text, foreign);
        else if (ForeignNames.Mycelia.TryGetValue(name, out key) && text.Trim().Length > 0) _mycelia.Add((key, text, foreign));
        else if (isOurs && !ForeignNames.IsOtherVariable(name)) Unknown(name, own, ForeignNames.OwnVariables.Keys);
        else if (isAgents) Unknown(name, foreign, ForeignNames.Variables.Keys);
    }

    private void SetUnlessEmpty(SettingKey key, string text, SettingSource source)
    {
        if (text.Trim().Length > 0) values.Set(key, text, source);
    }

    private void Set(SettingKey key, string? text, SettingSource source)
    {
        // Null means "as if it were not there"; an empty text is a value, and only text can be empty.
        if (text is null || text.Length == 0 && key.DefaultText.Length == 0) return;
        values.Set(key, text, source);
    }

    private void Unknown(string name, SettingSource source, IEnumerable<string> names) =>
        problems.Add(new SettingsProblem(name, null, "there is no such setting" + Spelling.Hint(name, names), source));
}
