using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Chorale.Audio.Files;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Verbs;

/// <summary>What this machine offers: the schedule's clock, room in the spool, a free port.</summary>
internal static class HostCheck
{
    public static CheckStep Schedule(RecorderSettings settings, DateTimeOffset now)
    {
        var schedule = settings.Schedule;
        if (settings.Mode == RecordingMode.OnRequest) return new CheckStep("schedule", "mode", CheckResult.Ok, "waits for a start");
        var local = TimeZoneInfo.ConvertTime(now, schedule.Zone);
        var next = schedule.NextChange(now) is { } change
            ? string.Create(CultureInfo.InvariantCulture, $", {(schedule.IsOpen(now) ? "closes" : "opens")} {TimeZoneInfo.ConvertTime(change, schedule.Zone):ddd yyyy-MM-dd HH:mm zzz}") : "";
        return new CheckStep("schedule", schedule.ToString(), CheckResult.Ok,
            string.Create(CultureInfo.InvariantCulture, $"{(schedule.IsOpen(now) ? "open" : "closed")} now ({local:HH:mm}){next}"));
    }

    public static IEnumerable<CheckStep> Spool(RecorderSettings settings)
    {
        foreach (var folder in new[] { settings.Spool.Folder, settings.Spool.OutboxFolder }.OfType<string>().Distinct())
        {
            yield return Writable(folder);
        }

        yield return Space(settings);
    }

    public static CheckStep HealthPort(RecorderSettings settings)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"port {settings.HealthPort}");
        if (settings.HealthPort == 0) return new CheckStep("health", name, CheckResult.Skipped, "switched off");
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, settings.HealthPort);
            listener.Start();
            return new CheckStep("health", name, CheckResult.Ok, "free on 127.0.0.1");
        }
        catch (SocketException e)
        {
            return new CheckStep("health", name, CheckResult.Warning, "in use on 127.0.0.1: " + e.Message, "a recorder may be running already; a second one needs its own health.port and spool.folder");
        }
    }

    private static CheckStep Writable(string folder)
    {
        var existing = NearestExisting(folder);
        var probe = Path.Combine(existing, $".chorale-check-{Environment.ProcessId}");
        try
        {
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) { }
            return new CheckStep("spool", folder, CheckResult.Ok, existing == folder ? "can be written" : $"will be made in {existing}, which can be written");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new CheckStep("spool", folder, CheckResult.Failed, e.Message, $"make the folder, and let the recorder's user write to it: chown -R chorale {folder}");
        }
    }

    private static CheckStep Space(RecorderSettings settings)
    {
        DriveInfo drive;
        long free, total;
        try
        {
            drive = new DriveInfo(NearestExisting(settings.Spool.Folder));
            (free, total) = (drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A failing query must never read as "plenty".
            return new CheckStep("spool", "free space", CheckResult.Failed, "cannot be found out: " + e.Message);
        }

        var floor = settings.Spool.Retention.MinFree.BytesOf(total);
        var bytesPerDay = BytesPerSecond(settings) * 86_400;
        var days = Math.Max(0, free - floor) / bytesPerDay;
        var detail = string.Create(CultureInfo.InvariantCulture, $"{Gb(free)} of {Gb(total)} free, floor {Gb(floor)}: room for {days:0.#} days without a server, at {bytesPerDay / 1e9:0.##} GB a day");
        if (free < floor) return new CheckStep("spool", "free space", CheckResult.Failed, detail, "free space below the floor: unsent audio would be dropped (spool.when_full), see spool.min_free");
        return new CheckStep("spool", "free space", days < 1 ? CheckResult.Warning : CheckResult.Ok, detail);
    }

    private static string Gb(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.##} GB");

    // Opus: 40 ms pages cost 29 bytes each. FLAC: half of PCM is what speech in a quiet room comes to at best; count it whole.
    private static double BytesPerSecond(RecorderSettings settings) => settings.Recording.Codec == AudioCodec.Opus
        ? settings.Recording.BitrateBps / 8.0 + 29 * 25 : settings.Capture.SampleRateHz * settings.Capture.Channels * 2.0;

    private static string NearestExisting(string folder)
    {
        var at = Path.GetFullPath(folder);
        while (!Directory.Exists(at) && Path.GetDirectoryName(at) is { } parent) at = parent;
        return at;
    }
}
