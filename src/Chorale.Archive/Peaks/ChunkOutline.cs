using System.Numerics;
using System.Runtime.InteropServices;
using Chorale.Audio.Files;

namespace Chorale.Archive.Peaks;

/// <param name="Slot">Start / <see cref="Loudness.SlotUs"/>, counted from 1970.</param>
internal readonly record struct LevelSlot(long Slot, byte Peak, byte Rms);

/// <summary>What decoding a stretch of audio once gives: its outline, and how loud it was in each slot of the clock.</summary>
/// <param name="Points">Minimum and maximum of each point in turn, signed bytes: 127 times the root of the sample, so that -84 dBFS is not zero.</param>
internal sealed record Outlined(byte[] Points, IReadOnlyList<LevelSlot> Slots)
{
    /// <summary>Nothing can be read: a flat line.</summary>
    public static readonly Outlined Nothing = new([], []);

    /// <param name="reader">Stands at the first frame that is wanted.</param>
    /// <param name="startUs">Wall time of that frame.</param>
    /// <param name="framesMax">At most so many frames.</param>
    public static Outlined Of(AudioFileReader reader, long startUs, int perSecond, long framesMax, CancellationToken cancel)
    {
        var (channels, rate) = (reader.Format.Channels, reader.Format.SampleRateHz);
        var block = new float[Math.Max(1, rate / perSecond) * channels];
        var points = new List<byte>();
        var slots = new List<LevelSlot>();
        var (slot, peak, power, samples, frames) = (startUs / Loudness.SlotUs, 0f, 0.0, 0L, 0L);
        while (frames < framesMax && reader.Read(block) is > 0 and var read)
        {
            cancel.ThrowIfCancellationRequested();
            var at = (startUs + frames * 1_000_000 / rate) / Loudness.SlotUs;
            if (at != slot)
            {
                slots.Add(new LevelSlot(slot, Loudness.OfAmplitude(peak), Loudness.OfPower(power / samples)));
                (slot, peak, power, samples) = (at, 0, 0, 0);
            }

            var (low, high, squares) = Extremes(block.AsSpan(0, read * channels));
            points.Add((byte)Rooted(low));
            points.Add((byte)Rooted(high));
            peak = Math.Max(peak, Math.Max(-low, high));
            power += squares;
            samples += read * channels;
            frames += read;
        }

        if (samples > 0) slots.Add(new LevelSlot(slot, Loudness.OfAmplitude(peak), Loudness.OfPower(power / samples)));
        return new Outlined([.. points], slots);
    }

    private static (float Low, float High, double Squares) Extremes(ReadOnlySpan<float> samples)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(samples);
        var (lows, highs, sums) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        foreach (var v in vectors)
        {
            lows = Vector.Min(lows, v);
            highs = Vector.Max(highs, v);
            sums += v * v;
        }

        var (low, high) = (0f, 0f);
        double squares = Vector.Sum(sums);
        for (var i = 0; i < Vector<float>.Count; i++) (low, high) = (Math.Min(low, lows[i]), Math.Max(high, highs[i]));
        foreach (var sample in samples[(vectors.Length * Vector<float>.Count)..])
        {
            (low, high) = (Math.Min(low, sample), Math.Max(high, sample));
            squares += sample * sample;
        }

        return (low, high, double.IsFinite(squares) ? squares : 0);
    }

    /// <remarks>A sample that is no number, as files of floats may have, is silence.</remarks>
    private static sbyte Rooted(float sample) => !float.IsFinite(sample) ? (sbyte)0 : (sbyte)(MathF.Sign(sample) * Math.Min(127, MathF.Round(127 * MathF.Sqrt(MathF.Abs(sample)))));
}
