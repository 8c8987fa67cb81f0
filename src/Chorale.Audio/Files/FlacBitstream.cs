namespace Chorale.Audio.Files;

/// <summary>The header of one FLAC frame (RFC 9639 §9.1), believed only when its CRC-8 holds.</summary>
/// <param name="HeaderBytes">Its length, CRC-8 included.</param>
/// <param name="BlockFrames">Frames (inter-channel samples) in it.</param>
/// <param name="Number">Number of the frame, or of its first sample.</param>
/// <param name="NumbersSamples">True when <paramref name="Number"/> counts samples (variable block size).</param>
/// <param name="Channels">Channels.</param>
/// <param name="Format">Codes of rate and depth, the same in every frame of a stream.</param>
internal readonly record struct FlacFrameHeader(int HeaderBytes, int BlockFrames, long Number, bool NumbersSamples, int Channels, byte Format)
{
    public const int BytesMax = 16;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out FlacFrameHeader header)
    {
        header = default;
        if (bytes.Length < 6 || bytes[0] != 0xFF || (bytes[1] & 0xFE) != 0xF8) return false;
        var (sizeCode, rateCode, channelCode, depthCode) = (bytes[2] >> 4, bytes[2] & 15, bytes[3] >> 4, (bytes[3] >> 1) & 7);
        if (sizeCode == 0 || rateCode == 15 || channelCode > 10 || depthCode == 3 || (bytes[3] & 1) != 0) return false;
        if (!TryReadNumber(bytes[4..], out var number, out var used)) return false;
        var at = 4 + used;
        var extra = (sizeCode == 6 ? 1 : sizeCode == 7 ? 2 : 0) + (rateCode == 12 ? 1 : rateCode is 13 or 14 ? 2 : 0);
        if (bytes.Length < at + extra + 1) return false;
        var block = sizeCode switch
        {
            1 => 192,
            <= 5 => 576 << (sizeCode - 2),
            6 => bytes[at] + 1,
            7 => ((bytes[at] << 8) | bytes[at + 1]) + 1,
            _ => 256 << (sizeCode - 8),
        };
        at += extra;
        if (FlacCrc.Crc8(bytes[..at]) != bytes[at]) return false;
        header = new FlacFrameHeader(at + 1, block, number, (bytes[1] & 1) == 1, channelCode < 8 ? channelCode + 1 : 2, (byte)((rateCode << 4) | depthCode));
        return true;
    }

    /// <summary>A number in the way of UTF-8, up to 36 bits in 7 bytes.</summary>
    private static bool TryReadNumber(ReadOnlySpan<byte> bytes, out long number, out int used)
    {
        var lead = bytes[0];
        used = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : lead < 0xFC ? 5 : lead < 0xFE ? 6 : lead == 0xFE ? 7 : 0;
        number = used switch { 1 => lead, 7 => 0, _ => lead & (0x7F >> used) };
        if (used == 0 || bytes.Length < used) return false;
        for (var i = 1; i < used; i++)
        {
            if ((bytes[i] & 0xC0) != 0x80) return false;
            number = (number << 6) | (uint)(bytes[i] & 0x3F);
        }

        return true;
    }
}

/// <summary>CRC-8 (polynomial 0x07) of frame headers and CRC-16 (0x8005) of frames; over a frame with its own CRC-16 the latter is 0.</summary>
internal static class FlacCrc
{
    private static readonly byte[] Table8 = MakeTable8();
    private static readonly ushort[] Table16 = MakeTable16();

    public static byte Crc8(ReadOnlySpan<byte> bytes)
    {
        byte crc = 0;
        foreach (var b in bytes) crc = Table8[crc ^ b];
        return crc;
    }

    public static ushort Next16(ushort crc, byte b) => (ushort)((crc << 8) ^ Table16[(crc >> 8) ^ b]);

    private static byte[] MakeTable8()
    {
        var table = new byte[256];
        for (var i = 0; i < 256; i++)
        {
            var crc = (byte)i;
            for (var bit = 0; bit < 8; bit++) crc = (byte)((crc & 0x80) != 0 ? (crc << 1) ^ 0x07 : crc << 1);
            table[i] = crc;
        }

        return table;
    }

    private static ushort[] MakeTable16()
    {
        var table = new ushort[256];
        for (var i = 0; i < 256; i++)
        {
            var crc = (ushort)(i << 8);
            for (var bit = 0; bit < 8; bit++) crc = (ushort)((crc & 0x8000) != 0 ? (crc << 1) ^ 0x8005 : crc << 1);
            table[i] = crc;
        }

        return table;
    }
}
