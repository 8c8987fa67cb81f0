using System.Text.Json.Serialization;
using Chorale.Protocol;

namespace Chorale.Hub.Jobs;

[JsonConverter(typeof(SnakeCaseEnum<JobKind>))]
internal enum JobKind
{
    Export,
    Check,
    Import,
}

[JsonConverter(typeof(SnakeCaseEnum<JobState>))]
internal enum JobState
{
    /// <summary>For its turn, or for files that a browser still sends.</summary>
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// <summary>What a job is about, as its requester said it; absent is null.</summary>
internal sealed record JobSubject
{
    [JsonPropertyName("recorders")] public IReadOnlyList<string>? Recorders { get; init; }

    [JsonPropertyName("session")] public string? Session { get; init; }

    [JsonPropertyName("from_us")] public long? FromUs { get; init; }

    [JsonPropertyName("to_us")] public long? ToUs { get; init; }

    [JsonPropertyName("format")] public string? Format { get; init; }

    [JsonPropertyName("layout")] public string? Layout { get; init; }

    [JsonPropertyName("quick")] public bool? IsQuick { get; init; }

    [JsonPropertyName("repair")] public bool? IsRepair { get; init; }

    [JsonPropertyName("files")] public int? Files { get; init; }
}

/// <summary>A job as it stands. Times are microseconds since 1970 UTC.</summary>
internal sealed record JobView
{
    [JsonPropertyName("id")] public required string Id { get; init; }

    [JsonPropertyName("kind")] public JobKind Kind { get; init; }

    [JsonPropertyName("state")] public JobState State { get; init; }

    [JsonPropertyName("subject")] public JobSubject Subject { get; init; } = new();

    /// <summary>Who began it.</summary>
    [JsonPropertyName("by")] public string By { get; init; } = "";

    [JsonPropertyName("created_us")] public long CreatedUs { get; init; }

    [JsonPropertyName("began_us")] public long? BeganUs { get; init; }

    [JsonPropertyName("ended_us")] public long? EndedUs { get; init; }

    /// <summary><c>frames</c> of audio, <c>files</c> or <c>bytes</c>.</summary>
    [JsonPropertyName("unit")] public string Unit { get; init; } = "frames";

    [JsonPropertyName("done")] public long Done { get; init; }

    /// <summary>Null: not known.</summary>
    [JsonPropertyName("total")] public long? Total { get; init; }

    /// <summary>Written, read or received so far.</summary>
    [JsonPropertyName("bytes")] public long Bytes { get; init; }

    /// <summary>Units a second since it began; null while there is too little to say so.</summary>
    [JsonPropertyName("per_second")] public double? PerSecond { get; init; }

    [JsonPropertyName("ends_us")] public long? EndsUs { get; init; }

    /// <summary>Frames a second, where units are frames.</summary>
    [JsonPropertyName("rate_hz")] public int? RateHz { get; init; }

    /// <summary>Why it failed, in words.</summary>
    [JsonPropertyName("problem")] public string? Problem { get; init; }

    /// <summary>What it has made, to be had at <c>/api/v2/jobs/{id}/file</c>.</summary>
    [JsonPropertyName("file")] public JobFile? File { get; init; }

    /// <summary>What it has found or could not do; at most <see cref="JobLimits.FindingsMax"/>, all of them in the file.</summary>
    [JsonPropertyName("findings")] public IReadOnlyList<JobFinding> Findings { get; init; } = [];

    [JsonPropertyName("findings_total")] public int FindingsTotal { get; init; }

    /// <summary>Its file is deleted then.</summary>
    [JsonPropertyName("kept_until_us")] public long? KeptUntilUs { get; init; }
}

/// <param name="Name">Safe in a header and on any disk.</param>
/// <param name="Sha256">Null for a ZIP, whose manifest has one for each file in it.</param>
internal sealed record JobFile(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("content_type")] string ContentType,
    [property: JsonPropertyName("sha256")] string? Sha256);

/// <param name="Kind">Of a check: file_missing, row_missing, changed, damaged. Of an export: left_out. Of an import: stored, known, refused.</param>
/// <param name="Name">Path, module or file.</param>
/// <param name="Mended">What was done about it; null for nothing.</param>
internal sealed record JobFinding(
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("detail")] string Detail,
    [property: JsonPropertyName("mended")] string? Mended = null);

internal sealed record JobsView([property: JsonPropertyName("jobs")] IReadOnlyList<JobView> Jobs);

/// <summary>A job is forgotten, with its file.</summary>
internal sealed record JobRemovedView([property: JsonPropertyName("id")] string Id);

internal static class JobLimits
{
    /// <summary>Jobs at once: each takes a core, and the hub has others to serve.</summary>
    public const int RunningMax = 2;

    /// <summary>Jobs that wait or run.</summary>
    public const int OpenMax = 50;

    public const int FindingsMax = 100;

    /// <summary>A result is fetched on the day it was asked for.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>Of all results together; beyond that the oldest go first. Eight recorders for ten hours as FLAC.</summary>
    public const long ResultBytesMax = 32L << 30;

    /// <summary>A job is told of at most five times a second.</summary>
    public static readonly TimeSpan TellInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a browser that sends files may be silent.</summary>
    public static readonly TimeSpan ReceivePatience = TimeSpan.FromMinutes(10);
}
