using Chorale.Recorder.Upload;

namespace Chorale.Tests.Upload;

public sealed class RetryScheduleTests
{
    [Fact]
    public void Failures_wait_2_4_8_seconds_up_to_300_and_a_success_starts_over()
    {
        var retry = new RetrySchedule(RetryOptions.Ingest, () => 0);
        Assert.Equal([2, 4, 8, 16, 32, 64, 128, 256, 300, 300], Enumerable.Range(0, 10).Select(_ => retry.MarkFailure().TotalSeconds));
        retry.MarkSuccess();
        Assert.Equal(2, retry.MarkFailure().TotalSeconds);
    }

    [Fact]
    public void Mycelia_waits_1_second_up_to_60()
    {
        var retry = new RetrySchedule(RetryOptions.Mycelia, () => 0);
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], Enumerable.Range(0, 8).Select(_ => retry.MarkFailure().TotalSeconds));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(0.5, 2.3)]
    [InlineData(1, 2.6)]
    [InlineData(99, 2.6)]
    public void Jitter_adds_up_to_30_percent_and_never_takes_away(double jitter, double seconds) =>
        Assert.Equal(seconds, new RetrySchedule(RetryOptions.Ingest, () => jitter).MarkFailure().TotalSeconds, 6);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(120, 120)]
    [InlineData(1800, 1800)]
    [InlineData(86400, 3600)]
    [InlineData(-5, 2)]
    public void Retry_after_is_the_least_we_wait_but_never_more_than_an_hour(int asked, int seconds) =>
        Assert.Equal(seconds, new RetrySchedule(RetryOptions.Ingest, () => 0).MarkFailure(TimeSpan.FromSeconds(asked)).TotalSeconds);

    [Fact]
    public void A_year_of_failures_does_not_overflow()
    {
        var retry = new RetrySchedule(RetryOptions.Ingest, () => 1);
        for (var i = 0; i < 200_000; i++) Assert.InRange(retry.MarkFailure().TotalSeconds, 2, 390);
    }
}
