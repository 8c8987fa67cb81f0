using Chorale.Audio.Capture;
using Chorale.Audio.Capture.Devices;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Verbs;

/// <summary>Lists what the back ends see, then opens the configured microphone for an instant: the only proof that it can be had.</summary>
internal static class DeviceCheck
{
    private const string Area = "devices";

    public static IEnumerable<CheckStep> Run(RecorderSettings settings, TimeProvider time)
    {
        var listing = DeviceCatalog.List(withPortAudio: settings.Capture.Device.StartsWith("portaudio:", StringComparison.Ordinal));
        foreach (var device in listing.Devices)
        {
            var rates = device.RatesHz.Count > 0 ? $", {string.Join(" ", device.RatesHz)} Hz" : "";
            var stable = device.StableDevice is null ? "" : $", always found as {device.StableDevice}";
            yield return new CheckStep(Area, device.Device, CheckResult.Ok, device.Name + rates + stable + (device.IsDefault ? ", default" : "") + (device.Note is null ? "" : $" ({device.Note})"));
        }

        foreach (var problem in listing.Problems) yield return new CheckStep(Area, "list", CheckResult.Skipped, problem);
        if (listing.Devices.Count == 0) yield return new CheckStep(Area, "list", CheckResult.Skipped, "no sound card and no sound server was found");
        yield return Open(settings.Capture, time);
    }

    private static CheckStep Open(CaptureSettings capture, TimeProvider time)
    {
        var name = capture.Device.Length == 0 ? "configured microphone (the default)" : $"configured microphone ({SettingKeys.Device.Mask(capture.Device)})";
        // An address belongs to a camera or a stream, and ffmpeg says only while it runs whether it is there.
        if (capture.Device.Contains("://", StringComparison.Ordinal)) return new CheckStep(Area, name, CheckResult.Skipped, "an address is tried by --record");
        try
        {
            using var source = new CaptureInputs(time).Open(capture.ToRequest());
            return new CheckStep(Area, name, CheckResult.Ok, $"{source.Description} opens: {source.Format}");
        }
        catch (CaptureException e)
        {
            return new CheckStep(Area, name, CheckResult.Failed, e.Message,
                e.IsTransient ? "is it plugged in, is the recorder's user in the group audio, does another program (a running recorder?) hold it?" : null);
        }
        catch (DllNotFoundException e)
        {
            return new CheckStep(Area, name, CheckResult.Failed, e.Message, "see libraries above");
        }
    }
}
