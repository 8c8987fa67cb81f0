using System.Text;
using System.Text.Json;
using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Protocol.Modules;
using Chorale.Recorder.Control;
using Chorale.Recorder.Recording;
using Chorale.Tests.Recording;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Tests.Control;

/// <summary>A schedule that comes by command: read strictly, in force from its instant, kept over a restart.</summary>
public sealed class ModuleScheduleTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_is_in_force_before_it_is_answered_and_the_answer_shows_it()
    {
        var policy = Policy(RecordingSchedule.Always);
        var step = Assert.IsType<ModuleStep.Schedule>(Assert.Single(Send(policy, """{"command":"schedule","request_id":"a","schedule":"mon-fri 08:00-22:00","timezone":"Europe/Riga","save":true}""")));
        Assert.Equal((true, false), (step.Save, step.IsOwn));
        Assert.Equal("Europe/Riga", step.Wanted.Zone.Id);
        var steps = policy.Scheduled(step.Command, null);
        var response = Assert.IsType<ModuleStep.Respond>(steps[0]).Response;
        Assert.True(response.Success);
        Assert.Equal(new ScheduleStatus("mon,tue,wed,thu,fri 08:00-22:00", "Europe/Riga", "saved"), response.Data!.Schedule);
        Assert.IsType<ModuleStep.TellStatus>(steps[1]);
        var again = Assert.IsType<ModuleStep.Respond>(Assert.Single(Send(policy, """{"command":"schedule","request_id":"a","schedule":"mon-fri 08:00-22:00"}""")));
        Assert.Same(response, again.Response); // once
        Assert.Equal("settings", Asked(policy, "settings").Wanted is { IsAlways: true } ? "settings" : "");
    }

    [Theory]
    [InlineData("""{"schedule":"25:00-26:00"}""", "schedule \"25:00-26:00\": must be always, or windows")]
    [InlineData("""{"schedule":""}""", "no window given")]
    [InlineData("""{"schedule":"always","timezone":"../etc"}""", "timezone \"../etc\": must be the name of a time zone")]
    [InlineData("""{"schedule":"always","timezone":"Mars/Base"}""", "Mars/Base")]
    [InlineData("""{"schedule":"always","expect":{"windows":"08:00-22:00"}}""", "changed meanwhile: windows is always, not 08:00-22:00")]
    [InlineData("""{"schedule":"always","expect":7}""", "expect 7: an object is allowed")]
    public void What_cannot_be_used_is_refused_with_what_is_allowed_and_changes_nothing(string fields, string words)
    {
        var policy = Policy(RecordingSchedule.Always);
        var json = fields.Replace("{\"schedule\"", "{\"command\":\"schedule\",\"request_id\":\"a\",\"schedule\"");
        var response = Assert.IsType<ModuleStep.Respond>(Assert.Single(Send(policy, json))).Response;
        Assert.False(response.Success);
        Assert.Contains(words, response.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recorder_that_records_on_request_only_says_that_it_has_none()
    {
        var response = Assert.IsType<ModuleStep.Respond>(Assert.Single(Send(Policy(null), """{"command":"schedule","request_id":"a","schedule":"always"}"""))).Response;
        Assert.False(response.Success);
        Assert.Contains("on request only", response.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_were_changed_meanwhile_are_not_changed_again_by_who_did_not_see_it()
    {
        var policy = Policy(RecordingSchedule.Always);
        var refused = Assert.IsType<ModuleStep.Respond>(Assert.Single(Send(policy, """{"command":"config","request_id":"a","config":{"channels":2},"expect":{"samplerate":48000,"device":"hw:1,0"}}"""))).Response;
        Assert.Equal("changed meanwhile: samplerate is 44100, not 48000 as it was when this was asked for", refused.Message);
        Assert.IsType<ModuleStep.Configure>(Assert.Single(Send(policy, """{"command":"config","request_id":"b","config":{"channels":2},"expect":{"samplerate":44100,"device":"hw:1,0","codec":"wav"}}""")));
    }

    [Fact]
    public async Task Frames_of_before_a_change_are_kept_by_the_schedule_of_their_time()
    {
        using var bench = new RecordingBench();
        bench.Microphone.StartRun();
        bench.Microphone.Play(8000);
        var changedAt = bench.Time.GetUtcNow().AddSeconds(1);
        bench.Gate.Schedule.Change(new RecordingSchedule([new ScheduleWindow(ScheduleWindow.EveryDay, 0, 1)], TimeZoneInfo.Utc), changedAt); // closed now
        bench.Gate.Schedule.Change(RecordingSchedule.Always, changedAt.AddSeconds(2));
        bench.Microphone.Play(8000 * 5);
        var chunks = await bench.EndAsync();
        Assert.Equal(8000 * 6, chunks.Sum(c => c.Frames) + bench.Counters.GapFrames["outside_schedule"]);
        Assert.InRange(bench.Counters.GapFrames["outside_schedule"], 16_000 - 8, 16_000 + 8);
    }

    [Fact]
    public void A_saved_schedule_is_found_again_and_a_damaged_one_is_set_aside()
    {
        using var temp = new TempFolder();
        var folder = new ModuleFolder(temp.Path, TimeProvider.System, NullLogger.Instance);
        Assert.Null(folder.LoadSchedule());
        Assert.Null(folder.SaveSchedule(new CommandedSchedule(RecordingSchedule.Always).Read("sat 22:00-02:00", "Europe/Riga").Schedule));
        Assert.Equal(("sat 22:00-02:00", "Europe/Riga"), new ModuleFolder(temp.Path, TimeProvider.System, NullLogger.Instance).LoadSchedule());
        Assert.Null(folder.SaveSchedule(null));
        Assert.Null(folder.LoadSchedule());
        folder.SetAside("schedule", "test");
        Assert.Contains(Directory.EnumerateFiles(Path.Combine(temp.Path, "module")), f => f.Contains("schedule.bad-", StringComparison.Ordinal));
    }

    [Fact]
    public void A_status_carries_it_and_an_odd_one_is_read_for_what_it_is()
    {
        var status = new ModuleStatus { StateText = "idle", Schedule = new ScheduleStatus("always", "UTC", "settings") };
        Assert.Equal(status.Schedule, ModuleStatus.Read(status.ToBytes(), TimeZoneInfo.Utc, out _)!.Schedule);
        Assert.Null(ModuleStatus.Read("""{"state":"idle","schedule":{"windows":[]}}"""u8, TimeZoneInfo.Utc, out _)!.Schedule);
        Assert.Null(ModuleStatus.Read("""{"state":"idle","schedule":"always"}"""u8, TimeZoneInfo.Utc, out _)!.Schedule);
    }

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", null)]
    [InlineData("""{"a":null}""", "{}", null)]
    [InlineData("""{"a":"48000"}""", """{"a":48000}""", null)]
    [InlineData("""{"a":1}""", "{}", "changed meanwhile: a is not set, not 1")]
    [InlineData("""{"a":{"x":1}}""", """{"a":[1]}""", "changed meanwhile: a is [1], not {\"x\":1}")]
    public void An_expectation_compares_values_and_not_how_they_are_written(string expect, string now, string? problem) =>
        Assert.StartsWith(problem ?? "fine", Expectation.Problem(JsonDocument.Parse(expect).RootElement, JsonDocument.Parse(now).RootElement) ?? "fine", StringComparison.Ordinal);

    private static ModuleStep.Schedule Asked(ModulePolicy policy, string text) =>
        Assert.IsType<ModuleStep.Schedule>(Assert.Single(Send(policy, $$"""{"command":"schedule","schedule":"{{text}}"}""")));

    private static ModulePolicy Policy(RecordingSchedule? own) => new(
        new AudioSetup(new CaptureRequest("hw:1,0", 44_100, 1), new EncoderSettings(AudioCodec.Wav), "/data/recordings", "float32"),
        new ConfigRules("/data/recordings", "hw:1,0"), new CommandedSchedule(own));

    private static IReadOnlyList<ModuleStep> Send(ModulePolicy policy, string json) => policy.Receive(ModuleCommand.Read(Encoding.UTF8.GetBytes(json)), Now);
}
