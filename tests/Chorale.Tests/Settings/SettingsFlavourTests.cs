using Chorale.Audio.Files;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Settings;
using Microsoft.Extensions.Logging;

namespace Chorale.Tests.Settings;

/// <summary>What a recorder does when nobody says, and that settings of the four existing programs are read unchanged.</summary>
public sealed class SettingsFlavourTests : IDisposable
{
    private const string P = "00000000-0000-0000-0000-000000000001", R = "00000000-0000-0000-0000-000000000002", D = "00000000-0000-0000-0000-000000000003";

    private readonly SettingsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Without_any_settings_it_records_always_as_48_kHz_Opus_with_32_kbit_in_minutes()
    {
        var s = _bench.Good();
        Assert.Equal(RecordingMode.Continuous, s.Mode);
        Assert.True(s.Schedule.IsAlways);
        Assert.Equal((48_000, 1, ""), (s.Capture.SampleRateHz, s.Capture.Channels, s.Capture.Device));
        Assert.Equal((AudioCodec.Opus, 32_000, TimeSpan.FromSeconds(60)), (s.Recording.Codec, s.Recording.BitrateBps, s.Recording.Chunk));
        Assert.Equal((UploadSink.None, 8042, "raspberry-local"), (s.Upload.Sink, s.HealthPort, s.Id.Value));
        Assert.Null(s.Mqtt);
    }

    [Fact]
    public void The_variables_of_recorder_agent_are_enough_and_bring_its_defaults()
    {
        Agent();
        var s = _bench.Good();
        Assert.Equal((SettingsFlavour.RecorderAgent, RecordingMode.Continuous), (s.Flavour, s.Mode));
        Assert.Equal("08:00-22:00", s.Schedule.Windows.Single().ToString());
        Assert.Equal((48_000, AudioCodec.Opus, 24_000, 60.0), (s.Capture.SampleRateHz, s.Recording.Codec, s.Recording.BitrateBps, s.Recording.Chunk.TotalSeconds));
        Assert.Equal("/var/lib/recorder-agent/spool", s.Spool.Folder);
        Assert.Equal((TimeSpan.FromDays(7), 20_000_000_000), (s.Spool.Retention.MaxAge!.Value, s.Spool.Retention.MaxBytes!.Value));
        Assert.Equal((UploadSink.Ingest, "https://audio.example.com/", "a-token-of-sixteen"), (s.Upload.Sink, s.Upload.Url!.ToString(), s.Upload.Token));
        Assert.Equal(new IngestIds(Guid.Parse(P), Guid.Parse(R), Guid.Parse(D)), s.Upload.Ids);
        Assert.Equal((2.0, 300.0), (s.Upload.RetryMin.TotalSeconds, s.Upload.RetryMax.TotalSeconds));
        Assert.Equal(D, s.Id.Value);
    }

    [Fact]
    public void All_eighteen_variables_of_recorder_agent_arrive()
    {
        Agent();
        _bench.With("RA_SCHEDULE_START", "22:00").With("RA_SCHEDULE_END", "06:00").With("RA_CHUNK_SECONDS", "30").With("RA_OPUS_BITRATE_KBPS", "48")
            .With("RA_AUDIO_DEVICE", "hw:1,0").With("RA_SAMPLE_RATE", "16000").With("RA_SPOOL_DIR", "/s").With("RA_OUTBOX_DIR", "/o")
            .With("RA_MAX_SPOOL_DAYS", "3").With("RA_MAX_SPOOL_GB", "1.5").With("RA_RETRY_MIN_S", "5").With("RA_RETRY_MAX_S", "50").With("RA_HEALTH_PORT", "9000");
        Assert.Equal(18, _bench.Environment.Count);
        var s = _bench.Good();
        Assert.Equal("22:00-06:00", s.Schedule.Windows.Single().ToString());
        Assert.Equal((30.0, 48_000, "hw:1,0", 16_000), (s.Recording.Chunk.TotalSeconds, s.Recording.BitrateBps, s.Capture.Device, s.Capture.SampleRateHz));
        Assert.Equal(("/s", "/o"), (s.Spool.Folder, s.Spool.OutboxFolder));
        Assert.Equal((3.0, 1_500_000_000), (s.Spool.Retention.MaxAge!.Value.TotalDays, s.Spool.Retention.MaxBytes!.Value));
        Assert.Equal((5.0, 50.0, 9000), (s.Upload.RetryMin.TotalSeconds, s.Upload.RetryMax.TotalSeconds, s.HealthPort));
    }

