using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Protocol;

namespace Chorale.Hub.Fleet;

/// <summary>
/// One command as a client posts it. Which fields mean something depends on <c>command</c>: start, stop, status, config, mute, unmute,
/// shutdown, watch, schedule.
/// </summary>
internal sealed record FleetCommand
{
    /// <summary>Made by the client: posted twice, it is one command.</summary>
    [JsonPropertyName("id")] public string? Id { get; init; }

    [JsonPropertyName("command")] public string? Command { get; init; }

    /// <summary>Null or absent: all.</summary>
    [JsonPropertyName("modules")] public IReadOnlyList<string>? Modules { get; init; }

    [JsonPropertyName("recording_id")] public string? RecordingId { get; init; }

    [JsonPropertyName("duration_s")] public double? DurationSeconds { get; init; }

    [JsonPropertyName("pre_roll_s")] public double? PreRollSeconds { get; init; }

    /// <summary>False: no T0, each module begins when the command reaches it.</summary>
    [JsonPropertyName("synchronised")] public bool? IsSynchronised { get; init; }

    [JsonPropertyName("lead_ms")] public double? LeadMs { get; init; }

    [JsonPropertyName("config")] public JsonElement? Config { get; init; }

    [JsonPropertyName("save")] public bool? Save { get; init; }

    /// <summary>Length of a mute or a watch.</summary>
    [JsonPropertyName("seconds")] public double? Seconds { get; init; }

    /// <summary>T0 of a start for later, or the end of a mute; UTC microseconds.</summary>
    [JsonPropertyName("start_at_us")] public long? StartAtUs { get; init; }

    [JsonPropertyName("until_us")] public long? UntilUs { get; init; }

    /// <summary><c>always</c>, windows, or <c>settings</c>.</summary>
    [JsonPropertyName("schedule")] public string? Schedule { get; init; }

    [JsonPropertyName("timezone")] public string? TimeZone { get; init; }

    /// <summary>By module, the settings as the client saw them: where they are others by now the module is not changed.</summary>
    [JsonPropertyName("expect")] public IReadOnlyDictionary<string, JsonElement>? Expect { get; init; }

    /// <summary>What the client is, in its own words: <c>page</c>, <c>command line</c>.</summary>
    [JsonPropertyName("from")] public string? From { get; init; }

    private static readonly string[] Known = ["start", "stop", "status", "config", "mute", "unmute", "shutdown", "watch", "schedule"];

    /// <summary>Changes how a module works, or ends it: the technician's.</summary>
    [JsonIgnore] public bool IsSetUp => Command is "config" or "schedule" or "shutdown" || Config is { ValueKind: JsonValueKind.Object };

    /// <summary>For the record of who did what. Of settings only the names: a value may be a password.</summary>
    public string Told()
    {
        var keys = Config is { ValueKind: JsonValueKind.Object } c ? "config " + string.Join(' ', c.EnumerateObject().Select(p => p.Name)) : null;
        return string.Join(", ", new[]
        {
            RecordingId is null ? null : $"recording {RecordingId}", DurationSeconds is { } d ? $"{Text(d)} s" : null, Seconds is { } s ? $"{Text(s)} s" : null, keys, Save == true ? "saved" : null, $"command {Id}",
        }.Where(t => t is not null));
    }

