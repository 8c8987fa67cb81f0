using System.Runtime.InteropServices;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture.Sources;

/// <summary>
/// <c>tone:</c> - a test signal nobody takes for a room. Each second begins with a chirp from 400 to 1600 Hz of 300 ms; then come short
/// beeps that tell the time: as many as the last digit of the second (none at 0), at 2 kHz, every tenth second instead one long low
/// note; on the minute two. Under everything lies a 220 Hz hum of amplitude 0.06, so that no part of it passes for a dead microphone.
/// </summary>
/// <remarks>Channel n is the first one delayed by n ms, which shows swapped or merged channels.</remarks>
internal sealed class ToneSource : ICaptureSource
{
    private readonly Pace _pace;
    private readonly float[] _second;
    private readonly int _secondOfMinuteAtStart;
    private long _position;

    public ToneSource(PcmFormat format, int periodFrames, TimeProvider time)
    {
        (Format, PeriodFrames) = (format, periodFrames);
        _second = new float[format.SampleRateHz];
        (_pace, var now) = StartPace(format.SampleRateHz, time);
        _secondOfMinuteAtStart = now.Second;
        // The signal's seconds begin with those of the wall clock, as it stood when the tone began.
        _position = (long)(now.Ticks % TimeSpan.TicksPerSecond * (double)format.SampleRateHz / TimeSpan.TicksPerSecond);
        Render(_secondOfMinuteAtStart);
    }

    /// <summary>The pace, and the wall time of its beginning: the signal of every recorder on a machine stands by the same clock, so an interruption between the two is not accepted.</summary>
    private static (Pace Pace, DateTimeOffset StartedAt) StartPace(int sampleRateHz, TimeProvider time)
    {
        for (var tries = 0; ; tries++)
        {
            var before = time.GetTimestamp();
            var pace = new Pace(sampleRateHz, time);
            var now = time.GetUtcNow();
            if (tries == 20 || time.GetElapsedTime(before) < TimeSpan.FromMicroseconds(50)) return (pace, now);
            pace.Dispose();
        }
    }

    public PcmFormat Format { get; }

    public int PeriodFrames { get; }

    public string Description => "tone: (test signal, no microphone)";

    public bool IsPaced => true;

    public CaptureRead Read(Span<byte> destination)
    {
        if (!_pace.TryWaitFor(PeriodFrames, TimeSpan.FromMilliseconds(200))) return new CaptureRead(CaptureReadKind.Frames, 0);
        var rate = Format.SampleRateHz;
        for (var i = 0; i < PeriodFrames; i++)
        {
            var inSecond = (int)(_position % rate);
            if (inSecond == 0) Render((int)((_secondOfMinuteAtStart + _position / rate) % 60));
            for (var channel = 0; channel < Format.Channels; channel++)
            {
                var delayed = inSecond - channel * rate / 1000;
                Store(destination, i * Format.Channels + channel, _second[delayed < 0 ? 0 : delayed]);
            }

            _position++;
        }

        return new CaptureRead(CaptureReadKind.Frames, PeriodFrames);
    }

    public void Dispose() => _pace.Dispose();

    private void Store(Span<byte> destination, int index, float value)
    {
        switch (Format.SampleFormat)
        {
            case SampleFormat.S16: MemoryMarshal.Cast<byte, short>(destination)[index] = (short)MathF.Round(value * 32767); break;
            case SampleFormat.S24: MemoryMarshal.Cast<byte, int>(destination)[index] = (int)MathF.Round(value * 8388607) << 8; break;
            case SampleFormat.S32: MemoryMarshal.Cast<byte, int>(destination)[index] = (int)Math.Round(value * 2147483647.0); break;
            default: MemoryMarshal.Cast<byte, float>(destination)[index] = value; break;
        }
    }

    /// <summary>One second of signal into the buffer that is played next.</summary>
    private void Render(int secondOfMinute)
    {
        var rate = Format.SampleRateHz;
        for (var i = 0; i < rate; i++)
        {
            var t = i / (double)rate;
            var value = 0.06 * Math.Sin(2 * Math.PI * 220 * t);
            if (t < 0.3) value += 0.3 * Fade(t, 0, 0.3) * Math.Sin(2 * Math.PI * (400 * t + 2000 * t * t));
            else if (secondOfMinute == 0) value += Note(t, 0.4, 0.2, 523) + Note(t, 0.65, 0.25, 784);
            else if (secondOfMinute % 10 == 0) value += Note(t, 0.4, 0.5, 330);
            else
            {
                for (var beep = 0; beep < secondOfMinute % 10; beep++) value += Note(t, 0.36 + 0.065 * beep, 0.04, Math.Min(2000, rate * 0.2));
            }

            _second[i] = (float)value;
        }
    }

    private static double Note(double t, double start, double length, double hertz)
        => t < start || t >= start + length ? 0 : 0.25 * Fade(t, start, length) * Math.Sin(2 * Math.PI * hertz * t);

    /// <summary>5 ms in and out, so that nothing clicks.</summary>
    private static double Fade(double t, double start, double length)
        => Math.Min(1, Math.Min(t - start, start + length - t) / 0.005);
}
