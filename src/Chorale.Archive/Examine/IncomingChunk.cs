using Chorale.Protocol.Chunks;

namespace Chorale.Archive.Examine;

/// <summary>What a sender says of the file it sends. Everything here has been checked for form, nothing for truth.</summary>
public sealed record IncomingChunk
{
    /// <summary>Who sent it, as authenticated: safe in a path.</summary>
    public required string RecorderId { get; init; }

    /// <summary>First folder of the stored path, safe in a path.</summary>
    public required string PointId { get; init; }

    /// <summary>Second folder of the stored path, safe in a path.</summary>
    public required string RegisterId { get; init; }

    /// <summary>Start the sender gives, microseconds since 1970 UTC.</summary>
    public required long StartUs { get; init; }

    /// <summary>End the sender gives; null where the contract has none.</summary>
    public long? EndUs { get; init; }

    /// <summary>Codec the sender names, lower case; null where it names none.</summary>
    public string? Codec { get; init; }

    /// <summary>Present for recorders of ours.</summary>
    public ChunkHeader? Header { get; init; }

    public string? IdempotencyKey { get; init; }

    /// <summary>Mycelia source file, 24 hex digits.</summary>
    public string? SourceId { get; init; }

    /// <summary>Something already known to be odd about it, in words.</summary>
    public string? Remark { get; init; }

    /// <summary>Not the chunk itself but what was heard of it while it was recorded: gives way to the chunk.</summary>
    public bool IsLiveCopy { get; init; }
}