    /// <summary>What cannot be used, in words; null when all can.</summary>
    public (string Field, string? Value, string Allowed)? Problem()
    {
        const double year = 366 * 86_400;
        if (Id is null || !ModuleId.IsValid(Id)) return ("id", Id, "1 to 64 of A-Z a-z 0-9 _ - are allowed");
        if (!Known.Contains(Command)) return ("command", Command, "allowed are " + string.Join(", ", Known));
        if (Modules?.FirstOrDefault(m => !ModuleId.IsValid(m)) is { } bad) return ("modules", bad, "names of 1 to 64 of A-Z a-z 0-9 _ - are allowed");
        if (Modules is { Count: 0 }) return ("modules", "[]", "at least one name, or none of this field for all, is allowed");
        if (RecordingId is not null && !ModuleId.IsValid(RecordingId)) return ("recording_id", RecordingId, "1 to 64 of A-Z a-z 0-9 _ - are allowed");
        if (DurationSeconds is { } d && d is not (> 0 and <= year)) return ("duration_s", Text(d), "more than 0 and at most 31622400 is allowed");
        if (PreRollSeconds is { } p && p is not (>= 0 and <= 3600)) return ("pre_roll_s", Text(p), "0 to 3600 is allowed");
        if (LeadMs is { } l && l is not (>= 0 and <= 86_400_000)) return ("lead_ms", Text(l), "0 to 86400000 is allowed");
        if (Command == "config" && Config is not { ValueKind: JsonValueKind.Object }) return ("config", Config?.GetRawText(), "an object of settings is required");
        if (Config is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null or JsonValueKind.Undefined) } c) return ("config", c.GetRawText(), "an object of settings is allowed");
        if (From is { Length: > 40 }) return ("from", From[..40] + "...", "at most 40 characters are allowed");
        if (StartAtUs is not null && Command != "start") return ("start_at_us", Text(StartAtUs.Value), "only a start has it");
        if (StartAtUs is not null && (LeadMs is not null || IsSynchronised == false)) return ("start_at_us", Text(StartAtUs.Value), "neither a lead nor an unsynchronised start is allowed with it");
        foreach (var (name, us) in new[] { ("start_at_us", StartAtUs), ("until_us", UntilUs) })
        {
            if (us is < 0 or > 253_402_300_799_000_000) return (name, Text(us.Value), "microseconds since 1970, up to the year 9999, are allowed");
        }

        if (Command == "schedule" && Schedule is not { Length: > 0 and <= 1_000 }) return ("schedule", Schedule, "always, windows such as mon-fri 08:00-22:00, or settings is required, of at most 1000 characters");
        if (TimeZone is { Length: > 100 }) return ("timezone", TimeZone[..100] + "...", "the name of a time zone is allowed");
        if (Expect?.FirstOrDefault(e => !ModuleId.IsValid(e.Key) || e.Value.ValueKind != JsonValueKind.Object) is { Key: not null } odd)
            return ("expect", odd.Key, "an object of settings for each module's name is allowed");
        if (Command == "mute" && UntilUs is not null && Seconds is null) return null;
        if (Command is "mute" or "watch" && Seconds is not (> 0 and <= year)) return ("seconds", Seconds is { } s ? Text(s) : null, "more than 0 and at most 31622400 is required");
        return Command == "shutdown" && Modules is null ? ("modules", null, "a shutdown names its modules") : null;
    }

    public async Task<FleetAnswer> RunAsync(FleetController fleet, TimeProvider time, CancellationToken cancel)
    {
        var modules = Modules?.Select(m => new ModuleId(m)).ToList();
        if (Command == "start")
        {
            var start = await fleet.StartAsync(
                new StartRequest
                {
                    Modules = modules, RecordingId = RecordingId, Duration = DurationSeconds is { } d ? TimeSpan.FromSeconds(d) : null,
                    PreRoll = TimeSpan.FromSeconds(PreRollSeconds ?? 0), Config = Config is { ValueKind: JsonValueKind.Object } c ? c : null,
                    IsSynchronised = IsSynchronised ?? true, Lead = LeadMs is { } l ? TimeSpan.FromMilliseconds(l) : null,
                    StartAt = StartAtUs is { } at ? WallTime.FromMicroseconds(at) : null,
                },
                cancel);
            return FleetAnswer.Of(start.Result, start.Session?.SessionId);
        }

        // A length, not an end: the module's clock need not be ours.
        var length = UntilUs is { } until && Seconds is null ? WallTime.FromMicroseconds(until) - time.GetUtcNow() : TimeSpan.FromSeconds(Seconds ?? 0);
        if (Command == "mute" && length <= TimeSpan.Zero) throw new ArgumentException($"until {WallTime.ToText(UntilUs!.Value)}: a time to come is allowed; it is {WallTime.ToText(time.GetUtcNow())} here");
        var expect = Expect?.ToDictionary(e => new ModuleId(e.Key), e => e.Value);
        return FleetAnswer.Of(await (Command switch
        {
            "stop" => fleet.StopAsync(modules, cancel),
            "status" => fleet.AskStatusAsync(modules, cancel),
            "config" => fleet.ConfigureAsync(modules, Config!.Value, Save ?? false, expect, cancel),
            "schedule" => fleet.ScheduleAsync(modules, Schedule!, TimeZone, Save ?? false, expect, cancel),
            "mute" => fleet.MuteAsync(modules, length, cancel),
            "unmute" => fleet.UnmuteAsync(modules, cancel),
            "watch" => fleet.WatchAsync(modules, length, cancel),
            _ => fleet.ShutdownAsync(modules!, cancel),
        }));
    }

    /// <summary>Looking on: nobody has to be told that somebody does.</summary>
    [JsonIgnore] public bool IsLook => Command is "watch" or "status";

    private static string Text(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What a command came to: a verdict for each module.</summary>
internal sealed record FleetAnswer(
    [property: JsonPropertyName("confirmed")] int Confirmed,
    [property: JsonPropertyName("of")] int Total,
    [property: JsonPropertyName("session_id")] string? SessionId,
    [property: JsonPropertyName("problem")] string? Problem,
    [property: JsonPropertyName("results")] IReadOnlyList<FleetVerdict> Results)
{
    public static FleetAnswer Of(FleetResult result, string? sessionId = null) => new(
        result.Confirmed, result.Results.Count, sessionId, null,
        [.. result.Results.Select(r => new FleetVerdict(r.Module.Value, r.Verdict, r.Reason, r.Note, r.IsArmed, Math.Round(r.Took.TotalMilliseconds, 3)))]);

    /// <summary>Only what is said of one module; or, of many, of those that did not confirm.</summary>
    public FleetAnswer Only(string? module) =>
        this with { Results = [.. (module is null ? Results.Where(r => r.Verdict != Verdict.Confirmed) : Results.Where(r => r.Module == module)).Take(50)] };

    public static FleetAnswer Failed(string problem) => new(0, 0, null, problem, []);
}

/// <summary>One module's verdict.</summary>
internal sealed record FleetVerdict(
    [property: JsonPropertyName("module")] string Module,
    [property: JsonPropertyName("verdict")] Verdict Verdict,
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("note")] string? Note,
    [property: JsonPropertyName("armed")] bool IsArmed,
    [property: JsonPropertyName("took_ms")] double TookMs);
