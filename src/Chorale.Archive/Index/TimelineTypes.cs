namespace Chorale.Archive.Index;

/// <summary>How finely a timeline is told.</summary>
public enum TimelineDetail
{
    /// <summary>The finest that keeps the answer small: chunks, else spans, else buckets.</summary>
    Auto,

    /// <summary>Spans, and every chunk by itself.</summary>
    Chunks,

    /// <summary>Unbroken stretches of audio, to the microsecond.</summary>
    Spans,

    /// <summary>Covered time per bucket of whole hours.</summary>
    Buckets,
}

/// <param name="FromUs">Beginning, microseconds since 1970 UTC, included.</param>
/// <param name="ToUs">End, excluded.</param>
/// <param name="Detail">What was given, after <see cref="TimelineDetail.Auto"/> was decided.</param>
/// <param name="BucketUs">Length of a bucket, a whole number of hours; 0 unless buckets were given.</param>
public sealed record Timeline(long FromUs, long ToUs, TimelineDetail Detail, long BucketUs, IReadOnlyList<RecorderTimeline> Recorders);

/// <summary>One recorder's part. Lists that do not belong to the detail given are empty.</summary>
public sealed record RecorderTimeline(
    string Recorder, IReadOnlyList<TimelineSpan> Spans, IReadOnlyList<TimelineGap> Gaps, IReadOnlyList<TimelineBucket> Buckets,
    IReadOnlyList<TimelineChunk> Chunks);

/// <summary>Unbroken audio, clipped to the period asked for.</summary>
public readonly record struct TimelineSpan(long FromUs, long ToUs, int Chunks);

/// <summary>Missing audio. In buckets: all gaps of one cause in one bucket.</summary>
/// <param name="Cause">As <see cref="Chorale.Protocol.Chunks.GapCauses.ToText"/> writes it, or <see cref="Unknown"/>.</param>
/// <param name="DurationUs">Sum of the gaps told by this entry.</param>
/// <param name="Count">How many gaps that are.</param>
public sealed record TimelineGap(long FromUs, long ToUs, string Cause, long DurationUs, int Count)
{
    /// <summary>No audio, and nobody has said why; not uploaded yet, for one.</summary>
    public const string Unknown = "unknown";
}

/// <param name="FromUs">Beginning of the bucket.</param>
/// <param name="CoveredUs">Audio in it, at most its length.</param>
/// <param name="Chunks">Chunks that start in it.</param>
/// <param name="Labelled">Of these, with something wrong.</param>
public readonly record struct TimelineBucket(long FromUs, long CoveredUs, int Chunks, int Labelled);

public sealed record TimelineChunk(string ChunkId, long StartUs, long EndUs, string? RunId, int? Number, string? Label);
