using System.Buffers.Binary;

namespace Chorale.Archive.Range;

/// <summary>Reads the packets of one Ogg Opus file in order, holding one page. Anything that is not whole ends the reading with an exception.</summary>
internal sealed class OggOpusReader : IDisposable
{
    private readonly Stream _file;
    private readonly byte[] _page = new byte[27 + 255 + 255 * 255];
    private readonly List<byte> _partial = [];
    private int _segments, _segment, _body;
    private long _serial = -1;
    private uint _sequence;
    private bool _isLast;

    /// <exception cref="InvalidDataException">Not an Ogg Opus file from its first byte.</exception>
    public OggOpusReader(string path)
    {
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 64 * 1024);
        try
        {
            var head = Next()?.ToArray();
            if (head is not { Length: >= 19 } || !head.AsSpan().StartsWith("OpusHead"u8)) throw new InvalidDataException("no OpusHead");
            Head = head;
            if (Next() is not { } tags || !tags.Span.StartsWith("OpusTags"u8)) throw new InvalidDataException("no OpusTags");
            Position = 0;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>RFC 7845 section 5.1.</summary>
    public byte[] Head { get; }

    public int Channels => Head[9];

    public int PreSkip => BinaryPrimitives.ReadUInt16LittleEndian(Head.AsSpan(10));

    /// <summary>48 kHz samples from the beginning of the first packet to the end of the packet read last.</summary>
    public long Position { get; private set; }

    /// <summary>Granule position of the page read last: at the end of the file, pre-skip and length together.</summary>
    public long Granule { get; private set; }

    /// <returns>The next packet, valid until the next call; null at the end.</returns>
    /// <exception cref="InvalidDataException">A page is torn, missing or of another stream.</exception>
    public ReadOnlyMemory<byte>? Next()
    {
        _partial.Clear();
        while (true)
        {
            if (_segment == _segments)
            {
                if (_isLast || !ReadPage())
                {
                    return _partial.Count == 0 && _isLast ? null : throw new InvalidDataException("the file ends before its last page");
                }

                if (((_page[5] & 1) != 0) != _partial.Count > 0) throw new InvalidDataException("a packet is continued that did not begin");
            }

            var begin = _body;
            var ended = false;
            while (_segment < _segments && !ended)
            {
                var length = _page[27 + _segment++];
                _body += length;
                ended = length < 255;
            }

            if (ended && _partial.Count == 0) return Count(_page.AsMemory(begin, _body - begin));
            _partial.AddRange(_page.AsSpan(begin, _body - begin));
            if (ended) return Count(_partial.ToArray());
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Samples at 48 kHz in a packet: RFC 6716 section 3.1.</summary>
    internal static int Duration(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty) return 0;
        var config = packet[0] >> 3;
        var frame = config switch
        {
            < 12 => (ReadOnlySpan<int>)[480, 960, 1920, 2880] is var silk ? silk[config & 3] : 0,
            < 16 => (config & 1) == 0 ? 480 : 960,
            _ => 120 << (config & 3),
        };
        return frame * ((packet[0] & 3) switch
        {
            0 => 1,
            3 => packet.Length > 1 ? packet[1] & 63 : 0,
            _ => 2,
        });
    }

    private ReadOnlyMemory<byte> Count(ReadOnlyMemory<byte> packet)
    {
        Position += Duration(packet.Span);
        return packet;
    }

    private bool ReadPage()
    {
        if (_file.ReadAtLeast(_page.AsSpan(0, 27), 27, throwOnEndOfStream: false) < 27) return false;
        if (!_page.AsSpan().StartsWith("OggS"u8)) throw new InvalidDataException("a page does not begin with OggS");
        _segments = _page[26];
        _file.ReadExactly(_page, 27, _segments);
        var bytes = 0;
        for (var i = 0; i < _segments; i++) bytes += _page[27 + i];
        var read = _file.ReadAtLeast(_page.AsSpan(27 + _segments, bytes), bytes, throwOnEndOfStream: false);
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan(22));
        _page.AsSpan(22, 4).Clear();
        if (read < bytes || crc != OggCrc.Of(_page.AsSpan(0, 27 + _segments + bytes))) throw new InvalidDataException("a page fails its CRC");
        long serial = BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan(14));
        var sequence = BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan(18));
        if (_serial >= 0 && (serial != _serial || sequence != _sequence + 1)) throw new InvalidDataException("a page is missing");
        (_serial, _sequence, _segment, _body) = (serial, sequence, 0, 27 + _segments);
        _isLast = (_page[5] & 4) != 0;
        var granule = BinaryPrimitives.ReadInt64LittleEndian(_page.AsSpan(6));
        if (granule >= 0) Granule = granule;
        return true;
    }
}

/// <summary>CRC-32 of Ogg pages: polynomial 0x04c11db7, not reflected (RFC 3533 section 6).</summary>
internal static class OggCrc
{
    private static readonly uint[] Table = MakeTable();

    public static uint Of(ReadOnlySpan<byte> page)
    {
        uint crc = 0;
        foreach (var b in page) crc = (crc << 8) ^ Table[(crc >> 24) ^ b];
        return crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            var value = i << 24;
            for (var bit = 0; bit < 8; bit++) value = (value & 0x8000_0000) != 0 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
            table[i] = value;
        }

        return table;
    }
}
