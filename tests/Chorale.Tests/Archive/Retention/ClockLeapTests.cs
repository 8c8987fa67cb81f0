using Chorale.Archive.Index;
using Chorale.Archive.Retention;
using Chorale.Storage;

namespace Chorale.Tests.Archive.Retention;

/// <summary>A clock that leaps ten years ahead makes everything old; nobody's audio goes for that.</summary>
public sealed class ClockLeapTests : IDisposable
{
    private const long Hour = 3_600_000_000;
    private static readonly TimeSpan TenYears = TimeSpan.FromDays(3_652);
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly TestLog _log = new();
    private readonly ArchiveIndex _index;
    private ArchiveRetention _retention;

    public ClockLeapTests()
    {
        _index = ArchiveIndex.Open(_folder.Path);
        _index.Write((c, t) =>
        {
            RecorderSql.Seen(c, t, new RecorderSeen("a", null, null, null, 0, null, 0));
            var now = Chorale.Protocol.WallTime.ToMicroseconds(_time.GetUtcNow());
            for (var i = 0; i < 4; i++)
            {
                ChunkSql.Insert(c, t, new ChunkRow
                {
                    ChunkId = $"a{i}", RecorderId = "a", Frames = 3600L * 48_000, RateHz = 48_000, Channels = 1, Codec = "opus", StartUs = now - (i + 1) * Hour,
                    EndUs = now - i * Hour, Path = $"audio/p/a/2026-01-05/10/chunk_{i}.ogg", SizeBytes = 1000, Sha256 = $"{i}", ReceivedUs = now,
                });
            }
        });
        _retention = Start();
        Assert.Equal(0, Pass());
    }

    public void Dispose()
    {
        _index.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_clock_that_is_mended_within_a_day_has_cost_nothing()
    {
        _time.Step(TenYears);
        for (var hour = 0; hour < 23; hour++)
        {
            Assert.Equal(0, Pass());
            _time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Single(_log.Lines, l => l.Event == "clock_leapt");
        _time.Step(-TenYears);
        Assert.Equal(0, Pass());
        Assert.True(_log.Has("clock_believed"));
        _time.Advance(TimeSpan.FromDays(29) - TimeSpan.FromHours(23)); // what has its age by the mended clock goes
        Assert.Equal(0, Pass());
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(4, Pass());
    }

    [Fact]
    public void A_clock_that_stands_by_what_it_says_is_believed_after_a_day()
    {
        _time.Step(TenYears);
        Assert.Equal(0, Pass());
        _time.Advance(TimeSpan.FromHours(25));
        Assert.Equal(4, Pass());
    }

    [Fact]
    public void Starting_again_is_no_way_around_it()
    {
        _time.Step(TenYears);
        for (var start = 0; start < 4; start++)
        {
            _retention = Start();
            Assert.Equal(0, Pass());
            _time.Advance(TimeSpan.FromHours(6));
            if (start < 3) Assert.Equal(0, Pass());
        }

        Assert.Equal(4, Pass()); // a day of running all the same: who is started anew each night is not held for ever
    }

    [Fact]
    public void An_hour_of_summer_time_or_of_standing_still_is_no_leap()
    {
        _time.Step(TimeSpan.FromHours(1));
        Pass();
        _time.Step(TimeSpan.FromHours(23));
        Pass();
        Assert.False(_log.Has("clock_leapt"));
    }

    private ArchiveRetention Start() => new(_index, _folder.Path, () => new RetentionLimits(TimeSpan.FromDays(30), null, 0), _ => 1L << 40, new AgeClock(_time, _folder.Path), _time, _log);

    private int Pass() => _retention.RunOnce(CancellationToken.None).Chunks;
}
