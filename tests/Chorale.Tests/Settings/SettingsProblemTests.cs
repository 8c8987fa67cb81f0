using Chorale.Recorder.Settings;
using FsCheck;
using FsCheck.Fluent;

namespace Chorale.Tests.Settings;

public sealed class SettingsProblemTests : IDisposable
{
    private readonly SettingsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void All_problems_are_named_at_once_with_key_value_place_and_what_is_allowed()
    {
        _bench.With("CHORALE_HEALTH_PORT", "70000").With("RA_CHUNK_SECOND", "5");
        _bench.Flag("--samplerate", SettingKeys.SampleRate, "-5");
        var texts = _bench.Bad("recording:\n  chunk_seconds: 0\n  codec: mp3\ncapture:\n  devise: x\nschedule:\n  windows: 25:00-26:00\n").Select(p => p.ToString()).ToList();
        Assert.Equal(7, texts.Count);
        Assert.Contains("recording.chunk_seconds = 0 (chorale.yaml:2): must be 1 to 3600 s", texts);
        Assert.Contains("recording.codec = mp3 (chorale.yaml:3): must be opus, flac, wav", texts);
        Assert.Contains("capture.devise (chorale.yaml:5): there is no such setting (did you mean capture.device?)", texts);
        Assert.Contains(texts, t => t.StartsWith("schedule.windows = 25:00-26:00 (chorale.yaml:7): must be always, or windows") && t.EndsWith("25:00-26:00 is not HH:MM-HH:MM"));
        Assert.Contains("health.port = 70000 (CHORALE_HEALTH_PORT): must be 0 to 65535", texts);
        Assert.Contains("RA_CHUNK_SECOND (RA_CHUNK_SECOND): there is no such setting (did you mean RA_CHUNK_SECONDS?)", texts);
        Assert.Contains("capture.sample_rate = -5 (--samplerate): must be 8000 to 192000 Hz", texts);
    }

    [Fact]
    public void Flags_win_over_the_environment_the_environment_over_the_file_and_every_source_is_told()
    {
        _bench.Write("chorale.yaml", "recording:\n  chunk_seconds: 10\n  bitrate_kbps: 40\ncapture: {channels: 2}\n");
        _bench.With("RA_CHUNK_SECONDS", "20").With("CHORALE_RECORDING_CHUNK_SECONDS", "30").With("CHORALE_CAPTURE_CHANNELS", "1");
        _bench.Flag("--chunk-seconds", SettingKeys.ChunkSeconds, "40");
        var load = _bench.Load();
        var s = SettingsBench.Good(load);
        Assert.Equal((40.0, 40_000, 1), (s.Recording.Chunk.TotalSeconds, s.Recording.BitrateBps, s.Capture.Channels));
        string SourceOf(SettingKey key) => load.Effective.Single(e => e.Key == key).Source.ToString();
        Assert.Equal(("--chunk-seconds", "chorale.yaml:3", "CHORALE_CAPTURE_CHANNELS", "default"),
            (SourceOf(SettingKeys.ChunkSeconds), SourceOf(SettingKeys.BitrateKbps), SourceOf(SettingKeys.Channels), SourceOf(SettingKeys.SampleRate)));
        _bench.Flags.Clear();
        Assert.Equal(30.0, _bench.Good().Recording.Chunk.TotalSeconds);
        _bench.Environment.Remove("CHORALE_RECORDING_CHUNK_SECONDS");
        Assert.Equal(20.0, _bench.Good().Recording.Chunk.TotalSeconds);
    }

