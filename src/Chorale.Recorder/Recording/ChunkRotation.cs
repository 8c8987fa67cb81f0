namespace Chorale.Recorder.Recording;

/// <summary>Decides how many frames a chunk gets. Pure.</summary>
/// <param name="length">1 s to 1 h.</param>
/// <param name="alignToClock">Cut where UTC is a multiple of <paramref name="length"/>, so that the first chunk is short.</param>
internal sealed class ChunkRotation(TimeSpan length, bool alignToClock)
{
    /// <summary>A first chunk shorter than this is joined to the one after it.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <param name="start">Wall time of the chunk's first frame.</param>
    /// <param name="sampleRateHz">Nominal rate.</param>
    /// <param name="ratePpm">Measured deviation, null when unknown.</param>
    /// <returns>Frames; exactly length x nominal rate unless aligned.</returns>
    public long FramesFor(DateTimeOffset start, int sampleRateHz, double? ratePpm)
    {
        if (!alignToClock) return (long)((Int128)length.Ticks * sampleRateHz / TimeSpan.TicksPerSecond);
        var sinceEpoch = start.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        var remaining = length.Ticks - (sinceEpoch % length.Ticks + length.Ticks) % length.Ticks;
        if (remaining < Shortest.Ticks) remaining += length.Ticks;
        var framesPerSecond = sampleRateHz * (1 + (ratePpm ?? 0) * 1e-6);
        return Math.Max(1, (long)Math.Round(remaining / (double)TimeSpan.TicksPerSecond * framesPerSecond));
    }
}
