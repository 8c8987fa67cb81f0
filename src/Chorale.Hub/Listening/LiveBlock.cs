using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Hub.Listening;

/// <summary>
/// What a page gets instead of a file: blocks of samples with their time, and notes. Little-endian, one after another:
/// <code>
///  0 "CLv1"   4 kind u8 (1 samples, 2 note)   5 channels u8   6 flags u16 (1 something is missing before this block)
///  8 rate u32 (Hz)   12 frames u32   16 start i64 (UTC of the first frame)   24 sent i64 (UTC, when the hub had it)   both microseconds since 1970
/// 32 payload bytes u32   36 zero u32   40 payload: s16le interleaved samples, or JSON of LiveNews
/// </code>
/// </summary>
/// <param name="StartUs">By the recorder's clock, corrected by what the fleet has measured of it.</param>
/// <param name="SentUs">By ours.</param>
internal sealed record LiveBlock(int Channels, int RateHz, int Frames, long StartUs, long SentUs, bool IsDiscontinuous, byte[] Samples)
{
    public const int HeaderBytes = 40;

    public byte[] ToBytes(bool skipped)
    {
        var bytes = Frame(1, Samples);
        bytes[5] = (byte)Channels;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), (ushort)(skipped || IsDiscontinuous ? 1 : 0));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), RateHz);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Frames);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), StartUs);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), SentUs);
        return bytes;
    }

    public static byte[] Note(LiveNews news, long nowUs)
    {
        var bytes = Frame(2, JsonSerializer.SerializeToUtf8Bytes(news));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), nowUs);
        return bytes;
    }

    private static byte[] Frame(byte kind, ReadOnlySpan<byte> payload)
    {
        var bytes = new byte[HeaderBytes + payload.Length];
        "CLv1"u8.CopyTo(bytes);
        bytes[4] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), payload.Length);
        payload.CopyTo(bytes.AsSpan(HeaderBytes));
        return bytes;
    }
}

/// <summary>How listening stands, told every second and at every change.</summary>
/// <param name="State"><c>waiting</c> (asked for, nothing yet), <c>live</c>, <c>quiet</c> (connected, nothing is recorded), <c>gone</c>, <c>refused</c>.</param>
/// <param name="Why"><c>muted</c>, <c>outside_schedule</c>, <c>no_microphone</c>, <c>storage_failed</c>, or in words; null when there is nothing to say.</param>
/// <param name="LagMs">Now less the end of what came last; null before the first page.</param>
internal sealed record LiveNews(
    [property: JsonPropertyName("state")] string State, [property: JsonPropertyName("why")] string? Why, [property: JsonPropertyName("lag_ms")] long? LagMs);
