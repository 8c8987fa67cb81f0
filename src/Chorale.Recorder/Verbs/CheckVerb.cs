using System.CommandLine;
using System.Text;
using System.Text.Json;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Verbs;

/// <summary><c>chorale check</c>: exit code 0 when everything the settings ask for works, 1 when something does not, 78 when the settings are wrong.</summary>
public static class CheckVerb
{
    public static Command Create(CheckParts parts, TimeProvider time)
    {
        var command = new Command("check", "prints the effective settings and checks libraries, space, devices and the server step by step");
        var read = RecorderFlags.AddTo(command);
        var record = new Option<int?>("--record") { Description = "also record for so many seconds (1 to 60), show the level, encode and play back", HelpName = "SECONDS" };
        record.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int?>() is < 1 or > 60) r.AddError("--record: must be 1 to 60 seconds");
        });
        var json = new Option<bool>("--json") { Description = "one JSON object instead of a table" };
        command.Options.Add(record);
        command.Options.Add(json);
        command.SetAction(async (parsed, stopping) =>
        {
            TimeSpan? length = parsed.GetValue(record) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            return await RunAsync(read(parsed), parts, time, length, parsed.GetValue(json), parsed.InvocationConfiguration.Output, stopping);
        });
        return command;
    }

    internal static async Task<int> RunAsync(
        SettingsInput input, CheckParts parts, TimeProvider time, TimeSpan? record, bool asJson, TextWriter output, CancellationToken stopping)
    {
        var load = SettingsLoader.Load(input);
        var check = new RecorderCheck(parts, time).RunAsync(load.Settings, input.Environment.GetValueOrDefault("PATH", ""), record, stopping);
        var steps = new List<CheckStep>();
        if (!asJson) WriteSettings(load, output);
        await foreach (var step in check)
        {
            steps.Add(step);
            // As it goes: a server that does not answer takes its time.
            if (!asJson) WriteStep(step, steps.Count > 1 ? steps[^2].Area : null, output);
        }

        if (asJson) output.WriteLine(ToJson(load, steps));
        else WriteEnd(load, steps, output);
        if (load.Settings is null) return SettingsLoad.ExitCode;
        return steps.Exists(s => s.Result == CheckResult.Failed) ? 1 : 0;
    }

    private static void WriteSettings(SettingsLoad load, TextWriter output)
    {
        output.WriteLine($"settings: {FlavourDefaults.NameOf(load.Flavour)}, file {load.File ?? "none"}");
        foreach (var setting in load.Effective) output.WriteLine($"  {setting.Key.Name,-32} {(setting.Value.Length == 0 ? "-" : setting.Value),-32} {setting.Source}");
        foreach (var notice in load.Notices) output.WriteLine("  note: " + notice);
        if (load.Problems.Count > 0) SettingsReport.WriteProblems(load, output);
    }

    private static void WriteStep(CheckStep step, string? lastArea, TextWriter output)
    {
        if (step.Area != lastArea) output.WriteLine(step.Area + ":");
        output.WriteLine($"  {WordOf(step.Result),-5} {step.Name}: {step.Detail}");
        if (step.Advice is not null) output.WriteLine($"        -> {step.Advice}");
    }

    private static void WriteEnd(SettingsLoad load, List<CheckStep> steps, TextWriter output)
    {
        int failed = steps.Count(s => s.Result == CheckResult.Failed), warned = steps.Count(s => s.Result == CheckResult.Warning);
        output.WriteLine($"{steps.Count(s => s.Result == CheckResult.Ok)} ok, {warned} warnings, {failed} failed" + (load.Problems.Count > 0 ? $", {load.Problems.Count} problems in the settings" : ""));
    }

    private static string WordOf(CheckResult result) => result switch
    {
        CheckResult.Ok => "ok",
        CheckResult.Warning => "warn",
        CheckResult.Failed => "FAIL",
        _ => "-",
    };

    private static string ToJson(SettingsLoad load, List<CheckStep> steps)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok", load.Settings is not null && !steps.Exists(s => s.Result == CheckResult.Failed));
            json.WriteString("flavour", FlavourDefaults.NameOf(load.Flavour));
            json.WriteString("file", load.File);
            json.WriteStartArray("settings");
            foreach (var s in load.Effective) WriteObject(json, ("key", s.Key.Name), ("value", s.Value), ("source", s.Source.ToString()));
            json.WriteEndArray();
            json.WriteStartArray("notices");
            foreach (var notice in load.Notices) json.WriteStringValue(notice);
            json.WriteEndArray();
            json.WriteStartArray("problems");
            foreach (var p in load.Problems) WriteObject(json, ("key", p.Key), ("value", p.Value), ("allowed", p.Allowed), ("source", p.Source?.ToString()));
            json.WriteEndArray();
            json.WriteStartArray("steps");
            foreach (var s in steps)
                WriteObject(json, ("area", s.Area), ("name", s.Name), ("result", s.Result.ToString().ToLowerInvariant()), ("detail", s.Detail), ("advice", s.Advice));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteObject(Utf8JsonWriter json, params ReadOnlySpan<(string Name, string? Value)> members)
    {
        json.WriteStartObject();
        foreach (var (name, value) in members) json.WriteString(name, value);
        json.WriteEndObject();
    }
}
