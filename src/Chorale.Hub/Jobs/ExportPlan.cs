using System.Text.Json.Serialization;

namespace Chorale.Hub.Jobs;

/// <summary>What an export will consist of, decided before anything is written.</summary>
internal sealed record ExportPlan
{
    public required long FromUs { get; init; }

    public required long ToUs { get; init; }

    /// <summary>Of the aligned files; of separate ones the highest.</summary>
    public required int RateHz { get; init; }

    public required string Format { get; init; }

    public required ExportLayout Layout { get; init; }

    public required IReadOnlyList<ExportPart> Parts { get; init; }

    public IReadOnlyList<JobFinding> LeftOut { get; init; } = [];

    /// <summary>Manifest of the session, put into the ZIP as it is.</summary>
    public byte[]? SessionJson { get; init; }

    /// <summary>Of the result without its ending.</summary>
    public required string Name { get; init; }

    /// <summary>More than one file is a ZIP of them with a manifest.</summary>
    public bool IsZip => Parts.Count > 1 || (Layout == ExportLayout.Aligned && SessionJson is not null);

    public string FileName => IsZip ? Name + ".zip" : Name + Path.GetExtension(Parts[0].FileName);

    public string ContentType => IsZip ? "application/zip" : Parts[0].ContentType;

    public long Frames => Parts.Sum(p => p.Frames);

    public long EstimatedBytes => Parts.Sum(p => p.EstimatedBytes) + 4096;
}

/// <summary>One audio file of an export.</summary>
/// <param name="FileName">Safe on any disk.</param>
/// <param name="RateHz">Of its frames.</param>
/// <param name="WriteAsync">Writes it, forwards; tells frames as they are done.</param>
internal sealed record ExportPart(
    string FileName, string ContentType, long Frames, int RateHz, int Channels, long EstimatedBytes,
    Func<Stream, Action<long>, CancellationToken, Task> WriteAsync, IReadOnlyList<ExportTrack> Tracks);

/// <summary>Whose audio is in a file, and how well its time is known.</summary>
internal sealed record ExportTrack
{
    [JsonPropertyName("id")] public required string Id { get; init; }

    [JsonPropertyName("name")] public required string Name { get; init; }

    /// <summary>In the file, from 1.</summary>
    [JsonPropertyName("first_channel")] public int FirstChannel { get; init; } = 1;

    [JsonPropertyName("channels")] public required int Channels { get; init; }

    /// <summary>archive or file.</summary>
    [JsonPropertyName("source")] public required string Source { get; init; }

    [JsonPropertyName("covered_us")] public required long CoveredUs { get; init; }

    /// <summary>Half-width of what is known of its time; null = unknown.</summary>
    [JsonPropertyName("uncertainty_us")] public double? UncertaintyUs { get; init; }

    [JsonPropertyName("gaps")] public IReadOnlyList<ExportGap> Gaps { get; init; } = [];
}

internal sealed record ExportGap(
    [property: JsonPropertyName("from")] string From, [property: JsonPropertyName("to")] string To,
    [property: JsonPropertyName("cause")] string Cause, [property: JsonPropertyName("duration_us")] long DurationUs);

/// <summary>An export before it is begun: for a person to decide.</summary>
/// <param name="Files">0: there would be nothing in it; <paramref name="Problem"/> says why.</param>
/// <param name="Problem">Why it cannot be begun; null when it can.</param>
internal sealed record ExportEstimateView(
    [property: JsonPropertyName("file_name")] string FileName,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("length_us")] long LengthUs,
    [property: JsonPropertyName("files")] int Files,
    [property: JsonPropertyName("tracks")] IReadOnlyList<ExportTrack> Tracks,
    [property: JsonPropertyName("left_out")] IReadOnlyList<JobFinding> LeftOut,
    [property: JsonPropertyName("free_bytes")] long FreeBytes,
    [property: JsonPropertyName("problem")] string? Problem);
