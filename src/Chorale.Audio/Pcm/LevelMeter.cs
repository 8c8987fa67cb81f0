using System.Runtime.InteropServices;

namespace Chorale.Audio.Pcm;

/// <summary>Levels of a stretch of audio, per channel.</summary>
/// <param name="PeakDbfs">Largest sample, 20·log10(|x| / full scale), floor -120.</param>
/// <param name="RmsDbfs">Root mean square against full scale, floor -120.</param>
/// <param name="ClippedSamples">Samples at full scale, all channels together.</param>
/// <param name="Frames">Frames measured; 0 gives the floor everywhere.</param>
/// <param name="Peak">Largest |x| of all channels, full scale 1.</param>
public sealed record Levels(IReadOnlyList<double> PeakDbfs, IReadOnlyList<double> RmsDbfs, long ClippedSamples, long Frames, double Peak);

/// <summary>Accumulates peak, RMS and clipping of interleaved frames, without allocating. Used by one thread.</summary>
public sealed class LevelMeter
{
    /// <summary>What silence is written as.</summary>
    public const double FloorDbfs = -120;

    private readonly PcmFormat _format;
    private readonly double[] _squares;
    private readonly float[] _peaks;
    private long _clipped;
    private long _frames;

    public LevelMeter(PcmFormat format)
    {
        _format = format;
        _squares = new double[format.Channels];
        _peaks = new float[format.Channels];
    }

    /// <summary>Measures whole interleaved frames in the meter's format.</summary>
    public void Add(ReadOnlySpan<byte> interleaved)
    {
        switch (_format.SampleFormat)
        {
            case SampleFormat.S16: AddS16(MemoryMarshal.Cast<byte, short>(interleaved)); break;
            case SampleFormat.F32: AddF32(MemoryMarshal.Cast<byte, float>(interleaved)); break;
            case SampleFormat.S24:
                AddS32(MemoryMarshal.Cast<byte, int>(interleaved), 0x7fffff00);
                break;
            case SampleFormat.S32:
                AddS32(MemoryMarshal.Cast<byte, int>(interleaved), int.MaxValue);
                break;
            default: throw new System.Diagnostics.UnreachableException();
        }

        _frames += interleaved.Length / _format.BytesPerFrame;
    }

    /// <summary>Adds what another meter of the same format has measured.</summary>
    public void Add(LevelMeter other)
    {
        for (var c = 0; c < _squares.Length; c++)
        {
            _squares[c] += other._squares[c];
            _peaks[c] = Math.Max(_peaks[c], other._peaks[c]);
        }

        _clipped += other._clipped;
        _frames += other._frames;
    }

    /// <summary>Forgets everything measured.</summary>
    public void Reset()
    {
        Array.Clear(_squares);
        Array.Clear(_peaks);
        _clipped = _frames = 0;
    }

    /// <summary>What was measured since the last <see cref="Reset"/>.</summary>
    public Levels Snapshot() => new(
        [.. _peaks.Select(p => ToDbfs(p))], [.. _squares.Select(s => ToDbfs(Math.Sqrt(s / Math.Max(1, _frames))))], _clipped, _frames, _peaks.Max());

    /// <summary>20·log10, never under the floor; not a number counts as silence.</summary>
    public static double ToDbfs(double amplitude) => amplitude > 1e-6 ? Math.Max(FloorDbfs, 20 * Math.Log10(amplitude)) : FloorDbfs;

    private void AddS16(ReadOnlySpan<short> samples)
    {
        // Mono is the common case and is summed in integers: 2^30 x 2^33 frames fit.
        var channels = _format.Channels;
        for (var c = 0; c < channels; c++)
        {
            long squares = 0;
            int peak = 0, clipped = 0;
            for (var i = c; i < samples.Length; i += channels)
            {
                int x = samples[i];
                squares += x * x;
                var magnitude = Math.Abs(x);
                if (magnitude > peak) peak = magnitude;
                if (magnitude >= short.MaxValue) clipped++;
            }

            _squares[c] += squares / (32768.0 * 32768.0);
            _peaks[c] = Math.Max(_peaks[c], peak / 32768f);
            _clipped += clipped;
        }
    }

    private void AddS32(ReadOnlySpan<int> samples, int fullScale)
    {
        var channels = _format.Channels;
        for (var c = 0; c < channels; c++)
        {
            double squares = 0;
            long peak = 0;
            var clipped = 0;
            for (var i = c; i < samples.Length; i += channels)
            {
                long x = samples[i];
                var scaled = x / 2147483648.0;
                squares += scaled * scaled;
                var magnitude = Math.Abs(x);
                if (magnitude > peak) peak = magnitude;
                if (magnitude >= fullScale) clipped++;
            }

            _squares[c] += squares;
            _peaks[c] = Math.Max(_peaks[c], (float)(peak / 2147483648.0));
            _clipped += clipped;
        }
    }

    private void AddF32(ReadOnlySpan<float> samples)
    {
        var channels = _format.Channels;
        for (var c = 0; c < channels; c++)
        {
            double squares = 0;
            var peak = 0f;
            var clipped = 0;
            for (var i = c; i < samples.Length; i += channels)
            {
                var magnitude = Math.Abs(samples[i]);
                if (!(magnitude <= float.MaxValue)) continue; // NaN and infinity are no level
                squares += (double)magnitude * magnitude;
                if (magnitude > peak) peak = magnitude;
                if (magnitude >= 1) clipped++;
            }

            _squares[c] += squares;
            _peaks[c] = Math.Max(_peaks[c], peak);
            _clipped += clipped;
        }
    }
}