    [Fact]
    public void Every_setting_can_come_from_its_variable_and_from_the_set_flag()
    {
        foreach (var key in SettingKeys.All)
        {
            var (text, expected) = SampleOf(key);
            using var byVariable = new SettingsBench();
            var effective = byVariable.With(key.EnvironmentName, text).Load().Effective.Single(e => e.Key == key);
            Assert.Equal((expected, key.EnvironmentName), (effective.Value, effective.Source.Name));
            using var byFlag = new SettingsBench();
            effective = byFlag.Flag("--set", key, text).Load().Effective.Single(e => e.Key == key);
            Assert.Equal((expected, "--set"), (effective.Value, effective.Source.Name));
            using var byFile = new SettingsBench();
            byFile.Write("chorale.yaml", $"{key.Name.Replace(".", ":\n  ")}: \"{text}\"\n");
            effective = byFile.Load().Effective.Single(e => e.Key == key);
            Assert.Equal((expected, "chorale.yaml"), (effective.Value, effective.Source.Name));
        }
    }

    [Fact]
    public void Secrets_are_masked_wherever_settings_are_printed()
    {
        _bench.Write("chorale.yaml", "upload:\n  url: https://a.example\n  token: \"very\tsecret\"\n");
        var load = _bench.Load();
        Assert.All(load.Problems, p => Assert.DoesNotContain("secret", p.ToString()));
        Assert.NotEmpty(load.Problems);
        _bench.With("CHORALE_UPLOAD_TOKEN", "other-secret").With("CHORALE_MQTT_PASSWORD", "third-secret");
        Assert.All(_bench.Load().Effective, e => Assert.DoesNotContain("secret", e.Value));
        Assert.Equal("***", _bench.Load().Effective.Single(e => e.Key == SettingKeys.MqttPassword).Value);
    }

    [Fact]
    public void A_password_inside_an_address_is_masked_too()
    {
        _bench.With("CHORALE_CAPTURE_DEVICE", "rtsp://user:secret@camera/1").With("CHORALE_UPLOAD_URL", "https://u:secret@a.example/x");
        var load = _bench.Load();
        Assert.Equal("rtsp://***@camera/1", load.Effective.Single(e => e.Key == SettingKeys.Device).Value);
        Assert.StartsWith("upload.url = https://***@a.example/x", load.Problems.Single().ToString());
        Assert.Equal("pulse:a@b", SettingKeys.Device.Mask("pulse:a@b"));
    }

    [Fact]
    public void What_an_unset_key_comes_to_is_printed_with_the_reason()
    {
        _bench.With("STATE_DIRECTORY", "/var/lib/chorale:/var/lib/other");
        string Told(SettingKey key) => _bench.Load().Effective.Single(e => e.Key == key) is var e ? $"{e.Value} ({e.Source})" : "";
        Assert.Equal(("raspberry-local (name of the host)", "/var/lib/chorale/spool (STATE_DIRECTORY)", "none (default)"), (Told(SettingKeys.Id), Told(SettingKeys.SpoolFolder), Told(SettingKeys.Sink)));
        Assert.Equal("/var/lib/chorale/spool", _bench.Good().Spool.Folder);
        _bench.With("CHORALE_UPLOAD_SINK", "mycelia");
        Assert.Equal("60 (default of the sink mycelia)", Told(SettingKeys.RetryMax));
    }

    [Fact]
    public void A_schedule_in_a_zone_that_nobody_chose_is_said_aloud()
    {
        using var bench = new SettingsBench { LocalZone = TimeZoneInfo.Utc };
        bench.Write("chorale.yaml", "schedule: 08:00-22:00\n");
        Assert.Contains(bench.Load().Notices, n => n.Contains("UTC"));
        bench.Write("chorale.yaml", "schedule:\n  windows: 08:00-22:00\n  time_zone: UTC\n");
        Assert.Empty(bench.Load().Notices);
    }

    [Fact]
    public void One_setting_with_two_values_in_one_place_is_a_problem()
    {
        _bench.Flag("--samplerate", SettingKeys.SampleRate, "48000").Flag("--set", SettingKeys.SampleRate, "16000").Flag("--id", SettingKeys.Id, "m");
        Assert.Contains("is also set by --samplerate", _bench.Load().Problems.Single().ToString());
    }

