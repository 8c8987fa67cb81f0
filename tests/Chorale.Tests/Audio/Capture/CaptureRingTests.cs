using System.Runtime.InteropServices;
using Chorale.Audio.Capture;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Capture;

public sealed class CaptureRingTests
{
    private static readonly PcmFormat Format = new(48_000, 2, SampleFormat.S32);

    [Fact]
    public void A_reader_gets_every_frame_of_every_run_in_order()
    {
        var feed = new Feed(1_000);
        using var reader = feed.Ring.OpenReader();
        feed.StartRun();
        feed.Write(300);
        feed.StartRun();
        feed.Write(100);
        feed.Ring.Complete();

        var account = new Account(reader);
        while (account.Step(256))
        {
        }

        Assert.Equal([(300, 0), (100, 0)], account.PerRun);
    }

    [Fact]
    public void A_reader_that_slept_is_told_of_each_run_what_it_missed_of_it_however_many_there_were()
    {
        var feed = new Feed(1_000);
        using var reader = feed.Ring.OpenReader();
        for (var run = 0; run < 20; run++)
        {
            feed.StartRun();
            feed.Write(400);
        }

        feed.Ring.Complete();
        var account = new Account(reader);
        while (account.Step(128))
        {
        }

        Assert.Equal(20, account.PerRun.Count);
        Assert.All(account.PerRun, r => Assert.Equal(400, r.Got + r.Missed));
        Assert.True(account.PerRun[^1].Got == 400, "the newest run was still in the ring");
    }

