using System.Buffers.Binary;
using System.Text;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Files;

/// <summary>
/// The header of the WAV files we write. Everything a size changes lies in it, so that one small write keeps a file readable:
/// <code>
/// "RIFF" size "WAVE"                              beyond 4 GiB: "RF64" FFFFFFFF "WAVE" (EBU Tech 3306)
/// "JUNK" 28 (room for ds64)                       beyond 4 GiB: "ds64" 28 riff64 data64 frames64 0
/// "fmt " 16 tag channels rate bytes/s block bits  float: 18, with an empty extension
/// "fact" 4 frames                                 float only
/// "LIST" size "INFO" "ISFT" "Chorale" "ICMT" one NAME=value line a tag
/// "data" size samples...
/// </code>
/// Plain PCM, never WAVE_FORMAT_EXTENSIBLE: Python's wave module before 3.12 and small players refuse that.
/// </summary>
internal sealed class WavLayout
{
    public const int TagPcm = 1;
    public const int TagFloat = 3;
    public const int TagExtensible = 0xFFFE;
    public const uint Unknown32 = 0xFFFFFFFF;
    private const int Ds64Offset = 12;

    private readonly byte[] _header;
    private readonly int _factOffset;
    private readonly int _bytesPerFrame;

    public WavLayout(PcmFormat format, IReadOnlyList<AudioTag> tags)
    {
        var bits = format.SampleFormat switch { SampleFormat.S16 => 16, SampleFormat.S24 => 24, _ => 32 };
        var isFloat = format.SampleFormat == SampleFormat.F32;
        _bytesPerFrame = bits / 8 * format.Channels;
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write("RIFF\0\0\0\0WAVEJUNK"u8);
        writer.Write(28);
        writer.Write(new byte[28]);
        writer.Write("fmt "u8);
        writer.Write(isFloat ? 18 : 16);
        writer.Write((short)(isFloat ? TagFloat : TagPcm));
        writer.Write((short)format.Channels);
        writer.Write(format.SampleRateHz);
        writer.Write(format.SampleRateHz * _bytesPerFrame);
        writer.Write((short)_bytesPerFrame);
        writer.Write((short)bits);
        if (isFloat)
        {
            writer.Write((short)0);
            writer.Write("fact"u8);
            writer.Write(4);
            _factOffset = (int)bytes.Position;
            writer.Write(0);
        }

        WriteInfo(writer, tags);
        writer.Write("data"u8);
        writer.Write(0);
        _header = bytes.ToArray();
    }

    public int HeaderBytes => _header.Length;

    /// <summary>The header for <paramref name="dataBytes"/> bytes of samples; valid until the next call.</summary>
    /// <param name="dataBytes">So far.</param>
    /// <param name="riffMaxBytes">Largest RIFF size before RF64 takes over: 4 GiB less one, but in tests.</param>
    public ReadOnlySpan<byte> For(long dataBytes, long riffMaxBytes = Unknown32 - 1)
    {
        var frames = dataBytes / _bytesPerFrame;
        var riffBytes = _header.Length - 8 + dataBytes + (dataBytes & 1);
        var is64 = riffBytes > riffMaxBytes;
        (is64 ? "RF64"u8 : "RIFF"u8).CopyTo(_header);
        BinaryPrimitives.WriteUInt32LittleEndian(_header.AsSpan(4), is64 ? Unknown32 : (uint)riffBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(_header.AsSpan(_header.Length - 4), is64 ? Unknown32 : (uint)dataBytes);
        if (_factOffset > 0) BinaryPrimitives.WriteUInt32LittleEndian(_header.AsSpan(_factOffset), is64 ? Unknown32 : (uint)frames);
        if (is64) WriteDs64(_header.AsSpan(Ds64Offset), riffBytes, dataBytes, frames);
        return _header;
    }

    /// <summary>Turns the 36 bytes of the JUNK chunk into the ds64 chunk of EBU Tech 3306.</summary>
    public static void WriteDs64(Span<byte> chunk, long riffBytes, long dataBytes, long frames)
    {
        "ds64"u8.CopyTo(chunk);
        BinaryPrimitives.WriteInt32LittleEndian(chunk[4..], 28);
        BinaryPrimitives.WriteInt64LittleEndian(chunk[8..], riffBytes);
        BinaryPrimitives.WriteInt64LittleEndian(chunk[16..], dataBytes);
        BinaryPrimitives.WriteInt64LittleEndian(chunk[24..], frames);
        BinaryPrimitives.WriteInt32LittleEndian(chunk[32..], 0);
    }

    private static void WriteInfo(BinaryWriter writer, IReadOnlyList<AudioTag> tags)
    {
        // One tag is one line; what would break a line becomes a space.
        var lines = string.Join('\n', tags.Select(t => $"{t.Name}={t.Value.Replace('\r', ' ').Replace('\n', ' ')}"));
        var comment = Even(lines);
        var software = Even("Chorale");
        writer.Write("LIST"u8);
        writer.Write(4 + 8 + software.Length + (tags.Count > 0 ? 8 + comment.Length : 0));
        writer.Write("INFOISFT"u8);
        writer.Write(software.Length);
        writer.Write(software);
        if (tags.Count == 0) return;
        writer.Write("ICMT"u8);
        writer.Write(comment.Length);
        writer.Write(comment);
    }

    /// <summary>NUL-terminated UTF-8 of even length, as RIFF chunks are.</summary>
    private static byte[] Even(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text) + 1;
        var bytes = new byte[length + (length & 1)];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
