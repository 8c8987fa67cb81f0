using System.Globalization;
using Chorale.Recorder.Health;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Verbs;

/// <summary>Runs a recorder and tells systemd how it is: ready, alive, a status line, stopping. Without systemd it only runs it.</summary>
internal static class SystemdWatch
{
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(RecorderHost host, TimeProvider time, CancellationToken stopping)
    {
        var environment = SettingsInput.ProcessEnvironment();
        using var systemd = new SystemdNotify(environment.GetValueOrDefault("NOTIFY_SOCKET"));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await using var farewell = stopping.Register(systemd.Stopping);
        var running = host.RunAsync(stopping);
        systemd.Ready();
        var interval = SystemdNotify.WatchdogInterval(
            environment.GetValueOrDefault("WATCHDOG_USEC"), environment.GetValueOrDefault("WATCHDOG_PID"), Environment.ProcessId);
        var feeding = interval is { } i ? systemd.FeedAsync(i, () => host.IsAlive, time, ended.Token) : Task.CompletedTask;
        var telling = systemd.IsUnderSystemd ? TellAsync(host, systemd, time, ended.Token) : Task.CompletedTask;
        try
        {
            var waiting = await running;
            if (waiting > 0) systemd.Status(string.Create(CultureInfo.InvariantCulture, $"stopped; {waiting} chunks wait"));
        }
        finally
        {
            await ended.CancelAsync();
            await feeding;
            await telling;
        }
    }

    private static async Task TellAsync(RecorderHost host, SystemdNotify systemd, TimeProvider time, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            systemd.Status(host.StatusLine);
            await Task.Delay(StatusInterval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
