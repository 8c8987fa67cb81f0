using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Files;

/// <summary>Chunks of one run, decoded and put together, are the run: no frame missing, none twice, no dip where they meet.</summary>
public sealed class GaplessTests
{
    private const int Cases = 2_000;
    private static readonly int[] Rates = [8_000, 16_000, 44_100, 48_000];

    [Fact]
    public void Two_thousand_random_cut_sequences_decode_to_exactly_the_frames_captured()
    {
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        Parallel.For(0, Cases, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            try
            {
                Check(seed);
            }
            catch (Exception e)
            {
                failures.Enqueue($"seed {seed}: {e.Message}");
            }
        });
        Assert.True(failures.IsEmpty, $"{failures.Count} of {Cases}: " + string.Join("\n", failures.Take(5)));
    }

    private static void Check(int seed)
    {
        var random = new Random(seed);
        var format = new PcmFormat(
            Rates[random.Next(Rates.Length)], random.Next(1, 3), (SampleFormat)random.Next(4));
        var settings = new EncoderSettings(AudioCodec.Opus, random.Next(6, 129) * 1000 * format.Channels, random.Next(0, 6));
        var frames = random.NextInt64(0, format.SampleRateHz * 6 / 10);
        var cuts = Enumerable.Range(0, random.Next(0, 6)).Select(_ => random.NextInt64(0, frames + 1)).Order().ToList();
        var blockMax = random.Next(1, format.SampleRateHz / 3);
        var run = EncodedRun.Encode(settings, format, EncodedRun.Chirp(format, frames), cuts, () => random.Next(1, blockMax + 1));

        long start = 0;
        for (var i = 0; i < run.Files.Count; i++)
        {
            var end = run.FrameEnds[i];
            Assert.Equal(end - start, run.ReportedFrames[i]);
            var decoded = EncodedRun.Decode(run.Files[i]).Length / format.Channels;
            Assert.Equal(EncodedRun.At48k(end, format.SampleRateHz) - EncodedRun.At48k(start, format.SampleRateHz), decoded);
            start = end;
        }
    }

    [Theory]
    [InlineData(AudioCodec.Wav)]
    [InlineData(AudioCodec.Flac)]
    public void Lossless_chunks_put_together_are_the_captured_bits(AudioCodec codec)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var format = new PcmFormat(random.Next(8_000, 96_001), random.Next(1, 9), (SampleFormat)random.Next(3));
            var pcm = new byte[random.Next(0, 30_000) * format.BytesPerFrame];
            random.NextBytes(pcm);
            var frames = pcm.Length / format.BytesPerFrame;
            if (format.SampleFormat == SampleFormat.S24) for (var i = 0; i < pcm.Length; i += 4) pcm[i] = 0;
            if (format.SampleFormat == SampleFormat.S32 && codec == AudioCodec.Flac) for (var i = 0; i < pcm.Length; i += 4) pcm[i] = 0;
            var cuts = Enumerable.Range(0, random.Next(0, 6)).Select(_ => random.NextInt64(0, frames + 1)).Order().ToList();
            var run = EncodedRun.Encode(new EncoderSettings(codec), format, pcm, cuts, () => random.Next(1, 5_000));
            var expected = new float[frames * format.Channels];
            SampleConversion.ToFloat(pcm, format.SampleFormat, expected);
            Assert.Equal(expected, run.Files.SelectMany(EncodedRun.Decode));
            Assert.Equal(frames, run.ReportedFrames.Sum());
        }
    }
}
