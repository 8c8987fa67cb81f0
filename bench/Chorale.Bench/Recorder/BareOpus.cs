using Chorale.Bench.Interop;

namespace Chorale.Bench.Recorder;

/// <summary>CPU time of libopus alone over the same samples, in packets of 20 ms.</summary>
internal static unsafe class BareOpus
{
    public const int PacketFrames = 960;

    public static double CpuSeconds(ReadOnlySpan<short> samples, int bitrateBps, int complexity)
    {
        using var encoder = Opus.Create(Speech.RateHz, 1, Opus.ApplicationAudio, out var error);
        if (error != 0 || Opus.Control(encoder, Opus.SetBitrate, bitrateBps) != 0 || Opus.Control(encoder, Opus.SetComplexity, complexity) != 0)
            throw new InvalidOperationException("libopus refused its settings");
        var packet = stackalloc byte[4000];
        var before = Environment.CpuUsage.TotalTime;
        fixed (short* first = samples)
        {
            for (var at = 0; at + PacketFrames <= samples.Length; at += PacketFrames)
            {
                if (Opus.Encode(encoder, first + at, PacketFrames, packet, 4000) < 0) throw new InvalidOperationException("libopus could not encode");
            }
        }

        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }
}
