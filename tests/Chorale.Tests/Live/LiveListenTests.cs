using Chorale.Audio.Files;
using Chorale.Hub.Settings;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Live;

/// <summary>From the sound to the ear: a real recorder, the wire, a real hub, a listener.</summary>
public sealed class LiveListenTests
{
    /// <summary>Ten times what is promised; bench/ has the figures.</summary>
    private const double DelayMsMax = 10_000;

    [Theory]
    [InlineData("recording.codec=opus", 48_000, 1)]
    [InlineData("recording.codec=wav", 48_000, 1)]
    [InlineData("recording.codec=flac", 48_000, 1)]
    [InlineData("capture.channels=2", 48_000, 2)]
    [InlineData("capture.sample_rate=16000", 48_000, 1)]
    public async Task A_microphone_is_heard_within_a_second_and_at_the_time_the_hub_says(string setting, int rate, int channels)
    {
        await using var rig = await LiveRig.StartAsync(settings: setting);
        await using var ear = rig.Listen();
        await ear.HearAsync(5);
        Assert.All(ear.Blocks, b => Assert.Equal((rate, channels), (b.RateHz, b.Channels)));
        var chirps = ear.Chirps();
        Assert.True(chirps.Count >= 3, $"{chirps.Count} chirps in {ear.Seconds:0.0} s");
        Assert.All(chirps, c => Assert.InRange(c.DelayMs, 0, DelayMsMax));
        Assert.All(chirps, c => Assert.InRange((c.ClaimedUs - c.SecondUs) / 1000.0, -100, 100));
    }

    [Fact]
    public async Task Chunk_after_chunk_nothing_is_missing_and_nothing_is_heard_twice()
    {
        await using var rig = await LiveRig.StartAsync(settings: "recording.chunk_seconds=1");
        await using var ear = rig.Listen();
        await ear.HearAsync(6);
        var blocks = ear.Blocks;
        // The first block may begin in the middle; from there on every frame follows the one before.
        Assert.Empty(ear.BreaksWithoutPause);
        for (var i = 1; i < blocks.Count; i++) Assert.InRange(blocks[i].StartUs - blocks[i - 1].EndUs, -30_000, blocks[i].IsBroken ? long.MaxValue : 30_000);
    }

    [Fact]
    public async Task Low_quality_is_half_the_rate_and_one_channel()
    {
        await using var rig = await LiveRig.StartAsync(settings: "capture.channels=2");
        await using var high = rig.Listen();
        await using var low = rig.Listen("?quality=low");
        await Task.WhenAll(high.HearAsync(3), low.HearAsync(3));
        Assert.All(low.Blocks, b => Assert.Equal((24_000, 1), (b.RateHz, b.Channels)));
        Assert.All(high.Blocks, b => Assert.Equal((48_000, 2), (b.RateHz, b.Channels)));
        Assert.All((LiveEar[])[high, low], e => Assert.Contains(e.Blocks.SelectMany(b => b.Samples), s => Math.Abs((int)s) > 3_000));
    }

    [Fact]
    public async Task A_player_gets_an_ogg_stream_that_begins_with_its_headers()
    {
        await using var rig = await LiveRig.StartAsync();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(rig.Hub.Url, $"/api/v2/recorders/{TestHub.DeviceId}/live?format=ogg"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("audio/ogg", answer.Content.Headers.ContentType!.MediaType);
        await using var stream = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var bytes = new byte[8_000];
        await stream.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken);
        using var pages = new OggPages(new MemoryStream(bytes));
        Assert.True(pages.MoveNext() && pages.Current.Body.StartsWith("OpusHead"u8));
        Assert.True(pages.MoveNext() && pages.Current.Body.StartsWith("OpusTags"u8));
        Assert.True(pages.MoveNext() && pages.Current.GranulePosition > 0 && pages.SkippedBytes == 0);
    }

    [Fact]
    public async Task Nothing_is_sent_while_nobody_listens_and_the_recorder_stops_when_the_last_one_went()
    {
        await using var rig = await LiveRig.StartAsync();
        await Wait.Until("chunks arrive", () => rig.Hub.Chunks().Count > 0);
        Assert.Null(await rig.LineAsync());
        await using (var ear = rig.Listen()) await ear.HearAsync(1);
        await Wait.Until("the stream is ended in an orderly way", () => rig.Log.Has("live_ended"), TimeSpan.FromSeconds(60));
        Assert.DoesNotContain(rig.Log.Lines, l => l.Event == "live_failed");
    }

