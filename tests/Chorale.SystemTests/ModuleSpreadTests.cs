using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Chorale.Audio.Files;
using Chorale.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.SystemTests;

/// <summary>
/// Several recorders hear one microphone and are started for one instant, by commands that come to each at another time. How far their files
/// are apart is measured in the sound itself.
/// </summary>
public sealed class ModuleSpreadTests(ITestOutputHelper output)
{
    private const int RateHz = 48_000;
    private const double DurationSeconds = 0.7;

    /// <summary>What is asked of a machine that has time for it.</summary>
    private const double AimMs = 0.5;

    /// <summary>What must hold however busy the machine is.</summary>
    private const double CapMs = 10 * AimMs;

    [Fact]
    public async Task Recorders_started_for_one_instant_begin_together_whenever_the_command_came()
    {
        using var folder = new TempFolder();
        await using var microphone = await VirtualMicrophone.StartAsync(sampleRateHz: RateHz);
        await using var broker = await BrokerProcess.StartAsync(new BrokerSettings(), TimeProvider.System, NullLogger.Instance);
        await using var master = await RslMaster.StartAsync(broker.Port);
        microphone.KeepPace();
        MakeNoise(folder["noise.wav"], seconds: 400);
        microphone.Play(folder["noise.wav"]);
        Speak(folder["speech.wav"]);
        microphone.Play(folder["speech.wav"]);

        var recorders = Enumerable.Range(1, 8).Select(n => ModuleProcess.Start(
            $"mic{n}", broker.Port, folder[$"m{n}"], microphone.Device, "capture.sample_rate=48000")).ToList();
        try
        {
            foreach (var recorder in recorders) await master.StateAsync(recorder.Id, "idle", TimeSpan.FromSeconds(120));
            await WarmAsync(master, recorders);
            var random = new Random(1);
            foreach (var (modules, starts) in new[] { (2, 30), (8, 20) })
            {
                var found = new List<Start>();
                for (var n = 0; n < starts; n++) found.Add(await StartTogetherAsync(master, recorders.GetRange(0, modules), $"s{modules}_{n}", random));
                Report(modules, found);
                Assert.All(found, s => Assert.True(s.Likeness > 0.8, $"{s.Id}: the files are not of one sound ({s.Likeness:0.00})"));
                Assert.All(found, s => Assert.True(s.SpreadMs <= CapMs, $"{s.Id}: {s.SpreadMs:0.000} ms apart"));
                Assert.All(found, s => Assert.True(s.IsCovered, $"{s.Id}: {s.WorstErrorUs:0} us from what was said, {s.SaidUs:0} us were"));
            }
        }
        finally
        {
            foreach (var recorder in recorders) recorder.Dispose();
        }
    }

    /// <summary>A clock is worth something after a few seconds: the microphone has been open and read long enough.</summary>
    private static async Task WarmAsync(RslMaster master, IReadOnlyList<ModuleProcess> recorders)
    {
        // A start with a pre-roll of 10 s is clipped to what the ring holds: its frames say how long that is.
        foreach (var recorder in recorders)
        {
            await Wait.Until($"{recorder.Id} has listened for 10 s", async () =>
            {
                var id = "w" + master.NewRequestId();
                var answer = await master.AskAsync(recorder.Id, "start", $"\"recording_id\":\"{id}\",\"duration\":0.1,\"pre_roll\":10");
                if (!answer.GetProperty("success").GetBoolean()) return false;
                return (await master.EventAsync(recorder.Id, "recording_complete", id)).GetProperty("frames").GetInt64() > 10 * RateHz;
            }, TimeSpan.FromSeconds(120));
        }

        foreach (var recorder in recorders) await master.StateAsync(recorder.Id, "idle");
    }

