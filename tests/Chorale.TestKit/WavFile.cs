using System.Buffers.Binary;

namespace Chorale.TestKit;

/// <summary>PCM16 WAV files with a 44-byte header, as a Mycelia recorder writes them.</summary>
public static class WavFile
{
    public static byte[] Make(int frames, int rateHz = 16_000, int channels = 1, int seed = 1)
    {
        var file = new byte[44 + frames * channels * 2];
        "RIFF"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        "WAVEfmt "u8.CopyTo(file.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), (short)channels);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), rateHz);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), rateHz * channels * 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), (short)(channels * 2));
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        "data"u8.CopyTo(file.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), file.Length - 44);
        if (seed != 0) new Random(seed).NextBytes(file.AsSpan(44));
        return file;
    }
}
