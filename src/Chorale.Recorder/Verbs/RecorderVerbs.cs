using System.CommandLine;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Spool;

namespace Chorale.Recorder.Verbs;

/// <summary>The person's tools of a recorder: the same in <c>chorale</c> and in <c>chorale-recorder</c>.</summary>
public static class RecorderVerbs
{
    /// <summary>Where <c>chorale up</c> keeps its recorder's spool, seen from the folder it was started in.</summary>
    private const string UpSpool = "chorale-data/recorder";

    public static void AddTo(Command root, TimeProvider time)
    {
        root.Subcommands.Add(RecordVerb.Create());
        root.Subcommands.Add(DevicesVerb.Create());
        root.Subcommands.Add(CheckVerb.Create(new CheckParts { Record = RecordCheck.RunAsync }, time));
        root.Subcommands.Add(Spool(time));
    }

    private static Command Spool(TimeProvider time)
    {
        Func<ParseResult, SettingsInput>? input = null;
        var command = SpoolVerbs.Create(parsed => OptionsOf(SettingsLoader.Load(input!(parsed)), time), time);
        input = RecorderFlags.AddTo(command, recursive: true);
        return command;
    }

    /// <exception cref="SettingsException">They have problems.</exception>
    private static SpoolOptions OptionsOf(SettingsLoad load, TimeProvider time)
    {
        if (load.Settings is not { } settings) throw new SettingsException(load);
        // Beside a `chorale up` its spool is the one that is meant, unless somebody named another.
        var isNamed = load.Effective.Any(e => e.Key == SettingKeys.SpoolFolder && e.Source.Layer != SettingLayer.Default);
        if (!isNamed && Directory.Exists(UpSpool)) settings = settings with { Spool = settings.Spool with { Folder = Path.GetFullPath(UpSpool) } };
        return RecorderHost.SpoolOptionsOf(settings, time);
    }
}
