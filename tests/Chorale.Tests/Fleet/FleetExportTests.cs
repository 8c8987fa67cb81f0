using System.CommandLine;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Chorale.Archive.Align;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Sessions;

namespace Chorale.Tests.Fleet;

/// <summary>Files of one sound, each with an offset and a crystal that are known, brought together.</summary>
public sealed class FleetExportTests : IDisposable
{
    private static readonly DateTimeOffset T0 = new(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_of_one_sound_line_up_to_a_fraction_of_a_frame_from_beginning_to_end()
    {
        // Offsets of up to a third of a second, 80 ppm between the crystals (3 ms in 40 s: 150 frames), two rates.
        (string Name, double FirstSeconds, double Ppm, int RateHz)[] modules = [("a", 0, 0, 48_000), ("b", 0.0123457, 50, 48_000), ("c", -0.3000113, -30, 48_000), ("d", 0.1, 12, 44_100)];
        const int seconds = 40;
        var tracks = modules.Select(m => Record(m.Name, m.FirstSeconds, m.Ppm, m.RateHz, seconds + 1)).ToList();
        var from = T0.AddSeconds(1);
        var export = new AlignedExport(tracks, from, T0.AddSeconds(seconds), null);
        var files = export.WriteFolder(_folder["out"], AudioCodec.Wav, TestContext.Current.CancellationToken);
        Assert.Equal(["a", "b", "c", "d"], files.SelectMany(f => f.Tracks));
        var audio = files.Select(f => Read(f.Path)).ToList();
        Assert.All(audio, a => Assert.Equal(48_000 * (seconds - 1), a.Length));
        foreach (var other in audio.Skip(1))
        {
            foreach (var at in new[] { 2_000, audio[0].Length / 2, audio[0].Length - 12_000 })
            {
                Assert.Equal(0, Lag(audio[0], other, at, 8_000, 200));
                // Half a frame off would leave a difference of a quarter of the sound.
                Assert.InRange(Difference(audio[0], other, at, 8_000), 0, 0.002);
            }
        }

        // And against the sound itself: not only alike, but at the right time.
        var truth = Enumerable.Range(0, 8_000).Select(i => (float)Sound(1 + (20_000 + i) / 48_000.0)).ToArray();
        Assert.InRange(Difference(truth, audio[2].AsSpan(20_000, 8_000).ToArray(), 0, 8_000), 0, 0.002);
    }

    [Fact]
    public void What_needs_no_correction_is_copied_to_the_bit_and_the_rest_is_silence()
    {
        var track = Record("a", 0.5, 0, 48_000, 2);
        var original = Read(track.Path);
        var export = new AlignedExport([track, track with { Name = "b" }], T0, T0.AddSeconds(3), null);
        var file = export.WriteSingle(_folder["both.flac"], AudioCodec.Flac, TestContext.Current.CancellationToken);
        Assert.Equal((2, 144_000L), (file.Channels, file.Frames));
        var both = Read(file.Path);
        for (var i = 0; i < 144_000; i++)
        {
            var expected = i < 24_000 || i >= 24_000 + original.Length ? 0 : original[i - 24_000];
            Assert.Equal(expected, both[2 * i]);
            Assert.Equal(expected, both[2 * i + 1]);
        }
    }

    [Fact]
    public void The_verb_exports_by_manifest_names_what_it_leaves_out_and_touches_no_original()
    {
        var (a, b) = (Record("a", 0, 20, 48_000, 3), Record("b", 0.25, -20, 48_000, 3));
        var before = new[] { a, b }.Select(t => File.ReadAllBytes(t.Path)).ToList();
        var manifest = new SessionManifest
        {
            SessionId = "s1", RecordingId = "s1", State = SessionState.Complete, StartAt = T0.AddSeconds(0.5), DurationSeconds = 2,
            Modules = [Module(a), Module(b), Module(a) with { Module = new("gone"), Files = ["recording_s1_gone.wav"] }, new() { Module = new("dead"), Verdict = Verdict.TimedOut, Reason = "no answer within 5 s" }],
        };
        File.WriteAllText(_folder["s1.json"], manifest.ToJson());
        var (code, output, error) = Run("export", "s1", "--manifest", _folder["s1.json"], "--from", _folder.Path, "-o", _folder["s1.wav"], "--json");
        Assert.Equal(3, code);
        Assert.Contains("gone is left out: 'recording_s1_gone.wav' is not in", error);
        Assert.Contains("dead is left out: it did not record: no answer within 5 s", error);
        var told = JsonDocument.Parse(output).RootElement;
        Assert.Equal(96_000, told.GetProperty("files")[0].GetProperty("frames").GetInt64());
        var audio = Read(_folder["s1.wav"]);
        Assert.InRange(Difference([.. audio.Where((_, i) => i % 2 == 0)], [.. audio.Where((_, i) => i % 2 == 1)], 1_000, 80_000), 0, 0.002);
        Assert.Equal(before, [.. new[] { a, b }.Select(t => File.ReadAllBytes(t.Path))]);
        Assert.Equal("s1", SessionManifest.Read(File.ReadAllText(_folder["s1.wav.json"])).SessionId);

        File.AppendAllText(a.Path, "x");
        (code, _, error) = Run("export", "s1", "--manifest", _folder["s1.json"], "--from", _folder.Path, "-o", _folder["again"]);
        Assert.Equal(3, code);
        Assert.Contains("is not the file that was recorded", error);
        Assert.Equal(["b.wav", "session.json"], Directory.GetFiles(_folder["again"]).Select(Path.GetFileName).Order());
        Assert.Equal(66, Run("export", "s1", "--manifest", _folder["nothing.json"]).Code);
        Assert.Equal(64, Run("export", "s1", "--manifest", _folder["s1.json"], "--format", "mp3").Code);
    }

    private static SessionModule Module(AlignedTrack track) => new()
    {
        Module = new ModuleId(track.Name), Verdict = Verdict.Confirmed, IsSynchronised = true, FirstFrameUtc = track.FirstFrameAt, RatePpm = track.RatePpm,
        Files = [Path.GetFileName(track.Path)], CompletedAt = T0, Sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(track.Path))),
    };

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = ChoraleCommand.Create().Parse(["fleet", .. arguments]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>What a microphone hears of <see cref="Sound"/> whose first frame is at <paramref name="firstSeconds"/> and whose crystal runs fast by <paramref name="ppm"/>.</summary>
    private AlignedTrack Record(string name, double firstSeconds, double ppm, int rateHz, int seconds)
    {
        var path = _folder[$"recording_s1_{name}.wav"];
        using (var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite))
        using (var encoder = ChunkEncoders.Create(new EncoderSettings(AudioCodec.Wav), new PcmFormat(rateHz, 1, SampleFormat.S24), (_, _) => { }))
        {
            var samples = new int[rateHz * seconds];
            for (var i = 0; i < samples.Length; i++)
                samples[i] = (int)Math.Round(Sound(firstSeconds + i / (rateHz * (1 + ppm / 1e6))) * 8_388_607) << 8;
            encoder.Begin(file, []);
            encoder.Write(MemoryMarshal.AsBytes(samples.AsSpan()));
            encoder.End();
        }

        return new AlignedTrack(name, path, T0.AddSeconds(firstSeconds), ppm);
    }

    /// <summary>Twelve tones that share no period, up to 9 kHz, so that only one lag fits.</summary>
    private static double Sound(double t)
    {
        double sum = 0;
        for (var i = 0; i < 12; i++) sum += Math.Sin(2 * Math.PI * (137.13 + i * i * 61.7 + i * 7.3) * t + i);
        return sum / 16;
    }

    private static float[] Read(string path)
    {
        using var reader = AudioFileReader.Open(path);
        var samples = new float[reader.Frames * reader.Format.Channels];
        Assert.Equal(reader.Frames, reader.Read(samples));
        return samples;
    }

    /// <summary>The lag at which two recordings correlate best.</summary>
    private static int Lag(float[] a, float[] b, int at, int length, int lagMax)
    {
        var (best, bestLag) = (double.MinValue, 0);
        for (var lag = -lagMax; lag <= lagMax; lag++)
        {
            double sum = 0;
            for (var i = 0; i < length; i++) sum += a[at + i] * b[at + i + lag];
            if (sum > best) (best, bestLag) = (sum, lag);
        }

        return bestLag;
    }

    /// <summary>RMS of the difference over RMS of the first.</summary>
    private static double Difference(float[] a, float[] b, int at, int length)
    {
        double difference = 0, power = 0;
        for (var i = at; i < at + length; i++)
        {
            difference += (a[i] - b[i]) * (double)(a[i] - b[i]);
            power += a[i] * (double)a[i];
        }

        return Math.Sqrt(difference / power);
    }
}
