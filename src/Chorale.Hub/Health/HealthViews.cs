using System.Text.Json.Serialization;

namespace Chorale.Hub.Health;

/// <summary>Body of <c>/api/v2/health</c>: the machinery of this hub. Times are microseconds since 1970 UTC; absent is null.</summary>
/// <param name="Status"><c>ok</c>, or <c>degraded</c> while the index or the disk cannot be used, or the book cannot be written.</param>
internal sealed record HealthView(
    [property: JsonPropertyName("now_us")] long NowUs,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("storage_writable")] bool IsWritable,
    [property: JsonPropertyName("broker")] BrokerHealth Broker,
    [property: JsonPropertyName("database")] IReadOnlyList<DatabaseHealth> Database,
    [property: JsonPropertyName("disk")] StorageView? Disk,
    [property: JsonPropertyName("queues")] QueueHealth Queues,
    [property: JsonPropertyName("process")] ProcessHealth Process,
    [property: JsonPropertyName("cues")] IReadOnlyList<CueHealth> Cues,
    [property: JsonPropertyName("players")] IReadOnlyList<PlayerHealth> Players,
    [property: JsonPropertyName("book")] BookHealth Book,
    [property: JsonPropertyName("certificate_ends_us")] long? CertificateEndsUs);

/// <param name="Address">Null: no broker is set.</param>
/// <param name="LostUs">When it was lost; null while it is there.</param>
internal sealed record BrokerHealth(
    [property: JsonPropertyName("address")] string? Address,
    [property: JsonPropertyName("connected")] bool IsConnected,
    [property: JsonPropertyName("problem")] string? Problem,
    [property: JsonPropertyName("lost_us")] long? LostUs,
    [property: JsonPropertyName("received")] long Received,
    [property: JsonPropertyName("published")] long Published,
    [property: JsonPropertyName("dropped")] long Dropped,
    [property: JsonPropertyName("reconnects")] long Reconnects);

/// <param name="WalBytes">Written and not yet moved into the file: large for long, where something reads without end.</param>
/// <param name="Integrity"><c>ok</c>, what SQLite found, or null while it was not looked for.</param>
/// <param name="Problem">Why it cannot be read; null when it can.</param>
internal sealed record DatabaseHealth(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("wal_bytes")] long WalBytes,
    [property: JsonPropertyName("integrity")] string? Integrity,
    [property: JsonPropertyName("checked_us")] long? CheckedUs,
    [property: JsonPropertyName("problem")] string? Problem,
    [property: JsonPropertyName("writes")] long? Writes,
    [property: JsonPropertyName("write_p50_ms")] double? WriteP50Ms,
    [property: JsonPropertyName("write_p99_ms")] double? WriteP99Ms);

/// <param name="BacklogOldestUs">Start of the oldest chunk that waits on any recorder; null: none waits.</param>
internal sealed record QueueHealth(
    [property: JsonPropertyName("ingest_under_way")] int IngestUnderWay,
    [property: JsonPropertyName("ingest_disk")] int IngestDisk,
    [property: JsonPropertyName("ingest_index")] int IngestIndex,
    [property: JsonPropertyName("backlog_chunks")] long BacklogChunks,
    [property: JsonPropertyName("backlog_bytes")] long BacklogBytes,
    [property: JsonPropertyName("backlog_oldest_us")] long? BacklogOldestUs,
    [property: JsonPropertyName("backlog_recorders")] int BacklogRecorders,
    [property: JsonPropertyName("quarantined_chunks")] long QuarantinedChunks,
    [property: JsonPropertyName("live_listeners")] int LiveListeners,
    [property: JsonPropertyName("live_events")] long LiveEvents);

/// <param name="CpuPercent">Of one core, since it was last asked.</param>
internal sealed record ProcessHealth(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("started_us")] long StartedUs,
    [property: JsonPropertyName("rss_bytes")] long RssBytes,
    [property: JsonPropertyName("heap_bytes")] long HeapBytes,
    [property: JsonPropertyName("gc_count")] long GcCount,
    [property: JsonPropertyName("gc_pause_total_ms")] double GcPauseTotalMs,
    [property: JsonPropertyName("gc_pause_last_ms")] double GcPauseLastMs,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("cpu_s")] double CpuSeconds,
    [property: JsonPropertyName("cpu_percent")] double CpuPercent);

/// <param name="BoundsMs">Upper ends of all buckets but the last.</param>
/// <param name="P50Ms">At most this; null without a cue.</param>
internal sealed record CueHealth(
    [property: JsonPropertyName("room")] string Room,
    [property: JsonPropertyName("title")] string Title,
    [property: JsonPropertyName("cues")] long Cues,
    [property: JsonPropertyName("bounds_ms")] IReadOnlyList<double> BoundsMs,
    [property: JsonPropertyName("counts")] IReadOnlyList<long> Counts,
    [property: JsonPropertyName("p50_ms")] double? P50Ms,
    [property: JsonPropertyName("p99_ms")] double? P99Ms,
    [property: JsonPropertyName("max_ms")] double MaxMs);

internal sealed record PlayerHealth(
    [property: JsonPropertyName("room")] string Room,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("problem")] string? Problem);

/// <param name="Waiting">Told and not yet on the disk.</param>
/// <param name="Lost">Never in the file.</param>
internal sealed record BookHealth(
    [property: JsonPropertyName("waiting")] int Waiting,
    [property: JsonPropertyName("lost")] long Lost,
    [property: JsonPropertyName("problem")] string? Problem);
