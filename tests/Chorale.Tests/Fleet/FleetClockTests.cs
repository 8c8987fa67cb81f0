using Chorale.Fleet.Clock;
using Chorale.Fleet.Sessions;
using Chorale.Protocol;
using Chorale.Protocol.Modules;

namespace Chorale.Tests.Fleet;

public sealed class FleetClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_shortest_round_trip_wins_and_the_truth_lies_within_half_of_it()
    {
        var random = new Random(1);
        for (var round = 0; round < 2_000; round++)
        {
            var module = new SimulatedClock(Start, random.NextDouble() * 2e6 - 1e6, random.NextDouble() * 100 - 50);
            var estimate = Burst(module, Start.AddSeconds(1), random);
            var truth = module.OffsetUs(estimate.MeasuredAt);
            Assert.InRange(estimate.OffsetUs - truth, -estimate.UncertaintyUs - 1, estimate.UncertaintyUs + 1);
        }
    }

    [Fact]
    public void Clocks_a_second_and_50_ppm_off_start_within_half_a_millisecond_and_say_so()
    {
        // Round trips of 0.2 to 0.6 ms at best, 40 ms at worst: a wired network with a busy broker.
        var random = new Random(2);
        double worst = 0;
        for (var session = 0; session < 200; session++)
        {
            var firstFrames = new List<(double TrueUs, double UncertaintyUs)>();
            for (var m = 0; m < 8; m++)
            {
                var module = new SimulatedClock(Start, random.NextDouble() * 2e6 - 1e6, random.NextDouble() * 100 - 50);
                var track = new ClockTrack();
                track.Add(Burst(module, Start, random));
                var t0 = Start.AddMilliseconds(700);
                var use = ClockUse.Choose(new ClockStatus(null, null, "none"), track.At(t0));
                if (Math.Abs(module.OffsetUs(t0)) > 1_000) Assert.Equal("measured", use.Source);
                // The module begins when its own clock shows what it was told; what the master's clock shows then is the truth.
                var began = module.WhenItShows(t0.AddMicroseconds(Math.Round(use.OffsetUs)));
                var errorUs = (began - t0).TotalMicroseconds;
                Assert.InRange(Math.Abs(errorUs), 0, use.UncertaintyUs!.Value + 1);
                firstFrames.Add((errorUs, use.UncertaintyUs.Value));
            }

            worst = Math.Max(worst, firstFrames.Max(f => f.TrueUs) - firstFrames.Min(f => f.TrueUs));
        }

        Assert.InRange(worst, 0, 500);
    }

    [Fact]
    public void A_rate_that_was_measured_carries_an_offset_over_minutes()
    {
        var random = new Random(3);
        var module = new SimulatedClock(Start, 400_000, 37);
        var track = new ClockTrack();
        for (var minute = 0; minute <= 10; minute += 5) track.Add(Burst(module, Start.AddMinutes(minute), random));
        var rate = track.RatePpm(out var doubt);
        Assert.InRange(rate!.Value, 37 - doubt, 37 + doubt);
        var at = Start.AddMinutes(14);
        var estimate = track.At(at)!;
        Assert.InRange(estimate.OffsetUs - module.OffsetUs(at), -estimate.UncertaintyUs, estimate.UncertaintyUs);
        Assert.InRange(estimate.UncertaintyUs, 0, 1_500);
    }

    [Fact]
    public void A_clock_that_was_set_is_measured_anew()
    {
        var random = new Random(5);
        var track = new ClockTrack();
        track.Add(Burst(new SimulatedClock(Start, 0, 0), Start, random));
        track.Add(Burst(new SimulatedClock(Start, 0, 0), Start.AddMinutes(5), random));
        var set = new SimulatedClock(Start, 3_600e6, 0);
        track.Add(Burst(set, Start.AddMinutes(10), random));
        Assert.Null(track.RatePpm(out _));
        Assert.InRange(track.At(Start.AddMinutes(10))!.OffsetUs, 3_599.99e6, 3_600.01e6);
    }

    [Fact]
    public void Clocks_that_cannot_be_told_apart_are_taken_as_one()
    {
        var use = ClockUse.Choose(new ClockStatus(null, null, "none"), new ClockEstimate(Start, 120, 200, 400));
        Assert.Equal((0, 320.0, "agreeing"), (use.OffsetUs, use.UncertaintyUs, use.Source));
        Assert.Equal("host", ClockUse.Choose(new ClockStatus(0, 50, "host"), new ClockEstimate(Start, 120, 200, 400)).Source);
        // A host that claims to hold its clock and is a second off is not believed.
        Assert.Equal(("measured", 1e6), (ClockUse.Choose(new ClockStatus(0, 50, "host"), new ClockEstimate(Start, 1e6, 200, 400)) is var lie ? (lie.Source, lie.OffsetUs) : default));
        Assert.Equal(("assumed", null), (ClockUse.Choose(null, null).Source, ClockUse.Choose(null, null).UncertaintyUs));
    }

    [Fact]
    public void An_exchange_across_a_step_of_a_clock_is_not_believed()
    {
        Assert.Null(ClockEstimate.Best([new ClockSample(1_000, 900_000, 800_000, 2_000)], Start)); // theirs stepped back while it thought
        Assert.Null(ClockEstimate.Best([], Start));
        Assert.False(new ClockSample(1_000, 5_000, 9_000, 2_000).IsSane); // it thought longer than we waited
    }

    private static ClockEstimate Burst(SimulatedClock module, DateTimeOffset from, Random random)
    {
        var samples = new List<ClockSample>();
        var at = from;
        for (var i = 0; i < 24 && (i % 8 != 0 || !ClockEstimate.IsGoodEnough(samples)); i++) // what the desk does: up to three bursts
        {
            var asked = at;
            var came = asked.AddMicroseconds(Way());
            var answered = came.AddMicroseconds(random.Next(20, 500));
            at = answered.AddMicroseconds(Way());
            samples.Add(new ClockSample(WallTime.ToMicroseconds(asked), module.ShowsUs(came), module.ShowsUs(answered), WallTime.ToMicroseconds(at)));
        }

        return ClockEstimate.Best(samples, at)!;

        double Way() => 100 + random.Next(200) + (random.Next(3) == 0 ? random.Next(20_000) : 0);
    }

    /// <summary>A clock of which the truth is known.</summary>
    private sealed class SimulatedClock(DateTimeOffset anchor, double offsetUs, double ppm)
    {
        public double OffsetUs(DateTimeOffset at) => offsetUs + (at - anchor).TotalSeconds * ppm;

        public long ShowsUs(DateTimeOffset at) => WallTime.ToMicroseconds(at.AddMicroseconds(OffsetUs(at)));

        public DateTimeOffset WhenItShows(DateTimeOffset shown) =>
            anchor.AddMicroseconds(((shown - anchor).TotalMicroseconds - offsetUs) / (1 + ppm / 1e6));
    }
}