    [Fact]
    public async Task A_recorder_whose_settings_say_off_is_never_heard()
    {
        await using var rig = await LiveRig.StartAsync(settings: "upload.live=off");
        await Wait.Until("chunks arrive", () => rig.Hub.Chunks().Count > 0);
        await using var ear = rig.Listen();
        await Wait.Until("it is said that nothing has come", () => ear.State == "waiting");
        await Wait.Until("more chunks arrive", () => rig.Hub.Chunks().Count > 2);
        Assert.Empty(ear.Blocks);
    }

    [Fact]
    public async Task A_muted_microphone_is_silent_for_listeners_too_and_the_reason_is_said()
    {
        await using var rig = await LiveRig.StartAsync();
        await using var ear = rig.Listen();
        await ear.HearAsync(1);
        rig.Recorder.Control.Mute(TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(5));
        await Wait.Until("it is said why nothing is heard", () => ear is { State: "quiet", Why: "muted" });
        var heard = ear.Blocks.Count;
        await Wait.Until("the hub beats on", () => ear.State == "quiet");
        Assert.Equal(heard, ear.Blocks.Count);
        rig.Recorder.Control.Unmute();
        await Wait.Until("it is heard again", () => ear.Blocks.Count > heard + 10);
        Assert.Equal("live", ear.State);
    }

    [Fact]
    public async Task A_module_that_records_nothing_is_heard_by_a_command()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var hub = await TestHub.StartAsync(s => s with { Broker = new HubBroker("127.0.0.1", broker.Port) });
        await using var rig = await LiveRig.StartAsync(hub: hub, settings: ["mode=on_request", "mqtt.host=127.0.0.1", $"mqtt.port={broker.Port}"]);
        await Wait.Until("the fleet knows it", async () => (await rig.JsonAsync("/api/v2/modules")).GetProperty("modules").EnumerateArray().Any(m => m.GetProperty("presence").GetString() == "online"));
        await using var ear = LiveEar.Open(hub.Url, "mic1");
        await ear.HearAsync(4);
        Assert.NotEmpty(ear.Chirps());
        Assert.Empty(await rig.HeldAsync()); // there is no chunk it could be a copy of
    }

    [Fact]
    public async Task A_module_of_an_older_program_is_named_as_such()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var hub = await TestHub.StartAsync(s => s with { Broker = new HubBroker("127.0.0.1", broker.Port) });
        await using var modules = new SimulatedModules(broker);
        await Wait.Until("the modules have their connection", () => modules.IsConnected);
        modules.Add("old1");
        using var http = new HttpClient();
        await Wait.Until("the fleet knows it", async () => (await http.GetStringAsync(new Uri(hub.Url, "/api/v2/modules"))).Contains("online", StringComparison.Ordinal));
        await using var ear = LiveEar.Open(hub.Url, "old1");
        await Wait.Until("it is said why it cannot be heard", () => ear is { State: "refused" });
        Assert.Contains("does not know how", ear.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_listener_skips_forward_and_slows_nobody_else()
    {
        await using var rig = await LiveRig.StartAsync();
        await using var slow = rig.Listen();
        await using var quick = rig.Listen();
        await slow.HearAsync(1);
        slow.IsAsleep = true; // the kernel's buffers take some seconds of samples before anybody notices
        var before = quick.Seconds;
        await quick.HearAsync(before + 12);
        Assert.Empty(quick.BreaksWithoutPause);
        slow.IsAsleep = false;
        await Wait.Until("it goes on behind a gap", () => slow.Blocks.Skip(1).Any(b => b.IsBroken), TimeSpan.FromSeconds(60));
        var last = slow.Blocks[^1];
        Assert.True(slow.Blocks.Zip(slow.Blocks.Skip(1)).Any(p => p.Second.StartUs - p.First.EndUs > 500_000), "something was skipped");
        Assert.True(last.StartUs > 0);
    }

    [Theory]
    [InlineData("/api/v2/recorders/nobody/live", 404, "nobody")]
    [InlineData("/api/v2/recorders/" + TestHub.DeviceId + "/live?quality=best", 400, "high")]
    [InlineData("/api/v2/recorders/" + TestHub.DeviceId + "/live?format=mp3", 400, "pcm, ogg")]
    public async Task What_cannot_be_heard_is_said(string path, int status, string word)
    {
        await using var hub = await TestHub.StartAsync();
        hub.IssueDevice();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(hub.Url, path), TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(word, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
