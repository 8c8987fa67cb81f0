using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Chorale.Storage;

namespace Chorale.Archive.Store;

/// <summary>
/// Threads that bring files to the disk: write and sync the file, make its folder, rename it there, sync
/// that. They block, so they are threads of their own
/// and not the pool's.
/// </summary>
internal sealed class SyncCrew
{
    /// <summary>Folders remembered as durable: a fleet of 1000 recorders opens one an hour each; about 200 bytes a name.</summary>
    private const int DurableMax = 20_000;

    private readonly string _root;
    private readonly StoreOptions _options;
    private readonly ChannelReader<PendingChunk> _input;
    private readonly ChannelWriter<PendingChunk> _output;
    private readonly Thread[] _threads;
    private readonly FolderSyncs _syncs = new();
    private readonly Lock _making = new();
    private readonly ConcurrentDictionary<string, bool> _durable = new();
    private int _working;

    public SyncCrew(string root, StoreOptions options, ChannelReader<PendingChunk> input, ChannelWriter<PendingChunk> output)
    {
        (_root, _options, _input, _output, _working) = (root, options, input, output, options.SyncThreads);
        _threads = [.. Enumerable.Range(0, options.SyncThreads).Select(n => new Thread(Work) { IsBackground = true, Name = $"archive-sync-{n}" })];
        foreach (var thread in _threads) thread.Start();
    }

    private void Work()
    {
        while (TryTake(out var chunk)) Bring(chunk);

        if (Interlocked.Decrement(ref _working) == 0) _output.Complete(); // the committer drains and ends
    }

    /// <summary>Waits for one chunk. Waiting for "something to read" would wake every thread of the crew for each.</summary>
    private bool TryTake([NotNullWhen(true)] out PendingChunk? chunk)
    {
        try
        {
            var taking = _input.ReadAsync().AsTask();
            if (!taking.IsCompleted) ((IAsyncResult)taking).AsyncWaitHandle.WaitOne(); // a task that is waited for spins first, in 64 threads
            chunk = taking.GetAwaiter().GetResult();
            return true;
        }
        catch (ChannelClosedException)
        {
            chunk = null;
            return false;
        }
    }

    private void Bring(PendingChunk chunk)
    {
        try
        {
            _options.OnStep?.Invoke(StoreStep.Received, chunk.Row.ChunkId);
            chunk.File.Sync();
            _options.OnStep?.Invoke(StoreStep.FileSynced, chunk.Row.ChunkId);
            Move(chunk, Path.Combine(_root, chunk.Row.Path));
            _options.OnStep?.Invoke(StoreStep.Renamed, chunk.Row.ChunkId);
            _syncs.Sync(chunk.Folder);
            if (!_output.TryWrite(chunk)) _output.WriteAsync(chunk).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e) // the boundary that handles one chunk: whatever it was, its sender is told and the thread goes on
        {
            chunk.Done.TrySetException(e);
        }
    }

    /// <summary>Makes the folder so that its name, and that of every parent, is on the disk before anything is acknowledged in it.</summary>
    private void MakeFolder(string folder)
    {
        if (_durable.ContainsKey(folder)) return;
        lock (_making) // nobody may use a folder that another thread has made but not yet synced
        {
            if (_durable.ContainsKey(folder)) return;
            if (_durable.Count > DurableMax) _durable.Clear();
            Directory.CreateDirectory(folder);
            // Also when it was there: the process that made it may have been killed before it synced.
            for (var f = folder; f.Length > _root.Length; f = Path.GetDirectoryName(f)!) DurableFile.SyncFolder(Path.GetDirectoryName(f)!);
            _durable.TryAdd(folder, true);
        }
    }

    private void Move(PendingChunk chunk, string path)
    {
        chunk.Folder = Path.GetDirectoryName(path)!;
        MakeFolder(chunk.Folder);
        try
        {
            chunk.File.MovedTo(path);
        }
        catch (DirectoryNotFoundException) // retention removed the empty folder meanwhile
        {
            _durable.TryRemove(chunk.Folder, out _);
            MakeFolder(chunk.Folder);
            chunk.File.MovedTo(path);
        }
    }
}
