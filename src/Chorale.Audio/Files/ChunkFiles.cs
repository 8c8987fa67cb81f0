namespace Chorale.Audio.Files;

/// <summary>
/// Tells what a file really holds, and makes a torn one playable. It believes checksums and lengths, never a name or a header's claim,
/// and answers for any bytes whatever: only trouble with the stream itself is thrown.
/// </summary>
public static class ChunkFiles
{
    /// <summary>Looks at the file without changing it. It may be open elsewhere and growing.</summary>
    public static ChunkInspection Inspect(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        return Inspect(stream);
    }

    /// <param name="stream">Seekable; read from its start, left anywhere.</param>
    public static ChunkInspection Inspect(Stream stream)
    {
        if (stream.Length == 0) return Nothing(ChunkCondition.Empty, "0 bytes");
        Span<byte> head = stackalloc byte[12];
        stream.Position = 0;
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        head = head[..length];
        if (head.StartsWith("OggS"u8)) return OpusInspection.Inspect(stream) ?? InspectOther(stream);
        if (head.StartsWith("RIFF"u8) || head.StartsWith("RF64"u8)) return WavInspection.Inspect(stream) ?? InspectOther(stream);
        if (head.StartsWith("fLaC"u8)) return FlacInspection.Inspect(stream);
        if (!head.ContainsAnyExcept((byte)0) && IsAllZero(stream)) return Nothing(ChunkCondition.Empty, $"all {stream.Length} bytes are zero");
        stream.Position = 0;
        return InspectOther(stream);
    }

    /// <summary>
    /// Makes a torn file playable in place: what is behind its last good byte is cut off, and its header or last page says where it ends.
    /// Each step leaves a file that can be repaired again. An intact, empty or foreign file is not touched.
    /// </summary>
    /// <returns>How the file is afterwards.</returns>
    public static ChunkInspection Repair(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 1);
        var after = Repair(stream);
        stream.Flush(flushToDisk: true);
        return after;
    }

    /// <inheritdoc cref="Repair(string)"/>
    internal static ChunkInspection Repair(Stream stream)
    {
        var before = Inspect(stream);
        if (before.Condition is not (ChunkCondition.TornTail or ChunkCondition.Hole)) return before;
        switch (before.Codec)
        {
            case AudioCodec.Opus: OpusInspection.Repair(stream, before); break;
            case AudioCodec.Flac: FlacInspection.Repair(stream, before); break;
            case AudioCodec.Wav: WavInspection.Repair(stream); break;
            default: return before;
        }

        stream.Position = 0;
        var after = Inspect(stream);
        return after with { Detail = after.Condition == ChunkCondition.Intact ? $"repaired: {before.Detail}" : after.Detail };
    }

    internal static ChunkInspection Nothing(ChunkCondition condition, string detail, AudioCodec? codec = null)
        => new(condition, codec, 0, 0, 0, 0, 0, [], detail);

    /// <summary>Whether only zeros lie between <paramref name="from"/> and the end.</summary>
    internal static bool IsAllZero(Stream stream, long from = 0)
    {
        stream.Position = from;
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0)) return false;
        }

        return true;
    }

    private static ChunkInspection InspectOther(Stream stream)
    {
        try
        {
            stream.Position = 0;
            using var reader = AudioFileReader.Open(stream);
            var condition = reader.Frames > 0 ? ChunkCondition.Intact : ChunkCondition.Empty;
            return new ChunkInspection(
                condition, reader.Codec, reader.Format.SampleRateHz, reader.Format.SampleRateHz, reader.Format.Channels, reader.Frames, stream.Length,
                reader.Tags, "not one of our formats: its header is believed");
        }
        catch (AudioFileException e)
        {
            return Nothing(ChunkCondition.NotAudio, e.Message);
        }
    }
}
