using Chorale.Show.Room;

namespace Chorale.Tests.Rooms;

public sealed class LatenessHistogramTests
{
    [Fact]
    public void Each_cue_is_in_the_bucket_of_its_lateness_and_the_worst_is_kept()
    {
        var histogram = new LatenessHistogram();
        foreach (var us in (long[])[-5, 0, 50, 51, 99, 1_000_000, 1_000_001, 90_000_000]) histogram.Add(TimeSpan.FromMicroseconds(us));
        var counts = histogram.Counts();
        Assert.Equal(LatenessHistogram.BoundsMs.Count + 1, counts.Count);
        Assert.Equal((3, 2, 1, 2), (counts[0], counts[1], counts[^2], counts[^1]));
        Assert.Equal(TimeSpan.FromSeconds(90), histogram.Worst);
        Assert.Equal(TimeSpan.FromMicroseconds(100), histogram.AtMost(0.5));
        Assert.Equal(TimeSpan.FromSeconds(90), histogram.AtMost(0.99));
        Assert.Null(new LatenessHistogram().AtMost(0.5));
    }

    [Fact]
    public void Adding_allocates_nothing_on_the_room_s_thread()
    {
        var histogram = new LatenessHistogram();
        histogram.Add(TimeSpan.Zero);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 0; n < 100_000; n++) histogram.Add(TimeSpan.FromMicroseconds(n));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
