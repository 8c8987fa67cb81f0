using System.Runtime.InteropServices;

namespace Chorale.Bench.Recorder;

/// <summary>48 kHz mono that costs an encoder what a voice does: a gliding voiced tone with overtones, syllables, pauses and some noise.</summary>
internal static class Speech
{
    public const int RateHz = 48_000;

    public static short[] Make(int seconds)
    {
        var random = new Random(1);
        var samples = new short[seconds * RateHz];
        var phase = 0.0;
        for (var i = 0; i < samples.Length; i++)
        {
            var t = (double)i / RateHz;
            phase += 2 * Math.PI * (140 + 40 * Math.Sin(2 * Math.PI * 0.7 * t)) / RateHz;
            var syllable = Math.Max(0, Math.Sin(2 * Math.PI * 3.5 * t)) * (t % 4 < 3 ? 1 : 0);
            var voice = 0.0;
            for (var k = 1; k <= 12; k++) voice += Math.Sin(k * phase) / k;
            samples[i] = (short)(6000 * syllable * voice + 150 * (random.NextDouble() - 0.5));
        }

        return samples;
    }

    public static void Write(string path, short[] samples)
    {
        using var file = new BinaryWriter(File.Create(path));
        file.Write("RIFF"u8);
        file.Write(36 + samples.Length * 2);
        file.Write("WAVEfmt "u8);
        file.Write(16);
        file.Write((short)1);
        file.Write((short)1);
        file.Write(RateHz);
        file.Write(RateHz * 2);
        file.Write((short)2);
        file.Write((short)16);
        file.Write("data"u8);
        file.Write(samples.Length * 2);
        file.Write(MemoryMarshal.AsBytes<short>(samples));
    }
}