    [Theory]
    [InlineData("identifiers:\n  point_id: {0}\n  register_id: {1}\n  device_id: {2}\ningest:\n  ingest_base_url: https://a.example/\n  ingest_token: secret-secret-16\n"
        + "schedule:\n  schedule_start: \"09:00\"\n  schedule_end: 21:30\nrecording:\n  chunk_seconds: 30\n  opus_bitrate_kbps: 32\n  audio_device: \"\"\n  sample_rate: 48000\n"
        + "spool:\n  spool_dir: /x\n  max_spool_days: 7\n  max_spool_gb: 20\nretry:\n  retry_min_s: 2\n  retry_max_s: 300\nhealth:\n  health_port: 8043\n")]
    [InlineData("point_id: {0}\nregister_id: {1}\ndevice_id: {2}\ningest_base_url: https://a.example\ningest_token: secret-secret-16\n"
        + "schedule_start: '09:00'\nschedule_end: 21:30\nchunk_seconds: 30\nopus_bitrate_kbps: 32\nspool_dir: /x\nhealth_port: 8043\n")]
    [InlineData("identifiers:\n  point_id: {0}\n  register_id: {1}\n  device_id: {2}\nserver:\n  ingest_base_url: https://a.example\n  ingest_token: secret-secret-16\n"
        + "schedule:\n  schedule_start: '09:00'\n  schedule_end: '21:30'\nrecording:\n  chunk_seconds: 30\n  opus_bitrate_kbps: 32\nstorage:\n  spool_dir: /x\nhealthcheck:\n  health_port: 8043\n")]
    public void A_file_of_recorder_agent_is_read_in_all_its_forms(string form)
    {
        var s = _bench.Good(string.Format(form, P, R, D), "config.yaml");
        Assert.Equal(SettingsFlavour.RecorderAgent, s.Flavour);
        Assert.Equal("09:00-21:30", s.Schedule.Windows.Single().ToString());
        Assert.Equal((30.0, 32_000, "/x", 8043), (s.Recording.Chunk.TotalSeconds, s.Recording.BitrateBps, s.Spool.Folder, s.HealthPort));
        Assert.Equal(("https://a.example/", "secret-secret-16"), (s.Upload.Url!.ToString(), s.Upload.Token));
    }

    [Fact]
    public void In_a_file_of_recorder_agent_top_level_wins_over_sections_and_the_environment_over_both()
    {
        Agent();
        _bench.With("RA_CHUNK_SECONDS", "20");
        var s = _bench.Good("recording:\n  chunk_seconds: 30\n  sample_rate: 16000\nsample_rate: 24000\nchunk_seconds: 40\n", "config.yaml");
        Assert.Equal((20.0, 24_000), (s.Recording.Chunk.TotalSeconds, s.Capture.SampleRateHz));
    }

    [Fact]
    public void Ids_and_token_are_required_by_the_sink_ingest_and_asked_for_all_at_once()
    {
        var problems = _bench.Bad("point_id: not-a-uuid\naudio_device: hw:1,0\n", "config.yaml");
        Assert.Equal(["upload.device_id", "upload.point_id", "upload.register_id", "upload.token", "upload.url"], problems.Select(p => p.Key).Order());
        Assert.Contains(problems, p => p.ToString().Contains("RA_REGISTER_ID"));
        _bench.With("CHORALE_UPLOAD_SINK", "none");
        Assert.Equal("upload.point_id", _bench.Load("config.yaml").Problems.Single().Key);
    }

    [Fact]
    public void The_flags_of_an_RSL_module_make_it_wait_for_a_start_with_44_kHz_WAV()
    {
        _bench.Flag("--id", SettingKeys.Id, "mic1");
        var s = _bench.Good();
        Assert.Equal((SettingsFlavour.Rsl, RecordingMode.OnRequest, "mic1"), (s.Flavour, s.Mode, s.Id.Value));
        Assert.Equal((44_100, 1, AudioCodec.Wav), (s.Capture.SampleRateHz, s.Capture.Channels, s.Recording.Codec));
        Assert.Equal(("localhost", 1883, "rslogger/audio"), (s.Mqtt!.Host, s.Mqtt.Port, s.Mqtt.BaseTopic));
    }

