using System.Buffers.Binary;
using System.Text;

namespace Chorale.TestKit;

/// <summary>
/// Ogg Opus files made without an encoder: right headers, pages, checksums and times (RFC 3533, RFC 7845); the packets hold bytes of a
/// seeded generator, so two files with different seeds differ and a damaged one can be told.
/// </summary>
public static class OggChunk
{
    public const int PreSkip = 312;

    /// <param name="seconds">Length of the audio.</param>
    /// <param name="seed">Content and serial number.</param>
    /// <param name="packetBytes">Bytes in each packet of 20 ms; 60 give 24 kbit/s.</param>
    /// <param name="tags">Comments, NAME=value.</param>
    public static byte[] Make(double seconds, int seed = 1, int packetBytes = 60, params IEnumerable<string> tags)
    {
        var random = new Random(seed);
        var file = new MemoryStream();
        var frames = (long)(seconds * 48_000);
        WritePage(file, seed, 0, 2, 0, [Head()]);
        WritePage(file, seed, 1, 0, 0, [Tags(tags)]);
        var total = (int)((frames + PreSkip + 959) / 960);
        for (int done = 0, page = 2; done < total; page++)
        {
            var packets = new List<byte[]>();
            for (; packets.Count < 50 && done < total && packets.Sum(p => p.Length / 255 + 1) + packetBytes / 255 + 1 <= 255; done++)
                packets.Add(Packet(random, packetBytes));
            var last = done == total;
            WritePage(file, seed, page, last ? (byte)4 : (byte)0, last ? frames + PreSkip : done * 960L, packets);
        }

        return file.ToArray();
    }

    /// <summary>Checksum of a page whose own checksum field is zero (RFC 3533 section 6).</summary>
    public static uint Crc(ReadOnlySpan<byte> page)
    {
        uint crc = 0;
        foreach (var b in page) crc = (crc << 8) ^ Table[(crc >> 24) ^ b];
        return crc;
    }

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(n =>
    {
        var crc = (uint)n << 24;
        for (var bit = 0; bit < 8; bit++) crc = (crc & 0x80000000) != 0 ? (crc << 1) ^ 0x04C11DB7 : crc << 1;
        return crc;
    })];

    private static byte[] Packet(Random random, int bytes)
    {
        var packet = new byte[bytes];
        random.NextBytes(packet);
        packet[0] = 0xF8; // CELT, full band, 20 ms, mono, one frame
        return packet;
    }

    private static byte[] Head()
    {
        var head = new byte[19];
        "OpusHead"u8.CopyTo(head);
        (head[8], head[9]) = (1, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(10), PreSkip);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(12), 48_000);
        return head;
    }

    private static byte[] Tags(IEnumerable<string> tags)
    {
        using var block = new MemoryStream();
        using var writer = new BinaryWriter(block);
        writer.Write("OpusTags"u8);
        WriteText("test");
        var list = tags.ToList();
        writer.Write(list.Count);
        list.ForEach(WriteText);
        writer.Flush();
        return block.ToArray();

        void WriteText(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            writer.Write(bytes.Length);
            writer.Write(bytes);
        }
    }

    private static void WritePage(Stream file, int serial, int sequence, byte flags, long granule, IReadOnlyList<byte[]> packets)
    {
        var lacing = packets.SelectMany(p => Enumerable.Repeat((byte)255, p.Length / 255).Append((byte)(p.Length % 255))).ToArray();
        var page = new byte[27 + lacing.Length + packets.Sum(p => p.Length)];
        "OggS"u8.CopyTo(page);
        page[5] = flags;
        BinaryPrimitives.WriteInt64LittleEndian(page.AsSpan(6), granule);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(14), serial);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(18), sequence);
        page[26] = (byte)lacing.Length;
        lacing.CopyTo(page, 27);
        var at = 27 + lacing.Length;
        foreach (var packet in packets)
        {
            packet.CopyTo(page, at);
            at += packet.Length;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(22), Crc(page));
        file.Write(page);
    }
}