    [Fact]
    public void A_daily_window_and_windows_together_are_a_problem_but_a_stronger_place_wins()
    {
        Assert.Equal("schedule.windows", _bench.Bad("schedule: {windows: always, start: '08:00'}\n").Single().Key);
        _bench.Flag("--schedule", SettingKeys.ScheduleWindows, "always");
        Assert.True(_bench.Good("schedule: {start: '08:00'}\n").Schedule.IsAlways);
    }

    [Theory]
    [InlineData("schedule: always\n", "00:00-24:00")]
    [InlineData("schedule: 08:00-22:00\n", "08:00-22:00")]
    [InlineData("schedule:\n  - mon-fri 08:00-18:00\n  - sat 10:00-12:00\n", "mon,tue,wed,thu,fri 08:00-18:00; sat 10:00-12:00")]
    [InlineData("schedule:\n  windows: [08:00-12:00, 13:00-17:00]\n", "08:00-12:00; 13:00-17:00")]
    [InlineData("schedule:\n  start: 20:00\n", "20:00-24:00")]
    [InlineData("schedule:\n  start: '00:00'\n  end: '24:00'\n", "00:00-24:00")]
    public void A_schedule_can_be_written_as_people_write_it(string text, string windows)
        => Assert.Equal(windows, string.Join("; ", _bench.Good(text).Schedule.Windows));

    [Fact]
    public void A_schedule_that_would_never_record_is_refused()
        => Assert.Contains("nothing would ever be recorded", _bench.Bad("schedule:\n  start: '00:00'\n  end: '00:00'\n").Single().Allowed);

    [Fact]
    public void An_unknown_time_zone_is_refused_and_a_known_one_is_used()
    {
        Assert.Contains("tzdata", _bench.Bad("schedule:\n  time_zone: Europe/Berln\n").Single().ToString());
        Assert.Contains("tzdata", _bench.Bad("schedule:\n  time_zone: ../../etc/passwd\n").Single().ToString());
        Assert.Equal("Australia/Lord_Howe", _bench.Good("schedule:\n  time_zone: Australia/Lord_Howe\n").Schedule.Zone.Id);
    }

    [Theory]
    [InlineData("capture: {channels: 4}\n", "capture.channels")]
    [InlineData("capture: {period_ms: 400}\n", "capture.buffer_ms")]
    [InlineData("upload: {retry_min_seconds: 400}\n", "upload.retry_max_seconds")]
    [InlineData("upload: {ca_file: nowhere.pem}\n", "upload.ca_file")]
    [InlineData("upload: {url: 'ftp://a.example'}\n", "upload.url")]
    [InlineData("upload: {url: 'https://user:pass@a.example'}\n", "upload.url")]
    [InlineData("id: ../../etc\n", "id")]
    [InlineData("mqtt: {base_topic: 'a/#'}\n", "mqtt.base_topic")]
    [InlineData("spool: {min_free: 95%}\n", "spool.min_free")]
    [InlineData("spool: {min_free: 5 parsecs}\n", "spool.min_free")]
    [InlineData("spool: {max_gb: NaN}\n", "spool.max_gb")]
    [InlineData("recording: {chunk_seconds: 1e9}\n", "recording.chunk_seconds")]
    [InlineData("recording: {chunk_seconds: [1, 2]}\n", "recording.chunk_seconds")]
    [InlineData("recording: {chunk_seconds: {a: 1}}\n", "recording.chunk_seconds.a")]
    [InlineData("spool_dir: /x\nid: a\n", "spool_dir")]
    [InlineData("- a\n- b\n", "settings file")]
    [InlineData("id: [\n", "settings file")]
    [InlineData("id: a\nid: b\n", "settings file")]
    [InlineData("{\"module_id\": \"m\",\n \"audio\": {\"samplerate\": \"abc\"}}", "capture.sample_rate")]
    [InlineData("{\"module_id\": ", "settings file")]
    public void A_value_that_cannot_be_right_is_refused_by_its_name(string text, string key) => Assert.Equal(key, _bench.Bad(text)[0].Key);

