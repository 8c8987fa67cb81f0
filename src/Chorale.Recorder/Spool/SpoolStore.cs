using Chorale.Protocol.Chunks;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Spool;

/// <param name="Folder">Root: holds <c>outbox/</c>, <c>uploaded/</c>, <c>quarantine/</c> and the index.</param>
/// <param name="OutboxFolder">Null = <c>Folder/outbox</c>.</param>
/// <param name="IndexPath">Null = <c>Folder/audio_queue.db</c>.</param>
/// <param name="Recorder">Recorder id, for files that do not say.</param>
/// <param name="LocalZone">How naive times in adopted file names are read.</param>
public sealed record SpoolOptions(string Folder, string? OutboxFolder, string? IndexPath, string Recorder, TimeZoneInfo LocalZone);

/// <summary>The durable queue on the recorder. Files are the truth, the index is rebuilt from them. Thread-safe; every method may block on the disk.</summary>
public sealed class SpoolStore : IDisposable
{
    /// <summary>Opens the spool and reconciles files and index; what it did is logged and counted.</summary>
    public static SpoolStore Open(SpoolOptions options, TimeProvider time, ILogger log) => throw new NotSupportedException();

    /// <summary>Opens a chunk's file (<c>outbox/chunk_*.part</c>).</summary>
    public OpenChunk Begin(ChunkStart start) => throw new NotSupportedException();

    /// <summary>Makes a complete chunk ready: truncate, fsync, rename, fsync folder, commit row (durability order in design/spool.md).</summary>
    public SpoolChunk Seal(OpenChunk chunk, ChunkFacts facts) => throw new NotSupportedException();

    /// <summary>Deletes an open chunk that holds no frame.</summary>
    public void Discard(OpenChunk chunk) => throw new NotSupportedException();

    /// <summary>Writes a gap into the ledger.</summary>
    public void AddGap(RunId? run, GapEntry gap) => throw new NotSupportedException();

    /// <summary>The oldest chunk to send, or null.</summary>
    public SpoolChunk? NextToSend() => throw new NotSupportedException();

    /// <summary>The server has it durably: the file moves to <c>uploaded/</c>.</summary>
    public void MarkUploaded(SpoolChunk chunk, string? remoteId) => throw new NotSupportedException();

    /// <summary>The server will never take it: the file moves to <c>quarantine/</c> with the reason.</summary>
    public void Quarantine(SpoolChunk chunk, string reason) => throw new NotSupportedException();

    /// <summary>Counts a failed attempt.</summary>
    public void MarkAttempt(SpoolChunk chunk, string error) => throw new NotSupportedException();

    /// <summary>Mycelia's source file id of a recording, kept across restarts.</summary>
    public string? SourceIdOf(DateTimeOffset recordingStart) => throw new NotSupportedException();

    public void SetSourceId(DateTimeOffset recordingStart, string sourceFileId) => throw new NotSupportedException();

    public SpoolTotals Totals() => throw new NotSupportedException();

    /// <summary>Completes when a chunk becomes ready or <paramref name="timeout"/> has passed.</summary>
    public Task WaitForReadyAsync(TimeSpan timeout, CancellationToken stopping) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}

/// <summary>A chunk that is being written. <see cref="Output"/> is used by the recording thread only; its <see cref="Stream.Flush"/> makes
/// everything written so far durable (a no-op where every write already is).</summary>
public sealed class OpenChunk
{
    internal OpenChunk(ChunkStart start, string partPath, Stream output)
    {
        Start = start;
        PartPath = partPath;
        Output = output;
    }

    public ChunkStart Start { get; }

    public string PartPath { get; }

    public Stream Output { get; }
}
