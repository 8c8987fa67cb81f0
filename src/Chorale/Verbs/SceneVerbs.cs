using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Chorale.Show.Room;
using Chorale.Show.Scenes;
using Spectre.Console;

namespace Chorale.Verbs;

/// <summary><c>chorale scene check | ls</c>: on the files themselves, beside a running hub or without one.</summary>
internal static class SceneVerbs
{
    /// <summary>Exit codes beside 0: 1 a scene has errors, 64 bad usage (sysexits), 66 no such file.</summary>
    private const int ExitErrors = 1, ExitUsage = 64, ExitNoInput = 66;

    /// <summary>A line of `ls` is not broken in the middle of a description.</summary>
    private const int WidthMin = 120;

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create()
    {
        var command = new Command("scene", "Check, list, run, stop and trace the scenes of rooms");
        command.Subcommands.Add(Check());
        command.Subcommands.Add(Ls());
        command.Subcommands.Add(SceneImportVerb.Create());
        foreach (var live in SceneRunVerbs.All()) command.Subcommands.Add(live);
        return command;
    }

    private static Command Check()
    {
        var files = new Argument<string[]>("file") { Description = "scene files, or folders of them", Arity = ArgumentArity.OneOrMore };
        var room = new Option<string?>("--room") { Description = "the room's folder: its media and devices are looked at too; for ROOM/scenes/FILE it is found without", HelpName = "FOLDER" };
        var json = new Option<bool>("--json") { Description = "answer as JSON" };
        var command = new Command("check", "Name every problem of scene files, with line and place. Ends with 1 if one of them would not run") { files, room, json };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration;
            var paths = new List<string>();
            foreach (var given in parsed.GetValue(files)!)
            {
                if (Directory.Exists(given)) paths.AddRange(Directory.EnumerateFiles(given, "*.json").Order(StringComparer.Ordinal));
                else if (File.Exists(given)) paths.Add(given);
                else return Say(output.Error, $"{given}: there is no such file", ExitNoInput);
            }

            if (paths.Count == 0) return Say(output.Error, "these folders have no scene (*.json) in them", ExitNoInput);
            if (parsed.GetValue(room) is { } folder && !Directory.Exists(folder)) return Say(output.Error, $"--room {folder}: there is no such folder", ExitUsage);
            return Report(output, paths, parsed.GetValue(room), parsed.GetValue(json));
        });
        return command;
    }

    private static int Report(InvocationConfiguration output, List<string> paths, string? room, bool json)
    {
        var contexts = new Dictionary<string, SceneCheckContext>();
        var loads = new List<(string File, SceneLoad Load)>();
        foreach (var path in paths)
        {
            try
            {
                loads.Add((path, SceneCheck.CheckFile(ReadBounded(path), path, Context(room ?? RoomOf(path), contexts, output.Error))));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return Say(output.Error, $"{path}: {e.Message}", ExitNoInput);
            }
        }

        var code = loads.Exists(l => l.Load.Scene is null) ? ExitErrors : 0;
        if (json)
        {
            return Say(output.Output, JsonSerializer.Serialize(
                new
                {
                    files = loads.Select(l => new
                    {
                        l.File, scene = l.Load.Scene?.Id, l.Load.Errors, l.Load.Warnings,
                        problems = l.Load.Problems.Select(p => new { p.Severity, p.Path, p.Line, rule = p.RuleId, p.Text }),
                    }),
                }, SnakeCase), code);
        }

        foreach (var (file, load) in loads)
        {
            foreach (var problem in load.Problems) output.Output.WriteLine(problem);
            output.Output.WriteLine($"{file}: {Verdict(load)}");
        }

        return code;
    }

    private static string Verdict(SceneLoad load) => (load.Errors, load.Warnings) switch
    {
        (0, 0) => "good",
        (0, var warnings) => $"runs, with {Count(warnings, "warning")}",
        (var errors, 0) => $"does not run: {Count(errors, "error")}",
        var (errors, warnings) => $"does not run: {Count(errors, "error")}, {Count(warnings, "warning")}",
    };

    private static Command Ls()
    {
        var rooms = new Option<string>("--rooms") { Description = "the folder of all rooms, as the hub's setting `rooms` names it", HelpName = "FOLDER", Required = true };
        var json = new Option<bool>("--json") { Description = "answer as JSON" };
        var command = new Command("ls", "The scenes of all rooms, and whether they run") { rooms, json };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration;
            var folder = parsed.GetValue(rooms)!;
            if (!Directory.Exists(folder)) return Say(output.Error, $"--rooms {folder}: there is no such folder", ExitUsage);
            var contexts = new Dictionary<string, SceneCheckContext>();
            var scenes = RoomFile.ReadAll(folder).SelectMany(load =>
            {
                var context = Context(load.Room.Folder, contexts, output.Error);
                return new SceneFolder(load.Room.ScenesFolder, TimeProvider.System, () => context!).List().Select(entry => (Room: load.Room.Id, Entry: entry));
            }).ToList();
            if (parsed.GetValue(json))
            {
                return Say(output.Output, JsonSerializer.Serialize(
                    new { scenes = scenes.Select(s => new { s.Room, s.Entry.Name, s.Entry.Description, s.Entry.ModifiedAt, s.Entry.Bytes, s.Entry.Errors, s.Entry.Warnings }) }, SnakeCase), 0);
            }

            if (scenes.Count == 0) return Say(output.Output, $"no room in {folder} has a scene; they are wanted as ROOM/scenes/NAME.json", 0);
            var table = new Table().AddColumns("Room", "Scene", "Changed", "", "Description");
            foreach (var (room, entry) in scenes)
            {
                var verdict = entry.Errors > 0 ? Count(entry.Errors, "error") : entry.Warnings > 0 ? Count(entry.Warnings, "warning") : "good";
                table.AddRow(Markup.Escape(room), Markup.Escape(entry.Name), entry.ModifiedAt.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture), verdict, Markup.Escape(entry.Description ?? ""));
            }

            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output.Output) });
            console.Profile.Width = Math.Max(console.Profile.Width, WidthMin);
            console.Write(table);
            return 0;
        });
        return command;
    }

    /// <summary>The room whose scene this is: <c>ROOM/scenes/FILE</c>, where ROOM has a room.yaml or media. Null = a file on its own.</summary>
    private static string? RoomOf(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (Path.GetFileName(folder) != "scenes" || Path.GetDirectoryName(folder) is not { } room) return null;
        return File.Exists(Path.Combine(room, RoomFile.Name)) || Directory.Exists(Path.Combine(room, "media")) ? room : null;
    }

    private static SceneCheckContext? Context(string? room, Dictionary<string, SceneCheckContext> known, TextWriter errors)
    {
        if (room is null) return null;
        room = Path.GetFullPath(room);
        if (known.TryGetValue(room, out var context)) return context;
        var problems = new List<string>();
        known[room] = context = RoomContext.Read(room, problems);
        foreach (var problem in problems) errors.WriteLine(problem);
        return context;
    }

    /// <summary>A byte past the limit is enough for the check to say that the file is too long.</summary>
    private static byte[] ReadBounded(string path)
    {
        using var file = File.OpenRead(path);
        var bytes = new byte[Math.Min(file.Length, SceneLimits.FileBytesMax + 1)];
        return bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }

    private static int Say(TextWriter writer, string text, int code)
    {
        writer.WriteLine(text);
        return code;
    }

    private static string Count(int n, string what) => n == 1 ? $"1 {what}" : $"{n} {what}s";
}