    [Fact]
    public void A_file_that_was_asked_for_and_is_not_there_is_a_problem_but_not_for_recorder_agent()
    {
        Assert.Equal("settings file = nowhere.yaml (--config): there is no such file", _bench.Load("nowhere.yaml").Problems.Single().ToString());
        _bench.With("CHORALE_CONFIG", "gone.yaml");
        Assert.Equal("settings file = gone.yaml (CHORALE_CONFIG): there is no such file", _bench.Load().Problems.Single().ToString());
        _bench.With("RA_HEALTH_PORT", "8042").With("CHORALE_UPLOAD_SINK", "none");
        Assert.NotNull(_bench.Load("nowhere.yaml").Settings);
    }

    [Fact]
    public void Empty_variables_are_not_set_and_those_of_the_hub_are_not_ours()
        => Assert.Equal(48_000, _bench.With("CHORALE_CAPTURE_SAMPLE_RATE", "").With("RA_INGEST_TOKEN", " ").With("CHORALE_HUB_LISTEN", "x").Good().Capture.SampleRateHz);

    [Fact]
    public void Http_beyond_this_machine_is_said_aloud()
    {
        const string Ids = "  point_id: 00000000-0000-0000-0000-000000000001\n  register_id: 00000000-0000-0000-0000-000000000002\n  device_id: 00000000-0000-0000-0000-000000000003\n  token: t0ken\n";
        _bench.Write("chorale.yaml", "upload:\n  url: http://hub.example:8080\n" + Ids);
        Assert.Contains(_bench.Load().Notices, n => n.Contains("http"));
        _bench.Write("chorale.yaml", "upload:\n  url: http://127.0.0.1:8080\n" + Ids);
        Assert.Empty(_bench.Load().Notices);
    }

    [Fact]
    public void No_file_whatever_it_holds_crashes_the_loader()
    {
        var good = "id: m\nschedule:\n  windows: mon-fri 08:00-18:00\nrecording:\n  chunk_seconds: 30\nupload: {url: \"https://a.example\", token: &x secret, ids: [1, {a: b}]}\n";
        var noise = Gen.Elements("{", "}", "[", "]", ":", "\n", "\t", "&a ", "*a", "!!binary ", "|\n", "\0", "é", "\"", "'", "? ", "- ", "%", "=", "RA_X=1\n", ": :", "<<: *x\n", "---\n", "...");
        var damaged = from position in Gen.Choose(0, good.Length)
                      from cut in Gen.Choose(0, 5)
                      from inserts in noise.NonEmptyListOf()
                      select good[..position] + string.Concat(inserts) + good[Math.Min(good.Length, position + cut)..];
        var number = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(damaged.ToArbitrary(), text =>
        {
            // A name of its own each time: ext4 flushes a file that is written over.
            var name = $"{number++}.yaml";
            _bench.Write(name, text);
            var load = _bench.Load(name);
            Assert.Equal(load.Settings is null, load.Problems.Count > 0);
        }));
        foreach (var bomb in new[] { new string('[', 200_000), new string('{', 200_000), string.Concat(Enumerable.Repeat("a:\n ", 5000)), new string('\0', 100), "&a [*a]", "a: &a {b: *a}" })
        {
            _bench.Write("x.yaml", bomb);
            Assert.NotEmpty(_bench.Load("x.yaml").Problems);
        }
    }

    /// <summary>A value that is not the default.</summary>
    private static (string Text, string Printed) SampleOf(SettingKey key)
    {
        var text = key.Type switch
        {
            "yes or no" => key.DefaultText == "true" ? "no" : "yes",
            "UUID" => "00000000-0000-0000-0000-00000000000a",
            "address" => "https://x.example",
            "time" => "07:30",
            "windows" => "07:30-08:00",
            "time zone" => "Europe/Berlin",
            "size" => "3GB",
            "choice" => key.Allowed.Split(", ")[^1],
            "whole number" or "number" => key.Allowed.Split(' ')[2],
            "secret" => "s3cr3t",
            _ => key == SettingKeys.Dtype ? "int16" : "x",
        };
        Assert.NotEqual(key.DefaultText, text);
        return (text, key.Mask(text));
    }
}
