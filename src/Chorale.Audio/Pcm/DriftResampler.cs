using System.Numerics;

namespace Chorale.Audio.Pcm;

/// <summary>
/// Reads audio at positions of its own choosing: output frame n is the source at <c>first + n x step</c>, both of any fraction, by a
/// windowed sinc. Moves a recording by part of a frame, and takes out what its crystal ran too fast or slow. What lies outside the source
/// is silence. Streams forwards; used by one thread.
/// </summary>
public sealed class DriftResampler
{
    /// <summary>Zero crossings on either side: flat to 20 kHz at 44.1 kHz within 0.1 dB.</summary>
    private const int Crossings = 32;

    /// <summary>Between two of them is interpolated: the error lies below -110 dB.</summary>
    private const int Phases = 512;

    private readonly Func<float[], int> _read;
    private readonly int _channels, _half;
    private readonly double _first, _step;
    private readonly float[] _taps, _mixed, _block;
    private readonly float[][] _held; // one line a channel, so that a window is one stretch of memory
    private long _heldFrom, _heldFrames, _out;
    private bool _ended;

    /// <param name="read">Fills an array with interleaved frames from the source, in order; returns how many frames, 0 at the end.</param>
    /// <param name="channels">Of the source, and of what <see cref="Read"/> gives.</param>
    /// <param name="firstPosition">In frames of the source; negative: silence comes first.</param>
    /// <param name="step">Frames of the source for one of the output: 1.00005 slows a source that ran 50 ppm fast.</param>
    public DriftResampler(Func<float[], int> read, int channels, double firstPosition, double step)
    {
        if (channels < 1) throw new ArgumentOutOfRangeException(nameof(channels), channels, "at least 1 is allowed");
        if (!(step > 0.01 && step < 100)) throw new ArgumentOutOfRangeException(nameof(step), step, "0.01 to 100 is allowed");
        (_read, _channels, _first, _step) = (read, channels, firstPosition, step);
        var cutoff = Math.Min(1.0, 1 / step) * (step > 1.001 ? 0.95 : 1);
        _half = (int)Math.Ceiling(Crossings / cutoff);
        _block = new float[4096 * channels];
        _held = [.. Enumerable.Range(0, channels).Select(_ => new float[8192])];
        _mixed = new float[2 * _half];
        _taps = new float[(Phases + 1) * 2 * _half];
        for (var phase = 0; phase <= Phases; phase++) FillPhase(phase, cutoff);
    }

    /// <summary>Frames before a position that its sound needs: who seeks in the source goes back by so many.</summary>
    public static int Reach(double step) => (int)Math.Ceiling(Crossings * Math.Max(1.0, step) / 0.95) + 1;

    /// <summary>Fills <paramref name="interleaved"/> with the next whole frames.</summary>
    public void Read(Span<float> interleaved)
    {
        var frames = interleaved.Length / _channels;
        ReadAt(interleaved, _first, _step, _out);
        _out += frames;
    }

    /// <summary>
    /// Fills <paramref name="interleaved"/> from a line of the caller's own: frame i is the source at origin + (first + i) x step. Positions
    /// never go back by more than a window; steps stay within a thousandth of the one given at creation.
    /// </summary>
    public void ReadAt(Span<float> interleaved, double origin, double step, long first)
    {
        for (var at = 0; at < interleaved.Length; at += _channels)
        {
            var position = origin + first++ * step;
            var whole = (long)Math.Floor(position);
            Need(whole + _half);
            Emit(whole, position - whole, interleaved.Slice(at, _channels));
        }
    }

