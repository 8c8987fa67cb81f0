using System.Buffers;

namespace Chorale.Audio.Files;

/// <summary>
/// Goes through the pages of a stream with valid CRCs, in order, over whatever lies between them. Memory: one buffer of two of the
/// largest pages, whatever the file holds; time: garbage made of page headers is given up after <see cref="WastedBytesMax"/>.
/// </summary>
public sealed class OggPages(Stream stream) : IDisposable
{
    /// <summary>Bytes whose CRC was computed in vain: 1 024 largest pages, where an honest damage costs a handful.</summary>
    private const long WastedBytesMax = 1024L * OggPage.BytesMax;

    // 130 kB would lie on the large object heap: one collection of everything for every few files.
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(2 * OggPage.BytesMax);
    private long _bufferOffset;
    private int _start;
    private int _end;
    private bool _ended;
    private int _length;
    private long _wastedBytes;

    /// <summary>Offset in the stream of <see cref="Current"/>, counted from where the stream stood at the beginning.</summary>
    public long Offset { get; private set; }

    /// <summary>Bytes skipped just before it because they are no valid page.</summary>
    public long SkippedBytes { get; private set; }

    /// <summary>The page read last; valid until the next <see cref="MoveNext"/>.</summary>
    public OggPage Current => _length > 0
        ? OggPage.AlreadyRead(_buffer.AsSpan(_start - _length, _length)) : throw new InvalidOperationException("there is no current page");

    /// <summary>Just after the current page.</summary>
    public long NextOffset => _bufferOffset + _start;

    /// <summary>False at the end of the stream; <see cref="SkippedBytes"/> then counts what is behind the last page.</summary>
    public bool MoveNext()
    {
        SkippedBytes = 0;
        _length = 0;
        while (true)
        {
            Fill();
            var rest = _buffer.AsSpan(_start, _end - _start);
            if (OggPage.TryRead(rest, out var page))
            {
                Offset = _bufferOffset + _start;
                _length = page.Bytes.Length;
                _start += _length;
                return true;
            }

            if (rest.IsEmpty) return false;
            _wastedBytes += Math.Min(OggPage.LengthAt(rest), rest.Length);
            if (_wastedBytes > WastedBytesMax)
            {
                SkippedBytes += rest.Length;
                return false;
            }

            var next = rest[1..].IndexOf("OggS"u8);
            var skip = next >= 0 ? next + 1 : _ended ? rest.Length : Math.Max(1, rest.Length - 3);
            SkippedBytes += skip;
            _start += skip;
        }
    }

    /// <summary>After this there is no current page.</summary>
    public void Dispose()
    {
        var buffer = _buffer;
        (_buffer, _start, _end, _length, _ended) = ([], 0, 0, 0, true);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Keeps at least one largest page in the buffer while the stream has so much.</summary>
    private void Fill()
    {
        if (_ended || _end - _start >= OggPage.BytesMax) return;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _bufferOffset += _start;
            _end -= _start;
            _start = 0;
        }

        var read = stream.ReadAtLeast(_buffer.AsSpan(_end), _buffer.Length - _end, throwOnEndOfStream: false);
        _ended = read < _buffer.Length - _end;
        _end += read;
    }
}
