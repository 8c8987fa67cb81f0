using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Fleet;
using Chorale.Fleet.Commands;

namespace Chorale.Hub.Fleet;

/// <summary>
/// One command as a client posts it. Which fields mean something depends on <c>command</c>: start, stop, status, config, mute, unmute,
/// shutdown, watch.
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

    private static readonly string[] Known = ["start", "stop", "status", "config", "mute", "unmute", "shutdown", "watch"];

    /// <summary>Changes how a module works, or ends it: the technician's.</summary>
    [JsonIgnore] public bool IsSetUp => Command is "config" or "shutdown" || Config is { ValueKind: JsonValueKind.Object };

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
        if (Command is "mute" or "watch" && Seconds is not (> 0 and <= year)) return ("seconds", Seconds is { } s ? Text(s) : null, "more than 0 and at most 31622400 is required");
        return Command == "shutdown" && Modules is null ? ("modules", null, "a shutdown names its modules") : null;
    }

    public async Task<FleetAnswer> RunAsync(FleetController fleet, CancellationToken cancel)
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
                },
                cancel);
            return FleetAnswer.Of(start.Result, start.Session?.SessionId);
        }

        var length = TimeSpan.FromSeconds(Seconds ?? 0);
        return FleetAnswer.Of(await (Command switch
        {
            "stop" => fleet.StopAsync(modules, cancel),
            "status" => fleet.AskStatusAsync(modules, cancel),
            "config" => fleet.ConfigureAsync(modules, Config!.Value, Save ?? false, cancel),
            "mute" => fleet.MuteAsync(modules, length, cancel),
            "unmute" => fleet.UnmuteAsync(modules, cancel),
            "watch" => fleet.WatchAsync(modules, length, cancel),
            _ => fleet.ShutdownAsync(modules!, cancel),
        }));
    }

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
