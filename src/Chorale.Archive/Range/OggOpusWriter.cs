using System.Buffers.Binary;
using System.Text;

namespace Chorale.Archive.Range;

/// <summary>
/// Puts Opus packets into one Ogg stream:
/// <code>
/// page 0     OpusHead with a pre-skip of its own      page 1     OpusTags
/// page 2...  up to a second of packets each; granule = samples from the first packet to the end of the page,
///            on the last page pre-skip + frames, which trims the end (RFC 7845 section 4)
/// </code>
/// </summary>
internal sealed class OggOpusWriter(Stream output, uint serial)
{
    /// <summary>A player starts as soon as it has a page: a second of 24 kbit/s is 3 kB.</summary>
    private const int PageSamples = 48_000;

    private readonly byte[] _lacing = new byte[255];
    private readonly List<byte> _body = [];
    private int _segments;
    private uint _sequence;
    private long _pageStart, _position;

    /// <param name="head">OpusHead of the source; its pre-skip is replaced.</param>
    public async Task BeginAsync(byte[] head, int preSkip, IEnumerable<string> comments, CancellationToken cancel)
    {
        var own = (byte[])head.Clone();
        BinaryPrimitives.WriteUInt16LittleEndian(own.AsSpan(10), checked((ushort)preSkip));
        Append(own);
        await FlushAsync(flags: 2, granule: 0, cancel);
        Append(Tags(comments));
        await FlushAsync(flags: 0, granule: 0, cancel);
    }

    /// <param name="packet">Copied before the call returns to its caller.</param>
    /// <param name="samples">Its duration at 48 kHz.</param>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> packet, int samples, CancellationToken cancel)
    {
        if (_segments + packet.Length / 255 + 1 > 255 || _position - _pageStart >= PageSamples) await FlushAsync(0, _position, cancel);
        Append(packet.Span);
        _position += samples;
    }

    /// <param name="granule">Pre-skip plus the frames of the stream.</param>
    public Task EndAsync(long granule, CancellationToken cancel) => FlushAsync(flags: 4, granule, cancel);

    private void Append(ReadOnlySpan<byte> packet)
    {
        for (var rest = packet.Length; ; rest -= 255)
        {
            _lacing[_segments++] = (byte)Math.Min(rest, 255);
            if (rest < 255) break;
        }

        _body.AddRange(packet);
    }

    private async Task FlushAsync(byte flags, long granule, CancellationToken cancel)
    {
        var page = new byte[27 + _segments + _body.Count];
        "OggS"u8.CopyTo(page);
        page[5] = flags;
        BinaryPrimitives.WriteInt64LittleEndian(page.AsSpan(6), granule);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(14), serial);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(18), _sequence++);
        page[26] = (byte)_segments;
        _lacing.AsSpan(0, _segments).CopyTo(page.AsSpan(27));
        _body.CopyTo(page, 27 + _segments);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(22), OggCrc.Of(page));
        await output.WriteAsync(page, cancel);
        (_segments, _pageStart) = (0, _position);
        _body.Clear();
    }

    private static byte[] Tags(IEnumerable<string> comments)
    {
        using var packet = new MemoryStream();
        using var writer = new BinaryWriter(packet);
        var list = comments.ToList();
        writer.Write("OpusTags"u8);
        Text("chorale");
        writer.Write(list.Count);
        foreach (var comment in list) Text(comment);
        writer.Flush();
        return packet.ToArray();

        void Text(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            writer.Write(bytes.Length);
            writer.Write(bytes);
        }
    }
}
