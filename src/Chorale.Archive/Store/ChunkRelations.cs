using System.Globalization;
using Chorale.Archive.Index;
using Microsoft.Data.Sqlite;

namespace Chorale.Archive.Store;

/// <summary>What a new chunk is to the chunks that are there already: the same place with other bytes, or the same time.</summary>
internal static class ChunkRelations
{
    /// <summary>Foreign clients give their start to the second, so neighbours of theirs may seem to overlap by up to one.</summary>
    private const long ForeignToleranceUs = 1_000_000;

    /// <summary>Between runs of one recorder: the uncertainty of two anchors.</summary>
    private const long RunToleranceUs = 50_000;

    /// <summary>Called by the committer, inside its transaction, so that a batch sees its own rows.</summary>
    public static ChunkRow Label(IngestStatements index, SqliteTransaction transaction, ChunkRow row)
    {
        if (row.RunId is { } run && row.Number is { } number && index.HolderOf(transaction, row.RecorderId, run, number) is { } holder)
        {
            // The place is taken. This one keeps its audio and its times, and loses the claim to the place.
            row = Add(row, $"other content for chunk {number} of run {run}, which is {holder.ChunkId}") with { RunId = null, Number = null, FirstFrame = null };
        }

        if (index.Before(transaction, row.RecorderId, row.StartUs) is { } before) row = Compare(row, before, before.EndUs - row.StartUs);
        if (index.After(transaction, row.RecorderId, row.StartUs) is { } after) row = Compare(row, after, row.EndUs - after.StartUs);
        return row;
    }

    private static ChunkRow Compare(ChunkRow row, Neighbour other, long overlapUs)
    {
        if (row.RunId is not null && row.RunId == other.RunId) return row; // joined by frames, whatever the clock did
        var tolerance = row.RunId is null || other.RunId is null ? ForeignToleranceUs : RunToleranceUs;
        return overlapUs <= tolerance ? row
            : Add(row, string.Create(CultureInfo.InvariantCulture, $"overlaps {other.ChunkId} by {overlapUs / 1e6:0.00} s"));
    }

    private static ChunkRow Add(ChunkRow row, string label) => row with { Label = row.Label is null ? label : $"{row.Label}; {label}" };
}
