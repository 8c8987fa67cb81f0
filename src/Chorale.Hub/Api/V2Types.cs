using System.Text.Json.Serialization;

namespace Chorale.Hub.Api;

/// <summary>Bodies of /api/v2. Times are microseconds since 1970 UTC; absent is null.</summary>
internal sealed record RecorderView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("state")] string? State,
    [property: JsonPropertyName("peak_dbfs")] IReadOnlyList<double>? PeakDbfs,
    [property: JsonPropertyName("rms_dbfs")] IReadOnlyList<double>? RmsDbfs,
    [property: JsonPropertyName("clipped_samples")] long? ClippedSamples,
    [property: JsonPropertyName("first_seen_us")] long FirstSeenUs,
    [property: JsonPropertyName("last_seen_us")] long LastSeenUs,
    [property: JsonPropertyName("last_chunk_end_us")] long? LastChunkEndUs,
    [property: JsonPropertyName("last_label")] string? LastLabel,
    [property: JsonPropertyName("chunks")] long Chunks,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("covered_us")] long CoveredUs,
    [property: JsonPropertyName("live")] RecorderLiveView? Live);

/// <summary>A recorder while it records; null: it was not connected since the hub started, and nothing of it is held.</summary>
/// <param name="State"><c>waiting</c>, <c>live</c>, <c>quiet</c>, <c>gone</c>, <c>refused</c>.</param>
/// <param name="LagMs">Now less the end of what is on our disk (copy) or was received.</param>
/// <param name="HeldCopies">Chunks of which only the live copy is here.</param>
/// <param name="HeldUs">Their length.</param>
internal sealed record RecorderLiveView(
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("why")] string? Why,
    [property: JsonPropertyName("live_lag_ms")] long? LagMs,
    [property: JsonPropertyName("copy")] bool IsCopy,
    [property: JsonPropertyName("listeners")] int Listeners,
    [property: JsonPropertyName("held_copies")] int HeldCopies,
    [property: JsonPropertyName("held_us")] long HeldUs);

internal sealed record RecordersView(
    [property: JsonPropertyName("now_us")] long NowUs, [property: JsonPropertyName("recorders")] IReadOnlyList<RecorderView> Recorders);

internal sealed record TimelineView(
    [property: JsonPropertyName("from_us")] long FromUs,
    [property: JsonPropertyName("to_us")] long ToUs,
    [property: JsonPropertyName("detail")] string Detail,
    [property: JsonPropertyName("bucket_us")] long BucketUs,
    [property: JsonPropertyName("recorders")] IReadOnlyList<RecorderTimelineView> Recorders);

internal sealed record RecorderTimelineView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("spans")] IEnumerable<SpanView> Spans,
    [property: JsonPropertyName("gaps")] IEnumerable<GapView> Gaps,
    [property: JsonPropertyName("buckets")] IEnumerable<BucketView> Buckets,
    [property: JsonPropertyName("chunks")] IEnumerable<TimelineChunkView> Chunks,
    [property: JsonPropertyName("held")] IEnumerable<HeldSpanView> Held);

/// <summary>Audio of which only a live copy is here: its chunk has not come yet.</summary>
internal sealed record HeldSpanView(
    [property: JsonPropertyName("from_us")] long FromUs, [property: JsonPropertyName("to_us")] long ToUs,
    [property: JsonPropertyName("run_id")] string Run, [property: JsonPropertyName("number")] int Number);

internal sealed record SpanView(
    [property: JsonPropertyName("from_us")] long FromUs, [property: JsonPropertyName("to_us")] long ToUs, [property: JsonPropertyName("chunks")] int Chunks);

internal sealed record GapView(
    [property: JsonPropertyName("from_us")] long FromUs,
    [property: JsonPropertyName("to_us")] long ToUs,
    [property: JsonPropertyName("cause")] string Cause,
    [property: JsonPropertyName("duration_us")] long DurationUs,
    [property: JsonPropertyName("count")] int Count);

