using System.Buffers.Binary;
using System.Text;

namespace Chorale.Audio.Files;

/// <summary>The two header packets of an Ogg Opus stream (RFC 7845 §5), and the length of its packets (RFC 6716 §3.1).</summary>
internal static class OpusHeaders
{
    /// <summary>More is no comment of ours: 10 000 lines of text are refused before memory is.</summary>
    private const int TagsMax = 1_000;

    /// <param name="Channels">1 or more.</param>
    /// <param name="PreSkip">Samples at 48 kHz to discard at the start.</param>
    /// <param name="InputRateHz">Rate that was captured; 0 unknown.</param>
    public readonly record struct Head(int Channels, int PreSkip, int InputRateHz);

    public static bool TryReadHead(ReadOnlySpan<byte> packet, out Head head)
    {
        head = default;
        if (packet.Length < 19 || !packet.StartsWith("OpusHead"u8) || (packet[8] & 0xF0) != 0 || packet[9] == 0) return false;
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(packet[12..]);
        head = new Head(packet[9], BinaryPrimitives.ReadUInt16LittleEndian(packet[10..]), rate <= 768_000 ? (int)rate : 0);
        return true;
    }

    /// <summary>Vorbis comments, also those of FLAC; stops at the first that does not fit into the packet.</summary>
    public static List<AudioTag> ReadComments(ReadOnlySpan<byte> comments)
    {
        var tags = new List<AudioTag>();
        if (!TryTake(ref comments, out _) || comments.Length < 4) return tags;
        var count = BinaryPrimitives.ReadUInt32LittleEndian(comments);
        comments = comments[4..];
        for (var i = 0u; i < Math.Min(count, TagsMax) && TryTake(ref comments, out var line); i++)
        {
            var equals = line.IndexOf((byte)'=');
            if (equals > 0) tags.Add(new AudioTag(Encoding.UTF8.GetString(line[..equals]), Encoding.UTF8.GetString(line[(equals + 1)..])));
        }

        return tags;
    }

    /// <returns>Samples at 48 kHz that the packet decodes to; 0 when it is no Opus packet.</returns>
    public static int SamplesOf(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty) return 0;
        var config = packet[0] >> 3;
        var frame = config switch
        {
            < 12 => (config & 3) switch { 0 => 480, 1 => 960, 2 => 1920, _ => 2880 },
            < 16 => (config & 1) == 0 ? 480 : 960,
            _ => 120 << (config & 3),
        };
        var frames = (packet[0] & 3) switch { 0 => 1, 3 => packet.Length > 1 ? packet[1] & 0x3F : 0, _ => 2 };
        return frame * frames <= 5760 ? frame * frames : 0;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> from, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (from.Length < 4) return false;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(from);
        if (length > from.Length - 4) return false;
        taken = from.Slice(4, (int)length);
        from = from[(4 + (int)length)..];
        return true;
    }
}
