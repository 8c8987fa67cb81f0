using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Files;

/// <summary>What a file that something happened to still holds.</summary>
public sealed class ChunkFilesTests
{
    private static readonly PcmFormat Format = new(48_000, 1, SampleFormat.S16);
    private static readonly AudioTag[] Tags = [new("TITLE", "chunk 1"), new("CHORALE_RUN", "r-1"), new("NOTE", "Grüße = größer")];
    private static readonly Dictionary<AudioCodec, byte[]> Whole = Enum.GetValues<AudioCodec>().ToDictionary(c => c, c => Make(c, 90_001));

    public static TheoryData<AudioCodec> Codecs => [.. Enum.GetValues<AudioCodec>()];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_finished_file_is_intact_and_tells_its_frames_and_tags(AudioCodec codec)
    {
        var found = Inspect(Whole[codec]);
        Assert.Equal(ChunkCondition.Intact, found.Condition);
        Assert.Equal((codec, 48_000, 48_000, 1, 90_001L, (long)Whole[codec].Length), (found.Codec, found.SampleRateHz, found.SourceRateHz, found.Channels, found.Frames, found.ValidBytes));
        Assert.Equal(Tags, found.Tags.Where(t => t.Name is not ("ENCODER_OPTIONS" or "ENCODER")));
        using var reader = AudioFileReader.Open(new MemoryStream(Whole[codec]));
        Assert.Equal(Tags, reader.Tags.Where(t => t.Name is not ("ENCODER_OPTIONS" or "ENCODER")));
    }

    [Theory]
    [InlineData("", ChunkCondition.Empty)]
    [InlineData("\0", ChunkCondition.Empty)]
    [InlineData("<!doctype html><html><body>Sign in to the hotel's network</body></html>", ChunkCondition.NotAudio)]
    [InlineData("{\"error\":\"no\"}", ChunkCondition.NotAudio)]
    [InlineData("OggS", ChunkCondition.NotAudio)]
    [InlineData("RIFF", ChunkCondition.Empty)]
    [InlineData("fLaC", ChunkCondition.Empty)]
    public void What_is_no_audio_is_called_so(string text, ChunkCondition expected)
        => Assert.Equal(expected, Inspect(System.Text.Encoding.UTF8.GetBytes(text)).Condition);

    [Fact]
    public void A_file_of_nothing_but_zeros_is_empty() => Assert.Equal(ChunkCondition.Empty, Inspect(new byte[227_000]).Condition);

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_header_without_audio_is_empty(AudioCodec codec)
    {
        var file = EncodedRun.Encode(new EncoderSettings(codec), Format, [], [], () => 1, _ => Tags).Files[0];
        Assert.Equal(ChunkCondition.Empty, Inspect(file).Condition);
    }

