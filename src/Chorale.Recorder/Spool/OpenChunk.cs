using Chorale.Protocol.Chunks;
using Chorale.Storage;

namespace Chorale.Recorder.Spool;

/// <summary>A chunk that is being written. <see cref="Output"/> is used by the recording thread only; its <see cref="Stream.Flush"/> makes
/// everything written so far durable (a no-op where every write already is).</summary>
public sealed class OpenChunk
{
    internal OpenChunk(ChunkStart start, string partPath, DurableStream output)
    {
        Start = start;
        PartPath = partPath;
        File = output;
    }

    public ChunkStart Start { get; }

    public string PartPath { get; }

    public Stream Output => File;

    /// <summary>True when a write or a sync of this file has failed: what follows goes to a new chunk, this one is sealed as it is.</summary>
    public bool HasFailed => File.Failure is not null;

    /// <summary>True when every write is on the device on return, so that there is nothing for a flush to do.</summary>
    public bool IsWriteThrough => File.IsWriteThrough;

    /// <summary>The encoder was given up before it could finish the file: sealing has to mend it.</summary>
    internal bool IsUnfinished { get; set; }

    internal DurableStream File { get; }

    /// <summary>Gaps told since the chunk before this one was opened.</summary>
    internal List<GapEntry> GapsBefore { get; } = [];
}
