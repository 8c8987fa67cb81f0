using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Peaks;

/// <summary>How loud a period was, in steps of equal length that begin at a multiple of it.</summary>
/// <param name="FromUs">Beginning of the first step.</param>
public sealed record PeriodLevels(long FromUs, long StepUs, int Steps, IReadOnlyList<RecorderLevels> Recorders);

/// <summary>One recorder's steps; null where nothing is known. All in whole dBFS.</summary>
/// <param name="QuietestDbfs">Lowest RMS of ten seconds in each step.</param>
public sealed record RecorderLevels(string Recorder, int?[] PeakDbfs, int?[] RmsDbfs, int?[] QuietestDbfs);

/// <summary>
/// Reads levels. Cost: up to half-hour steps, 720 bytes for each hour of the period and recorder; beyond, one short row. Neither depends on
/// the length of the chunks or on how much the archive holds.
/// </summary>
public static class LevelQuery
{
    public const int StepsMax = 4_000;

    /// <summary>Seconds, each a divisor of an hour, then hours that read well.</summary>
    private static readonly long[] StepSeconds =
        [10, 20, 30, 60, 120, 300, 600, 900, 1800, .. ((long[])[1, 2, 3, 4, 6, 8, 12, 24, 48, 168, 336, 672]).Select(hours => hours * 3600)];

    /// <param name="stepsMax">At most so many steps over the period, if the longest step allows it.</param>
    public static PeriodLevels Read(SqliteConnection connection, long fromUs, long toUs, IReadOnlyList<string> recorders, int stepsMax, CancellationToken cancel)
    {
        var step = StepSeconds.Select(s => s * 1_000_000).FirstOrDefault(s => (toUs - 1) / s - fromUs / s < stepsMax, StepSeconds[^1] * 1_000_000);
        var first = fromUs / step;
        var steps = (int)((toUs - 1) / step - first) + 1;
        using var snapshot = connection.BeginTransaction(deferred: true);
        var found = new List<RecorderLevels>();
        foreach (var recorder in recorders)
        {
            cancel.ThrowIfCancellationRequested();
            var sums = new LevelSum[steps];
            if (step < Loudness.HourUs) AddSlots(connection, recorder, fromUs, toUs, step, first, sums);
            else AddHours(connection, recorder, fromUs, toUs, step, first, sums);
            found.Add(new RecorderLevels(
                recorder, [.. sums.Select(s => Loudness.Dbfs(s.Peak))], [.. sums.Select(s => Loudness.Dbfs(s.Rms))], [.. sums.Select(s => Loudness.Dbfs(s.Quietest))]));
        }

        return new PeriodLevels(first * step, step, steps, found);
    }

    private static void AddSlots(SqliteConnection connection, string recorder, long fromUs, long toUs, long step, long first, LevelSum[] sums)
    {
        var rows = connection.Query<(long Hour, byte[] Slots)>(
            "SELECT hour, slots FROM loudness WHERE recorder_id = @recorder AND hour BETWEEN @from AND @to", Hours(recorder, fromUs, toUs));
        foreach (var (hour, slots) in rows)
        {
            for (var n = 0; n < Loudness.SlotsPerHour; n++)
            {
                var at = (hour * Loudness.HourUs + n * Loudness.SlotUs) / step - first;
                if (at >= 0 && at < sums.Length) sums[at].Add(slots[2 * n], slots[2 * n + 1], slots[2 * n + 1]);
            }
        }
    }

    private static void AddHours(SqliteConnection connection, string recorder, long fromUs, long toUs, long step, long first, LevelSum[] sums)
    {
        var rows = connection.Query<(long Hour, long Peak, long Rms, long Quietest)>(
            "SELECT hour, peak, rms, quietest FROM loudness_hours WHERE recorder_id = @recorder AND hour BETWEEN @from AND @to", Hours(recorder, fromUs, toUs));
        foreach (var (hour, peak, rms, quietest) in rows)
        {
            var at = hour * Loudness.HourUs / step - first;
            if (at >= 0 && at < sums.Length) sums[at].Add((byte)peak, (byte)rms, (byte)quietest);
        }
    }

    private static object Hours(string recorder, long fromUs, long toUs) => new { recorder, from = fromUs / Loudness.HourUs, to = (toUs - 1) / Loudness.HourUs };
}
