using Chorale.Storage;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Spool;

/// <param name="Imported">Chunks that are in the spool now and were not before.</param>
/// <param name="SetAside">Files or rows that hold no audio; they lie in quarantine.</param>
/// <param name="StillOpen">Files another program may still be writing; they were left where they are.</param>
/// <param name="Total">Files and rows there were.</param>
public sealed record ImportProgress(int Imported, int SetAside, int StillOpen, int Total);

/// <summary>
/// Takes a foreign spool over, in place: a recorder-agent spool (outbox/, uploaded/) by renaming its files into ours, or by a durable copy
/// where it lies on another file system; a Mycelia queue row by row. Each step is complete before the original goes, so a crash at any
/// point is continued by running it again.
/// </summary>
internal sealed class SpoolImport(SpoolStore store, SpoolOptions options, TimeProvider time, ILogger log)
{
    /// <exception cref="ArgumentException">The path is neither.</exception>
    public ImportProgress Import(string path, Action<ImportProgress>? report, CancellationToken stopping)
    {
        ImportProgress result;
        if (File.Exists(path) && MyceliaQueue.IsMyceliaQueue(path)) result = ImportQueue(path, report, stopping);
        else if (Directory.Exists(Path.Combine(path, "outbox")) || Directory.Exists(path) && HasChunks(path)) result = ImportFolder(path, report, stopping);
        else
        {
            throw new ArgumentException(
                $"{path} is neither a recorder-agent spool (a folder with outbox/ or chunk_*.ogg in it) nor a Mycelia queue (audio_queue.db with a table audio_chunks that has audio_data)");
        }

        log.Imported(result.Imported, path);
        return result;
    }

    private ImportProgress ImportQueue(string path, Action<ImportProgress>? report, CancellationToken stopping)
    {
        using var source = SqliteFile.Open(path);
        using var count = source.CreateCommand();
        count.CommandText = "SELECT COUNT(*) FROM audio_chunks";
        var total = (int)(long)count.ExecuteScalar()!;
        var before = store.Totals();
        for (var done = 0; ; done++)
        {
            stopping.ThrowIfCancellationRequested();
            if (!store.WithIndex((index, folders, _) => MyceliaQueue.AdoptNext(source, "audio_chunks", index, folders, options, time))) break;
            report?.Invoke(new ImportProgress(done + 1, 0, 0, total));
        }

        var setAside = store.Totals().QuarantinedChunks - before.QuarantinedChunks;
        return new ImportProgress(total - setAside, setAside, 0, total);
    }

    private ImportProgress ImportFolder(string path, Action<ImportProgress>? report, CancellationToken stopping)
    {
        var files = new List<(string Path, ChunkState State)>();
        var outbox = Path.Combine(path, "outbox");
        Collect(Directory.Exists(outbox) ? outbox : path, ChunkState.Ready, files);
        Collect(Path.Combine(path, "uploaded"), ChunkState.Uploaded, files);
        var before = store.Totals();
        var open = 0;
        for (var i = 0; i < files.Count; i++)
        {
            stopping.ThrowIfCancellationRequested();
            var (file, state) = files[i];
            if (state == ChunkState.Ready && IsFresh(file)) open++;
            else store.WithIndex((_, folders, recovery) => Take(file, state, folders, recovery));
            report?.Invoke(new ImportProgress(i + 1 - open, 0, open, files.Count));
        }

        var after = store.Totals();
        var setAside = after.QuarantinedChunks - before.QuarantinedChunks;
        return new ImportProgress(after.ReadyChunks + after.UploadedChunks - before.ReadyChunks - before.UploadedChunks, setAside, open, files.Count);
    }

    private bool Take(string file, ChunkState state, SpoolFolders folders, SpoolRecovery recovery)
    {
        var target = Path.Combine(folders.Of(state), FreeName(Path.GetFileName(file), folders));
        if (Path.GetFullPath(Path.GetDirectoryName(file)!) == Path.GetFullPath(folders.Of(state))) target = file;
        else Move(file, target);
        if (SpoolNames.IsPart(target)) recovery.LookAgain(target);
        else recovery.Adopt(target, state);
        return true;
    }

    // Across file systems: the copy is on the disk under its name before the original goes. A crash in between leaves two equal files, and
    // the second is found to be the same chunk by its bytes.
    private void Move(string from, string to)
    {
        var writtenAt = File.GetLastWriteTimeUtc(from);
        if (SameFileSystem(from, to))
        {
            options.Disk.Rename(from, to);
            return;
        }

        var part = Path.Combine(Path.GetDirectoryName(to)!, "import_" + Path.GetFileNameWithoutExtension(to));
        options.Disk.Delete(part);
        using (var source = File.OpenRead(from))
        using (var target = AppendFile.Create(options.Disk, part))
        {
            source.CopyTo(target);
            target.Complete();
        }

        File.SetLastWriteTimeUtc(part, writtenAt);
        options.Disk.Rename(part, to);
        options.Disk.SyncFolder(Path.GetDirectoryName(to)!);
        options.Disk.Delete(from);
    }

    // .NET's own move across file systems falls back to a copy that is not synced.
    private static bool SameFileSystem(string from, string to)
    {
        static string Root(string path) => DriveInfo.GetDrives()
            .Select(d => d.RootDirectory.FullName.TrimEnd('/') + "/")
            .Where(root => Path.GetFullPath(path).StartsWith(root, StringComparison.Ordinal))
            .MaxBy(root => root.Length) ?? "/";
        return Root(from) == Root(to);
    }

    private bool IsFresh(string path) =>
        time.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(path) is var age && age >= TimeSpan.Zero && age < options.ForeignOpenFor;

    private static string FreeName(string name, SpoolFolders folders)
    {
        var free = name;
        for (var clash = 1; !folders.IsFree(free); clash++)
        {
            var suffix = name[name.IndexOf('.', StringComparison.Ordinal)..];
            free = $"{name[..^suffix.Length]}_{clash}{suffix}";
        }

        return free;
    }

    private static void Collect(string folder, ChunkState state, List<(string, ChunkState)> files)
    {
        if (!Directory.Exists(folder)) return;
        files.AddRange(Directory.EnumerateFiles(folder).Where(f => SpoolNames.IsAudio(Path.GetFileName(f))).Order(StringComparer.Ordinal).Select(f => (f, state)));
    }

    private static bool HasChunks(string folder) => Directory.EnumerateFiles(folder, "chunk_*").Any(f => SpoolNames.IsAudio(Path.GetFileName(f)));
}
