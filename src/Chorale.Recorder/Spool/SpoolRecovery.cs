using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Storage;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Spool;

/// <summary>
/// Brings files and index together again, whatever happened to either. It works by the rules of design/spool.md: nothing that holds audio
/// is deleted, what cannot be read is set aside and counted, and running it again changes nothing. The caller holds the spool's lock.
/// </summary>
internal sealed class SpoolRecovery(SpoolOptions options, SpoolFolders folders, SpoolIndex index, TimeProvider time, ILogger log, IReadOnlySet<string> openParts)
{
    private readonly List<(ChunkTags Tags, long EndFrame, DateTimeOffset EndAt, DateTime WrittenAt)> _torn = [];
    private bool _wasOpen;
    private DateTimeOffset? _newestEndAt;

    /// <summary>Files that need a look at their bytes, oldest name first, and the state their folder stands for. Parts are never among them.</summary>
    public Queue<(string Path, ChunkState State)> Backlog { get; } = new();

    /// <summary>Foreign files that another program may still be writing; looked at again later.</summary>
    public List<string> MaybeOpen { get; } = [];

    /// <summary>What is missing between the last durable frame and now.</summary>
    public List<GapEntry> Gaps { get; } = [];

    /// <summary>Compares names and sizes, repairs what was open. Reads no sealed file that has a row.</summary>
    public void Reconcile()
    {
        var outbox = Sizes(folders.Outbox);
        var uploaded = Sizes(folders.Uploaded);
        var quarantine = Sizes(folders.Quarantine);
        ReconcileReady(outbox, uploaded, quarantine);
        ReconcileMoved(ChunkState.Uploaded, uploaded, outbox);
        ReconcileMoved(ChunkState.Quarantined, quarantine, outbox);
        foreach (var path in openParts) outbox.Remove(Path.GetFileName(path));
        foreach (var name in outbox.Keys.Where(SpoolNames.IsPart).Order(StringComparer.Ordinal)) Try(name, () => RecoverPart(Path.Combine(folders.Outbox, name)));
        Enqueue(outbox, folders.Outbox, ChunkState.Ready);
        Enqueue(quarantine, folders.Quarantine, ChunkState.Quarantined);
        Enqueue(uploaded, folders.Uploaded, ChunkState.Uploaded);
    }

    /// <summary>Writes what is missing since the last frame on the disk into the ledger. After the backlog, or at least its newest file.</summary>
    public void CloseLedger()
    {
        var now = time.GetUtcNow();
        foreach (var torn in _torn)
        {
            // Torn at a chunk boundary: the chunk after it is there, and says exactly how much is missing.
            var next = index.Scalar("SELECT MIN(first_frame) FROM audio_chunks WHERE run=$run AND first_frame>=$end",
                ("$run", torn.Tags.Run.ToString()), ("$end", torn.EndFrame));
            if (next is long first && first > torn.EndFrame)
                Add(torn.Tags.Run, torn.EndAt, torn.EndAt + SpoolStore.Duration(first - torn.EndFrame, torn.Tags.RateHz, null), first - torn.EndFrame, GapCause.PowerCut, torn.EndFrame);
        }

        if (LastEnd() is not { } end) return;
        if (_newestEndAt > end) end = _newestEndAt.Value;
        if (_wasOpen && end < now)
        {
            var last = _torn.Where(t => t.EndAt == end).Select(t => ((ChunkTags, long, DateTimeOffset, DateTime)?)t).FirstOrDefault();
            var bound = end + options.LossBound;
            var until = bound;
            // A killed process leaves the time of its last write; after a cut of the power that time is older than the bytes.
            if (last is var (_, _, _, writtenAt) && writtenAt > end.UtcDateTime && writtenAt < bound.UtcDateTime) until = new DateTimeOffset(writtenAt, TimeSpan.Zero);
            if (until > now) until = now;
            var rate = last?.Item1.RateHz ?? 0;
            Add(last?.Item1.Run, end, until, (long)((until - end).TotalSeconds * rate), GapCause.PowerCut, last?.Item2);
            end = until;
        }

        if (end < now) Add(null, end, now, 0, GapCause.NotRunning, null);
    }

    /// <summary>Takes up one file of the backlog.</summary>
    public void Adopt(string path, ChunkState state) => Try(Path.GetFileName(path), () => AdoptFile(path, state));

