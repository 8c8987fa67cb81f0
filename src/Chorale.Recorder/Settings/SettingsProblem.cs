namespace Chorale.Recorder.Settings;

/// <summary>One thing that is wrong with the settings, in words a person can act on.</summary>
/// <param name="Key">Our name of the setting, or the unknown name as it was written.</param>
/// <param name="Value">What was given, masked if it is a secret; null when nothing was.</param>
/// <param name="Allowed">What is allowed, or what to do.</param>
/// <param name="Source">Where it was given; null when it was not.</param>
public sealed record SettingsProblem(string Key, string? Value, string Allowed, SettingSource? Source)
{
    public override string ToString() =>
        (Source, Value) switch
        {
            (null, _) => $"{Key}: {Allowed}",
            (_, null) => $"{Key} ({Source}): {Allowed}",
            _ => $"{Key} = {Value.Length switch { 0 => "\"\"", > 80 => Value[..80] + "...", _ => Value }} ({Source}): {Allowed}",
        };
}

/// <summary>Layers in the order of precedence: a later one wins.</summary>
public enum SettingLayer
{
    Default,

    /// <summary>A section of a file.</summary>
    File,

    /// <summary>recorder-agent's file only: a top-level key, which wins over the same key in a section.</summary>
    FileTopLevel,

    /// <summary><c>RA_*</c> and <c>MYCELIA_*</c>.</summary>
    ForeignEnvironment,

    /// <summary><c>CHORALE_*</c>.</summary>
    Environment,
    Flag,
}

/// <param name="Name">File, variable or flag.</param>
/// <param name="Line">1-based line in a file, 0 elsewhere.</param>
public sealed record SettingSource(SettingLayer Layer, string Name, int Line = 0)
{
    public override string ToString() => Line > 0 ? $"{Name}:{Line}" : Name;
}
