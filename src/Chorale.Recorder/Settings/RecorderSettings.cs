using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Mqtt;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Settings;

/// <summary>
/// Everything a recorder needs to know, checked and complete: whoever holds one need not validate again. Units and ranges of every member
/// are in <see cref="SettingKeys"/>, which is also where they are parsed and documented.
/// </summary>
public sealed record RecorderSettings
{
    public required RecorderId Id { get; init; }

    /// <summary>Whose settings these are; decided the defaults.</summary>
    public required SettingsFlavour Flavour { get; init; }
    public required RecordingMode Mode { get; init; }

    /// <summary>When <see cref="RecordingMode.Continuous"/> records.</summary>
    public required RecordingSchedule Schedule { get; init; }
    public required CaptureSettings Capture { get; init; }
    public required RecordingSettings Recording { get; init; }
    public required SpoolSettings Spool { get; init; }
    public required UploadSettings Upload { get; init; }

    /// <summary>Null: the recorder is no module under a broker.</summary>
    public required MqttSettings? Mqtt { get; init; }

    /// <summary>Whether what is recorded can be heard at the hub while it is recorded.</summary>
    public LiveMode Live { get; init; } = LiveMode.OnDemand;

    /// <summary>TCP port of <c>127.0.0.1/health</c>; 0 = no health page.</summary>
    public required int HealthPort { get; init; }
    public required LogSettings Log { get; init; }
}

public enum RecordingMode
{
    /// <summary>Records by itself whenever the schedule is open.</summary>
    Continuous,

    /// <summary>Waits for a start.</summary>
    OnRequest,
}

public enum LiveMode
{
    /// <summary>While somebody listens.</summary>
    OnDemand,

    /// <summary>All the time: the hub has a second copy of the open chunk.</summary>
    Always,

    /// <summary>Never.</summary>
    Off,
}

/// <param name="Device">As in <see cref="CaptureRequest.Device"/>; empty = first USB microphone, else the default.</param>
/// <param name="SampleFormat">Null: the best the device has.</param>
/// <param name="Ring">Length of the ring between the microphone and everything that may stall.</param>
/// <param name="IsArmed">Under a broker: keep the microphone open (frames in RAM only) while nothing records, so that a start is exact.</param>
public sealed record CaptureSettings(
    string Device, int SampleRateHz, int Channels, SampleFormat? SampleFormat, TimeSpan Period, TimeSpan Buffer, TimeSpan Ring, bool IsArmed)
{
    public CaptureRequest ToRequest() => new(Device.Length == 0 ? null : Device, SampleRateHz, Channels, SampleFormat, Period, Buffer);
}

/// <param name="Chunk">Length of a chunk, 1 s to 1 h.</param>
/// <param name="AlignToClock">Cut at multiples of the chunk length since midnight UTC instead of since the run began.</param>
/// <param name="Folder">Where recordings on request go, with their sidecars.</param>
public sealed record RecordingSettings(AudioCodec Codec, int BitrateBps, int Complexity, TimeSpan Chunk, bool AlignToClock, string Folder)
{
    public EncoderSettings ToEncoder() => new(Codec, BitrateBps, Codec == AudioCodec.Flac ? Math.Min(Complexity, 8) : Complexity);
}

/// <param name="Folder">Root of the spool.</param>
/// <param name="OutboxFolder">Null = <c>Folder/outbox</c>.</param>
/// <param name="IndexPath">Null = <c>Folder/audio_queue.db</c>.</param>
/// <param name="SyncInterval">How often what was encoded is made durable; the larger part of what a power cut can take.</param>
public sealed record SpoolSettings(string Folder, string? OutboxFolder, string? IndexPath, TimeSpan SyncInterval, RetentionSettings Retention);

/// <param name="MaxAge">Null = no limit. Never deletes the unsent.</param>
/// <param name="MaxBytes">Null = no limit. Never deletes the unsent.</param>
/// <param name="MinFree">Free space below which <paramref name="WhenFull"/> decides.</param>
public sealed record RetentionSettings(TimeSpan? MaxAge, long? MaxBytes, FreeFloor MinFree, FullPolicy WhenFull);

/// <summary>A free-space floor in bytes or in percent of the file system.</summary>
public readonly record struct FreeFloor(long Bytes, double Percent)
{
    /// <summary>The floor on a file system of <paramref name="totalBytes"/>.</summary>
    public long BytesOf(long totalBytes) => Percent > 0 ? (long)(totalBytes / 100.0 * Percent) : Bytes;
}

public enum UploadSink
{
    None,

    /// <summary>recorder-agent's Ingest API, and our hub.</summary>
    Ingest,

    /// <summary>A Mycelia server.</summary>
    Mycelia,
}

/// <param name="Url">Base address without a trailing slash; null only when <paramref name="Sink"/> is none.</param>
/// <param name="Token">Bearer token, or Mycelia's client secret. Secret.</param>
/// <param name="ClientId">Mycelia's client id.</param>
/// <param name="Ids">Set when the sink is ingest.</param>
/// <param name="CaFile">PEM file of a private authority, besides the system's.</param>
public sealed record UploadSettings(
    UploadSink Sink, Uri? Url, string? Token, string? ClientId, IngestIds? Ids, TimeSpan RetryMin, TimeSpan RetryMax, TimeSpan Timeout, string? CaFile);

/// <summary>The three identities that the Ingest API asks for.</summary>
public sealed record IngestIds(Guid PointId, Guid RegisterId, Guid DeviceId);

/// <param name="BaseTopic">Without a trailing slash; the recorder's id is the next level.</param>
/// <param name="KeepAlive">Whole seconds, at least 5.</param>
/// <param name="Dtype">What the module reports as its sample type; files are 16 bit whatever it says, as those modules write them.</param>
public sealed record MqttSettings(
    string Host, int Port, string BaseTopic, string? Username, string? Password, bool Tls, string? CaFile, TimeSpan KeepAlive,
    TimeSpan ReconnectInterval, bool Heartbeat, TimeSpan HeartbeatInterval, string Dtype)
{
    /// <summary>Both or none: what we show a broker that demands a certificate.</summary>
    public string? CertFile { get; init; }

    public string? KeyFile { get; init; }

    /// <summary>Null: the broker forgets us when we are gone.</summary>
    public TimeSpan? SessionExpiry { get; init; }

    /// <summary>An event for every uploaded chunk.</summary>
    public bool ChunkEvents { get; init; }

    /// <param name="clientId">The same at every start, and nobody else's: the broker knows the session by it.</param>
    public MqttOptions ToOptions(string clientId, MqttMessage? will) => new()
    {
        Host = Host,
        Port = Port,
        ClientId = clientId,
        UserName = Username,
        Password = Password,
        Tls = Tls ? new MqttTls { CaFile = CaFile, CertFile = CertFile, KeyFile = KeyFile } : null,
        KeepAlive = KeepAlive,
        ReconnectInterval = ReconnectInterval,
        SessionExpiry = SessionExpiry,
        Will = will,
    };
}

/// <param name="File">Null = standard error.</param>
/// <param name="MaxFileBytes">Size at which the file is rotated.</param>
/// <param name="FilesKept">Rotated files kept beside the current one.</param>
public sealed record LogSettings(LogLevel Level, LogFormat Format, string? File, long MaxFileBytes, int FilesKept);

public enum LogFormat
{
    /// <summary>Text on a terminal, JSON lines elsewhere.</summary>
    Auto,
    Json,
    Text,
}
