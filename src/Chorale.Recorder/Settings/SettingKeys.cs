using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;
using static Chorale.Recorder.Settings.SettingReaders;

namespace Chorale.Recorder.Settings;

/// <summary>
/// The one table of settings. Reading, checking, the environment names, the reference in guide/settings.md and the search for misspelt keys
/// all come from here. Defaults are ours; <see cref="FlavourDefaults"/> says where another flavour differs.
/// </summary>
public static class SettingKeys
{
    public static readonly SettingKey<string> Id = Matching("id", "1 to 64 of A-Z a-z 0-9 _ -", "",
        "Name of this recorder, in every file, topic and table. Not set: `upload.device_id`, else the host's name", t => RecorderId.IsValid(t));

    public static readonly SettingKey<RecordingMode> Mode = Choice("mode", "continuous",
        "`continuous` records by itself whenever the schedule is open, `on_request` waits for a start",
        ("continuous", RecordingMode.Continuous), ("on_request", RecordingMode.OnRequest));

    public static readonly SettingKey<IReadOnlyList<ScheduleWindow>> ScheduleWindows = Windows("schedule.windows", "always",
        "When continuous recording is open: a text, or a list with one entry per group of days");

    public static readonly SettingKey<int> ScheduleStart = TimeOfDay("schedule.start", allow24: false, "",
        "One daily window instead of `schedule.windows`: when it opens (00:00 when only the end is given)");

    public static readonly SettingKey<int> ScheduleEnd = TimeOfDay("schedule.end", allow24: true, "",
        "When that window closes (24:00 when only the start is given); earlier than the start: the next day");

    public static readonly SettingKey<TimeZoneInfo?> TimeZone = Zone("schedule.time_zone", "Time zone of the schedule. Not set: the system's");

    public static readonly SettingKey<string> Device = Text("capture.device", "",
        "Microphone: `hw:1,0`, `default`, a name or part of it, an index, `pulse:SOURCE`, `portaudio:NAME`, `file:PATH`, `tone:`, a URL for ffmpeg. "
        + "Not set: the sound server's default, else the first USB microphone, else the first card");

    public static readonly SettingKey<int> SampleRate = Whole("capture.sample_rate", 8_000, 192_000, "48000", "Frames per second", " Hz");

    public static readonly SettingKey<int> Channels = Whole("capture.channels", 1, 8, "1", "Channels; Opus takes 1 or 2");

    public static readonly SettingKey<SampleFormat?> SampleFormatKey = Choice<SampleFormat?>("capture.sample_format", "auto",
        "How samples are captured; `auto` takes what the device has, 16 bit first",
        ("auto", null), ("s16", SampleFormat.S16), ("s24", SampleFormat.S24), ("s32", SampleFormat.S32), ("f32", SampleFormat.F32));

    public static readonly SettingKey<int> PeriodMs = Whole("capture.period_ms", 1, 1000, "20", "How often the device hands frames over", " ms");

    public static readonly SettingKey<int> BufferMs = Whole("capture.buffer_ms", 10, 10_000, "500",
        "The device's own buffer, at least two periods: how long the machine may be busy without an overrun", " ms");

    public static readonly SettingKey<int> RingSeconds = Whole("capture.ring_seconds", 10, 600, "15",
        "Frames kept in RAM between the microphone and the disk: how long the disk may stall", " s");

    public static readonly SettingKey<bool> Armed = Flag("capture.armed", true,
        "Under a broker: keep the microphone open while nothing records (frames in RAM only), which makes a start exact");

    public static readonly SettingKey<AudioCodec> Codec = Choice("recording.codec", "opus", "Format of the files",
        ("opus", AudioCodec.Opus), ("flac", AudioCodec.Flac), ("wav", AudioCodec.Wav));

    public static readonly SettingKey<int> BitrateKbps = Whole("recording.bitrate_kbps", 6, 510, "32", "Opus only: bit rate of all channels", " kbit/s");

    public static readonly SettingKey<int> Complexity = Whole("recording.complexity", 0, 10, "5",
        "Effort of the encoder: Opus 0 to 10, FLAC 0 to 8 (higher is taken as 8)");

    public static readonly SettingKey<int> ChunkSeconds = Whole("recording.chunk_seconds", 1, 3600, "60", "Length of a chunk", " s");

    public static readonly SettingKey<bool> AlignToClock = Flag("recording.align_to_clock", false,
        "Cut at multiples of the chunk length on the clock; the first chunk is then shorter");

    public static readonly SettingKey<string> RecordingFolder = Text("recording.recording_dir", "recordings",
        "Where recordings on request go, with their `.json`", "a folder");

    public static readonly SettingKey<string> SpoolFolder = Text("spool.folder", "",
        "Root of the spool. Not set: `spool` in the state folder that systemd gives, else `./chorale-data/spool`", "a folder");

