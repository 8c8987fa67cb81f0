using System.Runtime.InteropServices;
using Chorale.Audio.Pcm;
using Chorale.Recorder.Recording;

namespace Chorale.Tests.Recording;

public sealed class LevelTrackTests
{
    private const int RateHz = 8_000;

    [Fact]
    public void A_channel_that_is_dead_beside_a_living_one_is_named_after_ten_seconds_and_not_once_it_lives()
    {
        var levels = Begin();
        Record(levels, seconds: 9, left: 1_000, right: 5);
        Assert.Empty(levels.DeadChannels);
        Record(levels, seconds: 1, left: 1_000, right: 5);
        Assert.Equal([2], levels.DeadChannels);
        Assert.Equal(MicrophoneVerdict.Alive, levels.Verdict);
        Record(levels, seconds: 1, left: 1_000, right: 900);
        Assert.Empty(levels.DeadChannels);
    }

    [Fact]
    public void A_microphone_that_is_dead_on_all_channels_is_a_dead_microphone_and_no_dead_channel()
    {
        var levels = Begin();
        Record(levels, seconds: 11, left: 3, right: 0);
        Assert.Equal(MicrophoneVerdict.Dead, levels.Verdict);
        Assert.Empty(levels.DeadChannels);
    }

    private static LevelTrack Begin()
    {
        var levels = new LevelTrack();
        levels.Begin(new PcmFormat(RateHz, 2, SampleFormat.S16));
        return levels;
    }

    private static void Record(LevelTrack levels, int seconds, short left, short right)
    {
        var second = new short[2 * RateHz];
        for (var n = 0; n < RateHz; n++) (second[2 * n], second[2 * n + 1]) = ((short)(n % 2 == 0 ? left : -left), right);
        for (var n = 0; n < seconds; n++) levels.Add(MemoryMarshal.AsBytes(second.AsSpan()));
    }
}
