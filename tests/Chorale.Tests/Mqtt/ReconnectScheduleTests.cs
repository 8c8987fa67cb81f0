using Chorale.Mqtt;

namespace Chorale.Tests.Mqtt;

public sealed class ReconnectScheduleTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly ReconnectSchedule _schedule = new(TimeSpan.FromSeconds(5), new Random(1));

    [Fact]
    public void An_absent_broker_is_looked_for_within_three_quarters_of_a_second_however_long_it_is_away()
    {
        for (var i = 0; i < 1_000; i++) Assert.InRange(_schedule.After(EndKind.Unreachable, TimeSpan.Zero).TotalSeconds, 0.4, 0.75);
        for (var i = 0; i < 1_000; i++) Assert.InRange(_schedule.After(EndKind.Lost, TimeSpan.Zero).TotalSeconds, 0.4, 0.75);
        Assert.InRange(_schedule.After(EndKind.Lost, Long).TotalSeconds, 0, 0.2);
    }

    [Fact]
    public void A_fleet_that_lost_its_broker_does_not_come_back_in_step()
    {
        var pauses = Enumerable.Range(0, 100).Select(i => new ReconnectSchedule(TimeSpan.FromSeconds(5), new Random(i)).After(EndKind.Unreachable, TimeSpan.Zero)).ToList();
        Assert.True(pauses.Max() - pauses.Min() > TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void A_broker_that_refuses_is_asked_ever_more_rarely_up_to_the_interval()
    {
        var pauses = Enumerable.Range(0, 6).Select(_ => _schedule.After(EndKind.Refused, TimeSpan.Zero).TotalSeconds).ToList();
        foreach (var (pause, middle) in pauses.Zip([1.0, 2, 4, 5, 5, 5])) Assert.InRange(pause, middle * 0.8, middle * 1.2);

        _schedule.After(EndKind.Lost, Long);
        Assert.InRange(_schedule.After(EndKind.Refused, TimeSpan.Zero).TotalSeconds, 0.8, 1.2);
    }

    [Fact]
    public void Connections_that_do_not_last_are_made_more_slowly_from_the_third_on()
    {
        var brief = TimeSpan.FromSeconds(1);
        var pauses = Enumerable.Range(0, 6).Select(_ => _schedule.After(EndKind.Lost, brief).TotalSeconds).ToList();
        Assert.All(pauses.Take(2), p => Assert.InRange(p, 0, 0.2));
        foreach (var (pause, middle) in pauses.Skip(2).Zip([1.0, 2, 4, 5])) Assert.InRange(pause, middle * 0.8, middle * 1.2);
        Assert.Equal(6, _schedule.ShortLives);
        _schedule.After(EndKind.Lost, Long);
        Assert.Equal(0, _schedule.ShortLives);
    }

    [Fact]
    public void The_older_protocol_is_tried_at_once() => Assert.Equal(TimeSpan.Zero, _schedule.After(EndKind.OldProtocol, TimeSpan.Zero));
}
