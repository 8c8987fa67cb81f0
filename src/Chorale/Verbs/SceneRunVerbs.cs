using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Chorale.Hub.Show;
using Chorale.Protocol;
using Chorale.Show.Room;
using Chorale.Show.Scenes;
using Spectre.Console;

namespace Chorale.Verbs;

/// <summary><c>chorale scene run | stop | trace</c>: in the rooms of a hub.</summary>
internal static class SceneRunVerbs
{
    /// <summary>Exit codes beside 0: 1 the hub refused or the run did not end well, 64 bad usage (sysexits), 69 no hub.</summary>
    private const int ExitRefused = 1, ExitUsage = 64, ExitUnavailable = 69;

    private static readonly Option<string> Hub = new("--hub") { Description = "the hub's address", HelpName = "URL", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
    private static readonly Option<bool> Json = new("--json") { Description = "answer as JSON" };

    public static IEnumerable<Command> All() => [Run(), Stop(), Trace()];

    private static Command Run()
    {
        var room = new Argument<string>("room") { Description = "the room" };
        var scene = new Argument<string?>("scene") { Description = "the scene; without it the room's default scene", Arity = ArgumentArity.ZeroOrOne };
        var follow = new Option<bool>("--follow", "-f") { Description = "say what happens until the scene ends; ends with 1 if it ended badly" };
        var command = new Command("run", "Run a scene of a room") { room, scene, follow, Hub, Json };
        command.SetAction((parsed, cancel) => WithDoorAsync(parsed, async door =>
        {
            var (name, output) = (parsed.GetValue(room)!, parsed.InvocationConfiguration.Output);
            if (parsed.GetValue(follow)) return await FollowAsync(door, name, parsed.GetValue(scene), output, cancel);
            var answer = await door.RunAsync(name, parsed.GetValue(scene), cancel);
            await output.WriteLineAsync(parsed.GetValue(Json) ? JsonSerializer.Serialize(answer)
                : answer.RunId is { } run ? $"{name}: runs ({run}){Because(answer)}" : $"{name}: accepted{Because(answer)}");
            return 0;
        }));
        return command;
    }

    private static Command Stop()
    {
        var room = new Argument<string>("room") { Description = "the room" };
        var command = new Command("stop", "Say STOP to a room, whether or not a scene runs; ends with 1 if its devices did not confirm it") { room, Hub, Json };
        command.SetAction((parsed, cancel) => WithDoorAsync(parsed, async door =>
        {
            var (name, output) = (parsed.GetValue(room)!, parsed.InvocationConfiguration.Output);
            var before = (await door.RoomAsync(name, cancel)).Stop;
            await door.StopAsync(name, cancel);
            var stop = await VerdictAsync(door, name, before, cancel);
            if (parsed.GetValue(Json)) await output.WriteLineAsync(JsonSerializer.Serialize(stop));
            else await output.WriteLineAsync($"{name}: STOP {Word(stop.Verdict!.Value)}, {stop.Confirmed} of {stop.Expected} devices, said {(stop.Tries == 1 ? "once" : $"{stop.Tries} times")}{(stop.Reason is null ? "" : $": {stop.Reason}")}");
            return stop.Verdict == Chorale.Show.Feedback.Verdict.Confirmed ? 0 : ExitRefused;
        }));
        return command;
    }

    private static Command Trace()
    {
        var room = new Argument<string>("room") { Description = "the room" };
        var run = new Argument<string?>("run") { Description = "a run as `scene trace ROOM --list` names it; without it the last one", Arity = ArgumentArity.ZeroOrOne };
        var list = new Option<bool>("--list", "-l") { Description = "past runs instead, newest first" };
        var limit = new Option<int>("--limit") { Description = "with --list: at most so many, 1 to 1000", DefaultValueFactory = _ => 20 };
        var command = new Command("trace", "A past run: every cue with planned and real time, every verdict, every transition with its reason") { room, run, list, limit, Hub, Json };
        command.SetAction((parsed, cancel) => WithDoorAsync(parsed, async door =>
        {
            var (name, output) = (parsed.GetValue(room)!, parsed.InvocationConfiguration.Output);
            if (parsed.GetValue(limit) is < 1 or > 1000) return await SayAsync(parsed.InvocationConfiguration.Error, $"--limit {parsed.GetValue(limit)}: 1 to 1000 is allowed", ExitUsage);
            var runs = await door.RunsAsync(name, parsed.GetValue(list) ? parsed.GetValue(limit) : 1, cancel);
            if (parsed.GetValue(list)) return await ListAsync(runs, parsed.GetValue(Json), output);
            if (parsed.GetValue(run) is null && runs.Runs.Count == 0) return await SayAsync(parsed.InvocationConfiguration.Error, $"{name}: no scene has run yet", ExitRefused);
            var trace = await door.TraceAsync(name, parsed.GetValue(run) ?? runs.Runs[0].Id, cancel);
            if (parsed.GetValue(Json)) await output.WriteLineAsync(JsonSerializer.Serialize(trace));
            else Print(trace, output);
            return 0;
        }));
        return command;
    }

    /// <summary>STOP has its verdict at the latest after three sayings and the devices' second.</summary>
    private static async Task<StopView> VerdictAsync(RoomDoor door, string room, StopView? before, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(15));
        while (true)
        {
            if ((await door.RoomAsync(room, patience.Token)).Stop is { Verdict: not null } stop && stop.AtUs != before?.AtUs) return stop;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        }
    }

