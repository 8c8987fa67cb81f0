using Chorale.Storage.Interop;
using Microsoft.Data.Sqlite;

namespace Chorale.Storage;

/// <summary>One SQLite file: how it is opened, which pragmas hold, and how its schema moves forward.</summary>
public static class SqliteFile
{
    /// <summary>
    /// Opens or creates <paramref name="path"/> in WAL mode with <c>synchronous=FULL</c>: a commit that returned is on the disk.
    /// </summary>
    /// <exception cref="SqliteException">The file is damaged, locked for 5 s, or not writable.</exception>
    public static SqliteConnection Open(string path, bool readOnly = false)
    {
        SqliteLibrary.EnsureLoaded();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path, Pooling = false, DefaultTimeout = 5, Mode = readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
        }.ToString());
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON;");
            if (!readOnly) Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=200;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Brings the schema to the newest of <paramref name="migrations"/>, each in a transaction of its own; <c>user_version</c> counts them.
    /// A file from a newer program is refused.
    /// </summary>
    public static void Migrate(SqliteConnection connection, IReadOnlyList<string> migrations)
    {
        var version = Convert.ToInt32(Scalar(connection, "PRAGMA user_version"), System.Globalization.CultureInfo.InvariantCulture);
        if (version > migrations.Count)
            throw new InvalidOperationException(
                $"{connection.DataSource} has schema {version}, this program knows {migrations.Count}: it was written by a newer version");
        for (; version < migrations.Count; version++)
        {
            using var transaction = connection.BeginTransaction();
            using (var command = connection.CreateCommand())
            {
                command.Transaction = transaction;
#pragma warning disable CA2100 // a constant of the program
                command.CommandText = migrations[version] + $"; PRAGMA user_version={version + 1}";
#pragma warning restore CA2100
                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    /// <summary>Text of an embedded <c>.sql</c> file, found by the end of its resource name.</summary>
    public static string Script(System.Reflection.Assembly assembly, string name)
    {
        var resource = Array.Find(assembly.GetManifestResourceNames(), n => n.EndsWith(name, StringComparison.Ordinal))
            ?? throw new ArgumentException($"no embedded script {name}", nameof(name));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    /// <summary>Bytes a connection has written so far: every changed page goes to the WAL, and once more into the file at a checkpoint.</summary>
    public static long WrittenBytes(SqliteConnection connection)
    {
        const int cacheWrite = 9; // SQLITE_DBSTATUS_CACHE_WRITE
        SQLitePCL.raw.sqlite3_db_status(connection.Handle, cacheWrite, out var pages, out _, 0);
        return pages * 2L * Convert.ToInt64(Scalar(connection, "PRAGMA page_size"), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // a constant of the program
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // a constant of the program
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