    /// <summary>Learns where recording ended from the newest names of a long backlog, without taking them up before their turn.</summary>
    public void PeekNewest()
    {
        foreach (var newest in Backlog.Where(f => f.State != ChunkState.Quarantined).GroupBy(f => f.State).Select(g => g.Last()))
        {
            Try(Path.GetFileName(newest.Path), () =>
            {
                var found = Examination.Of(newest.Path);
                if (found.IsAudio && Row(newest.Path, found, "recovered").Chunk.EndAt is var end && (_newestEndAt is null || end > _newestEndAt)) _newestEndAt = end;
            });
        }
    }

    /// <summary>Looks again at a file that another program may have been writing.</summary>
    public void LookAgain(string path) => Try(Path.GetFileName(path), () =>
    {
        if (SpoolNames.IsPart(path)) RecoverPart(path);
        else AdoptFile(path, ChunkState.Ready);
    });

    /// <summary>A ready chunk whose file is not what its row says: repaired, set aside, or written off.</summary>
    public void Reexamine(SpoolChunk chunk)
    {
        var name = Path.GetFileName(chunk.Path);
        var import = Path.Combine(folders.Outbox, SpoolNames.ImportPart(chunk.Id.Value));
        if (!File.Exists(chunk.Path) && File.Exists(import)) options.Disk.Rename(import, chunk.Path);
        if (!File.Exists(chunk.Path))
        {
            if (index.Move(ChunkState.Ready, "lost_chunks", chunk.RowId, "damaged", time.GetUtcNow(), null)) log.ChunkMissing(name, chunk.Id.Value, chunk.Frames);
            return;
        }

        var found = Examination.Of(chunk.Path);
        if (!found.IsAudio)
        {
            SetAside(chunk.Path, chunk.RowId, found.Inspection.Detail);
            return;
        }

        found = Repair(chunk.Path, found);
        var (size, sha256) = FileDigest.Of(chunk.Path);
        var frames = Math.Min(found.Frames, chunk.Frames);
        index.Execute("UPDATE audio_chunks SET size_bytes=$size, sha256=$sha, frames=$frames, end_us=$end WHERE id=$id",
            ("$size", size), ("$sha", sha256), ("$frames", frames), ("$id", chunk.RowId),
            ("$end", WallTime.ToMicroseconds(chunk.StartAt + SpoolStore.Duration(frames, chunk.RateHz, chunk.RatePpm))));
        log.ChunkRepaired(name, found.Inspection.Detail);
        if (frames < chunk.Frames)
        {
            var from = chunk.StartAt + SpoolStore.Duration(frames, chunk.RateHz, chunk.RatePpm);
            Add(chunk.Run, from, chunk.EndAt, chunk.Frames - frames, GapCause.Damaged, chunk.FirstFrame + frames);
        }
    }

    private void ReconcileReady(Dictionary<string, long> outbox, Dictionary<string, long> uploaded, Dictionary<string, long> quarantine)
    {
        foreach (var chunk in index.List(ChunkState.Ready, folders))
        {
            var name = Path.GetFileName(chunk.Path);
            if (outbox.Remove(name, out var size))
            {
                if (size != chunk.SizeBytes) Try(name, () => Reexamine(chunk));
                continue;
            }

            // The row was moved back to the queue, its file was not yet.
            var elsewhere = uploaded.Remove(name) ? folders.Uploaded : quarantine.Remove(name) ? folders.Quarantine : null;
            if (elsewhere is not null) options.Disk.Rename(Path.Combine(elsewhere, name), chunk.Path);
            else Try(name, () => Reexamine(chunk));
        }
    }

    private void ReconcileMoved(ChunkState state, Dictionary<string, long> files, Dictionary<string, long> outbox)
    {
        foreach (var (id, name, chunkId) in index.FilesOf(state))
        {
            if (files.Remove(name)) continue;
            var import = Path.Combine(folders.Outbox, SpoolNames.ImportPart(chunkId));
            if (outbox.Remove(name)) options.Disk.Rename(Path.Combine(folders.Outbox, name), Path.Combine(folders.Of(state), name));
            else if (File.Exists(import)) options.Disk.Rename(import, Path.Combine(folders.Of(state), name));
            else if (state == ChunkState.Uploaded) index.ForgetFile(id);
        }
    }

