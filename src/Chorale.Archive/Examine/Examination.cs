using System.Globalization;
using Chorale.Archive.Index;
using Chorale.Archive.Store;
using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;

namespace Chorale.Archive.Examine;

/// <summary>
/// Decides what becomes of a file that arrived: refused, or kept and, where something is odd, labelled. Pure: no I/O, no clock. The table
/// of cases stands in <c>design/archive.md</c>.
/// </summary>
public static class Examination
{
    /// <summary>Before the place of a live copy: should it have the very bytes of the chunk, it is another file all the same.</summary>
    public const string LiveCopyPlace = "live copy of ";

    /// <summary>Clocks of a fleet differ by seconds; a recorder ten minutes ahead has no clock worth the name.</summary>
    private const long FutureToleranceUs = 600L * 1_000_000;

    /// <summary>Foreign clients give the end as start + nominal length, to the second.</summary>
    private const long DeclaredEndToleranceUs = 1_500_000;

    /// <summary>2015-01-01: a Raspberry Pi without network wakes up in 1970 or at the date of its image.</summary>
    private const long ClockSetSinceUs = 1_420_070_400L * 1_000_000;

    /// <summary>A chunk lies in at most 48 hours of the clock, which is what the index counts by.</summary>
    private const long LengthMaxUs = 47L * 3600 * 1_000_000;

    public static Finding Examine(IncomingChunk said, ChunkInspection found, ReceivedFile file)
    {
        if (file.SizeBytes == 0) return Finding.Refuse("Empty file");
        if (found.Condition == ChunkCondition.Empty) return Finding.Refuse($"No audio in the file: {found.Detail}");
        if (found.Condition == ChunkCondition.NotAudio || found.Codec is not { } codec || found.SampleRateHz <= 0)
            return Finding.Refuse($"Not an audio file: {found.Detail}");
        if (found.Frames <= 0) return Finding.Refuse($"No audio in the file: {found.Detail}");

        var labels = new List<string>();
        if (said.Remark is not null) labels.Add(said.Remark);
        if (found.Condition == ChunkCondition.TornTail && said.IsLiveCopy && found.ValidBytes == file.SizeBytes)
        {
            // It ends where the last page was heard: that is what the remark says.
        }
        else if (found.Condition != ChunkCondition.Intact)
        {
            var where = found.Condition == ChunkCondition.TornTail
                ? string.Create(CultureInfo.InvariantCulture, $"torn: good to byte {found.ValidBytes} of {file.SizeBytes}")
                : "has a hole";
            labels.Add(found.Detail.Length == 0 ? where : $"{where}, {found.Detail}");
        }
        else if (found.ValidBytes > 0 && found.ValidBytes < file.SizeBytes)
        {
            labels.Add($"whole to byte {found.ValidBytes} of {file.SizeBytes}, then {found.Detail}");
        }

        var codecText = ToText(codec);
        if (said.Codec is not null && said.Codec != codecText) labels.Add($"announced as {said.Codec}, is {codecText}");

        var origin = ChunkOrigin.Of(said, found);
        var startUs = origin.StartUs ?? said.StartUs;
        var (frames, rateHz) = Frames(origin, found, labels);
        var endUs = startUs + (long)(frames * 1e6 / (rateHz * (1 + (origin.RatePpm ?? 0) / 1e6)));
        if (endUs - startUs > LengthMaxUs) return Finding.Refuse("Longer than 47 hours in one file");
        LabelTimes(said, startUs, endUs, file.ReceivedUs, labels);

        var id = ChunkIdentity.Of(said.RecorderId, (said.IsLiveCopy ? LiveCopyPlace : "") + (origin.IdentityText ?? ForeignIdentity(said)), file.Sha256);
        return Finding.Keep(new ChunkRow
        {
            ChunkId = id.ToString(), RecorderId = said.RecorderId, RunId = origin.Run?.ToString(), Number = origin.Number,
            FirstFrame = origin.FirstFrame, Frames = frames, RateHz = rateHz, Channels = found.Channels, Codec = codecText, StartUs = startUs,
            EndUs = endUs, UncertaintyUs = origin.UncertaintyUs, RatePpm = origin.RatePpm,
            Path = StoreLayout.RelativePath(said.PointId, said.RegisterId, startUs, id, codec, said.IsLiveCopy), SizeBytes = file.SizeBytes,
            Sha256 = file.Sha256, ReceivedUs = file.ReceivedUs, IdempotencyKey = said.IdempotencyKey,
            Label = labels.Count == 0 ? null : string.Join("; ", labels), Levels = ChunkOrigin.LevelsJson(said.Header), SourceId = said.SourceId,
        });
    }

    public static string ToText(AudioCodec codec) => codec switch
    {
        AudioCodec.Opus => "opus",
        AudioCodec.Flac => "flac",
        _ => "wav",
    };

    /// <summary>Frames at the captured rate. The file is believed, not the header: what differs is said.</summary>
    private static (long Frames, int RateHz) Frames(ChunkOrigin origin, ChunkInspection found, List<string> labels)
    {
        if (origin.RateHz is not { } rateHz) return (found.Frames, found.SampleRateHz);
        // Opus decodes at 48 kHz: a chunk of F frames at another rate decodes to ceil(F x 48000 / rate).
        var held = (long)((Int128)found.Frames * rateHz / found.SampleRateHz);
        if (origin.Frames is not { } announced) return (held, rateHz);
        if (Math.Abs(held - announced) <= 1) return (announced, rateHz);
        labels.Add(string.Create(CultureInfo.InvariantCulture, $"holds {held} of {announced} frames announced"));
        return (held, rateHz);
    }

    private static void LabelTimes(IncomingChunk said, long startUs, long endUs, long receivedUs, List<string> labels)
    {
        if (startUs < ClockSetSinceUs) labels.Add("clock was not set: starts " + WallTime.ToText(startUs));
        else if (startUs > receivedUs + FutureToleranceUs)
        {
            var ahead = TimeSpan.FromMicroseconds(startUs - receivedUs);
            labels.Add(string.Create(CultureInfo.InvariantCulture, $"starts {ahead.TotalHours:0.0} h after it was received"));
        }

        if (said.Header is null && said.EndUs is { } announced && endUs > announced + DeclaredEndToleranceUs)
        {
            labels.Add(string.Create(CultureInfo.InvariantCulture,
                $"holds {(endUs - startUs) / 1e6:0.0} s, announced as {(announced - said.StartUs) / 1e6:0.0} s"));
        }
    }

    /// <summary>
    /// A foreign chunk is the same one when its sender, its start and its bytes are the same. Bytes alone would not do: every ten seconds of
    /// digital silence in a WAV are the same bytes.
    /// </summary>
    private static string ForeignIdentity(IncomingChunk said) =>
        said.IdempotencyKey is { Length: > 0 } key ? "key " + key : "start " + said.StartUs.ToString(CultureInfo.InvariantCulture);
}
