using System.CommandLine;
using System.Globalization;
using Chorale.Audio.Capture;
using Chorale.Recorder.Control;
using Chorale.Recorder.Logs;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Verbs;

/// <summary><c>chorale record</c>: one recorder module, one microphone, until it is told to stop.</summary>
public static class RecordVerb
{
    public static Command Create()
    {
        var command = new Command("record", "Record one microphone: by schedule, all the time, or one recording with --recording-id");
        var input = RecorderFlags.AddTo(command);
        var recordingId = new Option<string?>("--recording-id") { Description = "make one recording of this name, then end", HelpName = "NAME" };
        var duration = new Option<double?>("--duration") { Description = "with --recording-id: seconds; without it until Ctrl+C", HelpName = "SECONDS" };
        command.Options.Add(recordingId);
        command.Options.Add(duration);
        command.SetAction((parsed, cancel) =>
        {
            var once = parsed.GetValue(recordingId) is null && parsed.GetValue(duration) is null
                ? null
                : new StartCommand(parsed.GetValue(recordingId), parsed.GetValue(duration) is { } s ? TimeSpan.FromSeconds(s) : null);
            return RunAsync(SettingsLoader.Load(input(parsed)), once);
        });
        return command;
    }

    private static async Task<int> RunAsync(SettingsLoad load, StartCommand? once)
    {
        if (load.Settings is not { } settings) return SettingsReport.WriteProblems(load, Console.Error);
        if (once is not null) settings = settings with { Mode = RecordingMode.OnRequest };
        var time = TimeProvider.System;
        using var logs = LineLogging.Open(settings.Log, time);
        logs.Hide(settings);
        SettingsReport.LogTo(load, logs.CreateLogger("settings"));
        using var stop = new StopSignal(logs.CreateLogger("recorder"));
        var host = new RecorderHost(settings, new CaptureInputs(time), time, logs, ProgramVersion.Text);
        if (once is not null) return await RecordOnceAsync(host, once, stop);
        await SystemdWatch.RunAsync(host, time, stop.Token);
        return 0;
    }

    private static async Task<int> RecordOnceAsync(RecorderHost host, StartCommand command, StopSignal stop)
    {
        using var finished = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        var running = host.RunAsync(finished.Token);
        var answer = await host.Control.StartAsync(command, stop.Token);
        if (answer.Success)
        {
            await using var early = stop.Token.Register(() => host.Control.Stop());
            var result = await host.Control.Running;
            if (result is not null) Console.Out.WriteLine(result.Path);
            else answer = answer with { Success = false };
        }
        else
        {
            await Console.Error.WriteLineAsync(answer.Message);
        }

        await finished.CancelAsync();
        await running;
        return answer.Success ? 0 : 1;
    }
}
