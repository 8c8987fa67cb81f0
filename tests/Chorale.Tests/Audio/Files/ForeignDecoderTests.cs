using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Files;

/// <summary>What decoders that are not ours make of the chunks.</summary>
public sealed class ForeignDecoderTests
{
    private static readonly int[] Rates = [8_000, 16_000, 44_100, 48_000];

    [Fact]
    public void A_hundred_random_cut_sequences_have_the_captured_length_for_opusdec_and_ffmpeg()
    {
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        Parallel.For(0, 100, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            try
            {
                CheckOpus(seed);
            }
            catch (Exception e)
            {
                failures.Enqueue($"seed {seed}: {e.Message}");
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n", failures.Take(5)));
    }

    [Theory]
    [InlineData(AudioCodec.Wav, SampleFormat.S16, "s16le")]
    [InlineData(AudioCodec.Wav, SampleFormat.S24, "s32le")]
    [InlineData(AudioCodec.Wav, SampleFormat.S32, "s32le")]
    [InlineData(AudioCodec.Wav, SampleFormat.F32, "f32le")]
    [InlineData(AudioCodec.Flac, SampleFormat.S16, "s16le")]
    [InlineData(AudioCodec.Flac, SampleFormat.S24, "s32le")]
    public void Lossless_chunks_decoded_by_ffmpeg_are_the_captured_bits(AudioCodec codec, SampleFormat stored, string raw)
    {
        using var folder = new TempFolder();
        var format = new PcmFormat(44_100, 3, stored);
        var pcm = EncodedRun.Chirp(format, 50_001);
        var run = EncodedRun.Encode(new EncoderSettings(codec), format, pcm, [1, 33_333], () => 4_000);
        Assert.Equal(pcm, run.Files.SelectMany((file, i) =>
        {
            File.WriteAllBytes(folder[$"{i}"], file);
            Run("ffmpeg", "-v", "error", "-i", folder[$"{i}"], "-f", raw, folder[$"{i}.raw"]);
            return File.ReadAllBytes(folder[$"{i}.raw"]);
        }));
    }

    [Fact]
    public void Opusinfo_finds_the_tags_and_no_fault()
    {
        using var folder = new TempFolder();
        var format = new PcmFormat(48_000, 1, SampleFormat.S16);
        var run = EncodedRun.Encode(
            new EncoderSettings(AudioCodec.Opus, 24_000), format, EncodedRun.Chirp(format, 200_000), [100_001], () => 960,
            n => [new AudioTag("CHORALE_CHUNK", n.ToString(CultureInfo.InvariantCulture)), new AudioTag("TITLE", "Küche")]);
        var serials = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            File.WriteAllBytes(folder["a.opus"], run.Files[i]);
            var text = Run("opusinfo", folder["a.opus"]);
            Assert.Contains($"CHORALE_CHUNK={i + 1}", text);
            Assert.Contains("TITLE=Küche", text);
            Assert.Contains("ENCODER_OPTIONS=--bitrate 24 --comp 5 --framesize 20", text);
            Assert.DoesNotContain("WARNING", text);
            Assert.True(serials.Add(text.Split("serial: ")[1][..8]));
        }
    }

    private static void CheckOpus(int seed)
    {
        using var folder = new TempFolder();
        var random = new Random(seed);
        var format = new PcmFormat(Rates[random.Next(4)], random.Next(1, 3), SampleFormat.S16);
        // ffmpeg 5.1 is wrong for chunks under 20 ms, so each is a second or more.
        var cut = random.NextInt64(format.SampleRateHz, 2 * format.SampleRateHz);
        var total = cut + random.NextInt64(format.SampleRateHz, 2 * format.SampleRateHz);
        var settings = new EncoderSettings(AudioCodec.Opus, random.Next(12, 129) * 1000, random.Next(0, 6));
        var run = EncodedRun.Encode(settings, format, EncodedRun.Chirp(format, total), [cut], () => random.Next(1, 9_000));
        long start = 0;
        for (var i = 0; i < 2; i++)
        {
            var frames = EncodedRun.At48k(run.FrameEnds[i], format.SampleRateHz) - start;
            start += frames;
            File.WriteAllBytes(folder[$"{i}"], run.Files[i]);
            Run("opusdec", "--quiet", "--rate", "48000", "--no-dither", folder[$"{i}"], folder[$"{i}.raw"]);
            Run("ffmpeg", "-v", "error", "-i", folder[$"{i}"], "-f", "s16le", folder[$"{i}.ff"]);
            Assert.Equal(frames * 2 * format.Channels, new FileInfo(folder[$"{i}.raw"]).Length);
            Assert.Equal(frames * 2 * format.Channels, new FileInfo(folder[$"{i}.ff"]).Length);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors.Result}");
        return text;
    }
}
