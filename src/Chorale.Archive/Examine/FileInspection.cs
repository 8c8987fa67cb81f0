using System.Buffers.Binary;
using Chorale.Audio.Files;

namespace Chorale.Archive.Examine;

/// <summary>Looks at the bytes of a file that arrived.</summary>
internal static class FileInspection
{
    public static ChunkInspection Inspect(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (!bytes.AsSpan().ContainsAnyExcept((byte)0)) return Nothing(ChunkCondition.Empty, "only zeros");
        if (bytes.AsSpan().StartsWith("RIFF"u8) && bytes.Length > 44)
        {
            var (rate, align) = (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(24)), BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(32)));
            return new ChunkInspection(ChunkCondition.Intact, AudioCodec.Wav, rate, rate, 1, (bytes.Length - 44) / Math.Max((short)1, align), bytes.Length, [], "");
        }

        var last = bytes.AsSpan().LastIndexOf("OggS"u8);
        if (!bytes.AsSpan().StartsWith("OggS"u8) || bytes.Length < last + 14) return Nothing(ChunkCondition.NotAudio, "no Ogg page at its start");
        var granule = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(last + 6));
        return new ChunkInspection(ChunkCondition.Intact, AudioCodec.Opus, 48_000, 48_000, 1, Math.Max(0, granule - 312), bytes.Length, [], "");
    }

    private static ChunkInspection Nothing(ChunkCondition condition, string detail) => new(condition, null, 0, 0, 0, 0, 0, [], detail);
}