    [Fact]
    public void Frames_without_a_run_and_torn_frames_are_refused()
    {
        var ring = new CaptureRing(Format, 100);
        Assert.Throws<InvalidOperationException>(() => ring.Write(new byte[8]));
        var feed = new Feed(100);
        feed.StartRun();
        Assert.Throws<ArgumentException>(() => feed.Ring.Write(new byte[9]));
        Assert.Throws<ArgumentException>(() => feed.Ring.Write(new byte[808]));
        using var reader = feed.Ring.OpenReader();
        Assert.Throws<ArgumentException>(() => reader.Read(new byte[7], TimeSpan.Zero));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_the_pace_of_writer_and_readers_each_frame_is_right_or_counted_as_missed(int seed)
    {
        var random = new Random(seed);
        var feed = new Feed(random.Next(500, 3_000));
        const long total = 600_000;
        var readers = Enumerable.Range(0, 3).Select(n => (Account: new Account(feed.Ring.OpenReader(0)), Random: new Random(seed * 100 + n), Slowness: n)).ToArray();
        var reading = readers.Select(r => Task.Factory.StartNew(
            () =>
            {
                while (r.Account.Step(r.Random.Next(1, 700)))
                {
                    if (r.Slowness > 0 && r.Random.Next(400) == 0) Thread.SpinWait(r.Slowness * 40_000);
                }
            },
            TaskCreationOptions.LongRunning)).ToArray();

        var runs = new List<long>();
        for (long written = 0, next = 0; written < total;)
        {
            if (written >= next)
            {
                feed.StartRun();
                runs.Add(0);
                next = written + random.Next(100, 20_000);
            }

            var frames = random.Next(1, 200);
            feed.Write(frames);
            written += frames;
            runs[^1] += frames;
            Thread.SpinWait(random.Next(4_000));
            if (random.Next(5) == 0) Thread.Yield();
        }

        feed.Ring.Complete();
        await Task.WhenAll(reading).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains(readers, r => r.Account.PerRun.Sum(p => p.Got) > total / 10);
        foreach (var (account, _, _) in readers) Assert.Equal(runs, account.PerRun.Select(r => r.Got + r.Missed));
        TestContext.Current.SendDiagnosticMessage("seed {0}: missed {1}", seed, string.Join(", ", readers.Select(r => r.Account.PerRun.Sum(p => p.Missed))));
    }

    [Fact]
    public async Task An_input_that_waits_for_room_loses_nothing_to_a_slow_reader_nor_to_one_that_comes_late()
    {
        var feed = new Feed(1_000);
        feed.StartRun();
        var writer = Task.Factory.StartNew(
            () =>
            {
                for (var written = 0; written < 50_000; written += 100)
                {
                    while (!feed.Ring.WaitForRoom(100, TimeSpan.FromMilliseconds(50)))
                    {
                    }

                    feed.Write(100);
                }

                feed.Ring.Complete();
            },
            TaskCreationOptions.LongRunning);
        await Wait.Until("the ring is full and nobody reads", () => feed.Ring.WrittenFrames == 1_000);
        var first = new Account(feed.Ring.OpenReader(0));
        for (var i = 0; i < 20; i++) first.Step(100);
        first.Close();
        using var late = feed.Ring.OpenReader(first.Position);
        var account = new Account(late);
        while (account.Step(77))
        {
        }

        await writer.WaitAsync(Wait.Patience);
        Assert.Equal(0, account.PerRun.Sum(r => r.Missed));
        Assert.Equal(50_000, first.PerRun.Sum(r => r.Got) + account.PerRun.Sum(r => r.Got));
    }

    [Fact]
    public void Writing_and_reading_allocate_nothing()
    {
        var feed = new Feed(10_000);
        feed.StartRun();
        using var reader = feed.Ring.OpenReader();
        var period = new byte[960 * Format.BytesPerFrame];
        reader.Read(period, TimeSpan.Zero);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 300; i++) Round();
        }));

        void Round()
        {
            Assert.True(feed.Ring.WaitForRoom(960, TimeSpan.FromSeconds(1)));
            feed.Ring.Write(period);
            if (reader.Read(period, TimeSpan.FromSeconds(1)).Kind != RingReadKind.Frames) throw new InvalidOperationException("no frames");
            if (reader.Read(period, TimeSpan.FromMilliseconds(1)).Kind == RingReadKind.Frames) throw new InvalidOperationException("too many frames");
        }
    }

    [Fact]
    public void A_time_is_found_in_the_run_that_covers_it_and_nowhere_in_a_gap()
    {
        var feed = new Feed(480_000);
        var start = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        feed.StartRun().Observe(48_000, 1_000_000, start.AddSeconds(1));
        feed.Write(48_000);
        feed.StartRun().Observe(48_000, 4_000_000, start.AddSeconds(4));
        feed.Write(48_000);

        Assert.True(feed.Ring.TryFind(start.AddMilliseconds(500), out var position, out _));
        Assert.Equal(24_000, position);
        Assert.True(feed.Ring.TryFind(start.AddMilliseconds(3_500), out position, out _));
        Assert.Equal(72_000, position);
        Assert.True(feed.Ring.TryFind(start.AddSeconds(10), out position, out _), "the seconds to come belong to the newest run");
        Assert.Equal(48_000 + 7 * 48_000, position);
        Assert.False(feed.Ring.TryFind(start.AddSeconds(2), out _, out _), "nothing was captured in the gap");
        Assert.False(feed.Ring.TryFind(start.AddSeconds(-1), out _, out _));
    }

    /// <summary>Writes frames that hold their own position, so that a wrong or torn one cannot pass.</summary>
    private sealed class Feed(int capacityFrames)
    {
        public CaptureRing Ring { get; } = new(Format, capacityFrames);

        public RunClock StartRun()
        {
            var clock = new RunClock(48_000, 1_000_000);
            Ring.StartRun(new CaptureRun(Guid.NewGuid(), Ring.WrittenFrames, Format, clock, RunBreak.Xrun, 0, "test"));
            return clock;
        }

        public void Write(int frames)
        {
            var samples = new int[frames * 2];
            for (var i = 0; i < frames; i++) (samples[i * 2], samples[i * 2 + 1]) = ((int)(Ring.WrittenFrames + i), ~(int)(Ring.WrittenFrames + i));
            Ring.Write(MemoryMarshal.AsBytes(samples.AsSpan()));
        }
    }

    /// <summary>Reads, checks every frame against its position, and adds up per run.</summary>
    private sealed class Account(RingReader reader)
    {
        private readonly byte[] _buffer = new byte[1_000 * 8];
        private long _nextOfRun;

        public List<(long Got, long Missed)> PerRun { get; } = [];

        public long Position => reader.Position;

        public void Close() => reader.Dispose();

        /// <summary>False when all has been read.</summary>
        public bool Step(int frames)
        {
            var read = reader.Read(_buffer.AsSpan(0, frames * 8), TimeSpan.FromSeconds(5));
            switch (read.Kind)
            {
                case RingReadKind.Completed:
                    return false;
                case RingReadKind.RunStarted:
                    PerRun.Add((0, 0));
                    _nextOfRun = read.FirstFrame;
                    return true;
                case RingReadKind.Timeout:
                    throw new TimeoutException("nothing came");
            }

            Assert.Equal(_nextOfRun, read.FirstFrame);
            _nextOfRun += read.Frames;
            var (got, missed) = PerRun[^1];
            PerRun[^1] = read.Kind == RingReadKind.Missed ? (got, missed + read.Frames) : (got + read.Frames, missed);
            if (read.Kind == RingReadKind.Missed) return true;
            var samples = MemoryMarshal.Cast<byte, int>(_buffer);
            for (var i = 0; i < read.Frames; i++)
            {
                var expected = (int)(read.Run!.StartPosition + read.FirstFrame + i);
                if (samples[i * 2] != expected || samples[i * 2 + 1] != ~expected) throw new InvalidOperationException($"frame {expected} is {samples[i * 2]}");
            }

            return true;
        }
    }
}
