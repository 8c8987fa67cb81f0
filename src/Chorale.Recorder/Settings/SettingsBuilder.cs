using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Recording;
using K = Chorale.Recorder.Settings.SettingKeys;

namespace Chorale.Recorder.Settings;

/// <summary>Puts checked values together and finds what is wrong between them.</summary>
internal sealed class SettingsBuilder(
    LayeredSettings values, List<SettingsProblem> problems, List<string> notices, SettingsInput input, SettingsFlavour flavour)
{
    public RecorderSettings Build() => new()
    {
        Id = new RecorderId(Id()),
        Flavour = flavour,
        Mode = values.Get(K.Mode),
        Schedule = Schedule(),
        Capture = Capture(),
        Recording = new RecordingSettings(
            values.Get(K.Codec), values.Get(K.BitrateKbps) * 1000, values.Get(K.Complexity), TimeSpan.FromSeconds(values.Get(K.ChunkSeconds)),
            values.Get(K.AlignToClock), FullPath(values.Get(K.RecordingFolder))),
        Spool = Spool(),
        Upload = Upload(),
        Live = values.Get(K.Live),
        Mqtt = Mqtt(),
        HealthPort = values.Get(K.HealthPort),
        Log = new LogSettings(
            values.Get(K.LogLevelKey), values.Get(K.LogFormatKey), FullPathOrNull(K.LogFile), (long)(values.Get(K.LogMaxMb) * 1e6), values.Get(K.LogFiles)),
    };

    private string Id()
    {
        if (values.IsSet(K.Id)) return values.Get(K.Id);
        if (flavour == SettingsFlavour.Rsl && !values.WasGiven(K.Id)) Require(K.Id, "is required (--id): it is the module's topic");
        if (values.IsSet(K.DeviceId)) values.Assume(K.Id, values.Get(K.DeviceId).ToString(), K.DeviceId.Name);
        else values.Assume(K.Id, IdOf(input.HostName), "name of the host");
        return values.Get(K.Id);
    }

    private static string IdOf(string hostName)
    {
        var name = string.Concat(hostName.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '-'));
        return name.Length switch { 0 => "recorder", > 64 => name[..64], _ => name };
    }

    private RecordingSchedule Schedule()
    {
        var schedule = ReadSchedule((values.IsSet(K.TimeZone) ? values.Get(K.TimeZone) : null) ?? input.LocalZone);
        if (!schedule.IsAlways && !values.Has(K.TimeZone) && schedule.Zone is { SupportsDaylightSavingTime: false, BaseUtcOffset.Ticks: 0 })
            notices.Add($"the schedule is read in UTC: this system names no other time zone ({K.TimeZone.Name})");
        return schedule;
    }

    private RecordingSchedule ReadSchedule(TimeZoneInfo zone)
    {
        var windows = values.SourceOf(K.ScheduleWindows).Layer;
        var daily = (SettingLayer)Math.Max((int)values.SourceOf(K.ScheduleStart).Layer, (int)values.SourceOf(K.ScheduleEnd).Layer);
        var hasDaily = values.IsSet(K.ScheduleStart) || values.IsSet(K.ScheduleEnd);
        if (hasDaily && windows == daily && windows != SettingLayer.Default)
        {
            var source = values.SourceOf(values.Has(K.ScheduleStart) ? K.ScheduleStart : K.ScheduleEnd);
            problems.Add(new SettingsProblem(K.ScheduleWindows.Name, values.TextOf(K.ScheduleWindows), $"give either this or start and end ({source})", values.SourceOf(K.ScheduleWindows)));
        }

        if (!hasDaily || windows > daily) return new RecordingSchedule(values.Get(K.ScheduleWindows), zone);
        var start = values.IsSet(K.ScheduleStart) ? values.Get(K.ScheduleStart) : 0;
        var end = values.IsSet(K.ScheduleEnd) ? values.Get(K.ScheduleEnd) : ScheduleWindow.MinutesPerDay;
        if (start == end)
        {
            problems.Add(new SettingsProblem(K.ScheduleEnd.Name, values.TextOf(K.ScheduleEnd),
                "is the same as the start, so nothing would ever be recorded; all day is 00:00 to 24:00", values.SourceOf(K.ScheduleEnd)));
        }

        return new RecordingSchedule([new ScheduleWindow(ScheduleWindow.EveryDay, start, end == 0 ? ScheduleWindow.MinutesPerDay : end)], zone);
    }

    private CaptureSettings Capture()
    {
        if (values.Get(K.BufferMs) < 2 * values.Get(K.PeriodMs)) Wrong(K.BufferMs, $"must be at least two periods, {2 * values.Get(K.PeriodMs)} ms");
        if (values.Get(K.Codec) == AudioCodec.Opus && values.Get(K.Channels) > 2) Wrong(K.Channels, "must be 1 or 2 with recording.codec opus; flac and wav take 8");
        return new CaptureSettings(
            values.Get(K.Device), values.Get(K.SampleRate), values.Get(K.Channels), values.Get(K.SampleFormatKey), TimeSpan.FromMilliseconds(values.Get(K.PeriodMs)),
            TimeSpan.FromMilliseconds(values.Get(K.BufferMs)), TimeSpan.FromSeconds(values.Get(K.RingSeconds)), values.Get(K.Armed));
    }

    private SpoolSettings Spool()
    {
        var state = input.Environment.GetValueOrDefault("STATE_DIRECTORY", "").Split(':')[0];
        if (!values.IsSet(K.SpoolFolder)) values.Assume(K.SpoolFolder, state.Length > 0 ? Path.Combine(state, "spool") : "chorale-data/spool", state.Length > 0 ? "STATE_DIRECTORY" : "default");
        double days = values.Get(K.MaxAgeDays), gb = values.Get(K.MaxGb);
        return new SpoolSettings(
            FullPath(values.Get(K.SpoolFolder)), FullPathOrNull(K.OutboxFolder), FullPathOrNull(K.IndexPath), TimeSpan.FromMilliseconds(values.Get(K.SyncIntervalMs)),
            new RetentionSettings(days > 0 ? TimeSpan.FromDays(days) : null, gb > 0 ? (long)(gb * 1e9) : null, values.Get(K.MinFree), values.Get(K.WhenFull)));
    }

    private UploadSettings Upload()
    {
        if (!values.IsSet(K.Sink)) values.Assume(K.Sink, values.IsSet(K.Url) ? "ingest" : "none", values.IsSet(K.Url) ? $"{K.Url.Name} is set" : "default");
        var sink = values.Get(K.Sink);
        foreach (var (key, text) in FlavourDefaults.Of(sink)) values.Assume(key, text, "default of the sink mycelia");
        var sinkName = sink.ToString().ToLowerInvariant();
        SettingKey[] required = sink switch
        {
            UploadSink.Ingest => [K.Url, K.Token, K.PointId, K.RegisterId, K.DeviceId],
            UploadSink.Mycelia => [K.Url, K.ClientId, K.Token],
            _ => [],
        };
        foreach (var key in required.Where(k => !values.WasGiven(k))) Require(key, $"is required by the sink {sinkName}: {ForeignSpelling(key)}{key.Allowed}");
        if (values.Get(K.RetryMax) < values.Get(K.RetryMin)) Wrong(K.RetryMax, $"must not be below {K.RetryMin.Name}, {values.TextOf(K.RetryMin)}");
        var url = values.IsSet(K.Url) ? values.Get(K.Url) : null;
        if (sink != UploadSink.None && url is { Scheme: "http", IsLoopback: false })
            notices.Add($"{K.Url.Name} is http: token and audio cross the network readable by anyone on it");
        var ids = sink == UploadSink.Ingest && required.All(values.IsSet)
            ? new IngestIds(values.Get(K.PointId), values.Get(K.RegisterId), values.Get(K.DeviceId)) : null;
        if (values.Get(K.Live) == LiveMode.Always && sink != UploadSink.Ingest) Wrong(K.Live, "always needs the sink ingest, a hub that keeps the copy");
        return new UploadSettings(
            sink, url, values.TextOrNull(K.Token), values.TextOrNull(K.ClientId), ids, TimeSpan.FromSeconds(values.Get(K.RetryMin)),
            TimeSpan.FromSeconds(values.Get(K.RetryMax)), TimeSpan.FromSeconds(values.Get(K.UploadTimeout)), ExistingFile(K.CaFile));
    }

    private MqttSettings? Mqtt()
    {
        if (values.TextOrNull(K.MqttHost) is not { } host) return null;
        var expiry = values.Get(K.SessionExpiry);
        var mqtt = new MqttSettings(
            host, values.Get(K.MqttPort), values.Get(K.BaseTopic), values.TextOrNull(K.MqttUsername), values.TextOrNull(K.MqttPassword), values.Get(K.MqttTls),
            ExistingFile(K.MqttCaFile), TimeSpan.FromSeconds(values.Get(K.KeepAlive)), TimeSpan.FromSeconds(values.Get(K.ReconnectInterval)),
            values.Get(K.Heartbeat), TimeSpan.FromSeconds(values.Get(K.HeartbeatInterval)), values.Get(K.Dtype))
        {
            CertFile = ExistingFile(K.MqttCertFile),
            KeyFile = ExistingFile(K.MqttKeyFile),
            SessionExpiry = expiry > 0 ? TimeSpan.FromSeconds(expiry) : null,
            ChunkEvents = values.Get(K.ChunkEvents),
        };
        if (mqtt.CertFile is not null && mqtt.KeyFile is null) Require(K.MqttKeyFile, $"is required beside {K.MqttCertFile.Name}");
        if (mqtt.KeyFile is not null && mqtt.CertFile is null) Require(K.MqttCertFile, $"is required beside {K.MqttKeyFile.Name}");
        if (mqtt.Password is not null && mqtt.Username is null) Require(K.MqttUsername, $"is required beside {K.MqttPassword.Name}");
        if (!mqtt.Tls)
        {
            foreach (var key in new[] { K.MqttCaFile, K.MqttCertFile }.Where(values.IsSet)) notices.Add($"{key.Name} is not used: {K.MqttTls.Name} is off");
            if (mqtt.Password is not null && !IsLoopback(host)) notices.Add($"{K.MqttTls.Name} is off: the password for {host} crosses the network readable by anyone on it");
        }

        return mqtt;
    }

    private static bool IsLoopback(string host) => host == "localhost" || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));

    private void Require(SettingKey key, string why) => problems.Add(new SettingsProblem(key.Name, null, why, null));

    private void Wrong(SettingKey key, string why) => problems.Add(new SettingsProblem(key.Name, key.Mask(values.TextOf(key)), why, values.SourceOf(key)));

    // Whoever comes with another program's settings looks for that program's word.
    private string ForeignSpelling(SettingKey key) => flavour switch
    {
        SettingsFlavour.RecorderAgent when ForeignNames.RecorderAgent.FirstOrDefault(p => p.Value == key).Key is { } name => $"{name} or RA_{name.ToUpperInvariant()}, ",
        SettingsFlavour.Mycelia when ForeignNames.Mycelia.FirstOrDefault(p => p.Value == key).Key is { } name => name + ", ",
        _ => "",
    };

    private string? ExistingFile(SettingKey<string> key)
    {
        if (FullPathOrNull(key) is not { } path) return null;
        if (!File.Exists(path)) Wrong(key, $"there is no such file ({path})");
        return path;
    }

    private string? FullPathOrNull(SettingKey<string> key) => values.TextOrNull(key) is { } path ? FullPath(path) : null;

    private string FullPath(string path)
    {
        if (path.StartsWith("~/", StringComparison.Ordinal) && input.Environment.TryGetValue("HOME", out var home)) path = Path.Combine(home, path[2..]);
        return Path.GetFullPath(path, Path.GetFullPath(input.WorkingFolder));
    }
}
