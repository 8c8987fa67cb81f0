using Chorale.Archive.Index;
using Chorale.Archive.Peaks;
using Chorale.Archive.Retention;
using Chorale.Protocol;
using Dapper;

namespace Chorale.Tests.Archive.Peaks;

/// <summary>Outlines and levels of a real archive: a hub, real Opus, a tone of -11.2 dBFS (its RMS is 3 dB less).</summary>
public sealed class OutlineLoopTests : IAsyncLifetime
{
    private const long Second = 1_000_000, Hour = 3600 * Second;
    private static readonly long T0 = WallTime.ToMicroseconds(new DateTimeOffset(2026, 1, 5, 9, 59, 45, TimeSpan.Zero));
    private readonly TestLog _log = new();
    private HubArchive _archive = null!;

    public async ValueTask InitializeAsync() => _archive = await HubArchive.StartAsync(_log);

    public ValueTask DisposeAsync() => _archive.DisposeAsync();

    [Fact]
    public async Task Each_chunk_has_its_outline_soon_after_its_receipt_and_nobody_has_to_look_first()
    {
        await _archive.AddRunAsync("mic", T0, chunks: 3, secondsPerChunk: 10);
        await MadeAsync(3);
        var points = _archive.Hub.Index.Read(c => c.QueryFirst<byte[]>("SELECT points FROM peaks LIMIT 1"));
        Assert.Equal(2 * 10 * ChunkPeaks.PerSecond, points.Length);
        Assert.InRange((sbyte)points[41], 64, 70); // 127 x the root of 9000 / 32768 is 66.6
        Assert.InRange((sbyte)points[40], -70, -64);
    }

    [Fact]
    public async Task How_loud_it_was_is_told_by_ten_seconds_across_the_hour_and_by_hours()
    {
        await _archive.AddRunAsync("mic", T0, chunks: 3, secondsPerChunk: 10);
        await MadeAsync(3);
        var fine = Levels(T0 - 20 * Second, T0 + 60 * Second, steps: 100);
        Assert.Equal(10 * Second, fine.StepUs);
        Assert.Equal([false, false, true, true, true, true, false, false, false], fine.Recorders[0].PeakDbfs[..9].Select(IsTone)); // 09:59:20 to 10:00:50
        Assert.Equal(-14, fine.Recorders[0].RmsDbfs[3]);

        var coarse = Levels(T0 - 5 * Hour, T0 + 5 * Hour, steps: 10);
        Assert.Equal(2 * Hour, coarse.StepUs);
        Assert.Equal([false, false, true, true, false, false], coarse.Recorders[0].PeakDbfs.Select(IsTone));
        Assert.Equal(-14, coarse.Recorders[0].QuietestDbfs[3]);
        Assert.Empty(Levels(T0, T0 + Hour, 10, "nobody").Recorders[0].PeakDbfs.OfType<int>());
    }

