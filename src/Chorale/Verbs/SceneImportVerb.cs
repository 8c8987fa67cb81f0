using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Show.Import;

namespace Chorale.Verbs;

/// <summary><c>chorale scene import</c>: a room of a museum-system controller, taken over whole.</summary>
internal static class SceneImportVerb
{
    /// <summary>Exit codes beside 0: 1 something else is there already and was kept, 66 nothing to import, 73 cannot be written (sysexits).</summary>
    private const int ExitKept = 1, ExitNoInput = 66, ExitCannotWrite = 73;

    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static Command Create()
    {
        var old = new Argument<string>("old") { Description = "folder of the old controller: with config/config.ini and scenes/" };
        var into = new Option<string>("--into") { Description = "the folder of all rooms", HelpName = "FOLDER", Required = true };
        var room = new Option<string?>("--room") { Description = "which room; else the one its config.ini names, or the only one", HelpName = "ID" };
        var force = new Option<bool>("--force") { Description = "replace what is there; replaced scenes are kept as versions" };
        var json = new Option<bool>("--json") { Description = "answer as JSON" };
        var command = new Command("import", "Take over config.ini, devices.json, commands, scenes and media of an older room controller") { old, into, room, force, json };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration;
            ImportReport report;
            try
            {
                report = RoomImport.Run(parsed.GetValue(old)!, parsed.GetValue(into)!, parsed.GetValue(room), parsed.GetValue(force), TimeProvider.System);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                output.Error.WriteLine(e.Message);
                return ExitCannotWrite;
            }

            if (report.Failure is { } failure)
            {
                output.Error.WriteLine(failure);
                return ExitNoInput;
            }

            if (parsed.GetValue(json)) output.Output.WriteLine(JsonSerializer.Serialize(report, SnakeCase));
            else Print(report, output.Output);
            return report.Lines.Any(l => l.Verdict == ImportVerdict.Kept) ? ExitKept : 0;
        });
        return command;
    }

    private static void Print(ImportReport report, TextWriter output)
    {
        output.WriteLine($"room {report.Room} -> {report.Folder}");
        foreach (var (verdict, title) in new[]
                 {
                     (ImportVerdict.Taken, "taken"), (ImportVerdict.Same, "there already"), (ImportVerdict.Kept, "kept as it is; --force replaces it"),
                     (ImportVerdict.ForHub, "for the hub's own settings"), (ImportVerdict.NotNeeded, "not needed any more"), (ImportVerdict.NotUnderstood, "not understood"),
                 })
        {
            var lines = report.Lines.Where(l => l.Verdict == verdict).ToList();
            if (lines.Count == 0) continue;
            output.WriteLine($"{title}:");
            foreach (var line in lines) output.WriteLine(line.Note.Length == 0 ? $"  {line.What}" : $"  {line.What}: {line.Note}");
        }
    }
}
