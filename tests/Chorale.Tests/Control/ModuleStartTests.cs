using System.Globalization;
using Chorale.Audio.Capture.Sources;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Recording;

namespace Chorale.Tests.Control;

/// <summary>When a commanded recording begins, heard in the test signal, which stands by the clock of the machine.</summary>
public sealed class ModuleStartTests(ITestOutputHelper output)
{
    private const int RateHz = 44_100;

    /// <summary>Ten times what is aimed at: the machine may be busy.</summary>
    private const double CapMs = 5;

    [Fact]
    public async Task A_recording_begins_at_the_frame_of_its_instant_whether_the_command_comes_before_or_after()
    {
        await using var rig = await ModuleRig.StartAsync();
        await rig.WarmAsync(6);
        foreach (var (seconds, preRoll) in new[] { (-3, 0), (2, 0), (-1, 2), (2, 2) })
        {
            var id = $"s{preRoll}{(seconds < 0 ? "late" : "early")}";
            var at = WholeSecond(TimeProvider.System.GetUtcNow().AddSeconds(seconds));
            var answer = await rig.Master.AskAsync("mic1", "start", $"\"recording_id\":\"{id}\",\"duration\":1,\"pre_roll\":{preRoll},\"start_at\":\"{Text(at)}\"");
            Assert.True(answer.GetProperty("success").GetBoolean(), answer.ToString());
            Assert.True(answer.GetProperty("data").GetProperty("armed").GetBoolean());
            Assert.Equal(at, answer.GetProperty("data").GetProperty("start_at").GetDateTimeOffset());
            Check(rig, id, at.AddSeconds(-preRoll), 1 + preRoll, await rig.Master.EventAsync("mic1", "recording_complete", id));
            await rig.Master.StateAsync("mic1", "idle");
        }
    }

    private void Check(ModuleRig rig, string id, DateTimeOffset first, int seconds, System.Text.Json.JsonElement complete)
    {
        Assert.Equal(seconds * RateHz, complete.GetProperty("frames").GetInt32());
        var heard = SoundOffset.Of(Signal(first, seconds * RateHz), Pcm(rig, $"recording_{id}_mic1.wav"), 4410);
        var lateMs = -heard.Frames / RateHz * 1000;
        var saidMs = (complete.GetProperty("first_frame_utc").GetDateTimeOffset() - first).TotalMilliseconds;
        var uncertaintyMs = complete.GetProperty("uncertainty_us").GetDouble() / 1000;
        output.WriteLine(FormattableString.Invariant($"{id}: begun {lateMs:0.000} ms after its instant, said {saidMs:0.000} +- {uncertaintyMs:0.000} ms"));
        Assert.True(heard.Likeness > 0.95);
        Assert.InRange(lateMs, -CapMs, CapMs);
        // The signal itself was started between two looks at the clock: half a millisecond for that.
        Assert.InRange(Math.Abs(lateMs - saidMs), 0, uncertaintyMs + CapMs / 10);
    }

    [Fact]
    public async Task A_command_that_comes_later_than_the_ring_is_long_is_refused_with_the_reason_and_the_module_stays_idle()
    {
        await using var rig = await ModuleRig.StartAsync();
        var answer = await rig.Master.AskAsync("mic1", "start", $"\"start_at\":\"{Text(TimeProvider.System.GetUtcNow().AddSeconds(-60))}\"");
        Assert.False(answer.GetProperty("success").GetBoolean());
        Assert.Matches("start_at is 6[0-9.]+ s ago: the last [0-9.]+ s are in memory", answer.GetProperty("message").GetString());
        await rig.Master.AskAsync("mic1", "status");
        Assert.Equal("idle", rig.Master.Of("mic1", "status").Last().Text("state"));
        Assert.True((await rig.Master.AskAsync("mic1", "start", "\"recording_id\":\"s2\",\"duration\":0.2")).GetProperty("success").GetBoolean());
    }

