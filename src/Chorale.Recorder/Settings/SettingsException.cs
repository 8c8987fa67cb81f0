namespace Chorale.Recorder.Settings;

/// <summary>Settings with problems, where a verb has no other way to say so.</summary>
public sealed class SettingsException(SettingsLoad load) : Exception($"the settings have {load.Problems.Count} problems")
{
    public SettingsLoad Load { get; } = load;
}
