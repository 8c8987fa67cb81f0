using Chorale.Archive.Index;
using Chorale.Archive.Retention;
using Chorale.Protocol;
using Chorale.Storage;

namespace Chorale.Tests.Archive.Retention;

/// <summary>What is said that a rule would delete is what it then deletes.</summary>
public sealed class RetentionPreviewTests : IDisposable
{
    private const long HourUs = 3_600_000_000;
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly TestLog _log = new();
    private readonly ArchiveIndex _index;

    public RetentionPreviewTests() => _index = ArchiveIndex.Open(_folder.Path);

    public void Dispose()
    {
        _index.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<double?, long?> Rules => new()
    {
        { null, null }, { 1, null }, { 0.31, null }, { 400, null }, { null, 20_000 }, { null, 1 }, { null, 1L << 50 }, { 1, 40_000 }, { 1, 20_000 }, { 0.0001, null },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void It_says_to_the_byte_what_the_next_pass_deletes(double? days, long? bytes)
    {
        Fill();
        var rule = new RetentionLimits(days is { } d ? TimeSpan.FromDays(d) : null, bytes, 0);
        var told = RetentionPreview.Of(_index, rule, _time.GetUtcNow());
        var pass = new ArchiveRetention(_index, _folder.Path, () => rule, _ => 1L << 40, new AgeClock(_time), _time, _log).RunOnce(CancellationToken.None);
        Assert.Equal((pass.Bytes, true), (told.Bytes, told.IsExact));
        Assert.Equal(pass.Chunks == 0, told.UntilUs is null);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Of_more_than_can_be_counted_it_is_reckoned_from_the_hours(double? days, long? bytes)
    {
        Fill();
        var rule = new RetentionLimits(days is { } d ? TimeSpan.FromDays(d) : null, bytes, 0);
        var (exact, told) = (RetentionPreview.Of(_index, rule, _time.GetUtcNow()), RetentionPreview.Of(_index, rule, _time.GetUtcNow(), countedMax: 5));
        if (exact.UntilUs is not { } until)
        {
            Assert.Equal(exact, told);
            return;
        }

        Assert.False(told.IsExact);
        Assert.InRange(told.Bytes, exact.Bytes - 3_000, exact.Bytes + 3_000); // an hour of both is 3,000
        Assert.InRange(told.UntilUs!.Value, until - 12 * HourUs, until + 12 * HourUs); // within days all seconds weigh the same
    }

    /// <summary>Two days of two recorders, of which one weighs twice what the other does.</summary>
    private void Fill() => _index.Write((c, t) =>
    {
        var now = WallTime.ToMicroseconds(_time.GetUtcNow());
        foreach (var (recorder, size) in ((string, int)[])[("a", 500), ("b", 1_000)])
        {
            RecorderSql.Seen(c, t, new RecorderSeen(recorder, null, null, null, 0, null, 0));
            for (var i = 0; i < 48; i++)
            {
                var start = now - (48 - i) * HourUs;
                ChunkSql.Insert(c, t, new ChunkRow
                {
                    ChunkId = $"{recorder}{i}", RecorderId = recorder, Frames = 3600L * 48_000, RateHz = 48_000, Channels = 1, Codec = "opus", StartUs = start, EndUs = start + HourUs,
                    Path = $"audio/{recorder}/{i}", SizeBytes = size, Sha256 = $"{i}", ReceivedUs = start,
                });
            }
        }
    });
}