    private void RecoverPart(string path)
    {
        var name = Path.GetFileName(path);
        var found = Examination.Of(path);
        if (found.Tags is null && !found.IsEmpty && IsFresh(path))
        {
            MaybeOpen.Add(path);
            return;
        }

        _wasOpen = true;
        if (found.IsEmpty)
        {
            log.EmptyPartRemoved(name, found.Inspection.Detail);
            options.Disk.Delete(path);
            return;
        }

        if (!found.IsAudio)
        {
            SetAside(path, null, found.Inspection.Detail);
            return;
        }

        var writtenAt = File.GetLastWriteTimeUtc(path);
        found = Repair(path, found);
        var row = Row(path, found, "recovered");
        if (found.Tags is { } tags) _torn.Add((tags, tags.FirstFrame + found.Frames, row.Chunk.EndAt, writtenAt));
        log.ChunkRecovered(name, found.Frames, found.Inspection.Detail);
        Commit(path, row, ChunkState.Ready);
    }

    private void AdoptFile(string path, ChunkState state)
    {
        var name = Path.GetFileName(path);
        var length = new FileInfo(path).Length;
        if (state == ChunkState.Ready && length > 0 && IsFresh(path) && Examination.Of(path).Tags is null)
        {
            MaybeOpen.Add(path);
            return;
        }

        var found = Examination.Of(path);
        if (!found.IsAudio)
        {
            if (state != ChunkState.Uploaded) SetAside(path, null, found.Inspection.Detail);
            return;
        }

        if (state == ChunkState.Ready && found.Inspection.Condition == Audio.Files.ChunkCondition.TornTail) found = Repair(path, found);
        var row = Row(path, found, found.Tags is null ? "recorder_agent" : "recovered");
        log.ChunkAdopted(name, found.Frames, row.Origin);
        Commit(path, row, state);
    }

    /// <summary>Gives the file its final name and its row. A crash in between leaves a file without a row, which is where this began.</summary>
    private void Commit(string path, ChunkRow row, ChunkState state)
    {
        var twin = index.Knows(row.Chunk.Id.Value);
        if (twin && state == ChunkState.Uploaded) return;
        if (twin)
        {
            SetAside(path, null, "the same chunk of the same run is there already");
            return;
        }

        var target = Path.Combine(folders.Of(state), row.File);
        if (target != path)
        {
            options.Disk.Rename(path, target);
            options.Disk.SyncFolder(folders.Of(state));
        }

        using var transaction = index.Begin();
        var chunk = row.Chunk;
        if (row.Origin == "recovered")
            row = row with { Chunk = chunk with { RecordingStartAt = index.RunStart(chunk.Run, chunk.RecordingStartAt, chunk.RateHz) } };
        if (state == ChunkState.Ready) index.Insert(row);
        else index.InsertMoved(state, row, state == ChunkState.Quarantined ? "found in quarantine without a row" : null, time.GetUtcNow());
        foreach (var gap in chunk.GapsBefore) index.AddGap(chunk.Run, gap, SpoolLedger.PlaceBefore(gap, chunk.FirstFrame));
        transaction.Commit();
    }

