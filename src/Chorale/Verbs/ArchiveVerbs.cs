using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Chorale.Archive.Check;
using Chorale.Archive.Index;
using Chorale.Archive.Range;
using Chorale.Audio.Files;
using Chorale.Hub.Access;
using Chorale.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace Chorale.Verbs;

/// <summary><c>chorale archive ls | play | export | check</c>: works on the archive's folder itself, beside a running hub or without one.</summary>
internal static class ArchiveVerbs
{
    /// <summary>Exit codes beside 0: 1 something is wrong with the archive or could not be done, 64 bad usage (sysexits), 66 no such archive.</summary>
    private const int ExitProblem = 1, ExitUsage = 64, ExitNoInput = 66;

    private static readonly Option<string> Data = new("--data") { Description = "the hub's data folder, or that of `chorale up`", HelpName = "DIR", DefaultValueFactory = _ => "chorale-data", Recursive = true };
    private static readonly Option<bool> Json = new("--json") { Description = "answer as JSON", Recursive = true };

    public static Command Create()
    {
        var command = new Command("archive", "List, play, export and check what the hub keeps");
        command.Options.Add(Data);
        command.Options.Add(Json);
        command.Subcommands.Add(Ls());
        command.Subcommands.Add(Play());
        command.Subcommands.Add(Export());
        command.Subcommands.Add(Check());
        return command;
    }

    private static Option<string?> Recorder() => new("--recorder") { Description = "its id or name", HelpName = "ID" };

    private static Option<string?> From() => new("--from") { Description = "beginning, such as 2026-01-05T10:00:00Z; without a zone: of this machine", HelpName = "TIME" };

    private static Option<string?> To() => new("--to") { Description = "end; default: now, or where its audio ends", HelpName = "TIME" };