    public static readonly SettingKey<string> OutboxFolder = Text("spool.outbox", "", "Where chunks wait. Not set: `outbox` in the spool", "a folder");

    public static readonly SettingKey<string> IndexPath = Text("spool.index", "", "SQLite index. Not set: `audio_queue.db` in the spool", "a file");

    public static readonly SettingKey<int> SyncIntervalMs = Whole("spool.sync_interval_ms", 20, 60_000, "100",
        "How often encoded audio is made durable; a power cut takes up to this plus about 90 ms", " ms");

    public static readonly SettingKey<double> MaxAgeDays = Decimal("spool.max_age_days", 0, 36_500, "7", "Uploaded chunks older than this are deleted; 0 = no limit", " days");

    public static readonly SettingKey<double> MaxGb = Decimal("spool.max_gb", 0, 1_000_000, "20",
        "Size of the spool (1 GB = 1 000 000 000 bytes) above which uploaded chunks are deleted, oldest first; 0 = no limit", " GB");

    public static readonly SettingKey<FreeFloor> MinFree = Floor("spool.min_free", "500MB",
        "Free space to keep on the disk: below it uploaded chunks go first, then `spool.when_full` decides");

    public static readonly SettingKey<FullPolicy> WhenFull = Choice("spool.when_full", "drop_oldest",
        "When only unsent chunks are left at the floor: `drop_oldest` deletes them oldest first (each a loss in the ledger), `stop` stops recording",
        ("drop_oldest", FullPolicy.DropOldest), ("stop", FullPolicy.Stop));

    public static readonly SettingKey<UploadSink> Sink = Choice("upload.sink", "",
        "Where chunks go. Not set: `ingest` when `upload.url` is set, `mycelia` when `MYCELIA_URL` is, else `none`",
        ("none", UploadSink.None), ("ingest", UploadSink.Ingest), ("mycelia", UploadSink.Mycelia));

    public static readonly SettingKey<Uri> Url = HttpAddress("upload.url", "Base address of the server; required by both sinks");

    public static readonly SettingKey<string> Token = Text("upload.token", "", "Bearer token, or Mycelia's client secret; required by both sinks", isSecret: true);

    public static readonly SettingKey<string> ClientId = Text("upload.client_id", "", "Mycelia's client id; required by its sink");

    public static readonly SettingKey<Guid> PointId = Uuid("upload.point_id", "Point of sale; required by the sink `ingest`");

    public static readonly SettingKey<Guid> RegisterId = Uuid("upload.register_id", "Register; required by the sink `ingest`");

    public static readonly SettingKey<Guid> DeviceId = Uuid("upload.device_id", "Device; required by the sink `ingest`");

    public static readonly SettingKey<double> RetryMin = Decimal("upload.retry_min_seconds", 0.1, 3600, "2", "First wait after a failure; doubles each time. Sink `mycelia`: 1", " s");

    public static readonly SettingKey<double> RetryMax = Decimal("upload.retry_max_seconds", 0.1, 86_400, "300", "Longest wait, not below the first. Sink `mycelia`: 60", " s");

    public static readonly SettingKey<int> UploadTimeout = Whole("upload.timeout_seconds", 1, 3600, "60", "An upload of which nothing moved for so long has failed. Sink `mycelia`: 30", " s");

    public static readonly SettingKey<string> CaFile = Text("upload.ca_file", "",
        "PEM file of a private certificate authority, trusted besides the system's", "a file that exists");

    public static readonly SettingKey<LiveMode> Live = Choice("upload.live", "on_demand",
        "What the hub gets of the open chunk while it is recorded: `on_demand` as long as somebody listens, `always` a second copy less than 1 s behind, `off` nothing",
        ("on_demand", LiveMode.OnDemand), ("always", LiveMode.Always), ("off", LiveMode.Off));

    public static readonly SettingKey<string> MqttHost = Text("mqtt.host", "", "Broker. Not set: this recorder is no module under a broker", "a host name or address");

    public static readonly SettingKey<int> MqttPort = Whole("mqtt.port", 1, 65_535, "1883", "Port of the broker; with TLS usually 8883");

    public static readonly SettingKey<string> BaseTopic = Matching("mqtt.base_topic", "topic levels without + # or an empty level", "rslogger/audio",
        "Topics are `base_topic/id/...`", IsTopic);

    public static readonly SettingKey<string> MqttUsername = Text("mqtt.username", "", "User at the broker; with the hub's credentials the recorder's id");

    public static readonly SettingKey<string> MqttPassword = Text("mqtt.password", "", "Password at the broker", isSecret: true);

