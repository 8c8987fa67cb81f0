using Chorale.Archive.Index;
using Chorale.Archive.Retention;
using Chorale.Storage;

namespace Chorale.Tests.Archive.Retention;

public sealed class ArchiveRetentionTests : IDisposable
{
    private const long Second = 1_000_000;
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly TestLog _log = new();
    private readonly ArchiveIndex _index;
    private long _free = 1L << 40;

    public ArchiveRetentionTests() => _index = ArchiveIndex.Open(_folder.Path);

    public void Dispose()
    {
        _index.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Audio_past_its_age_goes_and_the_timeline_says_why()
    {
        Fill("a", hours: 48);
        var pass = Retention(new RetentionLimits(TimeSpan.FromHours(24), null, 0)).RunOnce(CancellationToken.None);

        Assert.Equal(24, pass.Chunks);
        Assert.Equal(24, Files().Length);
        var now = Now();
        var told = Assert.Single(_index.Read(c => TimelineQuery.Read(c, now - 48 * 3600 * Second, now, ["a"], TimelineDetail.Spans, 10, CancellationToken.None)).Recorders);
        var gap = Assert.Single(told.Gaps);
        Assert.Equal(("retention", 24 * 3600 * Second), (gap.Cause, gap.DurationUs));
    }

    [Fact]
    public void Over_the_size_the_oldest_go_first_whoever_recorded_them()
    {
        Fill("a", hours: 10);
        Fill("b", hours: 4);
        Retention(new RetentionLimits(null, 8 * 1000, 0)).RunOnce(CancellationToken.None);

        Assert.Equal(8, Files().Length);
        Assert.Equal(4, _index.Read(c => ChunksOf(c, "b")));
    }

    [Fact]
    public void Under_the_free_space_floor_as_much_goes_as_is_missing()
    {
        Fill("a", hours: 10);
        _free = 7_500;
        Retention(new RetentionLimits(null, null, 10_000)).RunOnce(CancellationToken.None);
        Assert.Equal(7, Files().Length);
    }

    [Fact]
    public void When_free_space_cannot_be_asked_for_nothing_is_deleted()
    {
        Fill("a", hours: 48);
        var retention = new ArchiveRetention(
            _index, _folder.Path, () => new RetentionLimits(TimeSpan.FromHours(1), 0, 1L << 50), _ => throw new IOException("stale handle"), new AgeClock(_time), _time, _log);
        Assert.Equal(0, retention.RunOnce(CancellationToken.None).Chunks);
        Assert.Equal(48, Files().Length);
        Assert.Equal(1, retention.RefusedPasses);
        Assert.True(_log.Has("free_space_unknown"));
    }

    [Fact]
    public void Empty_folders_go_with_the_last_file_in_them()
    {
        Fill("a", hours: 3);
        Retention(new RetentionLimits(null, 0, 0)).RunOnce(CancellationToken.None);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_folder.Path, "audio/p/a")));
    }

    private ArchiveRetention Retention(RetentionLimits limits) => new(_index, _folder.Path, () => limits, _ => _free, new AgeClock(_time, _folder.Path), _time, _log);

    private long Now() => Chorale.Protocol.WallTime.ToMicroseconds(_time.GetUtcNow());

    private string[] Files() => Directory.GetFiles(_folder["audio"], "*.ogg", SearchOption.AllDirectories);

    private static long ChunksOf(Microsoft.Data.Sqlite.SqliteConnection connection, string recorder)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM chunks WHERE recorder_id = $1";
        command.Parameters.AddWithValue("$1", recorder);
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>An hour a chunk, 1000 bytes each, ending now.</summary>
    private void Fill(string recorder, int hours) => _index.Write((c, t) =>
    {
        RecorderSql.Seen(c, t, new RecorderSeen(recorder, null, null, null, 0, null, 0));
        for (var i = 0; i < hours; i++)
        {
            var start = Now() - (hours - i) * 3600 * Second;
            var at = Chorale.Protocol.WallTime.FromMicroseconds(start);
            var path = $"audio/p/{recorder}/{at:yyyy-MM-dd}/{at:HH}/chunk_{i}.ogg";
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
            File.WriteAllBytes(_folder[path], new byte[1000]);
            ChunkSql.Insert(c, t, new ChunkRow
            {
                ChunkId = $"{recorder}{i}", RecorderId = recorder, Frames = 3600L * 48_000, RateHz = 48_000, Channels = 1, Codec = "opus", StartUs = start,
                EndUs = start + 3600 * Second, Path = path, SizeBytes = 1000, Sha256 = $"{i}", ReceivedUs = start,
            });
        }
    });
}
