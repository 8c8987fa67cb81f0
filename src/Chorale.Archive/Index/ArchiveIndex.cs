using System.Collections.Concurrent;
using Chorale.Storage;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Index;

/// <summary>
/// The index <c>archive.db</c>: one writing connection, used by one thread at a time, and reading connections as needed. WAL lets readers
/// see the last commit while a batch is written.
/// </summary>
public sealed class ArchiveIndex : IDisposable
{
    public const string FileName = "archive.db";

    private const int IdleReadersMax = 8;

    /// <summary>In the order in which they came to be.</summary>
    public static IReadOnlyList<string> Migrations { get; } =
        [.. ((string[])["ArchiveSchema.sql", "ArchiveLevels.sql"]).Select(name => SqliteFile.Script(typeof(ArchiveIndex).Assembly, name))];

    private readonly SqliteConnection _writer;
    private readonly Lock _writing = new();
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private readonly string _path;
    private volatile bool _disposed;

    static ArchiveIndex() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    private ArchiveIndex(string path)
    {
        _path = path;
        _writer = SqliteFile.Open(path);
        try
        {
            // A batch of 64 rows touches about 100 pages: 200 (the default of SqliteFile) would checkpoint, and so sync the file, every other batch.
            _writer.Execute("PRAGMA wal_autocheckpoint=2000");
            SqliteFile.Migrate(_writer, Migrations);
        }
        catch
        {
            _writer.Dispose();
            throw;
        }
    }

    /// <summary>Opens or creates the index of the archive in <paramref name="archiveFolder"/>.</summary>
    public static ArchiveIndex Open(string archiveFolder)
    {
        Directory.CreateDirectory(archiveFolder);
        return new ArchiveIndex(Path.Combine(archiveFolder, FileName));
    }

    /// <summary>Runs a query that changes nothing, beside any other query and beside the writer.</summary>
    public T Read<T>(Func<SqliteConnection, T> query)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_readers.TryTake(out var connection)) connection = SqliteFile.Open(_path, readOnly: true);
        try
        {
            return query(connection);
        }
        finally
        {
            if (_disposed || _readers.Count >= IdleReadersMax) connection.Dispose();
            else _readers.Add(connection);
        }
    }

    /// <summary>Runs <paramref name="change"/> in one transaction; on return it is on the disk, after an exception nothing of it is.</summary>
    public T Write<T>(Func<SqliteConnection, SqliteTransaction, T> change)
    {
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var transaction = _writer.BeginTransaction();
            var result = change(_writer, transaction);
            transaction.Commit();
            return result;
        }
    }

    /// <inheritdoc cref="Write{T}"/>
    public void Write(Action<SqliteConnection, SqliteTransaction> change) => Write((connection, transaction) =>
    {
        change(connection, transaction);
        return 0;
    });

    public void Dispose()
    {
        lock (_writing)
        {
            if (_disposed) return;
            _disposed = true;
            _writer.Dispose();
        }

        while (_readers.TryTake(out var reader)) reader.Dispose();
    }
}
