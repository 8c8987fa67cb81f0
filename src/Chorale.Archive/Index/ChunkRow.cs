namespace Chorale.Archive.Index;

/// <summary>One row of the table <c>chunks</c>; units and origins stand in <c>ArchiveSchema.sql</c>.</summary>
public sealed record ChunkRow
{
    public required string ChunkId { get; init; }
    public required string RecorderId { get; init; }
    public string? RunId { get; init; }
    public int? Number { get; init; }
    public long? FirstFrame { get; init; }
    public required long Frames { get; init; }
    public required int RateHz { get; init; }
    public required int Channels { get; init; }
    public required string Codec { get; init; }
    public required long StartUs { get; init; }
    public required long EndUs { get; init; }
    public double? UncertaintyUs { get; init; }
    public double? RatePpm { get; init; }

    /// <summary>Relative to the archive folder, with forward slashes.</summary>
    public required string Path { get; init; }
    public required long SizeBytes { get; init; }
    public required string Sha256 { get; init; }
    public required long ReceivedUs { get; init; }
    public string? IdempotencyKey { get; init; }

    /// <summary>Null = as it should be; else what examination found, in words.</summary>
    public string? Label { get; init; }
    public string? Levels { get; init; }
    public string? SourceId { get; init; }
}
