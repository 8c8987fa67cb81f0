using Chorale.Recorder.Upload;

namespace Chorale.Tests.Upload;

public sealed class HeadOfLineTests
{
    private readonly HeadOfLine _line = new();
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Fact]
    public void Four_failures_change_nothing_and_the_fifth_lets_the_next_chunk_try()
    {
        Fail(1, times: 4);
        Assert.Empty(_line.Skipped(_now));
        Fail(1);
        Assert.Equal([1], _line.Skipped(_now));
        Assert.Empty(_line.Resting(_now));
    }

    [Fact]
    public void When_the_next_chunk_passes_the_first_has_one_more_try_and_then_rests_ten_minutes()
    {
        Fail(1, times: 5);
        _line.MarkSettled(2);
        Assert.Empty(_line.Skipped(_now));
        Assert.Equal(TimeSpan.FromMinutes(10), Fail(1));
        Assert.Equal([1], _line.Skipped(_now));
        Assert.Equal(1, _line.RestingChunks);
        _now += TimeSpan.FromMinutes(10);
        Assert.Empty(_line.Skipped(_now));
    }

    [Fact]
    public void Each_further_failure_doubles_the_rest_up_to_six_hours()
    {
        Fail(1, times: 5);
        _line.MarkSettled(2);
        var rests = Enumerable.Range(0, 8).Select(_ => Fail(1)!.Value.TotalMinutes).ToList();
        Assert.Equal([10, 20, 40, 80, 160, 320, 360, 360], rests);
    }

    [Fact]
    public void A_chunk_that_passes_at_last_is_forgotten()
    {
        Fail(1, times: 5);
        _line.MarkSettled(2);
        Fail(1);
        _line.MarkSettled(1);
        Assert.Equal(0, _line.RestingChunks);
        Assert.Empty(_line.Skipped(_now));
    }

    [Fact]
    public void A_server_that_fails_everything_gets_the_oldest_chunk_again_in_the_end()
    {
        for (var row = 1; row <= 4; row++) Fail(row, times: 5);
        Assert.Equal([1, 2, 3, 4], _line.Skipped(_now).Order());
        Fail(5, times: 5);
        Assert.Empty(_line.Skipped(_now));
    }

    [Fact]
    public void However_long_everything_fails_memory_stays_small_and_nothing_rests()
    {
        for (var row = 0; row < 10_000; row++) Fail(row % 100, times: 5);
        Assert.InRange(_line.Skipped(_now).Count, 0, 4);
        Assert.Equal(0, _line.RestingChunks);
    }

    private TimeSpan? Fail(long row, int times = 1)
    {
        TimeSpan? rest = null;
        for (var i = 0; i < times; i++) rest = _line.MarkFailure(row, _now);
        return rest;
    }
}
