using Chorale.Audio.Capture;

namespace Chorale.Tests.Audio.Capture;

/// <summary>A simulated device of known rate, read late by a known distribution; the truth is known, so the reported uncertainty can be held to it.</summary>
public sealed class RunClockTests
{
    private const int Rate = 48_000;
    private const long StampsPerSecond = 1_000_000_000;
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 0.3, 0)]
    [InlineData(100, 0.3, 0)]
    [InlineData(-100, 0.3, 0)]
    [InlineData(37, 5, 0.02)]
    [InlineData(-63, 2, 0.1)]
    public void The_true_time_lies_within_the_reported_uncertainty(double ppm, double meanDelayMs, double outlierShare)
    {
        var worst = 0.0;
        for (var seed = 1; seed <= 20; seed++)
        {
            var device = new Device(ppm, meanDelayMs, outlierShare, seed);
            var clock = new RunClock(Rate, StampsPerSecond);
            for (var period = 1; period <= 50 * 90; period++)
            {
                device.Read(clock);
                if (period < 25 || period % 111 != 0) continue;
                foreach (var frame in new[] { 0, device.Frames / 2, device.Frames })
                {
                    var time = clock.At(frame);
                    var errorUs = (time.Utc - device.TrueUtc(frame)).TotalMicroseconds;
                    Assert.NotNull(time.UncertaintyUs);
                    Assert.True(Math.Abs(errorUs) <= time.UncertaintyUs, $"seed {seed}, after {period * 0.02} s, frame {frame}: off by {errorUs:0.0} us, said {time.UncertaintyUs:0.0}");
                    worst = Math.Max(worst, Math.Abs(errorUs));
                }
            }

            var end = clock.At(device.Frames);
            Assert.InRange(end.RatePpm!.Value, ppm - 10, ppm + 10);
            Assert.True(end.UncertaintyUs < 60 + 200 * meanDelayMs + 4_000 * outlierShare, $"after 90 s only known to {end.UncertaintyUs} us");
        }

        TestContext.Current.SendDiagnosticMessage("worst error {0:0.0} us", worst);
    }

    [Fact]
    public void Chunks_of_a_run_never_overlap_by_more_than_the_uncertainty()
    {
        var device = new Device(80, 1, 0.02, 5);
        var clock = new RunClock(Rate, StampsPerSecond);
        FrameTime? boundary = null;
        for (var chunk = 1; chunk <= 30; chunk++)
        {
            for (var period = 0; period < 500; period++) device.Read(clock);
            var start = clock.At((chunk - 1) * 480_000L);
            // The same boundary, told when the chunk before it ended and again ten seconds later.
            if (boundary is { } before) Assert.True(Math.Abs((start.Utc - before.Utc).TotalMicroseconds) <= before.UncertaintyUs + start.UncertaintyUs);
            boundary = clock.At(chunk * 480_000L);
            Assert.True(boundary.Value.Utc > start.Utc);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void An_hour_on_the_wall_clock_moves_what_comes_after_it_and_nothing_before(int hours)
    {
        var device = new Device(50, 0.5, 0.01, 3);
        var clock = new RunClock(Rate, StampsPerSecond);
        for (var i = 0; i < 1_000; i++) device.Read(clock);
        var (beforeStep, old) = (device.Frames - Rate, clock.At(device.Frames - Rate));
        device.Step = TimeSpan.FromHours(hours);
        for (var i = 0; i < 1_000; i++) device.Read(clock);

        Assert.Equal(1, clock.Steps);
        Assert.InRange((clock.At(beforeStep).Utc - old.Utc).TotalMilliseconds, -1, 1);
        var after = clock.At(device.Frames);
        Assert.InRange((after.Utc - device.TrueUtc(device.Frames) - device.Step).TotalMicroseconds, -after.UncertaintyUs!.Value, after.UncertaintyUs!.Value);
        Assert.InRange(after.RatePpm!.Value, 40, 60);

        // A minute after the step is found again; what the forward step left out is nowhere.
        Assert.True(clock.TryFrameAt(after.Utc, out var frame));
        Assert.InRange(frame, device.Frames - 2, device.Frames + 2);
        Assert.Equal(hours < 0, clock.TryFrameAt(old.Utc + TimeSpan.FromMinutes(30) * hours, out _) && hours < 0);
    }

    [Fact]
    public void One_interruption_between_the_two_clocks_is_no_step()
    {
        var device = new Device(0, 0.2, 0, 9);
        var clock = new RunClock(Rate, StampsPerSecond);
        for (var i = 0; i < 300; i++)
        {
            device.Step = i == 150 ? TimeSpan.FromMilliseconds(400) : TimeSpan.Zero;
            device.Read(clock);
        }

        Assert.Equal(0, clock.Steps);
        Assert.InRange((clock.At(device.Frames).Utc - device.TrueUtc(device.Frames)).TotalMilliseconds, -1, 1);
    }

    [Fact]
    public void Before_enough_is_known_the_uncertainty_is_unknown()
    {
        var device = new Device(0, 0.2, 0, 9);
        var clock = new RunClock(Rate, StampsPerSecond);
        Assert.Null(clock.At(0).UncertaintyUs);
        Assert.False(clock.TryFrameAt(Start, out _));
        device.Read(clock);
        Assert.Null(clock.At(0).UncertaintyUs);
        Assert.Null(clock.At(0).RatePpm);
        Assert.InRange((clock.At(0).Utc - device.TrueUtc(0)).TotalMilliseconds, 0, 50);
    }

    [Fact]
    public void Observing_allocates_nothing_and_may_be_read_from_another_thread_all_the_while()
    {
        var device = new Device(20, 0.5, 0.01, 4);
        var clock = new RunClock(Rate, StampsPerSecond);
        for (var i = 0; i < 1_000; i++) device.Read(clock);
        using var stop = new CancellationTokenSource();
        var wrong = 0;
        var reader = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                if (Math.Abs((clock.At(0).Utc - device.TrueUtc(0)).TotalMilliseconds) > 5) wrong++;
            }
        });

        reader.Start();
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 20_000; i++) device.Read(clock);
        }));
        stop.Cancel();
        Assert.True(reader.Join(Wait.Patience));
        Assert.Equal(0, wrong);
    }

    private sealed class Device(double ppm, double meanDelayMs, double outlierShare, int seed)
    {
        private readonly Random _random = new(seed);
        private double _lastReadUs;

        public long Frames { get; private set; }

        public TimeSpan Step { get; set; }

        public DateTimeOffset TrueUtc(long frame) => Start.AddMicroseconds(TrueUs(frame));

        /// <summary>One period of 20 ms: captured in its own time, read some time later, in order.</summary>
        public void Read(RunClock clock)
        {
            Frames += 960;
            var delayUs = -Math.Log(1 - _random.NextDouble()) * meanDelayMs * 1000;
            if (_random.NextDouble() < outlierShare) delayUs += _random.NextDouble() * 80_000;
            _lastReadUs = Math.Max(_lastReadUs, TrueUs(Frames) + delayUs);
            clock.Observe(Frames, (long)(_lastReadUs * 1000) + 77_000_000_000, Start.AddMicroseconds(_lastReadUs + _random.NextDouble()) + Step);
        }

        private double TrueUs(long frame) => frame / (Rate * (1 + ppm * 1e-6)) * 1e6;
    }
}
