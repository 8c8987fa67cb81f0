namespace Chorale.Audio.Pcm;

/// <summary>How one sample is stored once it is inside Chorale: always little-endian, always interleaved.</summary>
public enum SampleFormat
{
    /// <summary>16-bit signed, 2 bytes.</summary>
    S16,

    /// <summary>24 significant bits, left-justified in 4 bytes (the low 8 bits are zero), so that S24 and S32 share one full scale.</summary>
    S24,

    /// <summary>32-bit signed, 4 bytes.</summary>
    S32,

    /// <summary>IEEE float, 4 bytes, full scale +-1.0.</summary>
    F32,
}

/// <summary>Shape of a PCM stream: rate in frames per second, channels, and how a sample is stored.</summary>
public readonly record struct PcmFormat(int SampleRateHz, int Channels, SampleFormat SampleFormat)
{
    /// <summary>Bytes of one sample of one channel: 2 for S16, else 4.</summary>
    public int BytesPerSample => SampleFormat == SampleFormat.S16 ? 2 : 4;

    /// <summary>Bytes of one sample of every channel.</summary>
    public int BytesPerFrame => BytesPerSample * Channels;

    /// <summary>Duration of <paramref name="frames"/> frames at the nominal rate.</summary>
    public TimeSpan DurationOf(long frames) => TimeSpan.FromTicks((long)(frames * (decimal)TimeSpan.TicksPerSecond / SampleRateHz));

    /// <summary>Frames in <paramref name="duration"/> at the nominal rate, rounded down.</summary>
    public long FramesIn(TimeSpan duration) => (long)(duration.Ticks * (decimal)SampleRateHz / TimeSpan.TicksPerSecond);

    public override string ToString() => $"{SampleRateHz} Hz, {Channels} ch, {SampleFormat}";
}