    public static readonly SettingKey<bool> MqttTls = Flag("mqtt.tls", false, "Encrypt the connection to the broker");

    public static readonly SettingKey<string> MqttCaFile = Text("mqtt.ca_file", "", "PEM file of the broker's certificate authority. Not set: the system's", "a file that exists");

    public static readonly SettingKey<string> MqttCertFile = Text("mqtt.cert_file", "", "PEM file of our certificate, for brokers that demand one", "a file that exists");

    public static readonly SettingKey<string> MqttKeyFile = Text("mqtt.key_file", "", "PEM file of its key, without a password", "a file that exists");

    public static readonly SettingKey<int> KeepAlive = Whole("mqtt.keepalive_seconds", 5, 65_535, "10",
        "A silent connection is asked for a sign of life after this, and given up after as long again", " s");

    public static readonly SettingKey<double> ReconnectInterval = Decimal("mqtt.reconnect_interval_seconds", 0.1, 3600, "5",
        "Longest wait before trying a broker again that refuses us; an absent one is looked for at least every 0.75 s", " s");

    public static readonly SettingKey<int> SessionExpiry = Whole("mqtt.session_expiry_seconds", 0, 2_592_000, "0",
        "How long the broker keeps commands for a recorder that is away; commands that have run out are never executed. 0 = not at all", " s");

    public static readonly SettingKey<bool> Heartbeat = Flag("mqtt.heartbeat", true, "Publish the status regularly");

    public static readonly SettingKey<double> HeartbeatInterval = Decimal("mqtt.heartbeat_interval_seconds", 1, 3600, "30", "How often; masters call a module offline after 60 s", " s");

    public static readonly SettingKey<bool> ChunkEvents = Flag("mqtt.chunk_events", false, "Publish `chunk_uploaded` on `data` for every uploaded chunk");

    public static readonly SettingKey<string> Dtype = Matching("mqtt.dtype", "float32, int32 or int16", "float32",
        "Sample type that the module reports; files are 16 bit whatever it says", t => t is "float32" or "int32" or "int16");

    public static readonly SettingKey<int> HealthPort = Whole("health.port", 0, 65_535, "8042", "Port of the health page on 127.0.0.1; 0 = none");

    public static readonly SettingKey<LogLevel> LogLevelKey = Choice("log.level", "info", "Least severe level that is logged",
        ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information), ("~information", LogLevel.Information),
        ("warning", LogLevel.Warning), ("~warn", LogLevel.Warning), ("error", LogLevel.Error), ("~critical", LogLevel.Critical), ("~fatal", LogLevel.Critical));

    public static readonly SettingKey<LogFormat> LogFormatKey = Choice("log.format", "auto", "`auto`: text on a terminal, JSON lines elsewhere",
        ("auto", LogFormat.Auto), ("json", LogFormat.Json), ("text", LogFormat.Text));

    public static readonly SettingKey<string> LogFile = Text("log.file", "", "Log file with rotation. Not set: standard error", "a file");

    public static readonly SettingKey<double> LogMaxMb = Decimal("log.max_mb", 0.1, 10_000, "10", "Size at which the log file is rotated", " MB");

    public static readonly SettingKey<int> LogFiles = Whole("log.files", 1, 1000, "5", "Rotated files kept");

    /// <summary>In the order of the reference.</summary>
    public static readonly IReadOnlyList<SettingKey> All =
    [
        Id, Mode, ScheduleWindows, ScheduleStart, ScheduleEnd, TimeZone,
        Device, SampleRate, Channels, SampleFormatKey, PeriodMs, BufferMs, RingSeconds, Armed,
        Codec, BitrateKbps, Complexity, ChunkSeconds, AlignToClock, RecordingFolder,
        SpoolFolder, OutboxFolder, IndexPath, SyncIntervalMs, MaxAgeDays, MaxGb, MinFree, WhenFull,
        Sink, Url, Token, ClientId, PointId, RegisterId, DeviceId, RetryMin, RetryMax, UploadTimeout, CaFile, Live,
        MqttHost, MqttPort, BaseTopic, MqttUsername, MqttPassword, MqttTls, MqttCaFile, MqttCertFile, MqttKeyFile, KeepAlive, ReconnectInterval,
        SessionExpiry, Heartbeat, HeartbeatInterval, ChunkEvents, Dtype,
        HealthPort, LogLevelKey, LogFormatKey, LogFile, LogMaxMb, LogFiles,
    ];

    public static readonly IReadOnlyDictionary<string, SettingKey> ByName = All.ToDictionary(k => k.Name);

    private static bool IsTopic(string text) =>
        text.Length is > 0 and <= 200 && text.Split('/').All(level => level.Length > 0) && text.AsSpan().IndexOfAny("+#\0") < 0 && text[0] != '$';
}
