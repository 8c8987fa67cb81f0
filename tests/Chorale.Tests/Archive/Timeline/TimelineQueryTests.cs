using System.Diagnostics;
using Chorale.Archive.Index;

namespace Chorale.Tests.Archive.Timeline;

public sealed class TimelineQueryTests : IDisposable
{
    private const long Second = 1_000_000;
    private const long Hour = 3600 * Second;
    private const long Noon = 1_767_614_400L * Second; // 2026-01-05 12:00 UTC, a whole hour
    private readonly TempFolder _folder = new();
    private readonly ArchiveRows _rows;

    public TimelineQueryTests() => _rows = new ArchiveRows(_folder["archive.db"]);

    public void Dispose()
    {
        _rows.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Chunks_that_join_are_one_span_and_what_is_missing_says_why()
    {
        for (var i = 0; i < 3; i++) _rows.Chunk("a", Noon + i * 10 * Second + i * 40, Noon + (i + 1) * 10 * Second);
        _rows.Gap("a", Noon + 30 * Second, Noon + 50 * Second, "device_lost");
        _rows.Chunk("a", Noon + 50 * Second, Noon + 60 * Second);
        _rows.Chunk("a", Noon + 90 * Second, Noon + 100 * Second);

        var told = Assert.Single(Read(Noon, Noon + Hour, "a").Recorders);

        Assert.Equal([(0L, 30L, 3), (50, 60, 1), (90, 100, 1)], told.Spans.Select(s => (Sec(s.FromUs), Sec(s.ToUs), s.Chunks)));
        Assert.Equal([(30L, 50L, "device_lost"), (60, 90, "unknown")], told.Gaps.Select(g => (Sec(g.FromUs), Sec(g.ToUs), g.Cause)));
        Assert.Equal(5, told.Chunks.Count);
    }

    [Fact]
    public void A_chunk_that_began_long_before_the_period_is_still_in_it()
    {
        _rows.Chunk("a", Noon - 5 * Hour, Noon + 1 * Second);
        for (var i = 1; i < 20; i++) _rows.Chunk("a", Noon - i * 60 * Second, Noon - (i - 1) * 60 * Second);

        var told = Assert.Single(Read(Noon, Noon + Hour, "a").Recorders);

        Assert.Equal((0L, 1L), (Sec(told.Spans[0].FromUs), Sec(told.Spans[0].ToUs)));
    }

    [Fact]
    public void A_gap_as_long_as_a_holiday_covers_a_period_inside_it()
    {
        _rows.Chunk("a", Noon - 500 * Hour, Noon - 499 * Hour);
        _rows.Gap("a", Noon - 499 * Hour, Noon + 100 * Hour, "outside_schedule");
        _rows.Chunk("a", Noon + 100 * Hour, Noon + 101 * Hour);

        foreach (var detail in (TimelineDetail[])[TimelineDetail.Spans, TimelineDetail.Buckets])
        {
            var gap = Assert.Single(Assert.Single(Read(Noon, Noon + Hour, "a", detail).Recorders).Gaps);
            Assert.Equal(("outside_schedule", Hour), (gap.Cause, gap.DurationUs));
        }
    }

    [Fact]
    public void Buckets_add_up_to_what_the_chunks_hold()
    {
        var random = new Random(7);
        var at = Noon;
        long held = 0;
        for (var i = 0; i < 400; i++)
        {
            var length = random.NextInt64(1, 3 * Hour);
            _rows.Chunk("a", at, at + length, label: i % 5 == 0 ? "torn" : null);
            held += length;
            at += length + random.NextInt64(0, Hour);
        }

        var told = Read(Noon - Hour, at, "a", TimelineDetail.Buckets);

        var buckets = Assert.Single(told.Recorders).Buckets;
        Assert.Equal(held, buckets.Sum(b => b.CoveredUs));
        Assert.Equal((400, 80), (buckets.Sum(b => b.Chunks), buckets.Sum(b => b.Labelled)));
        Assert.All(buckets, b => Assert.InRange(b.CoveredUs, 0, told.BucketUs));
        Assert.True(buckets.Count <= 200);
    }

    [Fact]
    public void Deleted_chunks_leave_the_totals_exactly_as_if_they_had_never_been()
    {
        var ids = new List<string>();
        for (var i = 0; i < 50; i++) ids.Add(_rows.Chunk("a", Noon + i * 50 * 60 * Second, Noon + (i * 50 + 70) * 60 * Second, i % 3 == 0 ? "odd" : null));
        foreach (var id in ids) _rows.Execute("DELETE FROM chunks WHERE chunk_id = $1", id);

        Assert.Equal(0L, _rows.Execute("SELECT COUNT(*) FROM coverage"));
        Assert.Equal("0|0|0", _rows.Execute("SELECT chunks || '|' || bytes || '|' || covered_us FROM totals"));
    }

    [Fact]
    public void The_times_of_a_chunk_cannot_be_changed_behind_the_totals()
    {
        var id = _rows.Chunk("a", Noon, Noon + Second);
        Assert.ThrowsAny<Exception>(() => _rows.Execute("UPDATE chunks SET end_us = end_us + 1 WHERE chunk_id = $1", id));
    }

    [Fact]
    public void A_recorder_that_sent_nothing_is_on_the_timeline_with_nothing()
    {
        _rows.Recorder("silent");
        foreach (var detail in Enum.GetValues<TimelineDetail>())
        {
            var told = Assert.Single(Read(Noon, Noon + Hour, null, detail).Recorders);
            Assert.Equal(("silent", 0, 0, 0), (told.Recorder, told.Spans.Count, told.Gaps.Count, told.Buckets.Count));
        }
    }

    [Fact]
    public void Thirty_days_of_a_hundred_recorders_are_told_at_once()
    {
        const int recorders = 100, days = 30;
        for (var r = 0; r < recorders; r++) _rows.Recorder($"r{r:000}");
        // What the triggers would have kept of 4.3 million chunks of 60 s; the answer for such a period is read from nothing else.
        _rows.Execute(
            """
            INSERT INTO coverage
            SELECT r.recorder_id, $1 + d.n * 24 + h.n, 3600000000, 60, 0
            FROM recorders r, hour_offsets d, hour_offsets h WHERE d.n < $2 AND h.n < 24
            """, Noon / Hour, days);
        _rows.Execute("INSERT INTO gaps SELECT recorder_id, $1 + n * 7000000000, $1 + n * 7000000000 + 500000, 1, 'xrun' FROM recorders, hour_offsets", Noon);

        Read(Noon, Noon + days * 24 * Hour, null);
        var watch = Stopwatch.StartNew();
        var told = Read(Noon, Noon + days * 24 * Hour, null);
        var elapsed = watch.Elapsed;

        Assert.Equal(TimelineDetail.Buckets, told.Detail);
        Assert.Equal(recorders * days * 24 * Hour, told.Recorders.Sum(r => r.Buckets.Sum(b => b.CoveredUs)));
        Assert.True(elapsed < TimeSpan.FromSeconds(2), $"took {elapsed}"); // 200 ms is the aim; ten times that on a busy machine
    }

    private static long Sec(long us) => (us - Noon) / Second;

    private Chorale.Archive.Index.Timeline Read(long fromUs, long toUs, string? recorder, TimelineDetail detail = TimelineDetail.Auto) =>
        TimelineQuery.Read(_rows.Connection, fromUs, toUs, recorder is null ? null : [recorder], detail, 200, CancellationToken.None);
}
