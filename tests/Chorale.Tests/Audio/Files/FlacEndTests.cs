using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Files;

public sealed class FlacEndTests
{
    [Fact]
    public void A_whole_file_is_whole_also_when_the_checksum_of_its_last_block_ends_in_zeros()
    {
        var format = new PcmFormat(8000, 1, SampleFormat.S16);
        var endedInZero = 0;
        for (var seed = 0; seed < 2000; seed++)
        {
            using var file = new MemoryStream();
            using (var encoder = ChunkEncoders.Create(new EncoderSettings(AudioCodec.Flac, 0), format, static (_, _) => { }))
            {
                encoder.Begin(file, []);
                var samples = new byte[80];
                new Random(seed).NextBytes(samples);
                encoder.Write(samples);
                encoder.End();
            }

            if (file.GetBuffer()[file.Length - 1] == 0) endedInZero++;
            var found = ChunkFiles.Inspect(file);
            Assert.True(found.Condition == ChunkCondition.Intact && found.ValidBytes == file.Length, $"seed {seed}: {found.Condition}, {found.Detail}");
        }

        Assert.True(endedInZero > 0);
    }
}