    private static async Task<Start> StartTogetherAsync(RslMaster master, IReadOnlyList<ModuleProcess> recorders, string id, Random random)
    {
        // Some commands come before their time, some after it.
        var at = TimeProvider.System.GetUtcNow().AddMilliseconds(random.Next(0, 200));
        var text = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        var delays = recorders.Select(_ => TimeSpan.FromMilliseconds(random.Next(0, 171))).ToList();
        await Task.WhenAll(recorders.Select(async (recorder, n) =>
        {
            await Task.Delay(delays[n]);
            var answer = await master.AskAsync(recorder.Id, "start", FormattableString.Invariant($"\"recording_id\":\"{id}\",\"duration\":{DurationSeconds},\"start_at\":\"{text}\""));
            Assert.True(answer.GetProperty("success").GetBoolean(), answer.ToString());
            Assert.True(answer.GetProperty("data").GetProperty("armed").GetBoolean());
        }));
        var ends = await Task.WhenAll(recorders.Select(r => master.EventAsync(r.Id, "recording_complete", id)));
        foreach (var recorder in recorders) await master.StateAsync(recorder.Id, "idle");
        return Measure(id, ends);
    }

    private static Start Measure(string id, JsonElement[] ends)
    {
        var sounds = ends.Select(end => Pcm(Path.Combine(end.GetProperty("folder").GetString()!, end.GetProperty("filename").GetString()!))).ToList();
        Assert.All(sounds, s => Assert.Equal((int)(DurationSeconds * RateHz), s.Length));
        var said = ends.Select(e => (At: e.GetProperty("first_frame_utc").GetDateTimeOffset(), Us: e.GetProperty("uncertainty_us").GetDouble())).ToList();
        double least = 0, most = 0, worst = 0, saidUs = 0, likeness = 1;
        var isCovered = true;
        for (var n = 1; n < sounds.Count; n++)
        {
            var offset = SoundOffset.Of(sounds[0], sounds[n], 9600);
            likeness = Math.Min(likeness, offset.Likeness);
            // A sound that comes later in the second file means that the second file began earlier.
            var beganLaterUs = -offset.Frames * 1e6 / RateHz;
            (least, most) = (Math.Min(least, beganLaterUs), Math.Max(most, beganLaterUs));
            var errorUs = Math.Abs(beganLaterUs - (said[n].At - said[0].At).TotalMicroseconds);
            var allowedUs = said[n].Us + said[0].Us + 1e6 / RateHz; // and the grain of the measurement
            if (errorUs > allowedUs) isCovered = false;
            if (errorUs < worst) continue;
            (worst, saidUs) = (errorUs, allowedUs);
        }

        return new Start(id, (most - least) / 1000, worst, saidUs, isCovered, likeness);
    }

    private void Report(int modules, List<Start> found)
    {
        var spreads = found.Select(s => s.SpreadMs).Order().ToList();
        output.WriteLine(FormattableString.Invariant(
            $"{modules} recorders, {found.Count} starts: spread median {spreads[spreads.Count / 2]:0.000} ms, p90 {spreads[spreads.Count * 9 / 10]:0.000}, greatest {spreads[^1]:0.000} ms (aim {AimMs} ms); error of what was said at most {found.Max(s => s.WorstErrorUs):0} us, uncertainty said {found.Min(s => s.SaidUs):0}-{found.Max(s => s.SaidUs):0} us"));
    }

    private static float[] Pcm(string path)
    {
        using var file = AudioFileReader.Open(path);
        var samples = new float[file.Frames];
        Assert.Equal(samples.Length, file.Read(samples));
        return samples;
    }

    /// <summary>Noise of changing strength: like itself at no other time.</summary>
    private static void MakeNoise(string path, int seconds)
    {
        var random = new Random(1);
        var bytes = WavFile.Make(seconds * RateHz, RateHz, seed: 0);
        var samples = MemoryMarshal.Cast<byte, short>(bytes.AsSpan(44));
        double low = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            low += 0.3 * (random.NextDouble() * 2 - 1 - low);
            samples[i] = (short)(low * (9000 + 4000 * Math.Sin(i / 7919.0)));
        }

        File.WriteAllBytes(path, bytes);
    }

    private static void Speak(string path)
    {
        var text = new StringBuilder();
        for (var n = 1; n < 150; n++) text.Append(CultureInfo.InvariantCulture, $"Recorder number {n} listens. ");
        using var speaker = Process.Start(new ProcessStartInfo("espeak-ng", ["-w", path, text.ToString()]))!;
        speaker.WaitForExit();
    }

    private sealed record Start(string Id, double SpreadMs, double WorstErrorUs, double SaidUs, bool IsCovered, double Likeness);
}
