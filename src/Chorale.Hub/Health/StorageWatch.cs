using Chorale.Archive.Index;
using Chorale.Hub.Settings;
using Chorale.Protocol;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Health;

/// <summary>Free space and what the archive takes of it. Asked at most every ten seconds; the cost grows with the recorders, not with what they have sent.</summary>
internal sealed class StorageWatch(ArchiveIndex index, string folder, HubSettings settings, TimeProvider time)
{
    private const long HourUs = 3_600_000_000;

    /// <summary>Less than this says nothing of a day.</summary>
    private static readonly TimeSpan BasisMin = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan BasisMax = TimeSpan.FromDays(7);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private StorageView? _view;
    private long _viewedStamp;

    /// <exception cref="SqliteException">The index cannot be read.</exception>
    public StorageView Look()
    {
        lock (_gate)
        {
            if (_view?.BytesPerDay is not null && time.GetElapsedTime(_viewedStamp) < Fresh) return _view; // an archive that has no rate yet costs nothing to ask
            _view = Read();
            _viewedStamp = time.GetTimestamp();
            return _view;
        }
    }

    private StorageView Read()
    {
        var nowUs = WallTime.ToMicroseconds(time.GetUtcNow());
        var (free, total) = Disk();
        var (held, oldest) = index.Read(c => (
            c.ExecuteScalar<long>("SELECT COALESCE(SUM(bytes), 0) FROM totals"), c.ExecuteScalar<long?>("SELECT MIN(start_us) FROM chunks")));
        var (perDay, basis) = Rate(nowUs, oldest, BasisMax);
        var (lastDay, _) = Rate(nowUs, oldest, TimeSpan.FromDays(1));
        double? reckoned = perDay is null && lastDay is null ? null : Math.Max(perDay ?? 0, lastDay ?? 0);
        var outlook = StorageForecast.Of(new StorageFacts(nowUs, free, held, reckoned, oldest, settings.KeepFor, settings.KeepBytes, settings.FreeBytesFloor));
        return new StorageView(
            nowUs, free, total, held, Rounded(perDay), Rounded(lastDay), outlook.FullAtUs, outlook.ReachUs, settings.FreeBytesFloor, settings.KeepFor?.TotalDays,
            settings.KeepBytes, oldest, basis is { } b ? Math.Round(b.TotalDays, 3) : null);
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

    private static double? Rounded(double? bytes) => bytes is { } b ? Math.Round(b) : null;
}
