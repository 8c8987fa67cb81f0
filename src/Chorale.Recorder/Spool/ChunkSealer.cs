using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Storage;

namespace Chorale.Recorder.Spool;

/// <param name="Name">Final name in the outbox.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="Sha256">Of its bytes.</param>
/// <param name="Frames">Frames it holds; 0 = nothing could be kept, and there is no such file.</param>
/// <param name="Missing">Frames that were written but are not in it, after the disk refused some; null = none.</param>
internal sealed record SealedFile(string Name, long SizeBytes, string Sha256, long Frames, GapEntry? Missing);

/// <summary>The file side of a chunk: opening it, and sealing it in the order that survives a cut of the power at any point.</summary>
/// <param name="isOpenPart">Whether a chunk not yet sealed has this path: on a disk that was changed under us its file may be gone, its name is not free.</param>
internal sealed class ChunkSealer(DiskCalls disk, SpoolFolders folders, Func<string, bool> isOpenPart)
{
    private readonly Lock _spareGate = new();
    private (string Path, long Bytes)? _spare;

    /// <summary>Opens <c>outbox/chunk_*.part</c>; where a spare of zeros is ready, that is a rename.</summary>
    public OpenChunk Open(ChunkStart start)
    {
        var path = FreePart(start);
        if (start.Codec != AudioCodec.Opus) return Synced(start, path, AppendFile.Create(disk, path));
        (string Path, long Bytes)? spare;
        lock (_spareGate) (spare, _spare) = (_spare, null);
        if (spare is var (sparePath, bytes) && bytes >= start.ExpectedBytes && File.Exists(sparePath))
        {
            // Not synced: found under its old name, the file is as good a part as any.
            disk.Rename(sparePath, path);
            return new OpenChunk(start, path, DirectFile.Adopt(disk, path, bytes));
        }

        return Synced(start, path, DirectFile.Create(disk, path, start.ExpectedBytes));
    }

    /// <summary>Makes the file of the chunk after next, so that opening it costs the recording thread nothing. Best effort.</summary>
    public void PrepareSpare(ChunkStart like)
    {
        if (like.Codec != AudioCodec.Opus) return;
        lock (_spareGate)
        {
            if (_spare is not null) return;
            var path = Path.Combine(folders.Outbox, SpoolNames.SparePrefix + like.Id.Value.ToString("N") + ".ogg" + SpoolNames.PartSuffix);
            try
            {
                using var file = DirectFile.Create(disk, path, like.ExpectedBytes);
                _spare = (path, file.ZeroedBytes);
            }
            catch (IOException)
            {
                // Opening the next chunk meets the same disk, and reports it.
            }
        }
    }

    public void DropSpare()
    {
        lock (_spareGate)
        {
            if (_spare is var (path, _)) disk.Delete(path);
            _spare = null;
        }
    }

    /// <summary>Truncate, fsync, rename, fsync the folder.</summary>
    public SealedFile Seal(OpenChunk chunk, ChunkFacts facts)
    {
        if (!File.Exists(chunk.PartPath) && Directory.Exists(folders.Outbox)) // another disk than the one it was written to
            return new SealedFile("", 0, "", 0, MissingAfter(chunk.Start, 0, facts.Frames, chunk.File.Failure));
        var part = Complete(chunk);
        var frames = facts.Frames;
        GapEntry? missing = null;
        if (chunk.File.Failure is not null || chunk.IsUnfinished)
        {
            frames = Math.Min(frames, Mend(part));
            missing = MissingAfter(chunk.Start, frames, facts.Frames, chunk.File.Failure);
            if (frames == 0)
            {
                // What holds no audio at all goes now; anything else the next start looks at.
                if (part != chunk.PartPath && Examination.Of(chunk.PartPath).IsEmpty) disk.Delete(chunk.PartPath);
                return new SealedFile("", 0, "", 0, missing);
            }
        }

        var digest = FileDigest.Of(part);
        var path = part[..^SpoolNames.PartSuffix.Length];
        disk.Rename(part, path);
        disk.SyncFolder(folders.Outbox);
        if (part != chunk.PartPath) disk.Delete(chunk.PartPath);
        return new SealedFile(Path.GetFileName(path), digest.SizeBytes, digest.Sha256, frames, missing);
    }

