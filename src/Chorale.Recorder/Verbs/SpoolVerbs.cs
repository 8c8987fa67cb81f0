using System.CommandLine;
using System.Text.Json;
using Chorale.Protocol;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace Chorale.Recorder.Verbs;

/// <summary>
/// <c>spool ls | check | retry | export | import</c>. All of them work while the recorder runs. Exit codes: 0 done, 1 the ledger does not add
/// up or something was left undone, 2 there is no such spool or path, 64 a bad argument,
/// 78 bad settings.
/// </summary>
public static class SpoolVerbs
{
    private const int Done = 0;
    private const int Incomplete = 1;
    private const int NotFound = 2;
    private const int BadArgument = 64;

    /// <param name="options">The spool the settings name, asked for when a verb runs.</param>
    /// <param name="time">Clock for default periods.</param>
    /// <param name="output">Null = the terminal.</param>
    public static Command Create(Func<ParseResult, SpoolOptions> options, TimeProvider time, TextWriter? output = null)
    {
        var console = output is null ? AnsiConsole.Console : AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        var writer = output ?? Console.Out;
        if (output is not null || Console.IsOutputRedirected) console.Profile.Width = 200; // a file has no edge to wrap at
        return new Command("spool", "look into the queue of recorded chunks, and mend it")
        {
            Ls(options, console, writer), Check(options, time, console, writer), Retry(options, time, console, writer),
            Export(options, time, console, writer), Import(options, time, console, writer),
        };
    }

    private static Command Ls(Func<ParseResult, SpoolOptions> options, IAnsiConsole console, TextWriter writer)
    {
        var json = Json();
        var state = new Option<ChunkState>("--state") { Description = "Ready (not yet sent), Uploaded or Quarantined", DefaultValueFactory = _ => ChunkState.Ready };
        var limit = new Option<int>("--limit") { Description = "at most this many, oldest first", DefaultValueFactory = _ => 50 };
        var command = new Command("ls", "list chunks, oldest first") { state, limit, json };
        command.SetAction(parse => Guarded(writer, () =>
        {
            using var spool = SpoolReader.Open(options(parse));
            var wanted = parse.GetValue(state);
            var chunks = spool.List(wanted, parse.GetValue(limit));
            if (parse.GetValue(json))
            {
                foreach (var c in chunks) writer.WriteLine(SpoolReport.Json(c, wanted == ChunkState.Quarantined ? spool.ReasonOf(c) : c.LastError));
                return Done;
            }

            var table = SpoolReport.Table("chunk", "begins (UTC)", "length", "size", "tries", wanted == ChunkState.Quarantined ? "reason" : "last error");
            foreach (var c in chunks)
            {
                table.AddRow(Markup.Escape(Path.GetFileName(c.Path)), WallTime.ToText(c.StartAt)[..19], $"{(c.EndAt - c.StartAt).TotalSeconds:0.000} s",
                    SpoolReport.Size(c.SizeBytes), $"{c.Attempts}", Markup.Escape((wanted == ChunkState.Quarantined ? spool.ReasonOf(c) : c.LastError) ?? ""));
            }

            console.Write(table);
            foreach (var s in Enum.GetValues<ChunkState>())
                console.WriteLine($"{s.ToString().ToLowerInvariant(),-12} {spool.Count(s).Chunks,8} chunks  {SpoolReport.Size(spool.Count(s).Bytes),10}");
            console.WriteLine($"{"lost",-12} {spool.LostChunks,8} chunks");
            return Done;
        }));
        return command;
    }

    private static Command Check(Func<ParseResult, SpoolOptions> options, TimeProvider time, IAnsiConsole console, TextWriter writer)
    {
        var json = Json();
        var from = Time("--from", "begin of the period (RFC 3339 with offset); default: the oldest chunk known");
        var to = Time("--to", "its end; default: now");
        var command = new Command("check", "print the ledger of a period and add it up") { from, to, json };
        command.SetAction(parse => Guarded(writer, () =>
        {
            using var spool = SpoolReader.Open(options(parse));
            var end = Parsed(parse.GetValue(to)) ?? time.GetUtcNow();
            var ledger = spool.Ledger(Parsed(parse.GetValue(from)) ?? spool.Since ?? end, end);
            if (parse.GetValue(json)) writer.WriteLine(SpoolReport.Json(ledger));
            else SpoolReport.Write(console, ledger);
            return ledger.AddsUp ? Done : Incomplete;
        }));
        return command;
    }

