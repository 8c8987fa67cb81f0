using System.Buffers.Binary;

namespace Chorale.Archive.Range;

/// <summary>
/// The beginning of a WAV stream whose length is known before its first sample:
/// <code>
/// RIFF size WAVE  [JUNK]  fmt  data          to 4 GiB
/// RF64 -1   WAVE  ds64    fmt  data          beyond (EBU Tech 3306)
/// </code>
/// More than 16 bits or two channels are written as WAVE_FORMAT_EXTENSIBLE.
/// </summary>
internal static class WavHead
{
    public static byte[] Of(int rateHz, int channels, int bits, long frames)
    {
        var frameBytes = channels * bits / 8;
        var dataBytes = frames * frameBytes;
        var extensible = bits > 16 || channels > 2;
        var formatBytes = extensible ? 40 : 16;
        var head = new byte[12 + 36 + 8 + formatBytes + 8];
        var riffBytes = head.Length - 8 + dataBytes + (dataBytes & 1);
        var large = riffBytes > uint.MaxValue;
        var at = head.AsSpan();
        Tag(ref at, large ? "RF64"u8 : "RIFF"u8);
        U32(ref at, large ? uint.MaxValue : (uint)riffBytes);
        Tag(ref at, "WAVE"u8);
        Tag(ref at, large ? "ds64"u8 : "JUNK"u8);
        U32(ref at, 28);
        if (large)
        {
            BinaryPrimitives.WriteInt64LittleEndian(at, riffBytes);
            BinaryPrimitives.WriteInt64LittleEndian(at[8..], dataBytes);
            BinaryPrimitives.WriteInt64LittleEndian(at[16..], frames);
        }

        at = at[28..];
        Tag(ref at, "fmt "u8);
        U32(ref at, (uint)formatBytes);
        U16(ref at, extensible ? 0xFFFE : 1);
        U16(ref at, channels);
        U32(ref at, (uint)rateHz);
        U32(ref at, (uint)(rateHz * frameBytes));
        U16(ref at, frameBytes);
        U16(ref at, bits);
        if (extensible)
        {
            U16(ref at, 22);
            U16(ref at, bits);
            U32(ref at, 0); // speakers not assigned
            Tag(ref at, [1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]); // KSDATAFORMAT_SUBTYPE_PCM
        }

        Tag(ref at, "data"u8);
        U32(ref at, large ? uint.MaxValue : (uint)dataBytes);
        return head;
    }

    private static void Tag(ref Span<byte> at, ReadOnlySpan<byte> tag)
    {
        tag.CopyTo(at);
        at = at[tag.Length..];
    }

    private static void U16(ref Span<byte> at, int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)value);
        at = at[2..];
    }

    private static void U32(ref Span<byte> at, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(at, value);
        at = at[4..];
    }
}
