using System.Runtime.InteropServices;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Pcm;

public sealed class LevelMeterTests
{
    private static Levels Measure<T>(SampleFormat format, int channels, params T[] samples) where T : unmanaged
    {
        var meter = new LevelMeter(new PcmFormat(48_000, channels, format));
        meter.Add(MemoryMarshal.AsBytes<T>(samples));
        return meter.Snapshot();
    }

    [Fact]
    public void Silence_is_the_floor_and_never_zero_dbfs()
    {
        Assert.Equal(-120, Measure<short>(SampleFormat.S16, 1, 0, 0, 0).PeakDbfs[0]);
        Assert.Equal(-120, Measure<short>(SampleFormat.S16, 1).RmsDbfs[0]);
        Assert.Equal(-120, Measure(SampleFormat.F32, 1, float.NaN, float.PositiveInfinity).PeakDbfs[0]);
    }

    [Fact]
    public void Half_scale_reads_minus_six_in_every_format()
    {
        Assert.Equal(-6.02, Measure<short>(SampleFormat.S16, 1, 16384, -16384).RmsDbfs[0], 2);
        Assert.Equal(-6.02, Measure(SampleFormat.S24, 1, 1 << 30, -(1 << 30)).PeakDbfs[0], 2);
        Assert.Equal(-6.02, Measure(SampleFormat.S32, 1, 1 << 30, -(1 << 30)).RmsDbfs[0], 2);
        Assert.Equal(-6.02, Measure(SampleFormat.F32, 1, 0.5f, -0.5f).RmsDbfs[0], 2);
    }

    [Fact]
    public void Channels_are_measured_apart()
    {
        var levels = Measure<short>(SampleFormat.S16, 2, 32767, 0, -32768, 0);
        Assert.Equal([0.0, -120.0], levels.PeakDbfs.Select(p => Math.Round(p, 2)));
        Assert.Equal(2, levels.ClippedSamples);
    }

    [Fact]
    public void Every_format_counts_its_own_full_scale_as_clipped()
    {
        Assert.Equal(2, Measure(SampleFormat.S24, 1, 0x7fffff00, int.MinValue).ClippedSamples);
        Assert.Equal(1, Measure(SampleFormat.S32, 1, int.MaxValue, 0x7fffff00).ClippedSamples);
        Assert.Equal(2, Measure(SampleFormat.F32, 1, 1f, -1.5f).ClippedSamples);
    }

    [Fact]
    public void A_microphone_is_called_dead_after_ten_seconds_and_alive_at_the_first_sound()
    {
        var policy = new DeadMicrophonePolicy();
        var second = TimeSpan.FromSeconds(1);
        for (var i = 0; i < 9; i++) Assert.Equal(MicrophoneVerdict.Alive, policy.Add(0.0002, second));
        Assert.Equal(MicrophoneVerdict.Dead, policy.Add(0.0002, second));
        Assert.Equal(MicrophoneVerdict.Alive, policy.Add(0.004, second));
        for (var i = 0; i < 9; i++) policy.Add(0, second);
        Assert.Equal(MicrophoneVerdict.DigitalSilence, policy.Add(0, second));
    }
}