    private ChunkRow Row(string path, Examination found, string origin)
    {
        var (size, sha256) = FileDigest.Of(path);
        var name = Path.GetFileName(path);
        var written = new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero);
        var duration = SpoolStore.Duration(found.Frames, found.RateHz, null);
        var codec = found.Inspection.Codec!.Value;
        var tags = found.Tags;
        var start = tags is not null ? WallTime.FromMicroseconds(tags.StartUs) : ForeignNames.StartOf(name, options.LocalZone, written, duration);
        var run = tags?.Run ?? SpoolNames.Derive($"chorale/foreign/{sha256}/{start.UtcTicks}"); // two silent files may be equal
        var number = tags?.Number ?? 0;
        var file = SpoolNames.IsPart(name) || !SpoolNames.TryParse(name, out _) ? FreeName(start, codec) : name;
        return new ChunkRow(
            new SpoolChunk
            {
                RowId = 0, Id = new ChunkId(SpoolNames.IdOf(run, number)), State = ChunkState.Ready, Path = path, Codec = codec,
                Recorder = tags?.Recorder ?? options.Recorder, Run = run, Number = number, FirstFrame = tags?.FirstFrame ?? 0, Frames = found.Frames,
                RateHz = found.RateHz, Channels = found.Inspection.Channels, StartAt = start, EndAt = start + duration,
                RecordingStartAt = tags is null ? start : start - SpoolStore.Duration(tags.FirstFrame, tags.RateHz, null), SizeBytes = size, Sha256 = sha256,
                RatePpm = tags?.RatePpm, UncertaintyUs = tags?.UncertaintyUs, GapsBefore = tags?.GapBefore is { } gap ? [gap] : [],
            },
            file, origin, tags?.RecordingId, time.GetUtcNow());
    }

    private static Examination Repair(string path, Examination found)
    {
        if (found.Inspection.Condition == Audio.Files.ChunkCondition.TornTail) Audio.Files.ChunkFiles.Repair(path);
        return found;
    }

    private void SetAside(string path, long? readyRow, string reason)
    {
        var name = Path.GetFileName(path);
        if (SpoolNames.IsPart(name)) name = name[..^SpoolNames.PartSuffix.Length];
        var target = Path.Combine(folders.Quarantine, name);
        for (var clash = 1; target != path && File.Exists(target); clash++)
            target = Path.Combine(folders.Quarantine, $"{Path.GetFileNameWithoutExtension(name)}_{clash}{Path.GetExtension(name)}");
        if (target != path) options.Disk.Rename(path, target);
        if (readyRow is { } id) index.Move(ChunkState.Ready, "quarantined_chunks", id, reason, time.GetUtcNow(), Path.GetFileName(target));
        else index.NoteDamaged(Path.GetFileName(target), new FileInfo(target).Length, options.Recorder, reason, time.GetUtcNow());
        log.ChunkQuarantined(Guid.Empty, Path.GetFileName(target), reason);
    }

    private DateTimeOffset? LastEnd() => index.Scalar(
        """
        SELECT MAX(e) FROM (SELECT (SELECT MAX(end_us) FROM audio_chunks) e
          UNION ALL SELECT (SELECT end_us FROM uploaded_chunks ORDER BY start_us DESC LIMIT 1)
          UNION ALL SELECT (SELECT end_us FROM quarantined_chunks WHERE frames>0 ORDER BY start_us DESC LIMIT 1)
          UNION ALL SELECT (SELECT end_us FROM lost_chunks ORDER BY start_us DESC LIMIT 1)
          UNION ALL SELECT (SELECT to_us FROM gaps ORDER BY from_us DESC LIMIT 1))
        """) is long us ? WallTime.FromMicroseconds(us) : null;

    private void Add(Guid? run, DateTimeOffset from, DateTimeOffset to, long frames, GapCause cause, long? firstFrame)
    {
        var gap = new GapEntry(WallTime.ToMicroseconds(from), WallTime.ToMicroseconds(to), frames, GapCauses.ToText(cause));
        index.AddGap(run, gap, firstFrame);
        Gaps.Add(gap);
        log.GapFound(gap.Cause, from, to, frames);
    }

    private string FreeName(DateTimeOffset start, Audio.Files.AudioCodec codec)
    {
        for (var clash = 0; ; clash++)
        {
            var name = SpoolNames.Chunk(start, codec, clash);
            if (!File.Exists(Path.Combine(folders.Outbox, name)) && !File.Exists(Path.Combine(folders.Uploaded, name))
                && !File.Exists(Path.Combine(folders.Quarantine, name)))
            {
                return name;
            }
        }
    }

    private bool IsFresh(string path) => time.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(path) is var age && age >= TimeSpan.Zero && age < options.ForeignOpenFor;

    // One bad file must not keep the others from being found: it is named, left where it is, and met again at the next start.
    private void Try(string name, Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.RecoveryFailed(name, e.Message);
        }
    }

    private void Enqueue(Dictionary<string, long> files, string folder, ChunkState state)
    {
        foreach (var name in files.Keys.Where(n => !SpoolNames.IsPart(n)).Order(StringComparer.Ordinal)) Backlog.Enqueue((Path.Combine(folder, name), state));
    }

    private static Dictionary<string, long> Sizes(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles().Where(f => SpoolNames.IsAudio(f.Name)).ToDictionary(f => f.Name, f => f.Length, StringComparer.Ordinal);
}
