using System.Buffers.Binary;

namespace Chorale.Audio.Files;

/// <summary>FLAC by its frames: a frame counts when its CRC-16 holds and the next one, or the end, follows it.</summary>
internal static class FlacInspection
{
    private const int BlocksMax = 1_000;
    private const int CommentBytesMax = 1 << 20;

    /// <summary>Where STREAMINFO's body begins: it is always the first block.</summary>
    private const int StreamInfoOffset = 8;

    public static ChunkInspection Inspect(Stream stream)
    {
        Span<byte> info = stackalloc byte[StreamInfoOffset + 34];
        stream.Position = 0;
        if (stream.ReadAtLeast(info, info.Length, throwOnEndOfStream: false) < info.Length)
            return ChunkFiles.Nothing(ChunkCondition.Empty, "the header is torn and nothing follows it", AudioCodec.Flac);
        info = info[StreamInfoOffset..];
        var rate = (info[10] << 12) | (info[11] << 4) | (info[12] >> 4);
        var channels = ((info[12] >> 1) & 7) + 1;
        var claimed = ((long)(info[13] & 15) << 32) | BinaryPrimitives.ReadUInt32BigEndian(info[14..]);
        if (rate == 0) return ChunkFiles.Nothing(ChunkCondition.NotAudio, "the header claims 0 Hz", AudioCodec.Flac);
        if (!TryReadBlocks(stream, out var audioOffset, out var tags))
            return ChunkFiles.Nothing(ChunkCondition.Empty, "the header is torn and nothing follows it", AudioCodec.Flac);

        var frames = new FlacFrames(stream, audioOffset, channels);
        frames.Walk();
        var trailing = stream.Length - frames.ValidBytes;
        var isWhole = trailing == 0 && claimed == frames.Frames;
        var condition = frames.Frames == 0 ? (frames.Damaged > 0 ? ChunkCondition.NotAudio : ChunkCondition.Empty)
            : frames.Holes > 0 ? ChunkCondition.Hole
            : isWhole ? ChunkCondition.Intact
            : ChunkCondition.TornTail;
        var detail = new List<string>();
        if (frames.Frames == 0) detail.Add("a header and no whole audio frame");
        if (frames.Holes > 0) detail.Add($"holes: {frames.Holes}, first before byte {frames.FirstHoleOffset}");
        if (trailing > 0) detail.Add($"{trailing} bytes after the last whole frame are {(ChunkFiles.IsAllZero(stream, frames.ValidBytes) ? "zero" : "torn")}");
        if (claimed != frames.EndFrame) detail.Add(claimed == 0 ? "the header does not say how long it is" : $"the header says {claimed} frames, {frames.Frames} are there");
        return new ChunkInspection(
            condition, AudioCodec.Flac, rate, rate, channels, frames.Frames, frames.ValidBytes, tags, detail.Count > 0 ? string.Join("; ", detail) : "whole");
    }

    /// <summary>The Vorbis comments; none in FLAC that is wrapped in Ogg.</summary>
    public static IReadOnlyList<AudioTag> ReadTags(Stream stream)
    {
        Span<byte> magic = stackalloc byte[4];
        stream.Position = 0;
        return stream.ReadAtLeast(magic, 4, throwOnEndOfStream: false) == 4 && magic.SequenceEqual("fLaC"u8) && TryReadBlocks(stream, out _, out var tags) ? tags : [];
    }

    /// <summary>Cuts after the last whole frame; then the 36 bits of the length and the 16 bytes of the MD5, unknown from here on.</summary>
    public static void Repair(Stream stream, ChunkInspection found)
    {
        stream.SetLength(found.ValidBytes);
        if (!TryReadBlocks(stream, out var audioOffset, out _)) return;
        var frames = new FlacFrames(stream, audioOffset, found.Channels);
        frames.Walk();
        var tail = new byte[21];
        stream.Position = StreamInfoOffset + 13;
        stream.ReadExactly(tail);
        tail[0] = (byte)((tail[0] & 0xF0) | (int)(frames.EndFrame >> 32 & 15));
        BinaryPrimitives.WriteUInt32BigEndian(tail.AsSpan(1), (uint)frames.EndFrame);
        tail.AsSpan(5).Clear();
        stream.Position = StreamInfoOffset + 13;
        stream.Write(tail);
    }

    private static bool TryReadBlocks(Stream stream, out long audioOffset, out List<AudioTag> tags)
    {
        audioOffset = 4;
        tags = [];
        Span<byte> head = stackalloc byte[4];
        for (var i = 0; i < BlocksMax; i++)
        {
            stream.Position = audioOffset;
            if (stream.ReadAtLeast(head, 4, throwOnEndOfStream: false) < 4) return false;
            var size = (head[1] << 16) | (head[2] << 8) | head[3];
            audioOffset += 4 + size;
            if (audioOffset > stream.Length) return false;
            if ((head[0] & 0x7F) == 4 && size <= CommentBytesMax)
            {
                var comments = new byte[size];
                stream.ReadExactly(comments);
                tags = OpusHeaders.ReadComments(comments);
            }

            if ((head[0] & 0x80) != 0) return true;
        }

        return false;
    }
}
