using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Files;

public sealed class EncoderTests
{
    private static readonly PcmFormat Mono48 = new(48_000, 1, SampleFormat.S16);

    [Theory]
    [InlineData(AudioCodec.Opus, 48_000, 3, 32_000, 5, "3 channels with opus: allowed are 1 and 2")]
    [InlineData(AudioCodec.Opus, 48_000, 1, 5_999, 5, "opus bitrate 5999 bit/s: allowed are 6000 to 510000")]
    [InlineData(AudioCodec.Opus, 48_000, 1, 32_000, 11, "opus complexity 11: allowed are 0 to 10")]
    [InlineData(AudioCodec.Flac, 48_000, 9, 32_000, 5, "9 channels: allowed are 1 to 8")]
    [InlineData(AudioCodec.Flac, 48_000, 1, 32_000, 9, "flac complexity 9: allowed are 0 to 8")]
    [InlineData(AudioCodec.Wav, 7_999, 1, 32_000, 5, "sample rate 7999 Hz: allowed are 8000 to 192000")]
    public void What_a_codec_cannot_do_is_refused_with_what_it_can(AudioCodec codec, int rateHz, int channels, int bitrate, int complexity, string text)
    {
        var refusal = Assert.Throws<AudioFileException>(
            () => ChunkEncoders.Create(new EncoderSettings(codec, bitrate, complexity), new PcmFormat(rateHz, channels, SampleFormat.S16), (_, _) => { }));
        Assert.Contains(text, refusal.Message);
    }

    [Theory]
    [InlineData(AudioCodec.Opus)]
    [InlineData(AudioCodec.Flac)]
    [InlineData(AudioCodec.Wav)]
    public void A_disk_that_fails_is_told_to_the_caller_and_completes_nothing(AudioCodec codec)
    {
        var completed = 0;
        using (var encoder = ChunkEncoders.Create(new EncoderSettings(codec), Mono48, (_, _) => completed++))
        {
            var full = new FullStream();
            encoder.Begin(full, []);
            full.IsFull = true;
            var failure = Assert.Throws<IOException>(() => encoder.Write(EncodedRun.Chirp(Mono48, 48_000)));
            Assert.Equal("no space left on device", failure.Message);
        }

        Assert.Equal(0, completed);
    }

    [Fact]
    public void A_chirp_over_many_cuts_is_on_time_and_does_not_dip_where_chunks_meet()
    {
        foreach (var rate in new[] { 44_100, 48_000 })
        {
            var format = new PcmFormat(rate, 1, SampleFormat.S16);
            var pcm = EncodedRun.Chirp(format, rate * 6);
            long[] cuts = [rate, 123_457, rate * 3, rate * 3 + 1, rate * 4 + 77];
            var run = EncodedRun.Encode(new EncoderSettings(AudioCodec.Opus, 64_000), format, pcm, cuts, () => 960);
            var decoded = run.Files.SelectMany(EncodedRun.Decode).ToArray();
            var wanted = EncodedRun.Chirp(new PcmFormat(48_000, 1, SampleFormat.F32), decoded.Length);
            var expected = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(wanted).ToArray();
            Assert.Equal(0, Signal.Lag(expected.AsSpan(0, 96_000), decoded.AsSpan(0, 96_000), 20));
            foreach (var cut in cuts)
            {
                var at = (int)EncodedRun.At48k(cut, rate);
                Assert.Equal(0, Signal.Lag(expected.AsSpan(at - 2_400, 4_800), decoded.AsSpan(at - 2_400, 4_800), 20));
                Assert.InRange(Signal.SnrDb(expected.AsSpan(at - 480, 960), decoded.AsSpan(at - 480, 960)), 20, 200);
            }
        }
    }

    [Theory]
    [InlineData(SampleFormat.S16)]
    [InlineData(SampleFormat.F32)]
    public void A_WAV_beyond_its_32_bit_sizes_becomes_RF64_and_reads_the_same(SampleFormat stored)
    {
        var format = new PcmFormat(48_000, 2, stored);
        var pcm = EncodedRun.Chirp(format, 10_000);
        var output = new MemoryStream();
        using (var encoder = new WavChunkEncoder(format, (_, _) => { }, riffMaxBytes: 20_000))
        {
            encoder.Begin(output, [new AudioTag("TITLE", "long")]);
            encoder.Write(pcm);
            encoder.End();
        }

        Assert.Equal("RF64"u8, output.GetBuffer().AsSpan(0, 4));
        Assert.Equal((ChunkCondition.Intact, 10_000L), (ChunkFiles.Inspect(output).Condition, ChunkFiles.Inspect(output).Frames));
        var expected = new float[20_000];
        SampleConversion.ToFloat(pcm, stored, expected);
        Assert.Equal(expected, EncodedRun.Decode(output.ToArray()));
    }

    [Fact]
    public void Seeking_in_Opus_is_exact_and_a_hole_is_heard_as_silence_of_its_length()
    {
        var file = EncodedRun.Encode(new EncoderSettings(AudioCodec.Opus, 64_000), Mono48, EncodedRun.Chirp(Mono48, 150_000), [], () => 960).Files[0];
        var whole = EncodedRun.Decode(file);
        using (var reader = AudioFileReader.Open(new MemoryStream(file)))
        {
            foreach (var frame in new[] { 100_003L, 5, 147_001, 77_777 })
            {
                reader.Seek(frame);
                var some = new float[Math.Min(2_000, 150_000 - frame)];
                Assert.Equal(some.Length, reader.Read(some));
                Assert.Equal(0, Signal.Lag(whole.AsSpan((int)frame, some.Length), some, 20));
                Assert.InRange(Signal.SnrDb(whole.AsSpan((int)frame, some.Length), some), 15, 200); // converged over 80 ms, not the same state
                Assert.Equal(frame + some.Length, reader.Position);
            }
        }

        file.AsSpan(file.Length / 2, 400).Clear();
        var holed = EncodedRun.Decode(file);
        Assert.Equal(150_000, holed.Length);
        Assert.InRange(Signal.SnrDb(whole.AsSpan(120_000), holed.AsSpan(120_000)), 40, 200);
        Assert.True(holed.AsSpan(60_000, 30_000).IndexOf(new float[1_000]) > 0);
    }

    [Fact]
    public void A_file_that_is_no_audio_is_refused_by_name()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["x.opus"], "<html>");
        Assert.Contains("x.opus cannot be read as audio", Assert.Throws<AudioFileException>(() => AudioFileReader.Open(folder["x.opus"])).Message);
        File.WriteAllText(folder["y.wav"], "");
        Assert.Contains("y.wav is empty", Assert.Throws<AudioFileException>(() => AudioFileReader.Open(folder["y.wav"])).Message);
    }

    private sealed class FullStream : MemoryStream
    {
        public bool IsFull { get; set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (IsFull) throw new IOException("no space left on device");
            base.Write(buffer);
        }
    }
}
