using System.Net.Http.Headers;
using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;

namespace Chorale.Recorder.Upload;

/// <summary>What we add to both upload contracts, see <see cref="UploadHeaders"/>.</summary>
internal static class ChunkHeaders
{
    /// <summary>nginx refuses a header line of more than 8 KiB; with its name and the other lines ours stays below.</summary>
    internal const int HeaderCharsMax = 6 * 1024;

    public static void Add(HttpRequestHeaders headers, SpoolChunk chunk, string? recorderState)
    {
        headers.TryAddWithoutValidation(UploadHeaders.IdempotencyKey, UploadHeaders.KeyOf(chunk.Recorder, chunk.Run, chunk.Number));
        headers.TryAddWithoutValidation(UploadHeaders.ContentDigest, UploadHeaders.DigestOf(chunk.Sha256));
        headers.TryAddWithoutValidation(UploadHeaders.Chunk, Encode(chunk, recorderState));
    }

    /// <summary>Where too many gaps lie before a chunk, they are added up per cause: sums and ends stay right, the recorder's ledger has the rest.</summary>
    internal static string Encode(SpoolChunk chunk, string? recorderState)
    {
        var header = new ChunkHeader
        {
            Recorder = chunk.Recorder, Run = chunk.Run, Number = chunk.Number, FirstFrame = chunk.FirstFrame, Frames = chunk.Frames, RateHz = chunk.RateHz,
            StartUs = WallTime.ToMicroseconds(chunk.StartAt), RatePpm = chunk.RatePpm, UncertaintyUs = chunk.UncertaintyUs,
            Gaps = chunk.GapsBefore.Count == 0 ? null : chunk.GapsBefore, Levels = chunk.Levels, State = recorderState,
        };
        var text = header.Encode();
        return text.Length <= HeaderCharsMax ? text : (header with { Gaps = [.. chunk.GapsBefore.GroupBy(g => g.Cause).Select(Sum)] }).Encode();
    }

    /// <summary>The word of the form field <c>codec</c>.</summary>
    public static string WireName(this AudioCodec codec) => codec switch
    {
        AudioCodec.Opus => "opus",
        AudioCodec.Flac => "flac",
        AudioCodec.Wav => "wav",
        _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "no such codec"),
    };

    public static string MediaType(this AudioCodec codec) => codec == AudioCodec.Opus ? "audio/ogg" : $"audio/{codec.WireName()}";

    private static GapEntry Sum(IGrouping<string, GapEntry> gaps) => new(gaps.Min(g => g.FromUs), gaps.Max(g => g.ToUs), gaps.Sum(g => g.Frames), gaps.Key);
}