    [Fact]
    public async Task What_has_no_outline_gets_it_after_a_restart_newest_first_and_ingest_goes_before()
    {
        await _archive.AddRunAsync("mic", T0, chunks: 5, secondsPerChunk: 2);
        await MadeAsync(5);
        _archive.Hub.Index.Write((c, t) => c.Execute("DELETE FROM peaks; DELETE FROM loudness; DELETE FROM loudness_hours; UPDATE outlined SET up_to = 0", transaction: t));
        using var stop = new CancellationTokenSource();
        var loop = new OutlineLoop(_archive.Hub.Index, _archive.Hub.Store.Folder, () => 0, TimeProvider.System, _log);
        var run = loop.RunAsync(stop.Token);
        await MadeAsync(5);
        await Wait.Until("the next start need not look at them again", () => _archive.Hub.Index.Read(c => c.ExecuteScalar<long>("SELECT up_to FROM outlined")) == 5);
        Assert.Equal(5, loop.Made);
        Assert.True(IsTone(Levels(T0, T0 + 10 * Second, 10).Recorders[0].PeakDbfs[0]));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task A_row_that_a_repair_made_beside_the_hub_gets_its_outline_without_a_restart()
    {
        await _archive.AddRunAsync("mic", T0, chunks: 2, secondsPerChunk: 2);
        await MadeAsync(2);
        var time = new ManualTime();
        using var stop = new CancellationTokenSource();
        var run = new OutlineLoop(_archive.Hub.Index, _archive.Hub.Store.Folder, () => 0, time, _log).RunAsync(stop.Token);
        await Wait.Until("the loop has looked at what there is", () => _archive.Hub.Index.Read(c => c.ExecuteScalar<long>("SELECT up_to FROM outlined")) == 2);
        // As `check --repair` of another process does it: the row is new, and nobody is told.
        _archive.Hub.Index.Write((c, t) => c.Execute("DELETE FROM peaks WHERE chunk_id = (SELECT chunk_id FROM chunks ORDER BY rowid DESC LIMIT 1); UPDATE outlined SET up_to = 1", transaction: t));
        await Wait.Until("it has an outline", () =>
        {
            time.Advance(TimeSpan.FromMinutes(1));
            return _archive.Hub.Index.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM peaks")) == 2;
        });
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task What_retention_deletes_is_not_called_loud_any_more()
    {
        await _archive.AddRunAsync("mic", T0, chunks: 4, secondsPerChunk: 10);
        await MadeAsync(4);
        Pass(keepBytes: 2); // chunks of one length differ by bytes: two of four are kept at most
        Assert.Equal([false, false, true], Levels(T0, T0 + 30 * Second, 100).Recorders[0].PeakDbfs[..3].Select(IsTone));
        Pass(keepBytes: 0);
        Assert.Empty(Levels(T0 - Hour, T0 + Hour, 1).Recorders[0].PeakDbfs.OfType<int>());
        Assert.Equal(0, _archive.Hub.Index.Read(c => c.ExecuteScalar<long>("SELECT (SELECT count(*) FROM loudness) + (SELECT count(*) FROM loudness_hours) + (SELECT count(*) FROM peaks)")));

        void Pass(int keepBytes)
        {
            var index = _archive.Hub.Index;
            var kept = index.Read(c => c.Query<long>("SELECT size_bytes FROM chunks ORDER BY start_us DESC LIMIT @keepBytes", new { keepBytes }).Sum());
            new ArchiveRetention(index, _archive.Hub.Store.Folder, () => new RetentionLimits(null, kept, 0), _ => 1L << 40, new Chorale.Storage.AgeClock(TimeProvider.System), TimeProvider.System, _log).RunOnce(CancellationToken.None);
        }
    }

    [Fact]
    public async Task The_outline_is_as_fine_as_the_period_is_short()
    {
        await _archive.AddRunAsync("mic", T0, chunks: 2, secondsPerChunk: 10);
        var fine = Peaks(T0 + 5 * Second, T0 + 15 * Second, 1000);
        Assert.Equal(100, fine.PerSecond);
        Assert.Equal([T0 + 5 * Second, T0 + 10 * Second], fine.Chunks.Select(c => c.StartUs));
        Assert.All(fine.Chunks, c => Assert.Equal(2 * 500, c.Points.Length));
        var coarse = Peaks(T0, T0 + 20 * Second, 40);
        Assert.Equal(2, coarse.PerSecond);
        Assert.All(coarse.Chunks, c => Assert.Equal(2 * 20, c.Points.Length));
        Assert.InRange((sbyte)coarse.Chunks[0].Points[3], 64, 70);
    }

    [Fact]
    public void Work_that_can_wait_rests_as_long_as_it_worked_and_nine_times_as_long_while_receipts_are_waited_for()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(80), OutlinePace.Rest(TimeSpan.FromMilliseconds(80), 0));
        Assert.Equal(TimeSpan.FromMilliseconds(720), OutlinePace.Rest(TimeSpan.FromMilliseconds(80), 64));
    }

    /// <summary>The encoder overshoots by up to 3 dB where it begins.</summary>
    private static bool IsTone(int? dbfs) => dbfs is >= -12 and <= -7 ? true : dbfs is null ? false : throw new ArgumentException($"{dbfs} dBFS");

    private PeriodLevels Levels(long from, long to, int steps, string recorder = "mic") =>
        _archive.Hub.Index.Read(c => LevelQuery.Read(c, from, to, [recorder], steps, CancellationToken.None));

    private PeriodPeaks Peaks(long from, long to, int points) =>
        ChunkPeaks.Read(_archive.Hub.Index, _archive.Hub.Store.Folder, "mic", from, to, points, points >= 1000, CancellationToken.None);

    private Task MadeAsync(int count) =>
        Wait.Until($"{count} outlines are kept", () => _archive.Hub.Index.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM peaks")) == count);
}
