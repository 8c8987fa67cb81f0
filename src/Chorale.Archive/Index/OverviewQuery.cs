using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Index;

/// <summary>All recorders together, from the first to the last audio.</summary>
/// <param name="FromUs">Beginning of the first step.</param>
/// <param name="CoveredUs">Audio of all recorders in each step, added up.</param>
public sealed record ArchiveOverview(long? OldestUs, long? NewestUs, long FromUs, long StepUs, IReadOnlyList<long> CoveredUs);

/// <summary>Reads the overview: hours while there are few days, whole days from then on, joined so that there are never many steps.</summary>
public static class OverviewQuery
{
    public const int StepsMax = 400;

    private const long HourUs = 3_600_000_000;
    private const int HoursDays = 14;

    public static ArchiveOverview Read(SqliteConnection connection)
    {
        using var snapshot = connection.BeginTransaction(deferred: true);
        var (oldest, newest) = connection.QueryFirst<(long?, long?)>(
            "SELECT (SELECT start_us FROM chunks ORDER BY start_us LIMIT 1), (SELECT end_us FROM chunks ORDER BY start_us DESC LIMIT 1)");
        if (oldest is not { } from || newest is not { } to) return new ArchiveOverview(null, null, 0, HourUs, []);
        var hours = to - from <= HoursDays * 24 * HourUs;
        var unit = hours ? HourUs : 24 * HourUs;
        var units = (to - 1) / unit - from / unit + 1;
        var step = (units + StepsMax - 1) / StepsMax;
        var first = from / unit / step;
        var covered = new long[(to - 1) / unit / step - first + 1];
        var rows = hours
            ? connection.Query<(long At, long Us)>("SELECT c.hour, SUM(c.covered_us) FROM recorders r JOIN coverage c ON c.recorder_id = r.recorder_id AND c.hour BETWEEN @a AND @b GROUP BY 1",
                new { a = from / unit, b = (to - 1) / unit })
            : connection.Query<(long At, long Us)>("SELECT day, covered_us FROM days");
        foreach (var (at, us) in rows)
        {
            var n = at / step - first;
            if (n >= 0 && n < covered.Length) covered[n] += us;
        }

        return new ArchiveOverview(from, to, first * step * unit, step * unit, covered);
    }
}
