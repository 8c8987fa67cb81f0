using System.Text;
using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Protocol.Modules;
using Chorale.Recorder.Control;
using Chorale.Recorder.Recording;

namespace Chorale.Tests.Control;

public sealed class ModulePolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);
    private static readonly AudioSetup Setup = new(new CaptureRequest("hw:1,0", 44_100, 1), new EncoderSettings(AudioCodec.Wav), "/data/recordings", "float32");

    private readonly ModulePolicy _policy = new(Setup, new ConfigRules("/data/recordings", "hw:1,0"), new CommandedSchedule(RecordingSchedule.Always));

    [Fact]
    public void A_start_is_told_as_status_then_response_then_the_first_frame()
    {
        var begin = Assert.IsType<ModuleStep.Begin>(Assert.Single(Send("""{"command":"start","request_id":"a1","duration":null,"recording_id":"s7"}""")));
        Assert.Equal(("s7", null, null), (begin.Command.RecordingId, begin.Command.Duration, begin.Command.Setup));
        Assert.Equal(["status", "response a1 True Recording started"], Shown(Begun()));
        Assert.Equal(["data recording_started"], Shown(_policy.Started(Start(), Now)));
        Assert.Equal(ModulePhase.Recording, _policy.Phase);
    }

    [Fact]
    public void A_stop_is_answered_at_once_and_the_end_is_told_as_data_then_status()
    {
        Recording();
        Assert.Equal(["End", "response b True Recording stopped"], Shown(Send("""{"command":"stop","request_id":"b"}""")));
        Assert.Equal(["data recording_complete", "status"], Shown(_policy.Ended(End(), Now)));
        Assert.Equal(ModulePhase.Idle, _policy.Phase);
        Assert.Equal(["response c False Not recording"], Shown(Send("""{"command":"stop","request_id":"c"}""")));
    }

    [Fact]
    public void A_second_start_is_refused_and_disturbs_nothing()
    {
        Recording();
        Assert.Equal(["response b False Already recording"], Shown(Send("""{"command":"start","request_id":"b"}""")));
        Assert.Equal("s7", _policy.RecordingId);
    }

    [Fact]
    public void A_start_that_the_microphone_refuses_leaves_the_module_idle_and_says_why()
    {
        Send("""{"command":"start","request_id":"a"}""");
        Assert.Equal(["response a False no microphone"], Shown(_policy.Begun(new ControlAnswer(false, "no microphone"), Now)));
        Assert.Equal(ModulePhase.Idle, _policy.Phase);
        Assert.IsType<ModuleStep.Begin>(Assert.Single(Send("""{"command":"start","request_id":"b"}""")));
    }

    [Fact]
    public void A_start_for_later_is_armed_at_once_and_told_as_recording_when_it_begins()
    {
        Send("""{"command":"start","request_id":"a","recording_id":"s7","start_at":"2026-01-05T10:00:05Z"}""");
        var steps = _policy.Begun(new ControlAnswer(true, "Armed", "s7", "f.wav") { IsArmed = true }, Now);
        Assert.Equal(["response a True Armed", "status"], Shown(steps));
        var data = ((ModuleStep.Respond)steps[0]).Response.Data!;
        Assert.Equal((true, Now.AddSeconds(5)), (data.Armed, data.StartAt));
        Assert.Equal(["response b False Already armed for 2026-01-05T10:00:05.000000Z"], Shown(Send("""{"command":"start","request_id":"b"}""")));
        Assert.Equal(["status", "data recording_started"], Shown(_policy.Started(Start(), Now)));
    }

    [Fact]
    public void A_stop_before_its_time_disarms()
    {
        Send("""{"command":"start","request_id":"a","recording_id":"s7","start_at":"2026-01-05T10:00:05Z"}""");
        _policy.Begun(new ControlAnswer(true, "Armed", "s7", "f.wav") { IsArmed = true }, Now);
        Assert.Equal(["End", "response b True Recording stopped"], Shown(Send("""{"command":"stop","request_id":"b"}""")));
        Assert.Equal(["status"], Shown(_policy.Ended(new RecordingEnd("s7", "f.wav", null, null), Now)));
    }

    [Fact]
    public void A_stop_that_overtakes_the_start_wins()
    {
        Send("""{"command":"start","request_id":"a"}""");
        Assert.Equal(["response b True Recording stopped"], Shown(Send("""{"command":"stop","request_id":"b"}""")));
        Assert.Equal(["status", "response a True Recording started", "End"], Shown(Begun()));
    }

    [Fact]
    public void A_recording_that_is_over_before_its_start_was_answered_is_told_in_order()
    {
        Send("""{"command":"start","request_id":"a","recording_id":"s7"}""");
        Assert.Empty(_policy.Started(Start(), Now));
        Assert.Empty(_policy.Ended(End(), Now));
        Assert.Equal(["status", "response a True Recording started", "data recording_started", "data recording_complete", "status"], Shown(Begun()));
        Assert.Equal(ModulePhase.Idle, _policy.Phase);
    }

    [Fact]
    public void A_start_right_after_a_stop_waits_for_the_file_to_be_finished()
    {
        Recording();
        Send("""{"command":"stop","request_id":"b"}""");
        Assert.Empty(Send("""{"command":"start","request_id":"c"}"""));
        Assert.Equal(["data recording_complete", "status", "Begin"], Shown(_policy.Ended(End(), Now)));
    }

    [Fact]
    public void The_same_request_gets_the_same_answer_and_is_done_once()
    {
        const string Start = """{"command":"start","request_id":"a","recording_id":"s7"}""";
        Send(Start);
        Assert.Empty(Send(Start)); // its answer is on the way
        Begun();
        Assert.Equal(["response a True Recording started"], Shown(Send(Start)));
        const string Stop = """{"command":"stop","request_id":"b"}""";
        Send(Stop);
        Assert.Equal(["response b True Recording stopped"], Shown(Send(Stop)));
        _policy.Ended(End(), Now);
        Assert.Equal(["response b True Recording stopped"], Shown(Send(Stop)));
        Assert.Equal(["response a True Recording started"], Shown(Send(Start)));
    }

    [Fact]
    public void A_careless_master_that_uses_one_id_for_all_is_served()
    {
        Send("""{"command":"start","request_id":"1","recording_id":"s7"}""");
        Begun();
        Assert.Equal(["End", "response 1 True Recording stopped"], Shown(Send("""{"command":"stop","request_id":"1"}""")));
        _policy.Ended(End(), Now);
        var later = Now + AnswerMemory.KeptFor + TimeSpan.FromSeconds(1);
        Assert.Equal(["Begin"], Shown(_policy.Receive(ModuleCommand.Read("""{"command":"start","request_id":"1"}"""u8), later)));
    }

    [Fact]
    public void The_memory_of_ids_is_bounded()
    {
        for (var i = 0; i < 10 * AnswerMemory.Kept; i++) Send($$"""{"command":"stop","request_id":"x{{i}}"}""");
        Assert.Equal(["response x0 False Not recording"], Shown(Send("""{"command":"stop","request_id":"x0"}""")));
        var memory = new AnswerMemory();
        for (var i = 0; i < 10 * AnswerMemory.Kept; i++) Assert.True(memory.IsNew($"{i}", ModuleCommandKind.Stop, Now, out _));
        Assert.False(memory.IsNew($"{10 * AnswerMemory.Kept - 1}", ModuleCommandKind.Stop, Now, out _));
        Assert.True(memory.IsNew("0", ModuleCommandKind.Stop, Now, out _));
    }

    [Theory]
    [InlineData("""{"command":"status","request_id":"q"}""", "status|response q True ")]
    [InlineData("""{"command":"shutdown","request_id":"q"}""", "response q True Shutting down|Exit")]
    [InlineData("""{"command":"unmute","request_id":"q"}""", "Unmute|status|response q True Not muted")]
    [InlineData("""{"command":"mute","request_id":"q","seconds":60}""", "Mute|status|response q True Muted")]
    [InlineData("""{"command":"mute","request_id":"q"}""", "Mute|status|response q True Muted")]
    [InlineData("""{"command":"watch","request_id":"q"}""", "Watch|response q True ")]
    [InlineData("""{"command":"config","request_id":"q"}""", "response q True ")]
    [InlineData("""{"command":"dance","request_id":"q"}""", "response q False command \"dance\": start, stop, status, config, shutdown, mute, unmute, watch, schedule, live are allowed")]
    [InlineData("""{"request_id":"q"}""", "response q False command: missing")]
    [InlineData("""{"command":"start","request_id":"q","recording_id":"../x"}""", "response q False recording_id \"../x\": 1 to 64 characters of A-Z a-z 0-9 _ - are allowed")]
    [InlineData("""{"command":"start","request_id":"q","start_at":"2026-01-07T10:00:00Z"}""",
        "response q False start_at 2026-01-07T10:00:00.000000Z: at most 24 h ahead of 2026-01-05T10:00:00.000000Z, this module's time, is allowed")]
    [InlineData("""{"command":"mute","request_id":"q","until":"2026-01-05T09:00:00Z"}""",
        "response q False until 2026-01-05T09:00:00.000000Z: a time to come is allowed; it is 2026-01-05T10:00:00.000000Z here")]
    [InlineData("start", "response  False not JSON at byte 0 of line 1")]
    [InlineData("", "response  False empty")]
    public void Every_command_is_answered(string payload, string steps) => Assert.Equal(steps, string.Join('|', Shown(Send(payload))));

    [Fact]
    public void Overrides_hold_for_one_recording()
    {
        var begin = (ModuleStep.Begin)Send("""{"command":"start","config":{"samplerate":48000,"channels":2,"dtype":"int16"}}""")[0];
        Assert.Equal((48_000, 2), (begin.Command.Setup!.Capture.SampleRateHz, begin.Command.Setup.Capture.Channels));
        Assert.Equal(44_100, _policy.Setup.Capture.SampleRateHz);
    }

    [Fact]
    public void Bad_settings_are_all_named_and_nothing_changes()
    {
        var respond = (ModuleStep.Respond)Assert.Single(Send("""
            {"command":"config","request_id":"q","config":{"samplerate":"abc","channels":0,"dtype":"float64","codec":"mp3","recording_dir":"../x","device":"file:/etc/passwd"}}
            """));
        Assert.False(respond.Response.Success);
        Assert.Equal(6, respond.Response.Data!.Problems!.Count);
        Assert.Equal(
            ["channels", "codec", "device", "dtype", "recording_dir", "samplerate"], respond.Response.Data.Problems.Select(p => p.Split(' ')[0]).Order());
        Assert.Equal(44_100, respond.Response.Data.Config!.SampleRateHz);
        Assert.Equal(Setup, _policy.Setup);
    }

    [Fact]
    public void Good_settings_are_tried_told_and_shown()
    {
        var configure = (ModuleStep.Configure)Assert.Single(Send("""{"command":"config","request_id":"q","config":{"samplerate":48000,"zzz":1},"save":true}"""));
        Assert.True(configure.Save);
        Assert.Empty(Send("""{"command":"start","request_id":"r"}""")); // waits, so that it is made with the new settings
        var steps = _policy.Configured(null, null, Now);
        Assert.Equal(["response q True unknown and ignored: zzz", "status", "Begin"], Shown(steps));
        Assert.Equal(48_000, _policy.Setup.Capture.SampleRateHz);
    }

    [Fact]
    public void Settings_that_the_device_cannot_do_are_refused_in_its_words()
    {
        Send("""{"command":"config","request_id":"q","config":{"channels":8}}""");
        Assert.Equal(["response q False hw:1,0 has 2 channels", "status"], Shown(_policy.Configured("hw:1,0 has 2 channels", null, Now)));
        Assert.Equal(1, _policy.Setup.Capture.Channels);
    }

    [Theory]
    [InlineData("recordings", "/data/recordings")]
    [InlineData("/data/recordings", "/data/recordings")]
    [InlineData("/data/recordings/a/b", "/data/recordings/a/b")]
    [InlineData("recordings/a", "/data/recordings/a")]
    [InlineData("a", "/data/recordings/a")]
    [InlineData("/etc", null)]
    [InlineData("..", null)]
    [InlineData("a/../../b", null)]
    [InlineData("recordings/..", null)]
    [InlineData("/data/recordings2", null)]
    [InlineData("", null)]
    public void Files_stay_below_the_folder_of_recordings(string folder, string? becomes)
    {
        var reading = new ConfigRules("/data/recordings", null).Read(Setup, System.Text.Json.JsonSerializer.SerializeToElement(new { recording_dir = folder }));
        Assert.Equal(becomes, reading.Setup?.Folder);
    }

    [Theory]
    [InlineData("\"hw:2,0\"", true)]
    [InlineData("2", true)]
    [InlineData("\"USB Microphone\"", true)]
    [InlineData("\"pulse:x\"", true)]
    [InlineData("null", true)]
    [InlineData("\"file:/etc/passwd\"", false)]
    [InlineData("\"rtsp://host/x\"", false)]
    [InlineData("\"file:file='/etc/passwd',infile=x\"", false)]
    [InlineData("\"plug:{SLAVE=x}\"", false)]
    [InlineData("true", false)]
    public void Only_a_microphone_is_taken_as_a_device(string json, bool isTaken)
    {
        using var config = System.Text.Json.JsonDocument.Parse($$"""{"device":{{json}}}""");
        Assert.Equal(isTaken, new ConfigRules("/r", null).Read(Setup, config.RootElement).Setup is not null);
    }

    [Fact]
    public void Settings_that_would_end_the_continuous_recording_are_refused()
    {
        var config = System.Text.Json.JsonSerializer.SerializeToElement(new { channels = 4 });
        Assert.NotNull(new ConfigRules("/r", null).Read(Setup, config).Setup);
        var reading = new ConfigRules("/r", null, new EncoderSettings(AudioCodec.Opus)).Read(Setup, config);
        Assert.Null(reading.Setup);
        Assert.Equal("the continuous recording: 4 channels with opus: allowed are 1 and 2; flac and wav take up to 8", Assert.Single(reading.Problems));
    }

    private IReadOnlyList<ModuleStep> Send(string json) => _policy.Receive(ModuleCommand.Read(Encoding.UTF8.GetBytes(json)), Now);

    private IReadOnlyList<ModuleStep> Begun() => _policy.Begun(new ControlAnswer(true, "Recording started", "s7", "recording_s7_mic1.wav"), Now);

    private void Recording()
    {
        Send("""{"command":"start","request_id":"a","recording_id":"s7"}""");
        Begun();
        _policy.Started(Start(), Now);
    }

    private static RecordingStart Start() => new("s7", "recording_s7_mic1.wav", new FrameTime(Now, 50, null));

    private static RecordingEnd End() => new("s7", "recording_s7_mic1.wav", new RecordingResult("/data/recordings/recording_s7_mic1.wav", new RecordingSidecar
    {
        Timestamp = "", DurationSeconds = 1, TotalFrames = 44_100, Device = new SidecarDevice(null, "", 1, 44_100), Config = new SidecarConfig(44_100, 1, "int16", "", null),
        AudioFile = "recording_s7_mic1.wav", RecordingId = "s7", ModuleId = "mic1",
    }), null);

    private static IEnumerable<string> Shown(IReadOnlyList<ModuleStep> steps) => steps.Select(s => s switch
    {
        ModuleStep.TellStatus => "status",
        ModuleStep.Tell tell => $"data {tell.Data.Event}",
        ModuleStep.Respond r => $"response {r.Response.RequestId} {r.Response.Success} {r.Response.Message}",
        _ => s.GetType().Name,
    });
}
