using System.Security.Cryptography;
using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;

namespace Chorale.Tests.Upload;

/// <summary>Chunks in a temp folder, as the spool would hand them to a sink.</summary>
internal static class Chunks
{
    public static readonly Guid Run = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");

    public static readonly DateTimeOffset RecordingStart = new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero).AddTicks(1230);

    public static SpoolChunk Make(TempFolder folder, int number = 0, int bytes = 5000, AudioCodec codec = AudioCodec.Opus, IReadOnlyList<GapEntry>? gaps = null)
    {
        var content = new byte[bytes];
        new Random(number).NextBytes(content);
        if (bytes >= 4) "OggS"u8.CopyTo(content);
        var start = RecordingStart.AddSeconds(60 * number);
        var suffix = codec switch { AudioCodec.Opus => "ogg", AudioCodec.Flac => "flac", _ => "wav" };
        var path = folder[$"chunk_{start:yyyyMMdd_HHmmss}.{suffix}"];
        File.WriteAllBytes(path, content);
        return new SpoolChunk
        {
            RowId = number + 1, Id = new ChunkId(Guid.NewGuid()), State = ChunkState.Ready, Path = path, Codec = codec, Recorder = "kitchen", Run = Run,
            Number = number, FirstFrame = number * 2_880_000L, Frames = 2_880_000, RateHz = 48000, Channels = 1, StartAt = start, EndAt = start.AddSeconds(60),
            RecordingStartAt = RecordingStart, SizeBytes = bytes, Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)), GapsBefore = gaps ?? [],
            RatePpm = 12.5, UncertaintyUs = 300,
        };
    }
}
