using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Settings;

/// <summary>Says what came of loading, to a person and to the log.</summary>
public static class SettingsReport
{
    /// <summary>One line for each problem, and how many there are; returns the exit code for bad settings.</summary>
    public static int WriteProblems(SettingsLoad load, TextWriter output)
    {
        output.WriteLine(load.Problems.Count == 1 ? "the settings have a problem:" : $"the settings have {load.Problems.Count} problems:");
        foreach (var problem in load.Problems) output.WriteLine("  " + problem);
        return SettingsLoad.ExitCode;
    }

    public static void LogTo(SettingsLoad load, ILogger log)
    {
        if (load.Settings is not null) Log.Loaded(log, FlavourDefaults.NameOf(load.Flavour), load.File ?? "none");
        foreach (var notice in load.Notices) Log.Notice(log, notice);
        foreach (var problem in load.Problems) Log.Problem(log, problem.ToString());
    }
}
