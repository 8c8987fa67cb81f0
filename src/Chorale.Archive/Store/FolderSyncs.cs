using System.Collections.Concurrent;
using Chorale.Storage;

namespace Chorale.Archive.Store;

/// <summary>
/// Makes names durable for many threads at once. Folders are synced beside each other; threads that wait for the same folder share a
/// sync, as long as it began after their names were there.
/// </summary>
internal sealed class FolderSyncs
{
    /// <summary>Folders remembered; forgetting one costs a sync that could have been shared, nothing else.</summary>
    private const int RememberedMax = 20_000;

    private readonly ConcurrentDictionary<string, Folder> _folders = new();

    /// <summary>On return every name that was in the folder when this was called is on the disk. Blocks.</summary>
    /// <exception cref="IOException">The disk is failing.</exception>
    public void Sync(string path)
    {
        if (_folders.Count > RememberedMax) _folders.Clear();
        _folders.GetOrAdd(path, static _ => new Folder()).Sync(path);
    }

    private sealed class Folder
    {
        private readonly Lock _syncing = new();
        private long _asked;
        private long _synced;

        public void Sync(string path)
        {
            var mine = Interlocked.Increment(ref _asked);
            lock (_syncing)
            {
                if (_synced >= mine) return; // one that began after this call has ended meanwhile
                var covered = Interlocked.Read(ref _asked);
                DurableFile.SyncFolder(path);
                _synced = covered;
            }
        }
    }
}
