namespace Chorale.Archive.Range;

/// <summary>
/// Brings one stretch of audio to another rate with a windowed sinc: n frames in become exactly ceil(n x out / in), frame 0 stays frame 0.
/// Only ranges that mix rates need it.
/// </summary>
internal sealed class Resampler
{
    /// <summary>Zero crossings on either side: a transition band of about a tenth of the lower rate.</summary>
    private const int Crossings = 16;

    private readonly int _inHz, _outHz, _channels, _half;
    private readonly long _phases, _step;
    private readonly float[] _taps;
    private readonly List<float> _held = [];
    private long _heldFrom, _framesIn, _framesOut;

    public Resampler(int inHz, int outHz, int channels)
    {
        (_inHz, _outHz, _channels) = (inHz, outHz, channels);
        var divisor = Gcd(inHz, outHz);
        (_phases, _step) = (outHz / divisor, inHz / divisor);
        var cutoff = Math.Min(1.0, (double)outHz / inHz) * 0.95;
        _half = (int)Math.Ceiling(Crossings / cutoff);
        _taps = new float[_phases * 2 * _half];
        for (long phase = 0; phase < _phases; phase++) FillPhase(phase, cutoff);
    }

    /// <summary>Takes interleaved frames in, adds what can be computed to <paramref name="output"/>.</summary>
    public void Push(ReadOnlySpan<float> frames, List<float> output)
    {
        _held.AddRange(frames);
        _framesIn += frames.Length / _channels;
        while (_framesOut * _step / _phases + _half < _framesIn) Emit(output);
        var keepFrom = Math.Max(0, _framesOut * _step / _phases - _half);
        if (keepFrom - _heldFrom < 4096) return;
        _held.RemoveRange(0, (int)(keepFrom - _heldFrom) * _channels);
        _heldFrom = keepFrom;
    }

    /// <summary>Ends the stretch: what lies beyond it counts as silence.</summary>
    public void End(List<float> output)
    {
        var total = (_framesIn * _outHz + _inHz - 1) / _inHz;
        while (_framesOut < total) Emit(output);
    }

    private void Emit(List<float> output)
    {
        var (at, phase) = Math.DivRem(_framesOut++ * _step, _phases);
        var taps = _taps.AsSpan((int)phase * 2 * _half, 2 * _half);
        for (var channel = 0; channel < _channels; channel++)
        {
            double sum = 0;
            for (var k = 0; k < taps.Length; k++)
            {
                var frame = at - _half + 1 + k;
                if (frame >= _heldFrom && frame < _framesIn) sum += taps[k] * _held[(int)(frame - _heldFrom) * _channels + channel];
            }

            output.Add((float)sum);
        }
    }

    private void FillPhase(long phase, double cutoff)
    {
        var taps = _taps.AsSpan((int)phase * 2 * _half, 2 * _half);
        double sum = 0;
        for (var k = 0; k < taps.Length; k++)
        {
            var x = k - _half + 1 - (double)phase / _phases;
            var window = 0.5 + 0.5 * Math.Cos(Math.PI * Math.Clamp(x / _half, -1, 1));
            taps[k] = (float)((x == 0 ? 1 : Math.Sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x)) * window);
            sum += taps[k];
        }

        for (var k = 0; k < taps.Length; k++) taps[k] = (float)(taps[k] / sum); // a constant stays what it is in every phase
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