    [Fact]
    public void The_module_file_of_RSL_is_read_nested_and_flat()
    {
        var nested = _bench.Good("""
            {"module_id": "mic1", "mqtt": {"host": "broker", "port": 1884, "base_topic": "lab/audio", "username": "u", "password": "p",
              "tls_enabled": false, "tls_ca_cert": null, "keepalive": 30, "reconnect_interval": 2},
             "audio": {"samplerate": 48000, "channels": 2, "device": null, "dtype": "int16", "recording_dir": "./recordings"},
             "log_level": "DEBUG", "enable_heartbeat": false, "heartbeat_interval": 10}
            """, "config.json");
        Assert.Equal(("mic1", RecordingMode.OnRequest, 48_000, 2, ""), (nested.Id.Value, nested.Mode, nested.Capture.SampleRateHz, nested.Capture.Channels, nested.Capture.Device));
        Assert.Equal(("broker", 1884, "lab/audio", "u", "p", false, 30.0, 2.0, false, 10.0, "int16"),
            (nested.Mqtt!.Host, nested.Mqtt.Port, nested.Mqtt.BaseTopic, nested.Mqtt.Username, nested.Mqtt.Password, nested.Mqtt.Tls,
                nested.Mqtt.KeepAlive.TotalSeconds, nested.Mqtt.ReconnectInterval.TotalSeconds, nested.Mqtt.Heartbeat, nested.Mqtt.HeartbeatInterval.TotalSeconds, nested.Mqtt.Dtype));
        Assert.Equal((Path.Combine(_bench.Folder, "recordings"), LogLevel.Debug), (nested.Recording.Folder, nested.Log.Level));

        _bench.Flag("--id", SettingKeys.Id, "mic2");
        var flat = _bench.Good("{\n\t\"samplerate\": 22050,\n\t\"channels\": 1,\n\t\"dtype\": \"float32\",\n\t\"output_dir\": \"takes\",\n\t\"device\": 3\n}", "audio_config.json");
        Assert.Equal(("mic2", SettingsFlavour.Rsl, 22_050, "3", Path.Combine(_bench.Folder, "takes")),
            (flat.Id.Value, flat.Flavour, flat.Capture.SampleRateHz, flat.Capture.Device, flat.Recording.Folder));
    }

    [Fact]
    public void A_config_file_of_an_RSL_module_may_be_missing_and_that_is_said()
    {
        _bench.Flag("--id", SettingKeys.Id, "mic1");
        var load = _bench.Load("nowhere.json", "--config-file");
        Assert.Equal(RecordingMode.OnRequest, SettingsBench.Good(load).Mode);
        Assert.Contains(load.Notices, n => n.Contains("nowhere.json"));
    }

    [Theory]
    [InlineData(".env")]
    [InlineData("backend/.env")]
    public void The_env_file_of_Mycelia_is_found_and_records_at_once(string place)
    {
        _bench.Write(place, "# shared with other programs\nDATABASE_URL=mongodb://x\nMYCELIA_URL=http://localhost:5173\nMYCELIA_CLIENT_ID=\"abc\"\nexport MYCELIA_TOKEN='s3cret'\nLAST=1\n");
        var load = _bench.Load();
        var s = SettingsBench.Good(load);
        Assert.Equal((SettingsFlavour.Mycelia, RecordingMode.Continuous, true), (s.Flavour, s.Mode, s.Schedule.IsAlways));
        Assert.Equal((16_000, 1, AudioCodec.Wav, 10.0), (s.Capture.SampleRateHz, s.Capture.Channels, s.Recording.Codec, s.Recording.Chunk.TotalSeconds));
        Assert.Equal((UploadSink.Mycelia, "http://localhost:5173/", "abc", "s3cret"), (s.Upload.Sink, s.Upload.Url!.ToString(), s.Upload.ClientId, s.Upload.Token));
        Assert.Equal((1.0, 60.0), (s.Upload.RetryMin.TotalSeconds, s.Upload.RetryMax.TotalSeconds));
        Assert.Null(s.Upload.Ids);
    }

    [Fact]
    public void The_db_flag_of_Mycelia_names_the_index()
    {
        _bench.With("MYCELIA_URL", "http://localhost:5173").With("MYCELIA_CLIENT_ID", "abc").With("MYCELIA_TOKEN", "t").Flag("--db", SettingKeys.IndexPath, "old/queue.db");
        Assert.Equal(Path.Combine(_bench.Folder, "old/queue.db"), _bench.Good().Spool.IndexPath);
    }

    [Fact]
    public void Our_own_file_decides_over_variables_of_Mycelia_that_lie_around()
    {
        _bench.With("MYCELIA_URL", "http://localhost:5173").With("MYCELIA_TOKEN", "t");
        _bench.Write("chorale.yaml", "upload:\n  sink: none\n");
        var load = _bench.Load();
        Assert.Equal((SettingsFlavour.Own, UploadSink.None), (load.Settings!.Flavour, load.Settings.Upload.Sink));
        Assert.Contains(load.Notices, n => n.Contains("MYCELIA_URL"));
    }

    private void Agent() => _bench.With("RA_POINT_ID", P).With("RA_REGISTER_ID", R).With("RA_DEVICE_ID", D)
        .With("RA_INGEST_BASE_URL", "https://audio.example.com").With("RA_INGEST_TOKEN", "a-token-of-sixteen");
}