    public ChunkRow Row(OpenChunk chunk, ChunkFacts facts, SealedFile file, DateTimeOffset now)
    {
        var tags = chunk.Start.Tags;
        var startAt = WallTime.FromMicroseconds(tags.StartUs);
        return new ChunkRow(
            new SpoolChunk
            {
                RowId = 0, Id = chunk.Start.Id, State = ChunkState.Ready, Path = Path.Combine(folders.Outbox, file.Name), Codec = chunk.Start.Codec,
                Recorder = tags.Recorder, Run = tags.Run, Number = tags.Number, FirstFrame = tags.FirstFrame, Frames = file.Frames,
                RateHz = tags.RateHz, Channels = chunk.Start.Channels, StartAt = startAt,
                EndAt = startAt + SpoolStore.Duration(file.Frames, tags.RateHz, facts.RatePpm),
                RecordingStartAt = startAt - SpoolStore.Duration(tags.FirstFrame, tags.RateHz, null), SizeBytes = file.SizeBytes, Sha256 = file.Sha256,
                RatePpm = facts.RatePpm, UncertaintyUs = facts.UncertaintyUs ?? tags.UncertaintyUs, Levels = facts.Levels, GapsBefore = chunk.GapsBefore,
            },
            file.Name, "own", tags.RecordingId, now);
    }

    private OpenChunk Synced(ChunkStart start, string path, DurableStream file)
    {
        try
        {
            disk.SyncFolder(folders.Outbox);
            return new OpenChunk(start, path, file);
        }
        catch
        {
            file.Dispose();
            disk.Delete(path);
            throw;
        }
    }

    /// <returns>The part that may be believed: the chunk's own, or a copy made after its sync had failed.</returns>
    private string Complete(OpenChunk chunk)
    {
        if (!chunk.File.HasSyncFailed)
        {
            try
            {
                chunk.File.Complete();
                return chunk.PartPath;
            }
            catch (IOException) when (chunk.File.HasSyncFailed)
            {
                // Below.
            }
        }

        var length = chunk.File.WrittenBytes;
        chunk.File.Dispose();
        var copy = FreePart(chunk.Start);
        var target = AppendFile.Create(disk, copy);
        try
        {
            using (var source = new FileStream(chunk.PartPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
            {
                var buffer = new byte[64 * 1024];
                for (int count; length > 0 && (count = source.Read(buffer, 0, (int)Math.Min(buffer.Length, length))) > 0; length -= count)
                    target.Write(buffer.AsSpan(0, count));
            }

            target.Complete();
            return copy;
        }
        catch
        {
            target.Dispose();
            disk.Delete(copy);
            throw;
        }
    }

    // The encoder could not finish the file: its header or its last page is repaired like that of any file found after a crash.
    private long Mend(string part)
    {
        var found = Examination.Of(part);
        if (found.IsEmpty) disk.Delete(part);
        if (!found.IsAudio) return 0; // what is left of it, the next start sets aside
        if (found.Inspection.Condition == ChunkCondition.TornTail) ChunkFiles.Repair(part);
        return found.Frames;
    }

    private static GapEntry? MissingAfter(ChunkStart start, long kept, long written, IOException? failure)
    {
        if (kept >= written) return null;
        var from = start.Tags.StartUs + kept * 1_000_000 / start.Tags.RateHz;
        var to = start.Tags.StartUs + written * 1_000_000 / start.Tags.RateHz;
        return new GapEntry(from, to, written - kept, GapCauses.ToText(failure is null ? GapCause.StorageFailed : StorageFault.CauseOf(failure)));
    }

    private string FreePart(ChunkStart start)
    {
        var at = WallTime.FromMicroseconds(start.Tags.StartUs);
        for (var clash = 0; ; clash++)
        {
            var name = SpoolNames.Chunk(at, start.Codec, clash);
            var part = Path.Combine(folders.Outbox, name + SpoolNames.PartSuffix);
            if (folders.IsFree(name) && !isOpenPart(part)) return part;
        }
    }
}
