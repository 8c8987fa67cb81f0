using System.Text;
using Chorale.Protocol;
using Chorale.Protocol.Modules;

namespace Chorale.Tests.Protocol.Modules;

public sealed class ModuleWireTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.CreateCustomTimeZone("+1", TimeSpan.FromHours(1), "+1", "+1");

    public static TheoryData<string, byte[], string> Ugly => new()
    {
        { "empty", [], "not_json" },
        { "not JSON", "start!"u8.ToArray(), "not_json" },
        { "cut", "{\"command\":\"st"u8.ToArray(), "not_json" },
        { "NaN", "{\"command\":\"start\",\"duration\":NaN}"u8.ToArray(), "not_json" },
        { "a list", "[{\"command\":\"start\"}]"u8.ToArray(), "not_an_object" },
        { "a number", "5"u8.ToArray(), "not_an_object" },
        { "null", "null"u8.ToArray(), "not_an_object" },
        { "not UTF-8", [(byte)'{', 0xFF, 0xFE, (byte)'}'], "not_utf8" },
        { "zeros", new byte[100], "not_json" },
        { "10,000 deep objects", Repeat("{\"a\":", 10_000), "too_deep" },
        { "10,000 deep lists", Encoding.UTF8.GetBytes("{\"command\":" + new string('[', 10_000) + new string(']', 10_000) + "}"), "too_deep" },
        { "1 MB", Encoding.UTF8.GetBytes("{\"command\":\"" + new string('x', 1_000_000) + "\"}"), "too_large" },
    };

    [Theory]
    [MemberData(nameof(Ugly))]
    public void A_payload_that_is_no_message_is_a_named_problem_for_every_reader(string what, byte[] payload, string code)
    {
        var reading = ModuleCommand.Read(payload);
        Assert.Null(reading.Command);
        Assert.Equal((what, code), (what, Assert.Single(reading.Problems).Code));
        Assert.Null(ModuleStatus.Read(payload, Berlin, out var status));
        Assert.Null(ModuleResponse.Read(payload, Berlin, out var response));
        Assert.Null(ModuleData.Read(payload, Berlin, out var data));
        Assert.Null(ModuleLevels.Read(payload, out var levels));
        Assert.Null(ClockQuestion.Read(payload, out var question));
        Assert.Null(ClockReply.Read(payload, out var reply));
        Assert.All([status, response, data, levels, question, reply], p => Assert.Equal(code, p!.Code));
    }

    [Fact]
    public void The_start_of_an_existing_master_is_read()
    {
        var command = Read("""{"command":"start","request_id":"a1","duration":null,"recording_id":"s7","config":{"samplerate":48000,"channels":2},"zzz":[1]}""").Command!;
        Assert.Equal((ModuleCommandKind.Start, "a1", null, "s7"), (command.Kind, command.RequestId, command.DurationSeconds, command.RecordingId));
        Assert.Equal(48000, command.Config!.Value.GetProperty("samplerate").GetInt32());
    }

    [Theory]
    [InlineData("""{"command":"start"}""", null)]
    [InlineData("""{"command":"start","request_id":null}""", null)]
    [InlineData("""{"command":"start","request_id":17}""", "17")]
    [InlineData("""{"command":"start","request_id":{"a":1}}""", null)]
    [InlineData("\uFEFF{\"command\":\"start\",\"request_id\":\"ü\"}", "ü")]
    public void A_request_id_may_be_missing_or_of_any_kind(string json, string? id) => Assert.Equal(id, Read(json).RequestId);

    [Theory]
    [InlineData("""{"command":"start","request_id":"q","duration":"abc"}""", "duration \"abc\": a number is allowed")]
    [InlineData("""{"command":"start","request_id":"q","duration":-5}""", "duration -5: more than 0")]
    [InlineData("""{"command":"start","request_id":"q","duration":0}""", "duration 0: more than 0")]
    [InlineData("""{"command":"start","request_id":"q","duration":1e999}""", "duration 1e999: a number is allowed")]
    [InlineData("""{"command":"start","request_id":"q","duration":1e300}""", "at most 315360000 seconds")]
    [InlineData("""{"command":"start","request_id":"q","start_at":"2026-01-05T10:00:00"}""", "start_at \"2026-01-05T10:00:00\": a time with Z or an offset")]
    [InlineData("""{"command":"start","request_id":"q","start_at":true}""", "start_at true")]
    [InlineData("""{"command":"start","request_id":"q","pre_roll":-1}""", "pre_roll -1: 0 to")]
    [InlineData("""{"command":"start","request_id":"q","recording_id":["x"]}""", "recording_id [\"x\"]: text is allowed")]
    [InlineData("""{"command":"start","request_id":"q","recording_id":"\ud800"}""", "recording_id \"\\ud800\": text is allowed")]
    [InlineData("""{"command":"config","request_id":"q","config":"abc"}""", "config \"abc\": an object is allowed")]
    [InlineData("""{"command":"config","request_id":"q","config":{},"save":"yes"}""", "save \"yes\": true or false")]
    [InlineData("""{"request_id":"q"}""", "command: missing")]
    [InlineData("""{"command":{},"request_id":"q"}""", "command {}: text is allowed")]
    public void A_bad_field_is_named_with_what_is_allowed_and_the_request_can_be_answered(string json, string problem)
    {
        var reading = Read(json);
        Assert.Null(reading.Command);
        Assert.Equal("q", reading.RequestId);
        Assert.Contains(problem, string.Join('\n', reading.Problems));
    }

    [Fact]
    public void All_bad_fields_are_named_at_once() =>
        Assert.Equal(3, Read("""{"command":"start","duration":"x","pre_roll":"y","start_at":"z"}""").Problems.Count);

    [Theory]
    [InlineData("""{"command":"start","duration":"10"}""")]
    [InlineData("""{"command":"start","duration":10.0}""")]
    public void A_duration_may_be_written_as_text(string json) => Assert.Equal(10, Read(json).Command!.DurationSeconds);

    [Theory]
    [InlineData("2026-01-05T10:00:00.000123", "2026-01-05T09:00:00.000123Z")]
    [InlineData("2026-01-05T10:00:00.000123Z", "2026-01-05T10:00:00.000123Z")]
    [InlineData("2026-01-05T10:00:00+02:00", "2026-01-05T08:00:00.000000Z")]
    [InlineData("2026-01-05 10:00:00", "2026-01-05T09:00:00.000000Z")]
    [InlineData("0001-01-01T00:00:00", null)]
    [InlineData("yesterday", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_time_without_zone_is_the_modules_local_time(string? text, string? utc)
    {
        var read = ModuleTime.Read(text, Berlin);
        Assert.Equal(utc, read is null ? null : WallTime.ToText(read.Value));
    }

    [Fact]
    public void The_status_of_an_existing_module_is_read()
    {
        const string Json = """
            {"module_id":"mic1","state":"recording","timestamp":"2026-01-05T10:00:00.000100","config":{"samplerate":48000,"channels":2,
            "device":null,"dtype":"float32","recording_dir":"recordings"},"recording_id":"s7","filename":"recording_s7_mic1.wav"}
            """;
        var status = ModuleStatus.Read(Bytes(Json), Berlin, out _)!;
        Assert.Equal((ModuleState.Recording, "mic1", "s7", 48000), (status.State, status.ModuleId, status.RecordingId, status.Config!.SampleRateHz));
        Assert.Equal(new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero).AddTicks(1000), status.Timestamp);
        Assert.Null(status.Session);
    }

    [Fact]
    public void Foreign_keys_of_the_wrong_kind_do_not_cost_the_status()
    {
        var status = ModuleStatus.Read(Bytes("""{"state":"connected","session":"new","queue":5,"levels":["x",-3],"alarms":"none","clock":[],"config":{"samplerate":"abc"}}"""), Berlin, out _)!;
        Assert.Equal((ModuleState.Unknown, "connected", null, null), (status.State, status.StateText, status.Session, status.Queue));
        Assert.Equal([-3.0], status.LevelsDbfs);
    }

    [Fact]
    public void What_we_write_we_read_back()
    {
        var at = new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero).AddMicroseconds(123);
        var status = new ModuleStatus
        {
            ModuleId = "m", StateText = "idle", Timestamp = at, Config = new ModuleConfig { SampleRateHz = 44100, Channels = 1, DType = "int16" }, Session = 3, Version = "1",
            Armed = new ArmedStatus("s7", at), Continuous = new ContinuousStatus(true, 4, at), Queue = new QueueStatus(1, 2, at), DurableLagMs = 40.5, LevelsDbfs = [-20],
            Alarms = [], Clock = new ClockStatus(1, 2, "host"), MutedUntil = at, HeartbeatSeconds = 30,
        };
        Assert.Equal(Text(status.ToBytes()), Text(ModuleStatus.Read(status.ToBytes(), Berlin, out _)!.ToBytes()));
        var data = new ModuleData
        {
            Event = ModuleData.RecordingComplete, RecordingId = "s7", FileName = "f", Timestamp = at, FirstFrameUtc = at, UncertaintyUs = 50, Files = ["f"], Frames = 7,
            SampleRateHz = 48000, Channels = 2, RatePpm = -1.5, Gaps = [new ModuleGap(1, 2, "xrun")], LevelsDbfs = [-1], Sha256 = "ab", Recovered = true, Folder = "/x", ModuleId = "m",
        };
        Assert.Equal(Text(data.ToBytes()), Text(ModuleData.Read(data.ToBytes(), Berlin, out _)!.ToBytes()));
        var response = new ModuleResponse { RequestId = null, Success = true, Message = "ü", Timestamp = at, Data = new ModuleResponseData { Armed = true, StartAt = at, Problems = ["x"] } };
        Assert.Equal(Text(response.ToBytes()), Text(ModuleResponse.Read(response.ToBytes(), Berlin, out _)!.ToBytes()));
        Assert.Contains("\"request_id\":null", Text(response.ToBytes()));
        var command = new ModuleCommand { Name = "start", RequestId = "r", DurationSeconds = 2, StartAt = at, PreRollSeconds = 1, Config = new ModuleConfig { Channels = 2 }.ToElement() };
        Assert.Equal(Text(command.ToBytes()), Text(ModuleCommand.Read(command.ToBytes()).Command!.ToBytes()));
        Assert.Equal(new ClockReply(1, 2, 3, 4), ClockReply.Read(new ClockReply(1, 2, 3, 4).ToBytes(), out _));
        Assert.Equal(new ClockQuestion(1, 1_700_000_000_000_000), ClockQuestion.Read(new ClockQuestion(1, 1_700_000_000_000_000).ToBytes(), out _));
    }

    [Theory]
    [InlineData("rslogger/audio", "rslogger/audio/mic1/clock/reply", "mic1", ModuleTopic.ClockReply)]
    [InlineData("x", "x/mic1/status", "mic1", ModuleTopic.Status)]
    [InlineData("a/b/c/d", "a/b/c/d/mic1/command", "mic1", ModuleTopic.Command)]
    public void A_base_topic_may_have_any_depth(string baseTopic, string topic, string id, ModuleTopic kind)
    {
        Assert.True(ModuleTopics.TryParse(baseTopic, topic, out var readId, out var readKind));
        Assert.Equal((id, kind), (readId, readKind));
        Assert.Equal(topic, new ModuleTopics(baseTopic, id)[kind]);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a/b/")]
    [InlineData("a/b//status")]
    [InlineData("a/b/m")]
    [InlineData("a/b/m/n/status")]
    [InlineData("a/bb/m/status")]
    public void Other_topics_are_nobodys(string topic) => Assert.False(ModuleTopics.TryParse("a/b", topic, out _, out _));

    private static ModuleCommandReading Read(string json) => ModuleCommand.Read(Bytes(json));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static byte[] Repeat(string text, int times) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, times)));
}
