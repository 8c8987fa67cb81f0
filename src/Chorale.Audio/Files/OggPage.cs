using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Chorale.Audio.Files;

/// <summary>
/// One Ogg page in a buffer (RFC 3533 §6):
/// <code>
/// 0 "OggS"  4 version 0  5 flags (1 continued, 2 first, 4 last)  6 granule position i64  14 serial u32
/// 18 sequence u32  22 CRC-32 of the page with this field 0  26 segments n  27 lacing values n  27+n body
/// </code>
/// </summary>
public readonly ref struct OggPage
{
    public const int HeaderBytesMax = 27 + 255;
    public const int BytesMax = HeaderBytesMax + 255 * 255;
    public const byte Continued = 1;
    public const byte First = 2;
    public const byte Last = 4;

    private readonly ReadOnlySpan<byte> _bytes;

    private OggPage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The page that begins at the first byte of <paramref name="bytes"/>; false when none with a valid CRC does.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out OggPage page)
    {
        page = default;
        var length = LengthAt(bytes);
        if (length == 0 || length > bytes.Length) return false;
        page = new OggPage(bytes[..length]);
        return page.StoredCrc == OggCrc.Of(page._bytes);
    }

    /// <summary>Exactly one page, whose CRC <see cref="TryRead"/> has found valid.</summary>
    internal static OggPage AlreadyRead(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <summary>Exactly one page, as an encoder of ours made it.</summary>
    public static OggPage Trusted(ReadOnlySpan<byte> page) => new(page);

    /// <summary>Length of the page whose header begins here, whether or not its CRC holds; 0 when there is no header or not enough of it.</summary>
    public static int LengthAt(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 27 || !bytes.StartsWith("OggS"u8) || bytes[4] != 0) return 0;
        var segments = bytes[26];
        if (bytes.Length < 27 + segments) return 0;
        var length = 27 + segments;
        foreach (var lacing in bytes.Slice(27, segments)) length += lacing;
        return length;
    }

    /// <summary>The whole page.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    public byte Flags => _bytes[5];

    /// <summary>Samples at 48 kHz up to the end of the last packet that ends here, pre-skip included; -1 when none ends here.</summary>
    public long GranulePosition => BinaryPrimitives.ReadInt64LittleEndian(_bytes[6..]);

    public uint Serial => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[14..]);

    public uint Sequence => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[18..]);

    public ReadOnlySpan<byte> Lacing => _bytes.Slice(27, _bytes[26]);

    public ReadOnlySpan<byte> Body => _bytes[(27 + _bytes[26])..];

    private uint StoredCrc => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[22..]);

    /// <summary>A page of one packet of at most 64 kB; granule position 0.</summary>
    public static byte[] Make(byte flags, uint serial, uint sequence, ReadOnlySpan<byte> packet)
    {
        var segments = packet.Length / 255 + 1;
        if (segments > 255) throw new ArgumentException($"{packet.Length} bytes do not fit into a page", nameof(packet));
        var page = new byte[27 + segments + packet.Length];
        "OggS"u8.CopyTo(page);
        page[5] = flags;
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(14), serial);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(18), sequence);
        page[26] = (byte)segments;
        page.AsSpan(27, segments - 1).Fill(255);
        page[26 + segments] = (byte)(packet.Length % 255);
        packet.CopyTo(page.AsSpan(27 + segments));
        Seal(page);
        return page;
    }

    /// <summary>Writes the CRC of a page whose other fields are in place.</summary>
    public static void Seal(Span<byte> page)
    {
        page.Slice(22, 4).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(page[22..], OggCrc.Of(page));
    }
}

/// <summary>CRC-32 with polynomial 0x04c11db7, not reflected, from 0, nothing inverted (RFC 3533 §6); the CRC field itself counts as 0.</summary>
internal static class OggCrc
{
    /// <summary>256 entries for each k of 0 to 7: what a byte does to the CRC k bytes later, so that eight bytes are taken at once.</summary>
    private static readonly uint[] Table = MakeTable();

    public static uint Of(ReadOnlySpan<byte> page)
    {
        var crc = Update(0, page[..22]);
        crc = Update(crc, stackalloc byte[4]);
        return Update(crc, page[26..]);
    }

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        // A byte chooses among 256 of 2048 entries, so no index can leave the table; checking each would take half of the time.
        ref var table = ref MemoryMarshal.GetArrayDataReference(Table);
        while (bytes.Length >= 8)
        {
            var next = BinaryPrimitives.ReadUInt64BigEndian(bytes) ^ ((ulong)crc << 32);
            crc = Unsafe.Add(ref table, 1792 + (int)(next >> 56)) ^ Unsafe.Add(ref table, 1536 + (int)((next >> 48) & 0xFF))
                ^ Unsafe.Add(ref table, 1280 + (int)((next >> 40) & 0xFF)) ^ Unsafe.Add(ref table, 1024 + (int)((next >> 32) & 0xFF))
                ^ Unsafe.Add(ref table, 768 + (int)((next >> 24) & 0xFF)) ^ Unsafe.Add(ref table, 512 + (int)((next >> 16) & 0xFF))
                ^ Unsafe.Add(ref table, 256 + (int)((next >> 8) & 0xFF)) ^ Unsafe.Add(ref table, (int)(next & 0xFF));
            bytes = bytes[8..];
        }

        foreach (var b in bytes) crc = (crc << 8) ^ Table[(crc >> 24) ^ b];
        return crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[8 * 256];
        for (var i = 0u; i < 256; i++)
        {
            var crc = i << 24;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 0x80000000) != 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
            table[i] = crc;
        }

        for (var i = 256; i < table.Length; i++) table[i] = (table[i - 256] << 8) ^ table[table[i - 256] >> 24];
        return table;
    }
}
