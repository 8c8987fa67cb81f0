using System.Globalization;

namespace Chorale.Protocol.Chunks;

/// <summary>
/// The tags that make a file explain itself without any index. They are fixed when the file is opened, so they hold only what is known
/// then; frames, levels and checksum go to the row. Ogg and FLAC carry them as comments, WAV as one <c>ICMT</c> of <c>NAME=value</c> lines.
/// </summary>
public sealed record ChunkTags
{
    public required string Recorder { get; init; }
    public required Guid Run { get; init; }
    public required int Number { get; init; }
    public required long FirstFrame { get; init; }
    public required int RateHz { get; init; }

    /// <summary>Wall time of the first frame, microseconds since 1970 UTC.</summary>
    public required long StartUs { get; init; }
    public double? UncertaintyUs { get; init; }
    public double? RatePpm { get; init; }

    /// <summary>Gap that lies directly before this chunk, if any.</summary>
    public GapEntry? GapBefore { get; init; }

    /// <summary>Set for a recording that somebody asked for.</summary>
    public string? RecordingId { get; init; }

    private const string Prefix = "CHORALE_";

    /// <summary>Name and value pairs in a fixed order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ToPairs()
    {
        var pairs = new List<KeyValuePair<string, string>>(12);
        void Add(string name, string? value)
        {
            if (value is not null) pairs.Add(new(Prefix + name, value));
        }

        var c = CultureInfo.InvariantCulture;
        Add("RECORDER", Recorder);
        Add("RUN", Run.ToString());
        Add("CHUNK", Number.ToString(c));
        Add("FIRST_FRAME", FirstFrame.ToString(c));
        Add("RATE", RateHz.ToString(c));
        Add("START", WallTime.ToText(StartUs));
        Add("UNCERTAINTY_US", UncertaintyUs?.ToString("0.###", c));
        Add("RATE_PPM", RatePpm?.ToString("0.####", c));
        Add("GAP_BEFORE", GapBefore is { } g ? string.Create(c, $"{g.Cause};{g.Frames};{g.FromUs};{g.ToUs}") : null);
        Add("RECORDING_ID", RecordingId);
        return pairs;
    }

    /// <summary>Reads the tags back; false when the file was not made by a recorder of ours.</summary>
    public static bool TryParse(IEnumerable<KeyValuePair<string, string>> pairs, out ChunkTags? tags)
    {
        var map = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in pairs) map.TryAdd(name, value);
        tags = null;
        var c = CultureInfo.InvariantCulture;
        string? Get(string name) => map.GetValueOrDefault(Prefix + name);
        if (!RecorderId.IsValid(Get("RECORDER")) || !Guid.TryParse(Get("RUN"), out var run)
            || !int.TryParse(Get("CHUNK"), NumberStyles.None, c, out var number)
            || !long.TryParse(Get("FIRST_FRAME"), NumberStyles.None, c, out var first)
            || !int.TryParse(Get("RATE"), NumberStyles.None, c, out var rate) || rate == 0
            || !WallTime.TryParse(Get("START"), out var start))
        {
            return false;
        }

        tags = new ChunkTags
        {
            Recorder = Get("RECORDER")!, Run = run, Number = number, FirstFrame = first, RateHz = rate, StartUs = start,
            UncertaintyUs = double.TryParse(Get("UNCERTAINTY_US"), NumberStyles.Float, c, out var u) ? u : null,
            RatePpm = double.TryParse(Get("RATE_PPM"), NumberStyles.Float, c, out var p) ? p : null,
            GapBefore = ParseGap(Get("GAP_BEFORE")),
            RecordingId = Get("RECORDING_ID"),
        };
        return true;
    }

    private static GapEntry? ParseGap(string? text)
    {
        var c = CultureInfo.InvariantCulture;
        return text?.Split(';') is [var cause, var frames, var from, var to] && GapCauses.TryParse(cause, out _)
            && long.TryParse(frames, NumberStyles.None, c, out var f)
            && long.TryParse(from, NumberStyles.AllowLeadingSign, c, out var a) && long.TryParse(to, NumberStyles.AllowLeadingSign, c, out var b)
            ? new GapEntry(a, b, f, cause) : null;
    }
}
