using System.Runtime.InteropServices;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Files;

/// <summary>Stored samples to the form a codec takes. A float outside full scale is clipped and one that is no number becomes 0.</summary>
internal static class SampleConversion
{
    public static void ToFloat(ReadOnlySpan<byte> stored, SampleFormat format, Span<float> floats)
    {
        switch (format)
        {
            case SampleFormat.S16:
                var shorts = MemoryMarshal.Cast<byte, short>(stored);
                for (var i = 0; i < shorts.Length; i++) floats[i] = shorts[i] * (1f / 32768);
                break;
            case SampleFormat.F32:
                var source = MemoryMarshal.Cast<byte, float>(stored);
                for (var i = 0; i < source.Length; i++) floats[i] = Sane(source[i]);
                break;
            default:
                var ints = MemoryMarshal.Cast<byte, int>(stored);
                for (var i = 0; i < ints.Length; i++) floats[i] = ints[i] * (1f / 2147483648);
                break;
        }
    }

    /// <summary>16 bits of S16 as they are, else the upper 24 bits: exact for S24, cut for S32, rounded for F32.</summary>
    public static void ToFlac(ReadOnlySpan<byte> stored, SampleFormat format, Span<int> samples)
    {
        switch (format)
        {
            case SampleFormat.S16:
                var shorts = MemoryMarshal.Cast<byte, short>(stored);
                for (var i = 0; i < shorts.Length; i++) samples[i] = shorts[i];
                break;
            case SampleFormat.F32:
                var floats = MemoryMarshal.Cast<byte, float>(stored);
                for (var i = 0; i < floats.Length; i++) samples[i] = Math.Min((int)MathF.Round(Sane(floats[i]) * 8_388_608f), 8_388_607);
                break;
            default:
                var ints = MemoryMarshal.Cast<byte, int>(stored);
                for (var i = 0; i < ints.Length; i++) samples[i] = ints[i] >> 8;
                break;
        }
    }

    private static float Sane(float sample) => float.IsNaN(sample) ? 0 : Math.Clamp(sample, -1f, 1f);
}
