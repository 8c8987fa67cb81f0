using System.Globalization;
using Chorale.Storage;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Access;

/// <summary>
/// Remembers which device a token belongs to for as long as nobody has written to <c>access.db</c>, in this process or another: SQLite's
/// <c>data_version</c> is asked each time, so that a revoked token ends with the next request. Only what was found is remembered.
/// </summary>
internal sealed class SenderCache(string path) : IDisposable
{
    /// <summary>More devices than a hub serves; about 500 bytes each.</summary>
    private const int RememberedMax = 20_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Device> _devices = [];
    private SqliteConnection? _connection;
    private SqliteCommand? _version;
    private long _seenVersion = -1;

    /// <param name="secretHash">What the secret hashes to.</param>
    /// <param name="version">State of the file that the answer belongs to; to be given back to <see cref="Remember"/>.</param>
    /// <returns>Null when it is not known here: the file must be asked.</returns>
    public Device? Find(string secretHash, out long version)
    {
        lock (_gate)
        {
            version = ReadVersion();
            if (version != _seenVersion) _devices.Clear();
            _seenVersion = version;
            return _devices.GetValueOrDefault(secretHash);
        }
    }

    /// <summary>Takes note of what the file said, unless it may have changed since <see cref="Find"/> asked for its version.</summary>
    public void Remember(string secretHash, Device device, long version)
    {
        lock (_gate)
        {
            if (version != _seenVersion) return;
            if (_devices.Count >= RememberedMax) _devices.Clear();
            _devices[secretHash] = device;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _version?.Dispose();
            _connection?.Dispose();
        }
    }

    /// <summary>Changes whenever another connection has committed; this one never writes.</summary>
    private long ReadVersion()
    {
        _connection ??= SqliteFile.Open(path, readOnly: true);
        if (_version is null)
        {
            _version = _connection.CreateCommand();
            _version.CommandText = "PRAGMA data_version";
        }

        return Convert.ToInt64(_version.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
