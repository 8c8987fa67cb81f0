namespace Chorale.Recorder.Settings;

/// <summary>How the settings of the programs we stand in for are called here.</summary>
internal static class ForeignNames
{
    /// <summary>recorder-agent: keys of its file, and with <c>RA_</c> and capitals its variables.</summary>
    public static readonly IReadOnlyDictionary<string, SettingKey> RecorderAgent = new Dictionary<string, SettingKey>
    {
        ["point_id"] = SettingKeys.PointId, ["register_id"] = SettingKeys.RegisterId, ["device_id"] = SettingKeys.DeviceId,
        ["ingest_base_url"] = SettingKeys.Url, ["ingest_token"] = SettingKeys.Token,
        ["schedule_start"] = SettingKeys.ScheduleStart, ["schedule_end"] = SettingKeys.ScheduleEnd,
        ["chunk_seconds"] = SettingKeys.ChunkSeconds, ["opus_bitrate_kbps"] = SettingKeys.BitrateKbps,
        ["audio_device"] = SettingKeys.Device, ["sample_rate"] = SettingKeys.SampleRate,
        ["spool_dir"] = SettingKeys.SpoolFolder, ["outbox_dir"] = SettingKeys.OutboxFolder,
        ["max_spool_days"] = SettingKeys.MaxAgeDays, ["max_spool_gb"] = SettingKeys.MaxGb,
        ["retry_min_s"] = SettingKeys.RetryMin, ["retry_max_s"] = SettingKeys.RetryMax, ["health_port"] = SettingKeys.HealthPort,
    };

    /// <summary>The seven sections of its document, and the three that its set-up script writes. Any of its keys is taken in any of them.</summary>
    public static readonly IReadOnlySet<string> RecorderAgentSections = new HashSet<string>
    {
        "identifiers", "ingest", "schedule", "recording", "spool", "retry", "health", "server", "storage", "healthcheck",
    };

    /// <summary>An RSL module's JSON, nested and flat.</summary>
    public static readonly IReadOnlyDictionary<string, SettingKey> Rsl = new Dictionary<string, SettingKey>
    {
        ["module_id"] = SettingKeys.Id, ["log_level"] = SettingKeys.LogLevelKey,
        ["enable_heartbeat"] = SettingKeys.Heartbeat, ["heartbeat_interval"] = SettingKeys.HeartbeatInterval,
        ["mqtt.host"] = SettingKeys.MqttHost, ["mqtt.port"] = SettingKeys.MqttPort, ["mqtt.base_topic"] = SettingKeys.BaseTopic,
        ["mqtt.username"] = SettingKeys.MqttUsername, ["mqtt.password"] = SettingKeys.MqttPassword,
        ["mqtt.tls_enabled"] = SettingKeys.MqttTls, ["mqtt.tls_ca_cert"] = SettingKeys.MqttCaFile,
        ["mqtt.keepalive"] = SettingKeys.KeepAlive, ["mqtt.reconnect_interval"] = SettingKeys.ReconnectInterval,
        ["audio.samplerate"] = SettingKeys.SampleRate, ["audio.channels"] = SettingKeys.Channels, ["audio.device"] = SettingKeys.Device,
        ["audio.dtype"] = SettingKeys.Dtype, ["audio.recording_dir"] = SettingKeys.RecordingFolder, ["audio.output_dir"] = SettingKeys.RecordingFolder,
        ["samplerate"] = SettingKeys.SampleRate, ["channels"] = SettingKeys.Channels, ["device"] = SettingKeys.Device,
        ["dtype"] = SettingKeys.Dtype, ["recording_dir"] = SettingKeys.RecordingFolder, ["output_dir"] = SettingKeys.RecordingFolder,
    };

    public static readonly IReadOnlyDictionary<string, SettingKey> Mycelia = new Dictionary<string, SettingKey>
    {
        ["MYCELIA_URL"] = SettingKeys.Url, ["MYCELIA_CLIENT_ID"] = SettingKeys.ClientId, ["MYCELIA_TOKEN"] = SettingKeys.Token,
    };

    public static readonly IReadOnlyDictionary<string, SettingKey> Variables =
        RecorderAgent.ToDictionary(p => "RA_" + p.Key.ToUpperInvariant(), p => p.Value);

    public static readonly IReadOnlyDictionary<string, SettingKey> OwnVariables = SettingKeys.All.ToDictionary(k => k.EnvironmentName);

    /// <summary>Variables with our prefix that are no settings of a recorder: where its file is, and everything of the hub.</summary>
    public static bool IsOtherVariable(string name) => name == "CHORALE_CONFIG" || name.StartsWith("CHORALE_HUB_", StringComparison.Ordinal);

    /// <summary>Whose file this is, by its keys.</summary>
    public static SettingsFlavour FlavourOf(RawFile file)
    {
        var paths = file.Settings.Select(s => s.Path).ToList();
        if (file.Shape == RawShape.Variables)
        {
            return paths.Exists(p => p.StartsWith("CHORALE_", StringComparison.Ordinal)) ? SettingsFlavour.Own
                : paths.Exists(p => p.StartsWith("RA_", StringComparison.Ordinal)) ? SettingsFlavour.RecorderAgent
                : paths.Exists(Mycelia.ContainsKey) ? SettingsFlavour.Mycelia : SettingsFlavour.Own;
        }

        // Some names are in two of these languages (mqtt.host, schedule, chunk_seconds); the one that explains most of the file is spoken.
        int own = paths.Count(IsOwn), agent = paths.Count(p => AgentKey(p) is not null), rsl = paths.Count(Rsl.ContainsKey);
        if (rsl > own && rsl > agent) return SettingsFlavour.Rsl;
        return agent > own ? SettingsFlavour.RecorderAgent : SettingsFlavour.Own;
    }

    /// <summary>recorder-agent's key of a path: top level or in one of its sections.</summary>
    public static SettingKey? AgentKey(string path)
    {
        var dot = path.IndexOf('.');
        if (dot > 0 && !RecorderAgentSections.Contains(path[..dot])) return null;
        return RecorderAgent.GetValueOrDefault(path[(dot + 1)..]);
    }

    private static bool IsOwn(string path) => SettingKeys.ByName.ContainsKey(path) || path == "schedule";
}