    private void Emit(long whole, double fraction, Span<float> frame)
    {
        // Nothing to move: the samples are those of the source, to the bit.
        if (fraction < 1e-9)
        {
            for (var channel = 0; channel < _channels; channel++) frame[channel] = At(whole, channel);
            return;
        }

        var (phase, part) = ((int)(fraction * Phases), (float)(fraction * Phases - (int)(fraction * Phases)));
        Mix(_taps.AsSpan(phase * 2 * _half, 2 * _half), _taps.AsSpan((phase + 1) * 2 * _half, 2 * _half), part);
        var from = whole - _half + 1;
        var isInside = from >= _heldFrom && from + _mixed.Length <= _heldFrom + _heldFrames;
        for (var channel = 0; channel < _channels; channel++)
            frame[channel] = isInside ? Dot(_mixed, _held[channel].AsSpan((int)(from - _heldFrom), _mixed.Length)) : Sum(from, channel);
    }

    /// <summary>The taps between two phases.</summary>
    private void Mix(ReadOnlySpan<float> low, ReadOnlySpan<float> high, float part)
    {
        var mixed = _mixed.AsSpan();
        var width = Vector<float>.Count;
        var k = 0;
        for (; k <= mixed.Length - width; k += width)
        {
            var a = new Vector<float>(low[k..]);
            (a + (new Vector<float>(high[k..]) - a) * part).CopyTo(mixed[k..]);
        }

        for (; k < mixed.Length; k++) mixed[k] = low[k] + (high[k] - low[k]) * part;
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (sums, width) = (Vector<float>.Zero, Vector<float>.Count);
        var k = 0;
        for (; k <= a.Length - width; k += width) sums += new Vector<float>(a[k..]) * new Vector<float>(b[k..]);
        var sum = Vector.Sum(sums);
        for (; k < a.Length; k++) sum += a[k] * b[k];
        return sum;
    }

    /// <summary>At the ends of the source, where part of the window is silence.</summary>
    private float Sum(long from, int channel)
    {
        double sum = 0;
        for (var k = 0; k < _mixed.Length; k++) sum += _mixed[k] * At(from + k, channel);
        return (float)sum;
    }

    private float At(long frame, int channel) =>
        frame < _heldFrom || frame >= _heldFrom + _heldFrames ? 0 : _held[channel][frame - _heldFrom];

    /// <summary>Holds the source up to <paramref name="last"/>, as far as there is any.</summary>
    private void Need(long last)
    {
        while (!_ended && last >= _heldFrom + _heldFrames)
        {
            var frames = _read(_block);
            if (frames == 0)
            {
                _ended = true;
                return;
            }

            Forget(last - 2 * _half);
            for (var channel = 0; channel < _channels; channel++)
            {
                if (_held[channel].Length < _heldFrames + frames) Array.Resize(ref _held[channel], (int)Math.Max(_heldFrames + frames, _held[channel].Length * 2L));
                var line = _held[channel].AsSpan((int)_heldFrames);
                for (var i = 0; i < frames; i++) line[i] = _block[i * _channels + channel];
            }

            _heldFrames += frames;
        }
    }

    private void Forget(long before)
    {
        var drop = Math.Min(before - _heldFrom, _heldFrames);
        if (drop <= 0) return;
        foreach (var line in _held) line.AsSpan((int)drop, (int)(_heldFrames - drop)).CopyTo(line);
        (_heldFrom, _heldFrames) = (_heldFrom + drop, _heldFrames - drop);
    }

    private void FillPhase(int phase, double cutoff)
    {
        var taps = _taps.AsSpan(phase * 2 * _half, 2 * _half);
        double sum = 0;
        for (var k = 0; k < taps.Length; k++)
        {
            var x = k - _half + 1 - (double)phase / Phases;
            var w = Math.Clamp(x / _half, -1, 1);
            var window = 0.42 + 0.5 * Math.Cos(Math.PI * w) + 0.08 * Math.Cos(2 * Math.PI * w); // Blackman
            taps[k] = (float)((Math.Abs(x) < 1e-12 ? 1 : Math.Sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x)) * window);
            sum += taps[k];
        }

        for (var k = 0; k < taps.Length; k++) taps[k] = (float)(taps[k] / sum); // a constant stays what it is in every phase
    }
}
