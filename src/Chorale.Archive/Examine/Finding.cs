using Chorale.Archive.Index;

namespace Chorale.Archive.Examine;

/// <summary>What examination decided: exactly one of the two is set.</summary>
/// <param name="Row">Kept: the row as it will stand, perhaps labelled.</param>
/// <param name="Refusal">Not kept: why, in words for the sender and the operator.</param>
public sealed record Finding(ChunkRow? Row, string? Refusal)
{
    public static Finding Keep(ChunkRow row) => new(row, null);

    public static Finding Refuse(string reason) => new(null, reason);
}

/// <summary>The file as it arrived.</summary>
public sealed record ReceivedFile(long SizeBytes, string Sha256, long ReceivedUs);
