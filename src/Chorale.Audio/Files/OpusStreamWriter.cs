using System.Buffers.Binary;
using System.Text;

namespace Chorale.Audio.Files;

/// <summary>
/// Writes an Ogg Opus stream (RFC 7845) from packets that exist already, with a pre-skip and an end of its own: a range of consecutive
/// chunks becomes one file without decoding.
/// </summary>
public sealed class OpusStreamWriter
{
    /// <summary>Packets a page: 1 s of 20 ms packets keeps the overhead under 1 % and seeking fine.</summary>
    private const int PagePackets = 50;

    private readonly Stream _output;
    private readonly uint _serial;
    private readonly long _endGranule;
    private readonly byte[] _page = new byte[OggPage.BytesMax];
    private readonly List<byte> _lacing = [];
    private readonly List<byte> _body = [];
    private uint _sequence;
    private int _packets;
    private bool _finished;

    /// <param name="output">Written forward only.</param>
    /// <param name="serial">Of the stream; any number.</param>
    /// <param name="channels">1 or 2.</param>
    /// <param name="preSkip">Samples at 48 kHz of the first packets that are not played; at least 3840 (80 ms) where there is so much
    /// before the wanted start, so that the decoder has converged.</param>
    /// <param name="inputRateHz">Rate that was captured.</param>
    /// <param name="frames">Frames to be played: where the end is trimmed.</param>
    /// <param name="tags">Comments.</param>
    public OpusStreamWriter(Stream output, uint serial, int channels, int preSkip, int inputRateHz, long frames, IReadOnlyList<AudioTag> tags)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(preSkip, ushort.MaxValue);
        foreach (var tag in tags) ChunkEncoders.ThrowIfBadTag(tag);
        _output = output;
        _serial = serial;
        _endGranule = preSkip + frames;
        WriteHead(channels, preSkip, inputRateHz);
        WriteComments(tags);
    }

    /// <summary>Samples of the packets written so far.</summary>
    public long PacketSamples { get; private set; }

    /// <summary>Everything wanted has been written; more packets are ignored.</summary>
    public bool IsFull => PacketSamples >= _endGranule && PacketSamples > 0;

    public void Write(OpusPacket packet)
    {
        if (IsFull) return;
        var bytes = packet.Bytes.Span;
        if (_packets == PagePackets || _lacing.Count + bytes.Length / 255 + 1 > 255) Flush(flags: 0);
        Append(bytes);
        PacketSamples += packet.Samples;
        _packets++;
    }

    /// <summary>Ends the stream; its last page carries the trimmed end.</summary>
    public void Finish()
    {
        if (_finished) return;
        _finished = true;
        Flush(OggPage.Last);
    }

    private void WriteHead(int channels, int preSkip, int inputRateHz)
    {
        Span<byte> head = stackalloc byte[19];
        "OpusHead"u8.CopyTo(head);
        head[8] = 1;
        head[9] = (byte)channels;
        BinaryPrimitives.WriteUInt16LittleEndian(head[10..], (ushort)preSkip);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], inputRateHz);
        head[16..].Clear(); // no gain, mapping family 0
        Append(head);
        Flush(OggPage.First);
    }

    private void WriteComments(IReadOnlyList<AudioTag> tags)
    {
        using var packet = new MemoryStream();
        using var writer = new BinaryWriter(packet);
        writer.Write("OpusTags"u8);
        WriteString(writer, "Chorale");
        writer.Write(tags.Count);
        foreach (var tag in tags) WriteString(writer, $"{tag.Name}={tag.Value}");
        Append(packet.ToArray());
        Flush(flags: 0);
    }

    private static void WriteString(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private void Append(ReadOnlySpan<byte> packet)
    {
        _body.AddRange(packet);
        for (var rest = packet.Length; rest >= 0; rest -= 255) _lacing.Add((byte)Math.Min(rest, 255));
    }

    /// <summary>Writes what has been appended: one page, or several where a comment is longer than a page holds (RFC 3533 §5).</summary>
    private void Flush(byte flags)
    {
        if (_lacing.Count == 0 && flags != OggPage.Last) return;
        ReadOnlySpan<byte> body = _body.ToArray();
        var lacing = _lacing.ToArray().AsSpan();
        var continued = false;
        do
        {
            var segments = Math.Min(255, lacing.Length);
            var bytes = 0;
            foreach (var value in lacing[..segments]) bytes += value;
            var ends = lacing[..segments].ContainsAnyExcept((byte)255) || segments == 0;
            var granule = ends ? Math.Min(PacketSamples, _endGranule) : -1;
            if (_sequence < 2) granule = ends ? 0 : -1;
            WritePage((byte)(flags | (continued ? OggPage.Continued : 0)), granule, lacing[..segments], body[..bytes]);
            continued = segments > 0 && lacing[segments - 1] == 255;
            lacing = lacing[segments..];
            body = body[bytes..];
        }
        while (!lacing.IsEmpty);
        _lacing.Clear();
        _body.Clear();
        _packets = 0;
    }

    private void WritePage(byte flags, long granule, ReadOnlySpan<byte> lacing, ReadOnlySpan<byte> body)
    {
        var page = _page.AsSpan(0, 27 + lacing.Length + body.Length);
        page[..27].Clear();
        "OggS"u8.CopyTo(page);
        page[5] = flags;
        BinaryPrimitives.WriteInt64LittleEndian(page[6..], granule);
        BinaryPrimitives.WriteUInt32LittleEndian(page[14..], _serial);
        BinaryPrimitives.WriteUInt32LittleEndian(page[18..], _sequence++);
        page[26] = (byte)lacing.Length;
        lacing.CopyTo(page[27..]);
        body.CopyTo(page[(27 + lacing.Length)..]);
        OggPage.Seal(page);
        _output.Write(page);
    }
}
