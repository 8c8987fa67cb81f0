using System.Collections.Concurrent;
using Chorale.Storage;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Access;

/// <summary>A SQLite file of this hub that its owner alone may read: one writer at a time, readers beside it.</summary>
internal sealed class AccessFile : IDisposable
{
    private const int ReadersMax = 8;

    private readonly string _path;
    private readonly SqliteConnection _writer;
    private readonly Lock _writing = new();
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private volatile bool _disposed;

    /// <param name="path">Made if it is not there.</param>
    /// <param name="scripts">Names of its embedded migrations, oldest first.</param>
    public AccessFile(string path, params string[] scripts)
    {
        _path = path;
        if (!OperatingSystem.IsWindows() && !File.Exists(path))
        {
            using var empty = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }

        _writer = SqliteFile.Open(path);
        SqliteFile.Migrate(_writer, [.. scripts.Select(s => SqliteFile.Script(typeof(AccessFile).Assembly, s))]);
    }

    public T Read<T>(Func<SqliteConnection, T> query)
    {
        if (!_readers.TryTake(out var connection)) connection = SqliteFile.Open(_path, readOnly: true);
        try
        {
            return query(connection);
        }
        finally
        {
            if (_disposed || _readers.Count >= ReadersMax) connection.Dispose();
            else _readers.Add(connection);
        }
    }

    /// <summary>In one transaction; an exception takes it all back.</summary>
    public T Write<T>(Func<SqliteConnection, T> change)
    {
        lock (_writing)
        {
            using var transaction = _writer.BeginTransaction();
            var result = change(_writer);
            transaction.Commit();
            return result;
        }
    }

    public void Write(Action<SqliteConnection> change) => Write(c =>
    {
        change(c);
        return 0;
    });

    public void Dispose()
    {
        _disposed = true;
        lock (_writing) _writer.Dispose();
        while (_readers.TryTake(out var reader)) reader.Dispose();
    }
}
