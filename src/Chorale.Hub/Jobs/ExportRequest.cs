using System.Globalization;
using System.Text.Json.Serialization;
using Chorale.Archive.Range;
using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;

namespace Chorale.Hub.Jobs;

/// <summary>How the files of an export stand to each other.</summary>
internal enum ExportLayout
{
    /// <summary>A file a recorder; frame n of each is the same instant.</summary>
    Aligned,

    /// <summary>A file a recorder, every frame as it was captured.</summary>
    Separate,

    /// <summary>One file, aligned, the channels of all recorders side by side.</summary>
    Multichannel,
}

/// <summary>An export as a client posts it: of recorders and a period, or of a session.</summary>
internal sealed record ExportRequest
{
    /// <summary>Made by the client: posted twice, it is one job. 1 to 64 of A-Z a-z 0-9 _ -.</summary>
    [JsonPropertyName("id")] public string? Id { get; init; }

    [JsonPropertyName("recorders")] public IReadOnlyList<string>? Recorders { get; init; }

    /// <summary>A session instead of recorders; from and to are then the session's where absent.</summary>
    [JsonPropertyName("session")] public string? Session { get; init; }

    /// <summary>Of a session; absent: all.</summary>
    [JsonPropertyName("modules")] public IReadOnlyList<string>? Modules { get; init; }

    [JsonPropertyName("from_us")] public long? FromUs { get; init; }

    [JsonPropertyName("to_us")] public long? ToUs { get; init; }

    /// <summary>opus, flac (default) or wav.</summary>
    [JsonPropertyName("format")] public string? Format { get; init; }

    /// <summary>aligned (default), separate or multichannel.</summary>
    [JsonPropertyName("layout")] public string? Layout { get; init; }

    /// <summary>Of aligned files; absent: the highest of the sources.</summary>
    [JsonPropertyName("rate_hz")] public int? RateHz { get; init; }

    [JsonIgnore] public AudioCodec Codec => Enum.TryParse<AudioCodec>(Format, ignoreCase: true, out var codec) ? codec : AudioCodec.Flac;

    [JsonIgnore] public ExportLayout Wanted => Enum.TryParse<ExportLayout>(Layout, ignoreCase: true, out var layout) ? layout : ExportLayout.Aligned;

    private const int RecordersMax = 256;
    private const long PeriodMaxUs = 31L * 86_400 * 1_000_000;

    /// <summary>What cannot be used, in words; null when all can.</summary>
    public (string Field, string? Value, string Allowed)? Problem()
    {
        if (!RecorderId.IsValid(Id)) return ("id", Id, "1 to 64 of A-Z a-z 0-9 _ - are allowed");
        if ((Recorders is null) == (Session is null)) return ("recorders", Session, "either recorders and a period, or a session is required");
        if (Recorders is { Count: 0 or > RecordersMax }) return ("recorders", Text(Recorders.Count), $"1 to {RecordersMax} names are allowed");
        if (Recorders?.FirstOrDefault(r => !RecorderId.IsValid(r)) is { } bad) return ("recorders", bad, "names of 1 to 64 of A-Z a-z 0-9 _ - are allowed");
        if (Recorders is not null && Recorders.Distinct().Count() != Recorders.Count) return ("recorders", string.Join(", ", Recorders), "each name once is allowed");
        if (Recorders is not null && FromUs is null) return ("from_us", null, "microseconds since 1970 are required");
        if (Recorders is not null && ToUs is null) return ("to_us", null, "microseconds since 1970 are required");
        if (FromUs is < 0 or > 7_258_118_400_000_000) return ("from_us", Text(FromUs), "microseconds since 1970 are allowed");
        if (ToUs is < 0 or > 7_258_118_400_000_000) return ("to_us", Text(ToUs), "microseconds since 1970 are allowed");
        if (FromUs is { } from && ToUs is { } to && (to <= from || to - from > PeriodMaxUs)) return ("to_us", Text(ToUs), "later than from_us, by at most 31 days, is allowed");
        if (Format is not null && !Enum.GetNames<AudioCodec>().Contains(Format, StringComparer.OrdinalIgnoreCase)) return ("format", Format, "allowed are opus, flac, wav");
        if (Layout is not null && !Enum.GetNames<ExportLayout>().Contains(Layout, StringComparer.OrdinalIgnoreCase)) return ("layout", Layout, "allowed are aligned, separate, multichannel");
        if (Session is not null && Wanted == ExportLayout.Separate) return ("layout", Layout, "the files of a session are aligned or multichannel; as they are they lie on their modules");
        if (Wanted == ExportLayout.Multichannel && Codec == AudioCodec.Opus) return ("format", Format, "flac and wav hold many channels");
        if (RateHz is not null and (< ChunkEncoders.SampleRateMinHz or > ChunkEncoders.SampleRateMaxHz)) return ("rate_hz", Text(RateHz), "8000 to 192000 is allowed");
        return null;
    }

    private static string? Text(long? value) => value?.ToString(CultureInfo.InvariantCulture);
}
