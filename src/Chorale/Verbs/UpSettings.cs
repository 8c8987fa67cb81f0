using System.Net;
using Chorale.Audio.Capture;
using Chorale.Recorder.Settings;

namespace Chorale.Verbs;

/// <summary>Settings of the recorder in <c>chorale up</c>: the person's own where given, else those that make the bundle work by itself.</summary>
internal static class UpSettings
{
    public static SettingsLoad Load(SettingsInput input, UpIdentity identity, string dataFolder, IPEndPoint hub)
    {
        input = input with { Flavour = input.Flavour ?? SettingsFlavour.Own, HostName = "microphone" };
        var given = SettingsLoader.Load(input).Effective.Where(e => e.Source.Layer != SettingLayer.Default).Select(e => e.Key.Name).ToHashSet();
        (string Key, string Text)[] own =
        [
            (SettingKeys.Id.Name, "microphone"), // its topic, and its name on the page; the UUID below is the upload contract's
            (SettingKeys.ChunkSeconds.Name, "10"),
            (SettingKeys.SpoolFolder.Name, Path.Combine(dataFolder, "recorder")),
            (SettingKeys.RecordingFolder.Name, Path.Combine(dataFolder, "recordings")),
            (SettingKeys.Sink.Name, "ingest"),
            (SettingKeys.Url.Name, $"http://{hub}"),
            (SettingKeys.Token.Name, identity.Token ?? "made-at-the-first-start"),
            (SettingKeys.PointId.Name, identity.PointId),
            (SettingKeys.RegisterId.Name, identity.RegisterId),
            (SettingKeys.DeviceId.Name, identity.DeviceId),
        ];
        var flags = own.Where(o => !given.Contains(o.Key)).Select(o => new FlagSetting("chorale up", o.Key, o.Text));
        return SettingsLoader.Load(input with { Flags = [.. input.Flags, .. flags] });
    }

    /// <returns>Null when there is a microphone, or one was asked for by name; else what was looked for.</returns>
    public static string? WithoutMicrophone(SettingsLoad load, CaptureInputs inputs)
    {
        var device = load.Settings!.Capture.Device;
        if (device.Length > 0) return null;
        try
        {
            inputs.Open(load.Settings.Capture.ToRequest()).Dispose();
            return null;
        }
        catch (CaptureException e)
        {
            return e.Message;
        }
    }
}
