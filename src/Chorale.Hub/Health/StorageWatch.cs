using Chorale.Archive.Index;
using Chorale.Archive.Retention;
using Chorale.Hub.Settings;
using Chorale.Protocol;
using Chorale.Storage;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Health;

/// <summary>Free space and what the archive takes of it. Asked at most every ten seconds; the cost grows with the recorders, not with what they have sent.</summary>
internal sealed class StorageWatch(ArchiveIndex index, string folder, HubSettings settings, KeepRule keep, AgeClock ages, TimeProvider time)
{
    private const long HourUs = 3_600_000_000;

    /// <summary>Less than this says nothing of a day.</summary>
    private static readonly TimeSpan BasisMin = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan BasisMax = TimeSpan.FromDays(7);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private StorageView? _view;
    private KeepState? _viewedRule;
    private long _viewedStamp;

    /// <exception cref="SqliteException">The index cannot be read.</exception>
    public StorageView Look()
    {
        lock (_gate)
        {
            if (_view?.BytesPerDay is not null && _viewedRule == keep.State && time.GetElapsedTime(_viewedStamp) < Fresh) return _view; // an archive that has no rate yet costs nothing to ask
            _viewedRule = keep.State;
            _view = Read(_viewedRule);
            _viewedStamp = time.GetTimestamp();
            return _view;
        }
    }

    /// <summary>What another rule would delete at once, and the forecast with it.</summary>
    /// <exception cref="SqliteException">The index cannot be read.</exception>
    public KeepEstimateView Estimate(TimeSpan? keepFor, long? keepBytes)
    {
        var view = Look();
        var preview = RetentionPreview.Of(index, new RetentionLimits(keepFor, keepBytes, 0), ages.Now);
        var perDay = Greater(view.BytesPerDay, view.BytesLastDay);
        var outlook = StorageForecast.Of(new StorageFacts(
            view.NowUs, view.FreeBytes + preview.Bytes, view.HeldBytes - preview.Bytes, perDay, preview.UntilUs ?? view.OldestUs, keepFor, keepBytes, settings.FreeBytesFloor));
        return new KeepEstimateView(preview.Bytes, preview.UntilUs, preview.IsExact, outlook.FullAtUs, outlook.ReachUs) { BytesPerMinute = (perDay ?? 0) / (24 * 60) };
    }

    private StorageView Read(KeepState rule)
    {
        var nowUs = WallTime.ToMicroseconds(time.GetUtcNow());
        var (free, total) = Disk();
        var (held, oldest) = index.Read(c => (
            c.ExecuteScalar<long>("SELECT COALESCE(SUM(bytes), 0) FROM totals"), c.ExecuteScalar<long?>("SELECT MIN(start_us) FROM chunks")));
        var (perDay, basis) = Rate(nowUs, oldest, BasisMax);
        var (lastDay, _) = Rate(nowUs, oldest, TimeSpan.FromDays(1));
        var outlook = StorageForecast.Of(new StorageFacts(nowUs, free, held, Greater(perDay, lastDay), oldest, rule.KeepFor, rule.KeepBytes, settings.FreeBytesFloor));
        return new StorageView(
            nowUs, free, total, held, Rounded(perDay), Rounded(lastDay), outlook.FullAtUs, outlook.ReachUs, settings.FreeBytesFloor, rule.KeepFor?.TotalDays,
            rule.KeepBytes, oldest, basis is { } b ? Math.Round(b.TotalDays, 3) : null, rule.SetBy, rule.SetUs, settings.KeepFor?.TotalDays, settings.KeepBytes, rule.Problem);
    }

    /// <summary>Covered time of the period, hour by hour as the index keeps it, at what each recorder's audio weighs.</summary>
    private (double? BytesPerDay, TimeSpan? Basis) Rate(long nowUs, long? oldestUs, TimeSpan most)
    {
        if (oldestUs is not { } oldest || oldest > nowUs) return (null, null);
        var from = Math.Max(nowUs - (long)most.TotalMicroseconds, oldest);
        if (nowUs - from < BasisMin.TotalMicroseconds) return (null, null);
        // From a full hour on, or from the very first audio.
        var hour = from == oldest ? from / HourUs : from / HourUs + 1;
        var since = Math.Max(from, hour * HourUs);
        if (nowUs - since < BasisMin.TotalMicroseconds) return (null, null);
        var bytes = index.Read(c => c.ExecuteScalar<double?>(
            """
            SELECT SUM(CAST(c.covered_us AS REAL) * t.bytes / t.covered_us)
            FROM totals t CROSS JOIN coverage c ON c.recorder_id = t.recorder_id AND c.hour BETWEEN @hour AND @last
            WHERE t.covered_us > 0
            """, new { hour, last = nowUs / HourUs })) ?? 0;
        var basis = TimeSpan.FromMicroseconds(nowUs - since);
        return (bytes / basis.TotalDays, basis);
    }

    private (long? Free, long? Total) Disk()
    {
        try
        {
            var drive = new DriveInfo(folder);
            return (drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (null, null); // unknown is not infinite
        }
    }

    private static double? Greater(double? perDay, double? lastDay) => perDay is null || lastDay > perDay ? lastDay : perDay;

    private static double? Rounded(double? bytes) => bytes is { } b ? Math.Round(b) : null;
}
