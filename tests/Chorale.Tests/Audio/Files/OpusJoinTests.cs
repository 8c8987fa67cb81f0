using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Files;

public sealed class OpusJoinTests
{
    [Fact]
    public void Packets_of_consecutive_chunks_join_into_one_stream_that_sounds_like_the_chunks()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var format = new PcmFormat(random.Next(2) == 0 ? 48_000 : 44_100, random.Next(1, 3), SampleFormat.S16);
            var total = random.NextInt64(format.SampleRateHz / 2, format.SampleRateHz * 2);
            var cuts = Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.NextInt64(1, total)).Order().Distinct().ToList();
            var settings = new EncoderSettings(AudioCodec.Opus, random.Next(16, 160) * 1000, 5);
            var pcm = EncodedRun.Chirp(format, total);
            var run = EncodedRun.Encode(settings, format, pcm, cuts, () => random.Next(1, 5000));
            var join = new OpusJoin();
            var packets = new List<OpusPacket>();
            foreach (var file in run.Files)
            {
                Assert.True(OpusPackets.TryRead(new MemoryStream(file), out var chunk), $"seed {seed}");
                Assert.True(join.TryAdd(chunk, out var fresh), $"seed {seed}");
                packets.AddRange(fresh);
            }

            var output = new MemoryStream();
            var writer = new OpusStreamWriter(output, 7, format.Channels, join.PreSkip, format.SampleRateHz, join.Frames, [new AudioTag("TITLE", "range")]);
            packets.ForEach(writer.Write);
            writer.Finish();

            var inspection = ChunkFiles.Inspect(output);
            Assert.Equal(ChunkCondition.Intact, inspection.Condition);
            Assert.Equal([new AudioTag("TITLE", "range")], inspection.Tags);
            var joined = EncodedRun.Decode(output.ToArray());
            var apart = run.Files.SelectMany(f => EncodedRun.Decode(f)).ToArray();
            Assert.Equal(apart.Length, joined.Length);
            // SILK and hybrid packets (low rates) predict over so long a time that a decoder which starts cold at a cut never quite
            // agrees with one that came from before it; only the joined stream is then what an uncut one would have been.
            var isCelt = packets.TrueForAll(p => p.Bytes.Span[0] >> 3 >= 16);
            var uncut = EncodedRun.Decode(EncodedRun.Encode(settings, format, pcm, [], () => 4800).Files[0]);
            if (isCelt) Assert.InRange(Signal.SnrDb(apart, joined), 35, double.PositiveInfinity);
            Assert.InRange(Signal.SnrDb(uncut, joined), 14, double.PositiveInfinity);
        }
    }

    [Fact]
    public void A_chunk_of_another_run_or_after_a_missing_one_is_not_joined()
    {
        var format = new PcmFormat(48_000, 1, SampleFormat.S16);
        var one = Chunks(1);
        var other = Chunks(2);
        var join = new OpusJoin();
        Assert.True(join.TryAdd(one[0], out _));
        Assert.False(join.TryAdd(one[2], out _));
        Assert.False(join.TryAdd(other[1], out _));
        Assert.False(join.TryAdd(one[0], out _));
        Assert.True(join.TryAdd(one[1], out _));
        Assert.Equal(one[0].Frames + one[1].Frames, join.Frames);

        List<OpusPackets> Chunks(int seed)
        {
            var pcm = new byte[3 * 48_000 * 2];
            new Random(seed).NextBytes(pcm);
            return EncodedRun.Encode(new EncoderSettings(AudioCodec.Opus), format, pcm, [48_000, 97_123], () => 960).Files
                .Select(f => OpusPackets.TryRead(new MemoryStream(f), out var p) ? p : throw new InvalidOperationException()).ToList();
        }
    }

    [Fact]
    public void A_damaged_chunk_is_not_taken_for_copying()
    {
        var format = new PcmFormat(48_000, 1, SampleFormat.S16);
        var file = EncodedRun.Encode(new EncoderSettings(AudioCodec.Opus), format, EncodedRun.Chirp(format, 48_000), [], () => 960).Files[0];
        Assert.False(OpusPackets.TryRead(new MemoryStream(file[..^40]), out _));
        file[file.Length / 2] ^= 1;
        Assert.False(OpusPackets.TryRead(new MemoryStream(file), out _));
    }
}
