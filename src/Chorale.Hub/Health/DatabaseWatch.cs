using Chorale.Hub.Book;
using Chorale.Hub.Fleet;
using Chorale.Archive.Index;
using Chorale.Protocol;
using Chorale.Show.Devices;
using Chorale.Show.Scenes;
using Chorale.Storage;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Health;

/// <summary>The hub's SQLite files: how large, how fast, and once a day whether they are whole. A check reads beside the writers and delays none.</summary>
internal sealed class DatabaseWatch(string dataFolder, IReadOnlyDictionary<string, WriteTimes> writes, TimeProvider time)
{
    /// <summary>A larger file is checked by `chorale archive check`, when somebody has the time: this reads all of it.</summary>
    private const long CheckedBytesMax = 1L << 30;

    private static readonly TimeSpan FirstCheck = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromDays(1);

    private static readonly string[] Names =
        [ArchiveIndex.FileName, FleetStore.FileName, EventStore.FileName, "access.db", Path.Combine("show", TraceStore.FileName), Path.Combine("show", "devices.db")];

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string Result, long AtUs)> _checks = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken stopping)
    {
        for (var wait = FirstCheck; ; wait = CheckInterval)
        {
            await Task.Delay(wait, time, stopping);
            await Task.Run(Check, stopping);
        }
    }

    public IReadOnlyList<DatabaseHealth> Look() => [.. Names.Select(Look).OfType<DatabaseHealth>()];

    internal void Check()
    {
        foreach (var name in Names)
        {
            var file = new FileInfo(Path.Combine(dataFolder, name));
            if (!file.Exists || file.Length > CheckedBytesMax) continue;
            string result;
            try
            {
                using var connection = SqliteFile.Open(file.FullName, readOnly: true);
                result = connection.ExecuteScalar<string>("PRAGMA quick_check(1)") ?? "ok";
            }
            catch (SqliteException e)
            {
                result = e.Message;
            }

            lock (_gate) _checks[name] = (result, WallTime.ToMicroseconds(time.GetUtcNow()));
        }
    }

    private DatabaseHealth? Look(string name)
    {
        var path = Path.Combine(dataFolder, name);
        var file = new FileInfo(path);
        if (!file.Exists) return null;
        var wal = new FileInfo(path + "-wal");
        (string Result, long AtUs)? check;
        lock (_gate) check = _checks.TryGetValue(name, out var found) ? found : null;
        var times = writes.GetValueOrDefault(name);
        return new DatabaseHealth(
            name, file.Length, wal.Exists ? wal.Length : 0, check?.Result, check?.AtUs, Problem(path), times?.Count, Ms(times?.Quantile(0.5)), Ms(times?.Quantile(0.99)));
    }

    private static string? Problem(string path)
    {
        try
        {
            using var connection = SqliteFile.Open(path, readOnly: true);
            connection.ExecuteScalar<int>("SELECT COUNT(*) FROM sqlite_schema");
            return null;
        }
        catch (SqliteException e)
        {
            return e.Message;
        }
    }

    private static double? Ms(TimeSpan? time) => time is { } t ? Math.Round(t.TotalMilliseconds, 3) : null;
}
