namespace Chorale.Audio.Pcm;

/// <summary>What the levels say of the microphone.</summary>
public enum MicrophoneVerdict
{
    Alive,

    /// <summary>Every sample was zero for 10 s: switched off, or the wrong input.</summary>
    DigitalSilence,

    /// <summary>Peak under 0.001 for 10 s. A living silent room never fell under 0.004 in 495 takes; dead inputs stay 17 times below it.</summary>
    Dead,
}

/// <summary>Decides from window after window whether the microphone lives. Pure: no clock, no I/O.</summary>
public sealed class DeadMicrophonePolicy
{
    private const double DeadPeak = 0.001;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private TimeSpan _zero;
    private TimeSpan _dead;

    public MicrophoneVerdict Verdict { get; private set; }

    /// <summary>Takes one window of any length.</summary>
    /// <param name="peak">Largest |x| of all channels, full scale 1.</param>
    /// <param name="length">Audio in the window.</param>
    public MicrophoneVerdict Add(double peak, TimeSpan length)
    {
        _zero = peak > 0 ? TimeSpan.Zero : _zero + length;
        _dead = peak >= DeadPeak ? TimeSpan.Zero : _dead + length;
        return Verdict = _zero >= Patience ? MicrophoneVerdict.DigitalSilence : _dead >= Patience ? MicrophoneVerdict.Dead : MicrophoneVerdict.Alive;
    }

    /// <summary>A new device: nothing is known of it.</summary>
    public void Reset() => (_zero, _dead, Verdict) = (TimeSpan.Zero, TimeSpan.Zero, MicrophoneVerdict.Alive);
}