    private static async Task<int> FollowAsync(RoomDoor door, string room, string? scene, TextWriter output, CancellationToken cancel)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var exit = ExitRefused;
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var run = "";
        var following = Task.Run(
            async () =>
            {
                await foreach (var told in door.EventsAsync(() => ready.TrySetResult(), done.Token))
                {
                    if (told.EventType == "room_log" && JsonSerializer.Deserialize<RoomLineView>(told.Data) is { } line && line.Room == room)
                        await output.WriteLineAsync($"{WallTime.ToText(line.TsUs)[11..23]} {line.Logger,-13} {line.Text}");
                    if (told.EventType != "room_run" || JsonSerializer.Deserialize<RoomRunView>(told.Data) is not { What: "ended" } ended || ended.Room != room || ended.RunId != run) continue;
                    exit = ended.Detail == Scene.End ? 0 : ExitRefused;
                    return;
                }
            },
            done.Token);
        await Task.WhenAny(ready.Task, following);
        if (following.IsFaulted) await following;
        var answer = await door.RunAsync(room, scene, cancel);
        run = answer.RunId ?? throw new RoomRefusal($"it does not run at once{Because(answer)}", []);
        await following;
        await done.CancelAsync();
        return exit;
    }

    private static async Task<int> ListAsync(RunsView runs, bool json, TextWriter output)
    {
        if (json)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(runs));
            return 0;
        }

        var table = new Table().AddColumns("Run", "Scene", "By", "Began", "Lasted", "Cues", "Failed", "Latest cue", "End");
        foreach (var r in runs.Runs)
        {
            table.AddRow(
                Markup.Escape(r.Id), Markup.Escape(r.Scene), Markup.Escape(r.By), WallTime.ToText(r.StartedUs)[..19] + "Z",
                r.EndedUs is { } end ? Seconds((end - r.StartedUs) / 1000.0) : "", FleetText.Number(r.Cues), FleetText.Number(r.Failed), Ms(r.LateMaxMs),
                Markup.Escape(r.EndReason ?? "runs"));
        }

        FleetText.Console(output).Write(table);
        return 0;
    }

    private static void Print(TraceView trace, TextWriter output)
    {
        var r = trace.Run;
        output.WriteLine($"{r.Scene}, run {r.Id}, by {r.By}, {WallTime.ToText(r.StartedUs)}: {r.EndReason ?? "runs"}; {r.Cues} cues, {r.Failed} failed, latest {Ms(r.LateMaxMs)}");
        var table = new Table().AddColumns("Planned", "Late", "", "What", "Verdict", "Took", "Why", "Where");
        foreach (var e in trace.Entries)
        {
            table.AddRow(
                Seconds(e.PlannedMs), e.Kind is TraceKind.Cue or TraceKind.State ? Ms(e.LateMs) : "", e.Kind.ToString().ToLowerInvariant(), Markup.Escape(e.What),
                e.Verdict?.Replace('_', ' ') ?? "", e.TookMs is { } took ? Ms(took) : "", Markup.Escape(e.Reason ?? ""), Markup.Escape(e.Path));
        }

        FleetText.Console(output).Write(table);
    }

    private static async Task<int> WithDoorAsync(ParseResult parsed, Func<RoomDoor, Task<int>> work)
    {
        var error = parsed.InvocationConfiguration.Error;
#pragma warning disable RS0030 // an entry point: secrets come by the environment, not by arguments that everybody on the machine can see
        var token = Environment.GetEnvironmentVariable("CHORALE_TOKEN");
#pragma warning restore RS0030
        if (!Uri.TryCreate(parsed.GetValue(Hub), UriKind.Absolute, out var hub) || hub.Scheme is not ("http" or "https"))
            return await SayAsync(error, $"--hub {parsed.GetValue(Hub)}: an address such as http://127.0.0.1:8080 is allowed", ExitUsage);
        try
        {
            using var door = new RoomDoor(hub, string.IsNullOrEmpty(token) ? null : token);
            return await work(door);
        }
        catch (RoomRefusal e)
        {
            await error.WriteLineAsync(e.Message);
            foreach (var p in e.Problems) await error.WriteLineAsync($"  line {p.Line}: {p.Path}: {p.Text} [{p.Rule}]");
            return ExitRefused;
        }
        catch (FleetDoorException e)
        {
            return await SayAsync(error, e.Message, ExitUnavailable);
        }
    }

    private static async Task<int> SayAsync(TextWriter writer, string text, int exit)
    {
        await writer.WriteLineAsync(text);
        return exit;
    }

    private static string Because(RoomAnswer answer) => answer.Reason is null ? "" : $": {answer.Reason}";

    private static string Word(Chorale.Show.Feedback.Verdict verdict) => FleetText.Of(verdict);

    private static string Seconds(double ms) => (ms / 1000).ToString("0.000", CultureInfo.InvariantCulture) + " s";

    private static string Ms(double ms) => ms.ToString("0.000", CultureInfo.InvariantCulture) + " ms";
}
