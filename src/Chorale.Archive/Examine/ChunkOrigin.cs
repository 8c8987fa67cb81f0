using System.Text.Json;
using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;

namespace Chorale.Archive.Examine;

/// <summary>Where a chunk comes from in its run: told by the request header, else by the tags of the file (a proxy may have dropped the header).</summary>
internal sealed record ChunkOrigin
{
    public Guid? Run { get; init; }
    public int? Number { get; init; }
    public long? FirstFrame { get; init; }
    public long? Frames { get; init; }
    public int? RateHz { get; init; }
    public long? StartUs { get; init; }
    public double? UncertaintyUs { get; init; }
    public double? RatePpm { get; init; }

    /// <summary>Text that names this place in this run; null for foreign chunks.</summary>
    public string? IdentityText => Run is { } run ? $"run {run} {Number}" : null;

    /// <summary>Times a file name and a calendar can hold: 1970 to 2200.</summary>
    public static bool IsPossible(long us) => us is >= 0 and < 7_258_118_400L * 1_000_000;

    public static ChunkOrigin Of(IncomingChunk said, ChunkInspection found)
    {
        if (said.Header is { } h && h.RateHz <= RateHzMax)
        {
            return new ChunkOrigin
            {
                Run = h.Run, Number = h.Number, FirstFrame = h.FirstFrame, Frames = h.Frames, RateHz = h.RateHz,
                StartUs = h.StartUs is { } us && IsPossible(us) ? us : null, UncertaintyUs = Finite(h.UncertaintyUs), RatePpm = Ppm(h.RatePpm),
            };
        }

        if (!ChunkTags.TryParse(found.Tags.Select(t => KeyValuePair.Create(t.Name, t.Value)), out var tags)) return new ChunkOrigin();
        return new ChunkOrigin
        {
            Run = tags!.Run, Number = tags.Number, FirstFrame = tags.FirstFrame, RateHz = tags.RateHz is > 0 and <= RateHzMax ? tags.RateHz : null,
            StartUs = IsPossible(tags.StartUs) ? tags.StartUs : null, UncertaintyUs = Finite(tags.UncertaintyUs), RatePpm = Ppm(tags.RatePpm),
        };
    }

    public static string? LevelsJson(ChunkHeader? header) => header?.Levels is { } levels ? JsonSerializer.Serialize(levels) : null;

    private const int RateHzMax = 768_000;

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) && v >= 0 ? v : null;

    /// <summary>A crystal is off by 10 to 100 ppm; a tenth of full scale would move the end of the chunk by nonsense.</summary>
    private static double? Ppm(double? value) => value is { } v && Math.Abs(v) < 100_000 ? v : null;
}
