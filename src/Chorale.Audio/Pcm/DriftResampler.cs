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
    private readonly float[] _taps;
    private readonly float[] _block;
    private float[] _held = [];
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
        _taps = new float[(Phases + 1) * 2 * _half];
        for (var phase = 0; phase <= Phases; phase++) FillPhase(phase, cutoff);
    }

    /// <summary>Fills <paramref name="interleaved"/> with the next whole frames.</summary>
    public void Read(Span<float> interleaved)
    {
        for (var at = 0; at < interleaved.Length; at += _channels)
        {
            var position = _first + _out++ * _step;
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
        var low = _taps.AsSpan(phase * 2 * _half, 2 * _half);
        var high = _taps.AsSpan((phase + 1) * 2 * _half, 2 * _half);
        for (var channel = 0; channel < _channels; channel++)
        {
            double sum = 0;
            var from = whole - _half + 1;
            for (var k = 0; k < low.Length; k++) sum += (low[k] + (high[k] - low[k]) * part) * At(from + k, channel);
            frame[channel] = (float)sum;
        }
    }

    private float At(long frame, int channel) =>
        frame < _heldFrom || frame >= _heldFrom + _heldFrames ? 0 : _held[(frame - _heldFrom) * _channels + channel];

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
            var needed = (int)((_heldFrames + frames) * _channels);
            if (_held.Length < needed) Array.Resize(ref _held, Math.Max(needed, _held.Length * 2));
            _block.AsSpan(0, frames * _channels).CopyTo(_held.AsSpan((int)(_heldFrames * _channels)));
            _heldFrames += frames;
        }
    }

    private void Forget(long before)
    {
        var drop = Math.Min(before - _heldFrom, _heldFrames);
        if (drop <= 0) return;
        _held.AsSpan((int)(drop * _channels), (int)((_heldFrames - drop) * _channels)).CopyTo(_held);
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
