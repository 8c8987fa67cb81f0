namespace Chorale.Recorder.Settings;

/// <summary>Whose settings were found. It decides the defaults and nothing else: every key can be set under each.</summary>
public enum SettingsFlavour
{
    /// <summary>Our own file, environment or flags: always, 48 kHz Opus 32 kbit/s, 60 s.</summary>
    Own,

    /// <summary>recorder-agent's file or <c>RA_*</c>: 08:00-22:00, 48 kHz Opus 24 kbit/s, 60 s cut on the clock, sink ingest.</summary>
    RecorderAgent,

    /// <summary>An RSL module's file or flags: waits for a start, 44.1 kHz WAV.</summary>
    Rsl,

    /// <summary>Mycelia's <c>.env</c>: always, 16 kHz mono WAV, 10 s.</summary>
    Mycelia,
}

/// <summary>Where a flavour's defaults differ from ours.</summary>
public static class FlavourDefaults
{
    public const string RecorderAgentFile = "/etc/recorder-agent/config.yaml";

    /// <summary>As people write it: <c>recorder-agent</c>.</summary>
    public static string NameOf(SettingsFlavour flavour) => flavour switch
    {
        SettingsFlavour.Own => "own",
        SettingsFlavour.RecorderAgent => "recorder-agent",
        SettingsFlavour.Rsl => "rsl",
        _ => "mycelia",
    };

    public static IReadOnlyList<(SettingKey Key, string Text)> Of(SettingsFlavour flavour) => flavour switch
    {
        SettingsFlavour.RecorderAgent =>
        [
            (SettingKeys.ScheduleStart, "08:00"), (SettingKeys.ScheduleEnd, "22:00"), (SettingKeys.BitrateKbps, "24"),
            (SettingKeys.AlignToClock, "true"), (SettingKeys.SpoolFolder, "/var/lib/recorder-agent/spool"), (SettingKeys.Sink, "ingest"),
        ],
        SettingsFlavour.Rsl =>
        [
            (SettingKeys.Mode, "on_request"), (SettingKeys.SampleRate, "44100"), (SettingKeys.Codec, "wav"), (SettingKeys.MqttHost, "localhost"),
            (SettingKeys.KeepAlive, "60"),
        ],
        SettingsFlavour.Mycelia =>
        [
            (SettingKeys.SampleRate, "16000"), (SettingKeys.Codec, "wav"), (SettingKeys.ChunkSeconds, "10"), (SettingKeys.Sink, "mycelia"),
        ],
        _ => [],
    };

    /// <summary>Where the original of a sink waits differently; holds under every flavour.</summary>
    public static IReadOnlyList<(SettingKey Key, string Text)> Of(UploadSink sink) => sink == UploadSink.Mycelia
        ? [(SettingKeys.RetryMin, "1"), (SettingKeys.RetryMax, "60"), (SettingKeys.UploadTimeout, "30")] : [];
}
