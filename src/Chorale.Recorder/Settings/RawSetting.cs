namespace Chorale.Recorder.Settings;

/// <summary>One value as a source gave it: the name in the source's own words, text not yet read.</summary>
/// <param name="Path">Dotted path in a file, name of a variable or flag.</param>
/// <param name="Text">Null: written as null, which means "not set".</param>
/// <param name="Line">1-based, 0 where there are no lines.</param>
internal readonly record struct RawSetting(string Path, string? Text, int Line);

/// <summary>What a file holds, as flat paths; or why it cannot be read.</summary>
internal sealed record RawFile(string Name, RawShape Shape, IReadOnlyList<RawSetting> Settings, SettingsProblem? Problem = null);

internal enum RawShape
{
    Yaml,
    Json,

    /// <summary>Lines of <c>NAME=value</c>.</summary>
    Variables,
}
