using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Chorale.Fleet.Sessions;
using Chorale.Hub.Fleet;
using Spectre.Console;

namespace Chorale.Verbs;

/// <summary>
/// <c>chorale fleet ls | start | stop | status | config | mute | unmute | shutdown | sessions | export</c>: through the hub's API, or with
/// <c>--broker</c> past it.
/// </summary>
internal static class FleetVerbs
{
    /// <summary>From the end of a recording to the report of its file: closing and hashing an hour takes seconds on a small machine.</summary>
    private static readonly TimeSpan CompletionPatience = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var command = new Command("fleet", "Find, start, stop and ask recorder modules; export what they recorded together");
        FleetDoorOptions.AddTo(command);
        command.Subcommands.Add(Ls());
        command.Subcommands.Add(Start());
        command.Subcommands.Add(Simple("stop", "End recordings: of all that record, or of some", "stop"));
        command.Subcommands.Add(Status());
        command.Subcommands.Add(Config());
        command.Subcommands.Add(Mute());
        command.Subcommands.Add(Simple("unmute", "Record again what the microphones hear", "unmute"));
        command.Subcommands.Add(Shutdown());
        command.Subcommands.Add(Sessions());
        command.Subcommands.Add(FleetExportVerb.Create());
        return command;
    }

    private static Command Ls()
    {
        var command = new Command("ls", "Modules, and whether they live");
        command.SetAction((parsed, cancel) => FleetDoorOptions.WithDoorAsync(parsed, async door =>
        {
            await ShowModulesAsync(parsed, await door.ModulesAsync(cancel));
            return FleetExit.AllConfirmed;
        }, cancel));
        return command;
    }

    private static Command Start()
    {
        var (names, all) = Targets();
        var duration = new Option<double?>("--duration") { Description = "seconds; without it until stopped", HelpName = "SECONDS" };
        var id = new Option<string?>("--recording-id") { Description = "part of the file names; default the time", HelpName = "NAME" };
        var preRoll = new Option<double?>("--pre-roll") { Description = "seconds from before the start, out of the modules' memory", HelpName = "SECONDS" };
        var lead = new Option<double?>("--lead") { Description = "milliseconds from the command to the common start; default 500", HelpName = "MS" };
        var plain = new Option<bool>("--plain") { Description = "no common start: each begins when the command reaches it" };
        var wait = new Option<bool>("--wait") { Description = "wait until every file is complete, and tell how well they line up" };
        var command = new Command("start", "Start recordings on all idle modules, or on some, on one millisecond") { names, all, duration, id, preRoll, lead, plain, wait };
        command.SetAction((parsed, cancel) => FleetDoorOptions.WithDoorAsync(parsed, async door =>
        {
            if (Modules(parsed, names, all, out var modules) is { } problem) return await UsageAsync(parsed, problem);
            var answer = await door.RunAsync(
                new FleetCommand
                {
                    Command = "start", Modules = modules, DurationSeconds = parsed.GetValue(duration), RecordingId = parsed.GetValue(id), PreRollSeconds = parsed.GetValue(preRoll),
                    LeadMs = parsed.GetValue(lead), IsSynchronised = !parsed.GetValue(plain),
                },
                cancel);
            var session = answer.SessionId is { } known ? await door.SessionAsync(known, cancel) : null;
            if (parsed.GetValue(wait) && session is not null && answer.Confirmed > 0) session = await CompleteAsync(door, session, cancel);
            await ShowAnswerAsync(parsed, answer, session, "no module is known; `chorale fleet ls` shows who is there");
            var isWhole = !parsed.GetValue(wait) || session is null or { State: SessionState.Complete or SessionState.Failed };
            return FleetExit.Of(answer) is var code && code == FleetExit.AllConfirmed && !isWhole ? FleetExit.PartlyConfirmed : code;
        }, cancel));
        return command;
    }

    private static async Task<SessionManifest> CompleteAsync(IFleetDoor door, SessionManifest session, CancellationToken cancel)
    {
        // A module that died in the middle completes its file when it returns, which may be never.
        var end = session.DurationSeconds is { } seconds
            ? TimeSpan.FromSeconds(seconds + session.PreRollSeconds) + TimeSpan.FromMilliseconds(session.LeadMs) + CompletionPatience
            : Timeout.InfiniteTimeSpan;
        var begun = TimeProvider.System.GetTimestamp();
        while (session.State is SessionState.Armed or SessionState.Recording && (end == Timeout.InfiniteTimeSpan || TimeProvider.System.GetElapsedTime(begun) < end))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancel);
            session = await door.SessionAsync(session.SessionId, cancel) ?? session;
        }

        return session;
    }

    private static Command Simple(string name, string description, string word)
    {
        var (names, all) = Targets();
        var command = new Command(name, description) { names, all };
        command.SetAction((parsed, cancel) => FleetDoorOptions.WithDoorAsync(parsed, async door =>
        {
            if (Modules(parsed, names, all, out var modules) is { } problem) return await UsageAsync(parsed, problem);
            var answer = await door.RunAsync(new FleetCommand { Command = word, Modules = modules }, cancel);
            await ShowAnswerAsync(parsed, answer, null, word == "stop" ? "nobody records" : "no module is known");
            return word == "stop" && answer is { Total: 0, Problem: null } ? FleetExit.AllConfirmed : FleetExit.Of(answer);
        }, cancel));
        return command;
    }

    private static Command Status()
    {
        var (names, all) = Targets();
        var command = new Command("status", "Ask for a status now, and show it") { names, all };
        command.SetAction((parsed, cancel) => FleetDoorOptions.WithDoorAsync(parsed, async door =>
        {
            if (Modules(parsed, names, all, out var modules) is { } problem) return await UsageAsync(parsed, problem);
            var answer = await door.RunAsync(new FleetCommand { Command = "status", Modules = modules }, cancel);
            var view = await door.ModulesAsync(cancel);
            if (parsed.GetValue(FleetDoorOptions.Json))
            {
                await parsed.InvocationConfiguration.Output.WriteLineAsync(JsonSerializer.Serialize(new
                {
                    answer, modules = view.Modules.Where(m => modules is null || modules.Contains(m.Id)),
                }));
                return FleetExit.Of(answer);
            }

            await ShowModulesAsync(parsed, view with { Modules = [.. view.Modules.Where(m => modules is null || modules.Contains(m.Id))] });
            foreach (var silent in answer.Results.Where(r => r.Verdict != Chorale.Fleet.Commands.Verdict.Confirmed))
                await parsed.InvocationConfiguration.Output.WriteLineAsync($"{silent.Module}: {FleetText.Of(silent.Verdict)}: {silent.Reason}");
            return FleetExit.Of(answer);
        }, cancel));
        return command;
    }

    private static Command Config()
    {
        var (names, all) = Targets();
        var set = new Option<string[]>("--set") { Description = "setting and value, such as samplerate=48000; may stand several times", HelpName = "NAME=VALUE", Required = true };
        var save = new Option<bool>("--save") { Description = "keep it over a restart of the module" };
        var command = new Command("config", "Change settings between recordings") { names, all, set, save };
        command.SetAction((parsed, cancel) => FleetDoorOptions.WithDoorAsync(parsed, async door =>
        {
            if (Modules(parsed, names, all, out var modules) is { } problem) return await UsageAsync(parsed, problem);
            var config = new JsonObject();
            foreach (var pair in parsed.GetValue(set)!)
            {
                var at = pair.IndexOf('=', StringComparison.Ordinal);
                if (at <= 0) return await UsageAsync(parsed, $"--set {pair}: NAME=VALUE is allowed, such as samplerate=48000");
                config[pair[..at]] = ValueOf(pair[(at + 1)..]);
            }

            var answer = await door.RunAsync(
                new FleetCommand { Command = "config", Modules = modules, Config = JsonSerializer.SerializeToElement(config), Save = parsed.GetValue(save) }, cancel);
            await ShowAnswerAsync(parsed, answer, null, "no module is known");
            return FleetExit.Of(answer);
        }, cancel));
        return command;
    }

    private static Command Mute()
    {
        var (names, all) = Targets();
        var length = new Option<double>("--for") { Description = "seconds", HelpName = "SECONDS", Required = true };
        var command = new Command("mute", "Throw away what the microphones hear, for so long; the ledger says so") { names, all, length };
        command.SetAction((parsed, cancel) => FleetDoorOptions.WithDoorAsync(parsed, async door =>
        {
            if (Modules(parsed, names, all, out var modules) is { } problem) return await UsageAsync(parsed, problem);
            var answer = await door.RunAsync(new FleetCommand { Command = "mute", Modules = modules, Seconds = parsed.GetValue(length) }, cancel);
            await ShowAnswerAsync(parsed, answer, null, "no module is known");
            return FleetExit.Of(answer);
        }, cancel));
        return command;
    }

    private static Command Shutdown()
    {
        var names = new Argument<string[]>("modules") { Description = "names, as `chorale fleet ls` shows them", Arity = ArgumentArity.OneOrMore };
        var command = new Command("shutdown", "End module programs; recordings are completed first") { names };
        command.SetAction((parsed, cancel) => FleetDoorOptions.WithDoorAsync(parsed, async door =>
        {
            var answer = await door.RunAsync(new FleetCommand { Command = "shutdown", Modules = parsed.GetValue(names) }, cancel);
            await ShowAnswerAsync(parsed, answer, null, "");
            return FleetExit.Of(answer);
        }, cancel));
        return command;
    }

    private static Command Sessions()
    {
        var command = new Command("sessions", "Recordings on several modules, newest first");
        command.SetAction((parsed, cancel) => FleetDoorOptions.WithDoorAsync(parsed, async door =>
        {
            var sessions = await door.SessionsAsync(cancel);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(FleetDoorOptions.Json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(new SessionsView(sessions)));
                return FleetExit.AllConfirmed;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumns("Session", "State", "Start", "Modules", "Armed", "Complete", "Spread");
            foreach (var s in sessions)
            {
                table.AddRow(
                    Markup.Escape(s.SessionId), FleetText.Of(s.State), Protocol.WallTime.ToText(s.StartAtUs ?? s.CreatedUs)[..19] + "Z", $"{s.Confirmed} of {s.Modules}", FleetText.Number(s.Armed),
                    FleetText.Number(s.Complete), FleetText.Spread(s.SpreadUs, s.SpreadUncertaintyUs));
            }

            FleetText.Console(output).Write(table);
            return FleetExit.AllConfirmed;
        }, cancel));
        return command;
    }

    private static (Argument<string[]> Names, Option<bool> All) Targets() => (
        new Argument<string[]>("modules") { Description = "names, as `chorale fleet ls` shows them", Arity = ArgumentArity.ZeroOrMore },
        new Option<bool>("--all") { Description = "every module" });

    /// <summary>Who is meant; a problem in words when nobody, or both some and all, are.</summary>
    private static string? Modules(ParseResult parsed, Argument<string[]> names, Option<bool> all, out IReadOnlyList<string>? modules)
    {
        var named = parsed.GetValue(names) ?? [];
        modules = named.Length > 0 ? named : null;
        if (named.Length == 0 && !parsed.GetValue(all)) return "which modules? Name some, or say --all";
        return named.Length > 0 && parsed.GetValue(all) ? "either names or --all is allowed, not both" : null;
    }

    private static JsonValue? ValueOf(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return JsonValue.Create(whole);
        return text switch { "null" => null, "true" => JsonValue.Create(true), "false" => JsonValue.Create(false), _ => JsonValue.Create(text) };
    }

    private static async Task ShowModulesAsync(ParseResult parsed, ModulesView view)
    {
        var output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(FleetDoorOptions.Json))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(view));
            return;
        }

        if (!view.Broker.IsConnected) await output.WriteLineAsync($"The broker {view.Broker.Address} cannot be reached ({view.Broker.Problem}): what follows is what was last known.");
        if (view.Modules.Count == 0)
        {
            await output.WriteLineAsync("No module has been heard. A module says its status every 30 s; `chorale record` starts one.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Module", "Is", "State", "Recording", "Last seen", "Level", "Waiting", "Clock", "Alarms", "Version");
        foreach (var m in view.Modules)
        {
            table.AddRow(
                Markup.Escape(m.Id), FleetText.Of(m.Presence), Markup.Escape(m.Error is null ? m.State ?? "" : $"{m.State}: {m.Error}"), Markup.Escape(m.RecordingId ?? ""),
                FleetText.Age(view.NowUs, m.LastSeenUs), m.LevelsDbfs is { Count: > 0 } l ? string.Join(" ", l.Select(x => x.ToString("0", CultureInfo.InvariantCulture))) : "",
                m.QueueChunks is { } q ? FleetText.Number(q) : "", m.ClockOffsetUs is { } o ? FleetText.Ms(o, m.ClockUncertaintyUs) : "", Markup.Escape(string.Join(" ", m.Alarms)),
                Markup.Escape(m.Version ?? ""));
        }

        FleetText.Console(output).Write(table);
    }

    private static async Task ShowAnswerAsync(ParseResult parsed, FleetAnswer answer, SessionManifest? session, string nobody)
    {
        var output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(FleetDoorOptions.Json))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(new { answer, session }));
            return;
        }

        if (answer.Problem is { } problem)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(problem);
            return;
        }

        if (answer.Total == 0)
        {
            await output.WriteLineAsync(nobody);
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("Module", "Verdict", "After", "");
        foreach (var r in answer.Results)
            table.AddRow(Markup.Escape(r.Module), FleetText.Of(r.Verdict) + (r.IsArmed ? ", armed" : ""), $"{r.TookMs.ToString("0.0", CultureInfo.InvariantCulture)} ms", Markup.Escape(r.Reason ?? r.Note ?? ""));
        FleetText.Console(output).Write(table);
        await output.WriteLineAsync($"{answer.Confirmed} of {answer.Total} confirmed");
        if (session is null) return;
        await output.WriteLineAsync(session.StartAt is { } at
            ? $"Session {session.SessionId}: {session.Armed} of {session.Modules.Count} armed for {Protocol.WallTime.ToText(at)}"
            : $"Session {session.SessionId}: unsynchronised");
        if (session.SpreadUs is not null) await output.WriteLineAsync($"First frames lie within {FleetText.Spread(session.SpreadUs, session.SpreadUncertaintyUs)}");
        foreach (var module in session.Modules.Where(m => m.IsConfirmed))
        {
            if (module.Files.Count > 0) await output.WriteLineAsync(Path.Combine(module.Folder ?? "", module.Files[0]));
        }
    }

    private static async Task<int> UsageAsync(ParseResult parsed, string problem)
    {
        await parsed.InvocationConfiguration.Error.WriteLineAsync(problem);
        return FleetExit.Usage;
    }
}

/// <summary>Exit codes of <c>chorale fleet</c>.</summary>
internal static class FleetExit
{
    /// <summary>Every module did it.</summary>
    public const int AllConfirmed = 0;

    /// <summary>No module did it.</summary>
    public const int NoneConfirmed = 1;

    /// <summary>Some did, some did not; the table says which and why.</summary>
    public const int PartlyConfirmed = 3;

    /// <summary>EX_USAGE, EX_NOINPUT and EX_UNAVAILABLE of sysexits.h: bad usage; no such session or file; neither hub nor broker can be asked.</summary>
    public const int Usage = 64, NoInput = 66, Unavailable = 69;

    public static int Of(FleetAnswer answer) =>
        answer.Confirmed == 0 ? NoneConfirmed : answer.Confirmed == answer.Total ? AllConfirmed : PartlyConfirmed;
}