    [Theory]
    [InlineData(AudioCodec.Opus)]
    [InlineData(AudioCodec.Flac)]
    public void Zeros_behind_the_last_page_are_seen_and_cut_off(AudioCodec codec)
    {
        byte[] file = [.. Whole[codec], .. new byte[10_000]];
        var found = Inspect(file);
        Assert.Equal((ChunkCondition.TornTail, 90_001L, (long)Whole[codec].Length), (found.Condition, found.Frames, found.ValidBytes));
        Assert.Contains("zero", found.Detail);
        var (after, repaired) = Repair(file);
        Assert.Equal((ChunkCondition.Intact, 90_001L), (after.Condition, after.Frames));
        Assert.Equal(90_001, EncodedRun.Decode(repaired).Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(44)]
    [InlineData(-44)]
    [InlineData(1_000_000)]
    public void A_wrong_size_field_of_a_WAV_changes_nothing_of_what_is_there(int off)
    {
        var file = Whole[AudioCodec.Wav].ToArray();
        var field = file.AsSpan().IndexOf("data"u8) + 4;
        BitConverter.TryWriteBytes(file.AsSpan(field), off == 0 ? 0 : 180_002 + off);
        var found = Inspect(file);
        Assert.Equal((ChunkCondition.TornTail, 90_001L), (found.Condition, found.Frames));
        var (after, repaired) = Repair(file);
        Assert.Equal((ChunkCondition.Intact, 90_001L), (after.Condition, after.Frames));
        Assert.Equal(Whole[AudioCodec.Wav], repaired);
    }

    [Fact]
    public void Doubled_granule_positions_do_not_double_the_frames()
    {
        var file = Whole[AudioCodec.Opus].ToArray();
        for (var at = 0; at < file.Length; at += OggPage.LengthAt(file.AsSpan(at)))
        {
            var page = file.AsSpan(at, OggPage.LengthAt(file.AsSpan(at)));
            BitConverter.TryWriteBytes(page[6..], BitConverter.ToInt64(page[6..]) * 2);
            OggPage.Seal(page);
        }

        var found = Inspect(file);
        Assert.Equal(ChunkCondition.Hole, found.Condition);
        Assert.InRange(found.Frames, 90_001, 91_500); // the end trim is lost with the positions
    }

    [Theory]
    [InlineData(AudioCodec.Opus, 2880, 2)]
    [InlineData(AudioCodec.Flac, 960, 1)]
    public void A_hole_costs_its_own_blocks_and_no_more(AudioCodec codec, int blockFrames, int most)
    {
        var file = Whole[codec].ToArray();
        file.AsSpan(file.Length / 2, 20).Clear();
        var found = Inspect(file);
        Assert.Equal(ChunkCondition.Hole, found.Condition);
        Assert.InRange(found.Frames, 90_001 - most * blockFrames, 90_000);
        Assert.Equal(file.Length, found.ValidBytes);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_recorder_killed_at_any_moment_leaves_all_that_was_out(AudioCodec codec)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var format = new PcmFormat(new[] { 8_000, 16_000, 44_100, 48_000 }[random.Next(4)], random.Next(1, 3), SampleFormat.S16);
            var pcm = EncodedRun.Chirp(format, random.Next(1, 3 * format.SampleRateHz));
            var block = random.Next(1, format.SampleRateHz / 20) * format.BytesPerFrame;
            var killAt = random.Next(1, pcm.Length);
            var output = new MemoryStream();
            using var encoder = ChunkEncoders.Create(new EncoderSettings(codec), format, (_, _) => { });
            encoder.Begin(output, Tags);
            var written = 0;
            for (; written < killAt; written += Math.Min(block, pcm.Length - written))
                encoder.Write(pcm.AsSpan(written, Math.Min(block, pcm.Length - written)));

            var framesIn = written / format.BytesPerFrame;
            var heldBackMs = (framesIn - encoder.FramesOut) * 1000.0 / format.SampleRateHz;
            Assert.InRange(heldBackMs, 0, codec switch { AudioCodec.Opus => 66.6 + (format.SampleRateHz == 48_000 ? 0 : 42_000.0 / format.SampleRateHz), AudioCodec.Flac => 20.2, _ => 0 });
            var (after, repaired) = Repair(output.ToArray());
            if (encoder.FramesOut == 0) continue;
            var playable = after.Frames * format.SampleRateHz / (double)after.SampleRateHz;
            Assert.Equal(ChunkCondition.Intact, after.Condition);
            Assert.InRange(playable, encoder.FramesOut, framesIn + 1);
            Assert.Equal(after.Frames * format.Channels, EncodedRun.Decode(repaired).Length);
            Assert.Equal(Tags, after.Tags.Where(t => t.Name is not ("ENCODER_OPTIONS" or "ENCODER")));
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_file_cut_anywhere_is_repaired_to_what_came_before_the_cut(AudioCodec codec)
    {
        var whole = Whole[codec];
        var framesBefore = 0L;
        for (var i = 0; i < 80; i++)
        {
            var length = whole.Length * i / 80;
            var (after, repaired) = Repair(whole[..length]);
            Assert.True(after.Condition is ChunkCondition.Intact or ChunkCondition.Empty or ChunkCondition.NotAudio, $"{length} bytes: {after}");
            Assert.True(after.Frames >= framesBefore, $"{length} bytes hold {after.Frames} frames, fewer bytes held {framesBefore}");
            framesBefore = after.Frames;
            if (after.Condition == ChunkCondition.Intact) Assert.Equal(after.Frames, EncodedRun.Decode(repaired).Length);
        }

        Assert.InRange(framesBefore, 90_001 * 0.95, 90_001);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_repair_that_is_killed_can_be_done_again(AudioCodec codec)
    {
        byte[] torn = codec == AudioCodec.Wav ? Whole[codec][..100_001] : [.. Whole[codec][..(Whole[codec].Length * 2 / 3)], .. new byte[999]];
        var (expected, _) = Repair(torn);
        for (var steps = 0; steps < 12; steps++)
        {
            var stream = new DyingStream(torn, steps);
            try
            {
                ChunkFiles.Repair(stream);
            }
            catch (IOException)
            {
                // The power went.
            }

            var (after, repaired) = Repair(stream.ToArray());
            Assert.Equal((ChunkCondition.Intact, expected.Frames), (after.Condition, after.Frames));
            Assert.Equal(expected.Frames, EncodedRun.Decode(repaired).Length);
        }
    }

    [Fact]
    public void No_damage_whatever_makes_an_inspection_throw_or_claim_more_than_there_was()
    {
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        Parallel.For(0, 1_500, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            var random = new Random(seed);
            var codec = (AudioCodec)(seed % 3);
            var file = Damage(Whole[codec].ToArray(), random);
            try
            {
                var found = Inspect(file);
                Assert.InRange(found.ValidBytes, 0, file.Length);
                // WAV cannot tell garbage from audio, and its header may now say another width.
                if (codec != AudioCodec.Wav && found.Codec == codec) Assert.InRange(found.Frames, 0, 92_000);
                Repair(file);
            }
            catch (Exception e)
            {
                failures.Enqueue($"seed {seed} {codec}: {e}");
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n", failures.Take(3)));
    }

    private static byte[] Damage(byte[] file, Random random)
    {
        for (var hits = random.Next(1, 20); hits > 0; hits--)
        {
            // Half of the damage goes to the first 400 bytes: headers are where a parser can be led astray.
            var at = random.Next(random.Next(2) == 0 ? Math.Min(400, file.Length) : file.Length);
            var length = Math.Min(random.Next(1, 600), file.Length - at);
            switch (random.Next(6))
            {
                case 0: file[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: file[at] = (byte)random.Next(256); break;
                case 2: file.AsSpan(at, length).Clear(); break;
                case 3: random.NextBytes(file.AsSpan(at, length)); break;
                case 4: file.AsSpan(at, length).Fill(0xFF); break;
                default:
                    if (hits == 1 && at > 0) file = file[..at];
                    break;
            }
        }

        return file;
    }

    private static byte[] Make(AudioCodec codec, int frames)
        => EncodedRun.Encode(new EncoderSettings(codec), Format, EncodedRun.Chirp(Format, frames), [], () => 960, _ => Tags).Files[0];

    private static ChunkInspection Inspect(byte[] file) => ChunkFiles.Inspect(new MemoryStream(file));

    private static (ChunkInspection After, byte[] File) Repair(byte[] file)
    {
        var stream = new MemoryStream();
        stream.Write(file);
        var after = ChunkFiles.Repair(stream);
        return (after, stream.ToArray());
    }

    /// <summary>Takes so many changes, and fails at the next.</summary>
    private sealed class DyingStream : MemoryStream
    {
        private int _left = int.MaxValue;

        public DyingStream(byte[] content, int changes)
        {
            Write(content);
            _left = changes;
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            Take();
            base.Write(buffer, offset, count);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Take();
            base.Write(buffer);
        }

        public override void SetLength(long value)
        {
            Take();
            base.SetLength(value);
        }

        private void Take()
        {
            if (_left-- <= 0) throw new IOException("the power went");
        }
    }
}
