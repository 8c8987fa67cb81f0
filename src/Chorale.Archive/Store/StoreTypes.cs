using Chorale.Archive.Examine;
using Chorale.Archive.Index;
using Chorale.Protocol.Chunks;

namespace Chorale.Archive.Store;

/// <summary>How the admission of a chunk ended.</summary>
public enum AdmissionOutcome
{
    /// <summary>New, and durable: file, folder and row.</summary>
    Stored,

    /// <summary>Already here, and durable.</summary>
    Duplicate,

    /// <summary>Not taken, and noted in <c>refused</c>.</summary>
    Refused,
}

/// <param name="Outcome">How it ended.</param>
/// <param name="Chunk">The row; null when refused.</param>
/// <param name="Refusal">Why it was refused; null otherwise.</param>
public sealed record Admission(AdmissionOutcome Outcome, ChunkRow? Chunk, string? Refusal);

/// <summary>The steps of a commit, in order: a crash may come between any two.</summary>
internal enum StoreStep
{
    Received,
    FileSynced,
    Renamed,
    FolderSynced,
    RowWritten,
    Committed,
}

/// <summary>Bounds of the store.</summary>
public sealed record StoreOptions
{
    /// <summary>Threads that wait for the disk. The file system folds concurrent syncs into one journal commit, so more of them cost less each.</summary>
    public int SyncThreads { get; init; } = 64;

    /// <summary>Chunks in one transaction. At 0.3 ms a row the first of a batch waits at most 40 ms for the last.</summary>
    public int BatchMax { get; init; } = 128;

    /// <summary>Called at each step of each commit; what it throws ends that commit as a crash would.</summary>
    internal Action<StoreStep, string>? OnStep { get; init; }
}

/// <summary>A chunk on its way through the steps of a commit.</summary>
internal sealed class PendingChunk(ChunkRow row, IncomingChunk said, IncomingFile file)
{
    public ChunkRow Row { get; set; } = row;
    public IncomingChunk Said { get; } = said;
    public IncomingFile File { get; } = file;

    /// <summary>Where the store put it: on the disk before the row may be written.</summary>
    public string Folder { get; set; } = "";

    /// <summary>A live copy that has become useless with this commit: its row is gone, its file goes after the commit.</summary>
    public string? ObsoletePath { get; set; }

    /// <summary>Set when this was a live copy of a chunk that is already there.</summary>
    public string? StandingChunkId { get; set; }

    public TaskCompletionSource<Admission> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<GapEntry> Gaps => Said.Header?.Gaps ?? [];
}
