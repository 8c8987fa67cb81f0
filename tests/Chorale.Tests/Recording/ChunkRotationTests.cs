using Chorale.Recorder.Recording;

namespace Chorale.Tests.Recording;

public sealed class ChunkRotationTests
{
    private static readonly DateTimeOffset Ten = new(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, 48_000, 48_000)]
    [InlineData(60, 44_100, 2_646_000)]
    [InlineData(3600, 192_000, 691_200_000)]
    public void A_chunk_holds_exactly_its_length_at_the_nominal_rate(int seconds, int rateHz, long frames)
    {
        var rotation = new ChunkRotation(TimeSpan.FromSeconds(seconds), alignToClock: false);
        Assert.Equal(frames, rotation.FramesFor(Ten.AddMilliseconds(123), rateHz, ratePpm: 80));
    }

    [Fact]
    public void An_aligned_first_chunk_ends_on_the_next_multiple_of_the_clock()
    {
        var rotation = new ChunkRotation(TimeSpan.FromSeconds(60), alignToClock: true);
        Assert.Equal(48_000 * 47 + 24_000, rotation.FramesFor(Ten.AddSeconds(12.5), 48_000, null));
        Assert.Equal(48_000 * 60, rotation.FramesFor(Ten, 48_000, null));
    }

    [Fact]
    public void A_fast_device_gets_more_frames_to_reach_the_same_instant()
    {
        var rotation = new ChunkRotation(TimeSpan.FromSeconds(60), alignToClock: true);
        Assert.Equal(2_880_288, rotation.FramesFor(Ten, 48_000, ratePpm: 100));
    }

    [Fact]
    public void A_sliver_before_the_multiple_is_joined_to_the_next_chunk()
    {
        var rotation = new ChunkRotation(TimeSpan.FromSeconds(60), alignToClock: true);
        Assert.Equal(48_000 * 60 + 24_000, rotation.FramesFor(Ten.AddSeconds(59.5), 48_000, null));
    }

    [Fact]
    public void Times_before_1970_cut_forward_too()
    {
        var rotation = new ChunkRotation(TimeSpan.FromSeconds(10), alignToClock: true);
        Assert.Equal(48_000 * 3, rotation.FramesFor(DateTimeOffset.UnixEpoch.AddSeconds(-3), 48_000, null));
    }
}
