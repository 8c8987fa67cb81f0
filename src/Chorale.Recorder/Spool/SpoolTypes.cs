using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Spool;

/// <summary>What is known of a chunk when its file is opened.</summary>
/// <param name="Id">Identity; the idempotency key and the row.</param>
/// <param name="Tags">Written into the file by the encoder, and into the row.</param>
/// <param name="Codec">Decides suffix and writing method: Ogg Opus is written in place into a zero-filled file, WAV and FLAC are appended.</param>
/// <param name="Channels">Channels of the audio.</param>
/// <param name="NominalDuration">Length the chunk should get.</param>
/// <param name="ExpectedBytes">Size the file is likely to get; the zero fill.</param>
public sealed record ChunkStart(ChunkId Id, ChunkTags Tags, AudioCodec Codec, int Channels, TimeSpan NominalDuration, long ExpectedBytes);

/// <summary>What is known when it is complete.</summary>
/// <param name="Frames">Frames captured into it, at the captured rate.</param>
/// <param name="Levels">Levels over the chunk; null when unknown (recovered).</param>
/// <param name="RatePpm">Device clock against nominal at the end of the chunk.</param>
/// <param name="UncertaintyUs">Of its start.</param>
public sealed record ChunkFacts(long Frames, ChunkLevels? Levels, double? RatePpm, double? UncertaintyUs);

/// <summary>States of a finished chunk.</summary>
public enum ChunkState
{
    Ready,
    Uploaded,
    Quarantined,
}

/// <summary>A finished chunk as the uploader and the person see it.</summary>
public sealed record SpoolChunk
{
    public required long RowId { get; init; }
    public required ChunkId Id { get; init; }
    public required ChunkState State { get; init; }

    /// <summary>Full path.</summary>
    public required string Path { get; init; }
    public required AudioCodec Codec { get; init; }
    public required string Recorder { get; init; }
    public required Guid Run { get; init; }
    public required int Number { get; init; }
    public required long FirstFrame { get; init; }
    public required long Frames { get; init; }
    public required int RateHz { get; init; }
    public required int Channels { get; init; }
    public required DateTimeOffset StartAt { get; init; }
    public required DateTimeOffset EndAt { get; init; }

    /// <summary>Start of the run (Mycelia's recording).</summary>
    public required DateTimeOffset RecordingStartAt { get; init; }

    /// <summary>Set for rows adopted from a foreign queue, or once the server has told it.</summary>
    public string? SourceFileId { get; init; }
    public required long SizeBytes { get; init; }

    /// <summary>SHA-256 of the file, lower-case hex.</summary>
    public required string Sha256 { get; init; }
    public double? RatePpm { get; init; }
    public double? UncertaintyUs { get; init; }
    public ChunkLevels? Levels { get; init; }

    /// <summary>Gaps that lie directly before this chunk.</summary>
    public IReadOnlyList<GapEntry> GapsBefore { get; init; } = [];
    public int Attempts { get; init; }
    public string? LastError { get; init; }
}

/// <summary>The queue in numbers, for health, metrics and <c>spool ls</c>.</summary>
public sealed record SpoolTotals(
    int ReadyChunks, long ReadyBytes, DateTimeOffset? OldestReadyAt, int UploadedChunks, long UploadedBytes, int QuarantinedChunks,
    long QuarantinedBytes, long LostChunks, long WrittenBytes, long FreeBytes);