    private static Command Ls()
    {
        var (recorder, from, to) = (Recorder(), From(), To());
        var command = new Command("ls", "Recorders, or audio and gaps of a period") { recorder, from, to };
        command.SetAction((parsed, cancel) => WithArchive(parsed, async (index, _) =>
        {
            var console = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(from) is null && parsed.GetValue(recorder) is null) return await ListRecordersAsync(index, parsed.GetValue(Json), console);
            if (Period(parsed.GetValue(from), parsed.GetValue(to), out var fromUs, out var toUs) is { } problem) return await UsageAsync(parsed, problem);
            var one = parsed.GetValue(recorder);
            if (one is not null && Resolve(index, ref one) is { } unknown) return await UsageAsync(parsed, unknown);
            var told = index.Read(c => TimelineQuery.Read(c, fromUs, toUs, one is null ? null : [one], TimelineDetail.Spans, 200, cancel));
            if (parsed.GetValue(Json))
            {
                await console.WriteLineAsync(JsonSerializer.Serialize(told, SnakeCase));
                return 0;
            }

            var table = new Table().AddColumns("Recorder", "From", "To", "Length", "");
            foreach (var each in told.Recorders)
            {
                var lines = each.Spans.Select(s => (s.FromUs, s.ToUs, Text: $"{s.Chunks} chunks")).Concat(each.Gaps.Select(g => (g.FromUs, g.ToUs, Text: "gap: " + g.Cause)))
                    .Concat(each.Buckets.Select(b => (b.FromUs, ToUs: b.FromUs + told.BucketUs, Text: $"{Length(b.CoveredUs)} in {b.Chunks} chunks")));
                foreach (var (f, t, text) in lines.Order())
                    table.AddRow(Markup.Escape(each.Recorder), WallTime.ToText(f)[..19] + "Z", WallTime.ToText(t)[..19] + "Z", Length(t - f), Markup.Escape(text));
            }

            Console(console).Write(table);
            return 0;
        }));
        return command;
    }

    private static async Task<int> ListRecordersAsync(ArchiveIndex index, bool json, TextWriter console)
    {
        var rows = index.Read(c => Dapper.SqlMapper.Query<(string Id, string? Name, long Chunks, long Bytes, long CoveredUs, long LastSeenUs)>(
            c, """
               SELECT r.recorder_id, r.name, COALESCE(t.chunks, 0), COALESCE(t.bytes, 0), COALESCE(t.covered_us, 0), r.last_seen_us
               FROM recorders r LEFT JOIN totals t USING (recorder_id) ORDER BY 1
               """).ToList());
        if (json)
        {
            await console.WriteLineAsync(JsonSerializer.Serialize(
                rows.Select(r => new { r.Id, r.Name, r.Chunks, r.Bytes, r.CoveredUs, r.LastSeenUs }), SnakeCase));
            return 0;
        }

        var table = new Table().AddColumns("Recorder", "Name", "Chunks", "MB", "Audio", "Last seen");
        foreach (var r in rows)
        {
            table.AddRow(Markup.Escape(r.Id), Markup.Escape(r.Name ?? ""), r.Chunks.ToString(CultureInfo.InvariantCulture),
                (r.Bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture), Length(r.CoveredUs), WallTime.ToText(r.LastSeenUs)[..19] + "Z");
        }

        Console(console).Write(table);
        return 0;
    }

    private static Command Export()
    {
        var (recorder, from, to) = (Recorder(), From(), To());
        var format = new Option<string>("--format") { Description = "opus, flac or wav", HelpName = "FORMAT", DefaultValueFactory = _ => "opus" };
        var gaps = new Option<string>("--gaps") { Description = "silence or skip", HelpName = "WHAT", DefaultValueFactory = _ => "silence" };
        var output = new Option<string?>("--output", "-o") { Description = "file; default a name that tells recorder and time; - is standard output", HelpName = "FILE" };
        var command = new Command("export", "Any from-to as one file, exact to the frame") { recorder, from, to, format, gaps, output };
        command.SetAction((parsed, cancel) => WithArchive(parsed, async (index, folder) =>
        {
            if (Request(index, parsed, recorder, from, to, parsed.GetValue(format), parsed.GetValue(gaps), out var request) is { } problem) return await UsageAsync(parsed, problem);
            var export = RangeExport.Prepare(index, folder, request!, NullLogger.Instance, cancel);
            if (!export.HasAudio) return await FailAsync(parsed, $"no audio of '{request!.Recorder}' in this period; `chorale archive ls --recorder {request.Recorder} --from ...` says why");
            var path = parsed.GetValue(output) ?? export.FileName;
            if (path == "-")
            {
                await using var standard = System.Console.OpenStandardOutput();
                await export.WriteAsync(standard, cancel);
                return 0;
            }

            var part = path + ".part"; // what has its name is whole
            await using (var file = new FileStream(part, FileMode.Create)) await WriteWithProgressAsync(parsed, export, file, cancel);
            File.Move(part, path, overwrite: true);
            var line = parsed.GetValue(Json)
                ? JsonSerializer.Serialize(new { path, bytes = new FileInfo(path).Length, frames = export.Frames, rate_hz = export.RateHz, copied = export.Copies })
                : $"{path}: {Length((long)export.Duration.TotalMicroseconds)}, {new FileInfo(path).Length / 1e6:0.0} MB, {(export.Copies ? "packets copied" : "encoded")}";
            await parsed.InvocationConfiguration.Output.WriteLineAsync(line);
            return 0;
        }));
        return command;
    }

    private static async Task WriteWithProgressAsync(ParseResult parsed, RangeExport export, FileStream file, CancellationToken cancel)
    {
        var writing = export.WriteAsync(file, cancel);
        if (!System.Console.IsErrorRedirected && !parsed.GetValue(Json))
        {
            while (await Task.WhenAny(writing, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancel)) != writing)
                await parsed.InvocationConfiguration.Error.WriteAsync($"\r{file.Position / 1e6:0.0} MB ");
            await parsed.InvocationConfiguration.Error.WriteAsync("\r");
        }

        await writing;
    }

    private static Command Play()
    {
        var (recorder, from, to) = (Recorder(), From(), To());
        var command = new Command("play", "Play any from-to through the speakers of this machine") { recorder, from, to };
        command.SetAction((parsed, cancel) => WithArchive(parsed, async (index, folder) =>
        {
            if (Request(index, parsed, recorder, from, to, "wav", "skip", out var request) is { } problem) return await UsageAsync(parsed, problem);
            if (FindPlayer() is not { } player)
                return await FailAsync(parsed, "no player found: looked for ffplay, mpv, paplay and aplay. Install one of the packages ffmpeg, mpv, pulseaudio-utils, alsa-utils");
            var export = RangeExport.Prepare(index, folder, request!, NullLogger.Instance, cancel);
            if (!export.HasAudio) return await FailAsync(parsed, $"no audio of '{request!.Recorder}' in this period");
            using var process = Process.Start(new ProcessStartInfo(player.Path, player.Arguments) { RedirectStandardInput = true })!;
            try
            {
                await export.WriteAsync(process.StandardInput.BaseStream, cancel);
                process.StandardInput.Close();
                await process.WaitForExitAsync(cancel);
            }
            catch (IOException)
            {
                await process.WaitForExitAsync(cancel); // closed by the person at the player
            }
            finally
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }

            return process.ExitCode == 0 ? 0 : await FailAsync(parsed, $"{Path.GetFileName(player.Path)} ended with {process.ExitCode}");
        }));
        return command;
    }

    private static (string Path, string[] Arguments)? FindPlayer()
    {
#pragma warning disable RS0030 // an entry point: where programs are is told by the environment alone
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
#pragma warning restore RS0030
        (string Name, string[] Arguments)[] players =
        [
            ("ffplay", ["-nodisp", "-autoexit", "-loglevel", "error", "-i", "-"]), ("mpv", ["--no-video", "--really-quiet", "-"]),
            ("paplay", []), ("aplay", ["-q", "-"]),
        ];
        foreach (var (name, arguments) in players)
        {
            if (folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists) is { } path) return (path, arguments);
        }

        return null;
    }

    private static Command Check()
    {
        var repair = new Option<bool>("--repair") { Description = "make rows for files that have none, take away rows whose file is gone; no file is touched" };
        var quick = new Option<bool>("--quick") { Description = "names and sizes only; else every file is read" };
        var command = new Command("check", "Compare files and index both ways") { repair, quick };
        command.SetAction((parsed, cancel) => WithArchive(parsed, async (index, folder) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var tell = !System.Console.IsErrorRedirected && !parsed.GetValue(Json);
            var report = new ArchiveCheck(index, folder, Senders(folder)).Run(
                !parsed.GetValue(quick), parsed.GetValue(repair), told => { if (tell && told.Files % 100 == 0) error.Write($"\r{told.Files} files "); }, cancel);
            if (parsed.GetValue(Json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(
                    new { report.Files, report.Rows, Sound = report.IsSound, Findings = report.Findings.Select(f => new { Problem = f.Problem.ToString(), f.Path, f.Detail, f.Repaired }) }, SnakeCase));
            }
            else
            {
                foreach (var f in report.Findings) await output.WriteLineAsync($"{f.Problem}: {f.Path}: {f.Detail}{(f.Repaired is null ? "" : $" ({f.Repaired})")}");
                await output.WriteLineAsync($"{report.Files} files, {report.Rows} rows, {report.Findings.Count} findings, {report.Findings.Count(x => x.Repaired is null)} open");
            }

            return report.IsSound ? 0 : ExitProblem;
        }, mayCreate: true));
        return command;
    }

    /// <summary>The hub's devices lie beside the index, in a file of their own that outlives it.</summary>
    private static IReadOnlyList<KnownSender> Senders(string folder)
    {
        if (!File.Exists(Path.Combine(folder, AccessStore.FileName))) return [];
        using var access = AccessStore.Open(folder, TimeProvider.System);
        return [.. access.Devices().Select(d => new KnownSender(d.DeviceId, d.PointId, d.RegisterId))];
    }

    private static async Task<int> WithArchive(ParseResult parsed, Func<ArchiveIndex, string, Task<int>> work, bool mayCreate = false)
    {
        var folder = Path.GetFullPath(parsed.GetValue(Data)!);
        // The folder of `chorale up` holds more than the hub's.
        var ofBundle = Path.Combine(folder, "hub");
        if (!File.Exists(Path.Combine(folder, ArchiveIndex.FileName)) && File.Exists(Path.Combine(ofBundle, ArchiveIndex.FileName))) folder = ofBundle;
        // An index that is gone is what `check --repair` is for; anything else would list an empty archive that it has just made.
        var there = File.Exists(Path.Combine(folder, ArchiveIndex.FileName)) || (mayCreate && Directory.Exists(Path.Combine(folder, "audio")));
        if (!there)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"--data {folder}: there is no archive ({ArchiveIndex.FileName}) in this folder");
            return ExitNoInput;
        }

        try
        {
            using var index = ArchiveIndex.Open(folder);
            return await work(index, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AudioFileException or ArgumentException)
        {
            return await FailAsync(parsed, e.Message);
        }
    }

    /// <summary>Takes an id or a name; a problem in words when it is neither.</summary>
    private static string? Resolve(ArchiveIndex index, ref string recorder)
    {
        var wanted = recorder;
        var all = index.Read(c => Dapper.SqlMapper.Query<(string Id, string? Name)>(c, "SELECT recorder_id, name FROM recorders ORDER BY COALESCE(name, recorder_id)").ToList());
        if (all.Exists(r => r.Id == wanted)) return null;
        var named = all.FindAll(r => r.Name == wanted);
        if (named.Count == 1)
        {
            recorder = named[0].Id;
            return null;
        }

        var known = all.Count == 0 ? "there is none yet" : "there are " + string.Join(", ", all.Take(20).Select(r => r.Name is null ? r.Id : $"{r.Name} ({r.Id})"));
        return named.Count == 0 ? $"--recorder '{wanted}': there is no such recorder; {known}"
            : $"--recorder '{wanted}': {named.Count} have this name, their ids are {string.Join(", ", named.Select(r => r.Id))}";
    }

    private static string? Request(
        ArchiveIndex index, ParseResult parsed, Option<string?> recorder, Option<string?> from, Option<string?> to, string? format, string? gaps, out RangeRequest? request)
    {
        request = null;
        if (parsed.GetValue(recorder) is not { Length: > 0 } id) return "--recorder is missing: `chorale archive ls` lists them";
        if (Resolve(index, ref id) is { } unknown) return unknown;
        if (Period(parsed.GetValue(from), parsed.GetValue(to), out var fromUs, out var toUs) is { } problem) return problem;
        // Unsaid, the end is what there is: a stretch of silence up to now is nobody's wish.
        if (parsed.GetValue(to) is null && LastEnd(index, id) is { } last && last > fromUs) toUs = Math.Min(toUs, last);
        if (!Enum.TryParse<AudioCodec>(format, ignoreCase: true, out var codec) || !Enum.IsDefined(codec)) return $"--format '{format}': allowed are opus, flac, wav";
        if (!Enum.TryParse<GapFill>(gaps, ignoreCase: true, out var fill) || !Enum.IsDefined(fill)) return $"--gaps '{gaps}': allowed are silence, skip";
        request = new RangeRequest(id, fromUs, toUs, codec, fill);
        return null;
    }

    private static long? LastEnd(ArchiveIndex index, string recorder) =>
        index.Read(c => Dapper.SqlMapper.ExecuteScalar<long?>(c, "SELECT MAX(end_us) FROM chunks WHERE recorder_id = @recorder", new { recorder }));

    private static string? Period(string? from, string? to, out long fromUs, out long toUs)
    {
        toUs = WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow());
        if (!TryTime(from, out fromUs)) return $"--from {(from is null ? "is missing" : $"'{from}'")}: allowed are times such as 2026-01-05T10:00:00Z";
        if (to is not null && !TryTime(to, out toUs)) return $"--to '{to}': allowed are times such as 2026-01-05T10:00:00Z";
        return toUs > fromUs ? null : $"--to '{to}' must be later than --from '{from}'";
    }

    private static bool TryTime(string? text, out long us)
    {
        if (WallTime.TryParse(text, out us)) return true;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var local)) return false;
        us = WallTime.ToMicroseconds(local);
        return true;
    }

    private static string Length(long us) => TimeSpan.FromMicroseconds(us) is { TotalDays: >= 1 } d ? $"{d.TotalDays:0.0} days" : TimeSpan.FromMicroseconds(us + 50_000).ToString(@"hh\:mm\:ss\.f", CultureInfo.InvariantCulture);

    /// <summary>Ids are cut nowhere: a UUID, a name and two times fit into this.</summary>
    private const int WidthMin = 140;

    private static IAnsiConsole Console(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Math.Max(console.Profile.Width, WidthMin);
        return console;
    }

    private static async Task<int> UsageAsync(ParseResult parsed, string problem)
    {
        await parsed.InvocationConfiguration.Error.WriteLineAsync(problem);
        return ExitUsage;
    }

    private static async Task<int> FailAsync(ParseResult parsed, string problem)
    {
        await parsed.InvocationConfiguration.Error.WriteLineAsync(problem);
        return ExitProblem;
    }

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}
