using System.Text.Json;
using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Sessions;
using Chorale.Protocol.Modules;

namespace Chorale.Tests.Fleet;

public sealed class SessionBookTests
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);
    private readonly SessionBook _book = new();

    [Fact]
    public void A_session_shows_its_measured_spread_and_completes_when_every_file_is_there()
    {
        Begin("s7", "a", "b", "dead");
        var answered = _book.Answered("s7", [Armed("a"), Armed("b"), new CommandResult(new("dead"), "3", "start", Verdict.TimedOut, "no answer")])!;
        Assert.Equal((2, SessionState.Armed), (answered.Armed, answered.State));

        _book.Started(new("a"), Started(0.00001), new ClockUse(0, 20, "host"));
        var running = _book.Started(new("b"), Started(1.00031), new ClockUse(1e6, 150, "measured"))!;
        Assert.Equal(SessionState.Recording, running.State);
        Assert.Equal(300, running.SpreadUs!.Value, 1);
        Assert.Equal(20 + 10 + 150 + 10, running.SpreadUncertaintyUs!.Value, 1);

        Assert.Equal(SessionState.Recording, _book.Completed(new("a"), Complete(), default, null, T0)!.State);
        var done = _book.Completed(new("b"), Complete(), new ClockUse(1e6, 90, "measured"), 12.5, T0)!;
        Assert.Equal(SessionState.Complete, done.State);
        Assert.Equal(12.5, done.Modules[1].ClockPpm);
        Assert.Null(done.Modules[0].ClockPpm);
        Assert.Equal(["recording_s7.wav"], done.Modules[1].Files);
        Assert.Equal(T0.AddSeconds(0.00031), done.Modules[1].FirstFrameUtc);
    }

    [Fact]
    public void A_manifest_is_read_back_as_it_was_written()
    {
        Begin("s7", "a");
        _book.Answered("s7", [Armed("a")]);
        _book.Started(new("a"), Started(0.25), new ClockUse(0, 20, "host"));
        var manifest = _book.Completed(new("a"), Complete(), default, null, T0)!;
        var json = manifest.ToJson();
        Assert.Equal(json, SessionManifest.Read(json).ToJson());
        var root = JsonDocument.Parse(json).RootElement;
        Assert.Equal("complete", root.GetProperty("state").GetString());
        Assert.Equal("confirmed", root.GetProperty("modules")[0].GetProperty("verdict").GetString());
        Assert.Equal("2026-01-05T10:00:00.250000Z", root.GetProperty("modules")[0].GetProperty("first_frame_utc").GetString());
        Assert.Throws<JsonException>(() => SessionManifest.Read("{}"));
    }

    [Fact]
    public void A_name_used_again_is_another_session_and_its_events_are_the_newest_ones()
    {
        Begin("s7", "a");
        _book.Answered("s7", [Armed("a")]);
        _book.Completed(new("a"), Complete(), default, null, T0);
        Assert.Equal("s7-2", Begin("s7", "a").SessionId);
        _book.Started(new("a"), Started(0.1), default);
        Assert.Equal(SessionState.Complete, _book.Find("s7")!.State);
        Assert.NotNull(_book.Find("s7-2")!.Modules[0].FirstFrameUtc);
        Assert.Null(_book.Started(new("stranger"), Started(0.1), default));
    }

    [Fact]
    public void A_module_without_start_at_is_unsynchronised_and_not_in_the_spread()
    {
        Begin("s7", "a", "old");
        var session = _book.Answered("s7", [Armed("a"), new CommandResult(new("old"), "2", "start", Verdict.Confirmed)])!;
        Assert.Equal([true, false], session.Modules.Select(m => m.IsSynchronised));
        _book.Started(new("a"), Started(0), default);
        Assert.Null(_book.Find("s7")!.SpreadUs);
        var done = _book.Completed(new("old"), new ModuleData { Event = "recording_complete", RecordingId = "s7", FileName = "recording_s7_old.wav" }, default, null, T0)!;
        Assert.Equal(["recording_s7_old.wav"], done.Modules[1].Files);
        Assert.Null(done.Modules[1].FirstFrameUtc);
    }

    [Fact]
    public void Starts_of_one_second_are_sessions_of_their_own_whoever_presses_when()
    {
        var ids = new string[50];
        Parallel.For(0, ids.Length, n => ids[n] = Begin("s7", $"m{n}").SessionId);
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, (id, n) => Assert.Equal($"m{n}", _book.Find(id)!.Modules.Single().Module.Value));
    }

    private SessionManifest Begin(string sessionId, params string[] modules) => _book.Begin(new SessionManifest
    {
        SessionId = sessionId, RecordingId = "s7", StartAt = T0,
        Modules = [.. modules.Select(m => new SessionModule { Module = new(m), IsSynchronised = true })],
    });

    private static CommandResult Armed(string module) =>
        new(new(module), module, "start", Verdict.Confirmed, Data: new ModuleResponseData { Armed = true, StartAt = T0 });

    private static ModuleData Started(double secondsAfter) =>
        new() { Event = ModuleData.RecordingStarted, RecordingId = "s7", FirstFrameUtc = T0.AddSeconds(secondsAfter), UncertaintyUs = 10 };

    private static ModuleData Complete() => new()
    {
        Event = ModuleData.RecordingComplete, RecordingId = "s7", FileName = "recording_s7.wav", Files = ["recording_s7.wav"], Frames = 48_000, SampleRateHz = 48_000,
        RatePpm = -3.5, Gaps = [new ModuleGap(10, 5, "xrun")], Sha256 = "ab",
    };
}
