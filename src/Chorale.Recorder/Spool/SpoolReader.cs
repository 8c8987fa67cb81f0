using Chorale.Protocol;

namespace Chorale.Recorder.Spool;

/// <summary>Looks at a spool that another process may own: nothing is locked, repaired or written.</summary>
public sealed class SpoolReader : IDisposable
{
    private readonly SpoolIndex _index;
    private readonly SpoolFolders _folders;

    private SpoolReader(SpoolIndex index, SpoolFolders folders)
    {
        _index = index;
        _folders = folders;
    }

    /// <exception cref="FileNotFoundException">There is no spool at this place.</exception>
    public static SpoolReader Open(SpoolOptions options)
    {
        if (!File.Exists(options.Index))
            throw new FileNotFoundException($"no spool at {options.Folder}: {options.Index} does not exist; a recorder makes it at its first start", options.Index);
        return new SpoolReader(SpoolIndex.OpenReadOnly(options.Index), SpoolFolders.Of(options));
    }

    public (int Chunks, long Bytes) Count(ChunkState state) => _index.Count(state);

    public long LostChunks => (long)_index.Scalar("SELECT COUNT(*) FROM lost_chunks")!;

    public IReadOnlyList<SpoolChunk> List(ChunkState state, int limit = int.MaxValue) => _index.List(state, _folders, limit);

    /// <summary>Why a chunk lies in quarantine.</summary>
    public string? ReasonOf(SpoolChunk chunk) => (string?)_index.Scalar("SELECT reason FROM quarantined_chunks WHERE id=$id", ("$id", chunk.RowId));

    public Ledger Ledger(DateTimeOffset from, DateTimeOffset to) =>
        SpoolLedger.Compute(_index, from, to, Directory.EnumerateFiles(_folders.Outbox, "chunk_*").Count(SpoolNames.IsPart));

    /// <summary>Start of the oldest chunk the ledger knows; null = it is empty.</summary>
    public DateTimeOffset? Since => _index.Scalar(
        """
        SELECT MIN(s) FROM (SELECT MIN(start_us) s FROM audio_chunks UNION ALL SELECT MIN(start_us) FROM uploaded_chunks
          UNION ALL SELECT MIN(start_us) FROM lost_chunks UNION ALL SELECT MIN(from_us) FROM gaps)
        """) is long us ? WallTime.FromMicroseconds(us) : null;

    public void Dispose() => _index.Dispose();
}