    private static Command Retry(Func<ParseResult, SpoolOptions> options, TimeProvider time, IAnsiConsole console, TextWriter writer)
    {
        var json = Json();
        var names = new Argument<string[]>("file") { Description = "names in quarantine; none = all of them", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("retry", "put quarantined chunks back into the queue") { names, json };
        command.SetAction(parse => Guarded(writer, () =>
        {
            var wanted = parse.GetValue(names) ?? [];
            using var store = SpoolStore.OpenOrJoin(options(parse), time, NullLogger.Instance);
            // A file that could not be read as audio has no frames: sending it again would only be refused again.
            var all = store.List(ChunkState.Quarantined).Where(c => wanted.Length == 0 ? c.Frames > 0 : wanted.Contains(Path.GetFileName(c.Path))).ToList();
            var missing = wanted.Except(all.Select(c => Path.GetFileName(c.Path))).ToList();
            var retried = all.Count(store.Retry);
            if (parse.GetValue(json)) writer.WriteLine(SpoolReport.JsonCount(("retried", retried), ("not_found", missing.Count)));
            else console.WriteLine($"{retried} chunks wait again");
            foreach (var name in missing) writer.WriteLine($"{name} is not in quarantine");
            return missing.Count == 0 && retried == all.Count ? Done : Incomplete;
        }));
        return command;
    }

    private static Command Export(Func<ParseResult, SpoolOptions> options, TimeProvider time, IAnsiConsole console, TextWriter writer)
    {
        var json = Json();
        var folder = new Argument<string>("folder") { Description = "where the copies go; made if needed" };
        var from = Time("--from", "only chunks that end after this (RFC 3339 with offset)");
        var to = Time("--to", "only chunks that begin before this");
        var command = new Command("export", "copy chunks into a folder; the spool is not changed") { folder, from, to, json };
        command.SetAction(parse => Guarded(writer, () =>
        {
            using var spool = SpoolReader.Open(options(parse));
            var (begin, end) = (Parsed(parse.GetValue(from)) ?? DateTimeOffset.MinValue, Parsed(parse.GetValue(to)) ?? DateTimeOffset.MaxValue);
            var target = Directory.CreateDirectory(parse.GetValue(folder)!).FullName;
            var chunks = new[] { ChunkState.Uploaded, ChunkState.Ready }.SelectMany(s => spool.List(s)).Where(c => c.EndAt > begin && c.StartAt < end).ToList();
            var copied = SpoolReport.WithProgress(console, parse.GetValue(json), "exporting", chunks, c => SpoolReport.Copy(c, target));
            if (parse.GetValue(json)) writer.WriteLine(SpoolReport.JsonCount(("exported", copied), ("missing", chunks.Count - copied)));
            else console.WriteLine($"{copied} chunks copied to {target}{(copied < chunks.Count ? $", {chunks.Count - copied} were gone" : "")}");
            return copied == chunks.Count ? Done : Incomplete;
        }));
        _ = time;
        return command;
    }

    private static Command Import(Func<ParseResult, SpoolOptions> options, TimeProvider time, IAnsiConsole console, TextWriter writer)
    {
        var json = Json();
        var path = new Argument<string>("path") { Description = "a recorder-agent spool folder, or a Mycelia audio_queue.db" };
        var command = new Command("import", "take a foreign recorder's queue over; what it held is sent like our own") { path, json };
        command.SetAction((parse, stopping) => Task.FromResult(Guarded(writer, () =>
        {
            var spool = options(parse);
            using var store = SpoolStore.OpenOrJoin(spool, time, NullLogger.Instance);
            ImportProgress Run(Action<ImportProgress>? report) => new SpoolImport(store, spool, time, NullLogger.Instance).Import(parse.GetValue(path)!, report, stopping);
            var result = parse.GetValue(json) ? Run(null) : console.Progress().Start(bars =>
            {
                var bar = bars.AddTask("importing");
                return Run(p => (bar.MaxValue, bar.Value) = (p.Total, p.Imported));
            });
            if (parse.GetValue(json))
                writer.WriteLine(SpoolReport.JsonCount(("imported", result.Imported), ("set_aside", result.SetAside), ("still_open", result.StillOpen), ("total", result.Total)));
            else console.WriteLine($"{result.Imported} of {result.Total} imported, {result.SetAside} set aside, {result.StillOpen} still being written");
            return result.StillOpen == 0 ? Done : Incomplete;
        })));
        return command;
    }

    private static Option<bool> Json() => new("--json") { Description = "one JSON object per line instead of a table" };

    private static Option<string?> Time(string name, string description) => new(name) { Description = description };

    private static DateTimeOffset? Parsed(string? text) => text is null ? null
        : WallTime.TryParse(text, out var us) ? WallTime.FromMicroseconds(us)
        : throw new ArgumentException($"'{text}' is no time; allowed: RFC 3339 with an offset, such as 2026-01-05T10:00:00Z");

    private static int Guarded(TextWriter writer, Func<int> run)
    {
        try
        {
            return run();
        }
        catch (FileNotFoundException e)
        {
            writer.WriteLine(e.Message);
            return NotFound;
        }
        catch (SettingsException e)
        {
            return SettingsReport.WriteProblems(e.Load, Console.Error);
        }
        catch (ArgumentException e)
        {
            writer.WriteLine(e.Message);
            return BadArgument;
        }
        catch (Exception e) when (e is IOException or Microsoft.Data.Sqlite.SqliteException)
        {
            writer.WriteLine(e.Message);
            return Incomplete;
        }
    }
}
