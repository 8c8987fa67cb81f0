using System.Collections;
using System.CommandLine;
using System.Runtime.InteropServices;
using Chorale.Hub;
using Chorale.Hub.Settings;
using Chorale.Recorder.Logs;
using Chorale.Recorder.Settings;
using Microsoft.Extensions.Logging;

namespace Chorale.Verbs;

/// <summary><c>chorale hub</c>: ingest server, archive, page and API, until it is told to stop.</summary>
internal static class HubVerb
{
    private const string DefaultConfig = "/etc/chorale/hub.yaml";

    public static Command Create()
    {
        var command = new Command("hub", "Take in, keep and serve what recorders send");
        var config = new Option<string?>("--config", "-c") { Description = $"settings; {DefaultConfig} where it exists", HelpName = "FILE" };
        var level = new Option<LogLevel>("--log-level") { Description = "least level that is logged", DefaultValueFactory = _ => LogLevel.Information };
        command.Options.Add(config);
        command.Options.Add(level);
        var flags = new List<(HubSettingKey Key, Option<string[]> Option)>();
        foreach (var key in HubSettingKeys.All)
        {
            var option = new Option<string[]>(key.Flag) { Description = $"{key.Meaning} ({key.Allowed}; default {key.Default})", HelpName = "VALUE" };
            flags.Add((key, option));
            command.Options.Add(option);
        }

        command.Subcommands.Add(HubOpenApiVerb.Create());
        command.SetAction((parsed, _) =>
        {
            var given = flags.Where(f => parsed.GetResult(f.Option) is { Implicit: false })
                .ToDictionary(f => f.Key.Name, f => (IReadOnlyList<string>)(parsed.GetValue(f.Option) ?? []));
            return RunAsync(Load(parsed.GetValue(config), given), parsed.GetValue(level), parsed.InvocationConfiguration);
        });
        return command;
    }

    /// <summary>Settings from the file, the environment of this process and flags.</summary>
    public static HubSettingsLoad Load(string? config, IReadOnlyDictionary<string, IReadOnlyList<string>> flags)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");
        var file = config ?? environment.GetValueOrDefault("CHORALE_HUB_CONFIG") ?? (File.Exists(DefaultConfig) ? DefaultConfig : null);
        return HubSettingsReader.Read(file, environment, flags);
    }

    private static async Task<int> RunAsync(HubSettingsLoad load, LogLevel level, InvocationConfiguration console)
    {
        if (load.Settings is not { } settings)
        {
            foreach (var problem in load.Problems) await console.Error.WriteLineAsync(problem);
            return HubSettingsLoad.ExitCode;
        }

        using var logs = LineLogging.Open(new LogSettings(level, LogFormat.Auto, null, 0, 0), TimeProvider.System);
        logs.Mask.Add(settings.AdminToken);
        logs.Mask.Add(settings.InternalToken);
        logs.Mask.Add(settings.Broker?.Password);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        try
        {
            await using var hub = await HubHost.StartAsync(settings, TimeProvider.System, logs);
            await console.Output.WriteLineAsync($"The hub listens on {string.Join(" ", hub.Addresses)}");
            if (hub.MakeFirstLink() is { } link)
            {
                await console.Output.WriteLineAsync($"Nobody may log in yet. This link makes the first user; it is good once, for a day: {link}");
                if (settings.IsLoopbackOnly) await console.Output.WriteLineAsync("Until then whoever is on this machine may look and operate.");
            }

            await stop.Task;
            return 0;
        }
        catch (HubStartException e)
        {
            await console.Error.WriteLineAsync($"The hub cannot start: {e.Message}");
            return 1;
        }

        void OnSignal(PosixSignalContext signal)
        {
            signal.Cancel = true; // we stop by ourselves; a second signal finds the registration gone or changes nothing
            stop.TrySetResult();
        }
    }
}
