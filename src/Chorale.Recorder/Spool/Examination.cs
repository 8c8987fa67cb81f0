using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Spool;

/// <summary>What a file found in the spool turned out to be.</summary>
/// <param name="Inspection">What its bytes say.</param>
/// <param name="Tags">Ours, or null for a foreign file.</param>
/// <param name="Frames">Frames at the captured rate.</param>
internal sealed record Examination(ChunkInspection Inspection, ChunkTags? Tags, long Frames)
{
    public bool IsAudio => Inspection is { Codec: not null, Channels: > 0, SampleRateHz: > 0 } && Frames > 0
        && Inspection.Condition is ChunkCondition.Intact or ChunkCondition.TornTail or ChunkCondition.Hole;

    public bool IsEmpty => Inspection.Condition == ChunkCondition.Empty;

    public int RateHz => Tags?.RateHz ?? (Inspection.SourceRateHz > 0 ? Inspection.SourceRateHz : Inspection.SampleRateHz);

    /// <summary>Looks at the bytes; the name, the size and the row are not believed.</summary>
    public static Examination Of(string path)
    {
        var inspection = ChunkFiles.Inspect(path);
        _ = ChunkTags.TryParse(inspection.Tags.Select(t => new KeyValuePair<string, string>(t.Name, t.Value)), out var tags);
        var rate = tags?.RateHz ?? (inspection.SourceRateHz > 0 ? inspection.SourceRateHz : inspection.SampleRateHz);
        // A file at another rate than captured (Opus) holds ceil(frames x decoded / captured): rounding down gives the frames back.
        var frames = rate == inspection.SampleRateHz || inspection.SampleRateHz == 0
            ? inspection.Frames
            : (long)((decimal)inspection.Frames * rate / inspection.SampleRateHz);
        return new Examination(inspection, tags, frames);
    }
}