    [Fact]
    public async Task A_stop_disarms_and_leaves_no_file()
    {
        await using var rig = await ModuleRig.StartAsync();
        await rig.Master.AskAsync("mic1", "start", $"\"recording_id\":\"s1\",\"start_at\":\"{Text(TimeProvider.System.GetUtcNow().AddSeconds(600))}\"");
        Assert.True((await rig.Master.AskAsync("mic1", "stop")).GetProperty("success").GetBoolean());
        await Wait.Until("it is disarmed", () => rig.Master.Of("mic1", "status").Last().Text("armed") is null);
        Assert.True((await rig.Master.AskAsync("mic1", "start", "\"recording_id\":\"s2\",\"duration\":0.2")).GetProperty("success").GetBoolean());
        await rig.Master.EventAsync("mic1", "recording_complete", "s2");
        Assert.Equal(["recording_s2_mic1.json", "recording_s2_mic1.wav"], Directory.GetFiles(rig.Recordings).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_recording_by_command_runs_beside_the_continuous_chunks_and_both_are_without_a_gap()
    {
        await using var rig = await ModuleRig.StartAsync("mode=continuous", "recording.chunk_seconds=1");
        await rig.WarmAsync(3);
        Assert.Contains(rig.Master.Of("mic1", "status"), m => m.Text("state") == "idle");
        var answer = await rig.Master.AskAsync("mic1", "start", "\"recording_id\":\"s1\",\"duration\":2.5,\"pre_roll\":1");
        Assert.True(answer.GetProperty("success").GetBoolean());
        var complete = await rig.Master.EventAsync("mic1", "recording_complete", "s1");
        Assert.Equal(0, complete.GetProperty("gaps").GetArrayLength());
        // What would disturb the chunks is refused.
        var other = await rig.Master.AskAsync("mic1", "start", "\"recording_id\":\"s2\",\"config\":{\"samplerate\":48000}");
        Assert.Contains("the microphone also records continuously with samplerate 44100", other.GetProperty("message").GetString());
        await rig.StopAsync();

        var chunks = Directory.GetFiles(Path.Combine(rig.Folder, "spool", "outbox"), "*.wav").Select(path =>
        {
            using var file = AudioFileReader.Open(path);
            Assert.True(ChunkTags.TryParse(file.Tags.Select(t => KeyValuePair.Create(t.Name, t.Value)), out var tags));
            var samples = new float[file.Frames];
            file.Read(samples);
            return (tags!.Run, tags.FirstFrame, Samples: samples);
        }).OrderBy(c => c.FirstFrame).ToList();
        Assert.Single(chunks.Select(c => c.Run).Distinct());
        long next = 0;
        foreach (var chunk in chunks)
        {
            Assert.Equal(next, chunk.FirstFrame);
            next += chunk.Samples.Length;
        }

        float[] whole = [.. chunks.SelectMany(c => c.Samples)];
        var part = Pcm(rig, "recording_s1_mic1.wav");
        Assert.Equal((int)(3.5 * RateHz), part.Length);
        Assert.True(whole.AsSpan().IndexOf(part) >= 0, "every frame of the recording is in the chunks, in the same order");
    }

    [Fact]
    public async Task A_module_that_is_not_armed_opens_its_microphone_for_a_recording_only()
    {
        await using var rig = await ModuleRig.StartAsync("capture.armed=false");
        Assert.Equal(0, rig.Host.Report().CapturedFrames);
        Assert.True((await rig.Master.AskAsync("mic1", "start", "\"recording_id\":\"s1\",\"duration\":0.5")).GetProperty("success").GetBoolean());
        var complete = await rig.Master.EventAsync("mic1", "recording_complete", "s1");
        Assert.Equal(RateHz / 2, complete.GetProperty("frames").GetInt32());
        await Wait.Until("the microphone is closed again", () => rig.Host.Report().CaptureState == "ended");
    }

    [Fact]
    public async Task A_microphone_that_is_not_there_is_said_and_the_module_works_once_it_is()
    {
        await using var rig = await ModuleRig.StartAsync("capture.armed=false", "capture.device=file:later.wav", "capture.sample_rate=16000");
        var refused = await rig.Master.AskAsync("mic1", "start", "\"recording_id\":\"s1\"");
        Assert.False(refused.GetProperty("success").GetBoolean());
        Assert.Contains("later.wav is not there", refused.GetProperty("message").GetString());
        File.WriteAllBytes("later.wav", WavFile.Make(16_000));
        try
        {
            Assert.True((await rig.Master.AskAsync("mic1", "start", "\"recording_id\":\"s2\",\"duration\":0.3")).GetProperty("success").GetBoolean());
            await rig.Master.EventAsync("mic1", "recording_complete", "s2");
        }
        finally
        {
            File.Delete("later.wav");
        }
    }

    [Fact]
    public void A_mute_is_remembered_for_what_is_still_in_the_ring()
    {
        var now = new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);
        var gate = new RecordingGate(RecordingSchedule.Always);
        gate.Mute(now, now.AddHours(1));
        Assert.Equal(now.AddHours(1), gate.MutedUntil(now.AddSeconds(5)));
        Assert.Null(gate.MutedUntil(now.AddSeconds(-1)));
        Assert.Equal((null, now), (gate.At(now.AddSeconds(-1)).Closed, gate.At(now.AddSeconds(-1)).Until));
        gate.Unmute(now.AddSeconds(10));
        Assert.Null(gate.MutedUntil(now.AddSeconds(10)));
        Assert.Equal(now.AddSeconds(10), gate.MutedUntil(now.AddSeconds(9)));
        Assert.Equal(GapCause.Muted, gate.At(now.AddSeconds(9)).Closed);
    }

    private static DateTimeOffset WholeSecond(DateTimeOffset time) => new(time.Ticks - time.Ticks % TimeSpan.TicksPerSecond, TimeSpan.Zero);

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static float[] Pcm(ModuleRig rig, string name)
    {
        using var file = AudioFileReader.Open(Path.Combine(rig.Recordings, name));
        var samples = new float[file.Frames];
        Assert.Equal(samples.Length, file.Read(samples));
        return samples;
    }

    /// <summary>The test signal as it is from that instant on.</summary>
    private static float[] Signal(DateTimeOffset from, int frames)
    {
        var time = new ManualTime(from);
        using var tone = new ToneSource(new PcmFormat(RateHz, 1, SampleFormat.S16), RateHz, time);
        time.Advance(TimeSpan.FromMinutes(1));
        var bytes = new byte[RateHz * 2];
        var samples = new List<float>();
        while (samples.Count < frames)
        {
            Assert.Equal(RateHz, tone.Read(bytes).Frames);
            samples.AddRange(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(bytes).ToArray().Select(s => s / 32768f));
        }

        return [.. samples.Take(frames)];
    }
}
