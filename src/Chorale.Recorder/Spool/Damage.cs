using System.Globalization;
using Chorale.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Spool;

/// <summary>What happens when the index itself is damaged: it is set aside, never deleted, and what can still be read of it is kept.</summary>
internal static class Damage
{
    /// <summary>SQLITE_CORRUPT.</summary>
    public const int Corrupt = 11;

    private const int NotADatabase = 26;

    /// <summary>SQLITE_ERROR: a table or a column is not there.</summary>
    private const int SchemaError = 1;

    private const int SchemaTooNew = 100;

    /// <summary>A check of the whole file reads it once: 32 MiB is about 0.3 s on a slow card, and a year of one-minute chunks is 150 MiB.</summary>
    private const long CheckedBytesMax = 32L << 20;

    /// <summary>What has to survive besides the files; the unsent are not here, their files tell all about them.</summary>
    private static readonly string[] Kept = ["sources", "runs", "gaps", "uploaded_chunks", "quarantined_chunks", "lost_chunks"];

    /// <summary>At work: what only damage can cause.</summary>
    public static bool Is(SqliteException e) => e.SqliteErrorCode is Corrupt or NotADatabase;

    /// <summary>SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN: the disk under it, not the index.</summary>
    public static bool IsDisk(SqliteException e) => e.SqliteErrorCode is 8 or 10 or 14;

    private static bool IsAtOpen(SqliteException e) => Is(e) || e.SqliteErrorCode == SchemaError;

    /// <summary>Opens the index; a damaged one is replaced by an empty one with everything that could still be read.</summary>
    public static SpoolIndex Open(SpoolOptions options, TimeProvider time, ILogger log)
    {
        SpoolIndex? index = null;
        try
        {
            index = SpoolIndex.Open(options.Index);
            if (new FileInfo(options.Index).Length <= CheckedBytesMax
                && index.Scalar("SELECT quick_check FROM pragma_quick_check(1)") is string verdict && verdict != "ok")
            {
                throw new SqliteException(verdict, Corrupt);
            }

            return index;
        }
        catch (SqliteException e) when (IsAtOpen(e))
        {
            index?.Dispose();
            return Replace(options, e.Message, time, log);
        }
        catch (FormatException e) // user_version or a pragma answered nonsense
        {
            index?.Dispose();
            return Replace(options, e.Message, time, log);
        }
        catch (InvalidOperationException e) when (!HasOurTables(options.Index))
        {
            index?.Dispose();
            return Replace(options, e.Message, time, log);
        }
    }

    /// <summary>Moves the damaged files to <c>NAME.damaged-TIME</c> and makes a new index. The connection to the old one is closed.</summary>
    public static SpoolIndex Replace(SpoolOptions options, string detail, TimeProvider time, ILogger log)
    {
        var stamp = time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var aside = $"{options.Index}.damaged-{stamp}";
        for (var clash = 1; File.Exists(aside); clash++) aside = $"{options.Index}.damaged-{stamp}_{clash}";
        foreach (var suffix in (ReadOnlySpan<string>)["", "-wal", "-shm"])
        {
            if (File.Exists(options.Index + suffix)) File.Move(options.Index + suffix, aside + suffix);
        }

        log.IndexDamaged(options.Index, detail, aside);
        var index = SpoolIndex.Open(options.Index);
        Salvage(aside, index);
        return index;
    }

    private static void Salvage(string aside, SpoolIndex target)
    {
        if (!File.Exists(aside)) return;
        try
        {
            using var source = SqliteFile.Open(aside);
            foreach (var table in Kept)
            {
                using var transaction = target.Begin();
                Copy(source, table, target);
                transaction.Commit();
            }
        }
        catch (SqliteException)
        {
            // Not even its header can be read: the files have to tell everything.
        }
    }

    // Row by row until the first that cannot be read; a row that breaks a rule of the schema is damage too and stays behind.
    private static void Copy(SqliteConnection source, string table, SpoolIndex target)
    {
        try
        {
            using var select = source.CreateCommand();
#pragma warning disable CA2100 // one of the constants above
            select.CommandText = $"SELECT * FROM {table}";
#pragma warning restore CA2100
            using var reader = select.ExecuteReader();
            var names = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToArray();
            var sql = $"INSERT OR IGNORE INTO {table}({string.Join(',', names)}) VALUES({string.Join(',', names.Select(n => "$" + n))})";
            while (reader.Read())
            {
                try
                {
                    var values = new (string, object?)[names.Length];
                    for (var i = 0; i < names.Length; i++) values[i] = ("$" + names[i], reader.IsDBNull(i) ? null : reader.GetValue(i));
                    target.Execute(sql, values);
                }
                catch (SqliteException)
                {
                    // A value of the wrong type or out of range.
                }
            }
        }
        catch (Exception e) when (e is SqliteException or InvalidOperationException or ArgumentException)
        {
            // The rest of this table is unreadable.
        }
    }

    private static bool HasOurTables(string path)
    {
        try
        {
            using var db = SqliteFile.Open(path);
            using var command = db.CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('audio_chunks','uploaded_chunks','gaps','runs')";
            using var version = db.CreateCommand();
            version.CommandText = "PRAGMA user_version";
            return (long)command.ExecuteScalar()! == 4 && (long)version.ExecuteScalar()! < SchemaTooNew;
        }
        catch (SqliteException)
        {
            return false;
        }
    }
}