internal sealed record BucketView(
    [property: JsonPropertyName("from_us")] long FromUs,
    [property: JsonPropertyName("covered_us")] long CoveredUs,
    [property: JsonPropertyName("chunks")] int Chunks,
    [property: JsonPropertyName("labelled")] int Labelled);

internal sealed record TimelineChunkView(
    [property: JsonPropertyName("chunk_id")] string ChunkId,
    [property: JsonPropertyName("start_us")] long StartUs,
    [property: JsonPropertyName("end_us")] long EndUs,
    [property: JsonPropertyName("run_id")] string? RunId,
    [property: JsonPropertyName("number")] int? Number,
    [property: JsonPropertyName("label")] string? Label);

internal sealed record ChunkView(
    [property: JsonPropertyName("chunk_id")] string ChunkId,
    [property: JsonPropertyName("recorder")] string Recorder,
    [property: JsonPropertyName("run_id")] string? RunId,
    [property: JsonPropertyName("number")] int? Number,
    [property: JsonPropertyName("first_frame")] long? FirstFrame,
    [property: JsonPropertyName("frames")] long Frames,
    [property: JsonPropertyName("rate_hz")] int RateHz,
    [property: JsonPropertyName("channels")] int Channels,
    [property: JsonPropertyName("codec")] string Codec,
    [property: JsonPropertyName("start_us")] long StartUs,
    [property: JsonPropertyName("end_us")] long EndUs,
    [property: JsonPropertyName("uncertainty_us")] double? UncertaintyUs,
    [property: JsonPropertyName("rate_ppm")] double? RatePpm,
    [property: JsonPropertyName("size_bytes")] long SizeBytes,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("received_us")] long ReceivedUs,
    [property: JsonPropertyName("label")] string? Label);

internal sealed record PeaksView(
    [property: JsonPropertyName("per_second")] double PerSecond, [property: JsonPropertyName("chunks")] IReadOnlyList<ChunkPeaksView> Chunks);

/// <param name="StartUs">Of the first point.</param>
/// <param name="Points">Minimum and maximum of each point in turn, -127 to 127: the root of the sample, so that quiet rooms are seen.</param>
internal sealed record ChunkPeaksView(
    [property: JsonPropertyName("chunk_id")] string ChunkId,
    [property: JsonPropertyName("start_us")] long StartUs,
    [property: JsonPropertyName("end_us")] long EndUs,
    [property: JsonPropertyName("points")] IReadOnlyList<int> Points);

internal sealed record OverviewView(
    [property: JsonPropertyName("oldest_us")] long? OldestUs,
    [property: JsonPropertyName("newest_us")] long? NewestUs,
    [property: JsonPropertyName("from_us")] long FromUs,
    [property: JsonPropertyName("step_us")] long StepUs,
    [property: JsonPropertyName("covered_us")] IReadOnlyList<long> CoveredUs);

internal sealed record LevelsOfView(
    [property: JsonPropertyName("from_us")] long FromUs,
    [property: JsonPropertyName("step_us")] long StepUs,
    [property: JsonPropertyName("recorders")] IReadOnlyList<RecorderLevelsView> Recorders);

/// <summary>One entry for each step, whole dBFS; null where nothing is known.</summary>
internal sealed record RecorderLevelsView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("peak_dbfs")] IReadOnlyList<int?> PeakDbfs,
    [property: JsonPropertyName("rms_dbfs")] IReadOnlyList<int?> RmsDbfs,
    [property: JsonPropertyName("quietest_dbfs")] IReadOnlyList<int?> QuietestDbfs);

internal sealed record StatsView(
    [property: JsonPropertyName("recorders")] long Recorders,
    [property: JsonPropertyName("chunks")] long Chunks,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("covered_us")] long CoveredUs,
    [property: JsonPropertyName("oldest_us")] long? OldestUs,
    [property: JsonPropertyName("newest_us")] long? NewestUs,
    [property: JsonPropertyName("refused")] long Refused,
    [property: JsonPropertyName("free_bytes")] long? FreeBytes);
