using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Files;

/// <summary>Pages decoded as they come are what was recorded, at the place where it was recorded, whatever the cuts and the losses.</summary>
public sealed class OpusLineDecoderTests
{
    private static readonly PcmFormat Mono = new(48_000, 1, SampleFormat.S16);
    private const int Frames = 48_000 * 6;

    [Theory]
    [InlineData(new long[0])]
    [InlineData(new long[] { 96_000, 96_001, 123_457, 240_001 })]
    [InlineData(new long[] { 48_000, 96_000, 144_000, 192_000, 240_000 })]
    public void Chunks_of_a_run_are_one_line_without_a_seam(long[] cuts)
    {
        var pcm = EncodedRun.Chirp(Mono, Frames);
        var run = EncodedRun.Encode(new EncoderSettings(AudioCodec.Opus, 64_000), Mono, pcm, cuts, () => 960);
        using var decoder = new OpusLineDecoder(48_000, 1);
        var line = new float[Frames + 5_760];
        var heard = Decode(decoder, run, cuts, line, static (_, _) => false);
        Assert.All(heard.Skip(1), h => Assert.False(h.IsDiscontinuous));
        for (var i = 1; i < heard.Count; i++) Assert.Equal(heard[i - 1].Position48k + heard[i - 1].Frames, heard[i].Position48k);
        Assert.Equal(0, heard[0].Position48k);
        Assert.InRange(heard[^1].Position48k + heard[^1].Frames, Frames, Frames + 5_760);
        var wanted = Floats(pcm);
        Assert.Equal(0, Signal.Lag(wanted.AsSpan(100_000, 50_000), line.AsSpan(100_000, 50_000), 100));
        Assert.InRange(Signal.SnrDb(wanted.AsSpan(2_000, Frames - 4_000), line.AsSpan(2_000, Frames - 4_000)), 25, 99);
        foreach (var cut in cuts.Where(c => c is > 3_000 and < Frames - 3_000))
            Assert.InRange(Signal.SnrDb(wanted.AsSpan((int)cut - 960, 1920), line.AsSpan((int)cut - 960, 1920)), 20, 99);
    }

    [Fact]
    public void A_page_that_is_missing_is_a_hole_of_its_length_and_what_follows_is_in_its_place()
    {
        var pcm = EncodedRun.Chirp(Mono, Frames);
        var run = EncodedRun.Encode(new EncoderSettings(AudioCodec.Opus, 64_000), Mono, pcm, [], () => 960);
        using var decoder = new OpusLineDecoder(48_000, 1);
        var line = new float[Frames + 5_760];
        var heard = Decode(decoder, run, [], line, static (_, page) => page is 30 or 31);
        var broken = Assert.Single(heard.Skip(1), h => h.IsDiscontinuous);
        var before = heard[heard.IndexOf(broken) - 1];
        Assert.Equal(2 * 2_880, broken.Position48k - before.Position48k - before.Frames);
        var wanted = Floats(pcm);
        var from = (int)broken.Position48k + 9_600;
        Assert.InRange(Signal.SnrDb(wanted.AsSpan(from, 48_000), line.AsSpan(from, 48_000)), 25, 99);
    }

    [Fact]
    public void Who_begins_in_the_middle_is_told_where_he_is()
    {
        var pcm = EncodedRun.Chirp(Mono, Frames);
        var run = EncodedRun.Encode(new EncoderSettings(AudioCodec.Opus, 64_000), Mono, pcm, [], () => 960);
        using var decoder = new OpusLineDecoder(24_000, 1);
        var line = new float[(Frames + 5_760) / 2];
        var heard = Decode(decoder, run, [], line, static (_, page) => page is > 1 and < 40);
        Assert.Equal(38 * 2_880 - 312, heard[0].Position48k);
        var wanted = Floats(pcm).Where((_, i) => i % 2 == 0).ToArray(); // nothing of the chirp is above 12 kHz
        Assert.Equal(0, Signal.Lag(wanted.AsSpan(70_000, 20_000), line.AsSpan(70_000, 20_000), 50));
    }

    private static List<DecodedStretch> Decode(OpusLineDecoder decoder, EncodedRun run, long[] cuts, float[] line, Func<int, int, bool> isLost)
    {
        var heard = new List<DecodedStretch>();
        var divisor = 48_000 / decoder.SampleRateHz;
        for (var file = 0; file < run.Files.Count; file++)
        {
            using var pages = new OggPages(new MemoryStream(run.Files[file]));
            byte[] head = [];
            for (var number = 0; pages.MoveNext(); number++)
            {
                if (number == 0) head = pages.Current.Bytes.ToArray();
                if (number == 1)
                {
                    Assert.True(OpusStart.TryRead(head, pages.Current.Bytes, out var start));
                    decoder.Begin(file == 0 ? 0 : cuts[file - 1], start.PreSkip, joins: file > 0);
                }

                if (number < 2) continue;
                if (isLost(file, number))
                {
                    decoder.Lose();
                    continue;
                }

                if (decoder.Decode(pages.Current) is not { } stretch) continue;
                heard.Add(stretch);
                for (var i = 0; i < decoder.Samples.Length; i++)
                {
                    var at = stretch.Position48k / divisor + i;
                    if (at < line.Length) line[at] = decoder.Samples[i] / 32768f;
                }
            }
        }

        return heard;
    }

    private static float[] Floats(byte[] pcm) => [.. Enumerable.Range(0, pcm.Length / 2).Select(i => BitConverter.ToInt16(pcm, i * 2) / 32768f)];
}
