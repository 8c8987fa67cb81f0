namespace Chorale.Audio.Files;

/// <summary>
/// Finds where FLAC frames begin and end without decoding them. Over a frame with its own CRC-16 the running CRC is 0, which happens
/// by chance every 65 536 bytes; a header with a right CRC-8, the stream's own format and the next number behind it does not.
/// </summary>
internal sealed class FlacFrames(Stream stream, long audioOffset, int channels)
{
    private const int LookAhead = FlacFrameHeader.BytesMax;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private long _bufferOffset = audioOffset;
    private int _filled;
    private FlacFrameHeader _current;
    private bool _inFrame;
    private int _blockFrames;
    private byte _format;

    /// <summary>Frames of audio in whole FLAC frames.</summary>
    public long Frames { get; private set; }

    /// <summary>Where the last whole FLAC frame ends on the stream's own count, holes included.</summary>
    public long EndFrame { get; private set; }

    /// <summary>Bytes from the start of the file to the end of the last whole FLAC frame.</summary>
    public long ValidBytes { get; private set; } = audioOffset;

    public int Holes { get; private set; }

    /// <summary>FLAC frames whose CRC-16 fails.</summary>
    public int Damaged { get; private set; }

    public long FirstHoleOffset { get; private set; }

    private const int CrcBytes = 2;

    public void Walk()
    {
        stream.Position = _bufferOffset;
        _filled = stream.ReadAtLeast(_buffer, _buffer.Length, throwOnEndOfStream: false);
        ushort crc = 0;
        var position = _bufferOffset;
        long zeroSince = -1; // where the run of a CRC of 0 began that lasts until now
        long firstZero = -1; // the first place in this frame where it might have ended
        while (true)
        {
            var at = (int)(position - _bufferOffset);
            if (at > _filled - LookAhead && Slide(at)) at = 0;
            if (at >= _filled) break;
            var bytes = _buffer.AsSpan(at, _filled - at);
            if (bytes[0] == 0xFF && FlacFrameHeader.TryRead(bytes, out var header) && Follows(header))
            {
                if (_inFrame) Close(position, crc == 0);
                else (_blockFrames, _format) = (header.BlockFrames, header.Format);
                _current = header;
                _inFrame = true;
                crc = 0;
                zeroSince = firstZero = -1;
                // The header's own bytes cannot begin another frame.
                for (var i = 0; i < header.HeaderBytes; i++) crc = FlacCrc.Next16(crc, bytes[i]);
                position += header.HeaderBytes;
                continue;
            }

            crc = FlacCrc.Next16(crc, bytes[0]);
            position++;
            if (crc != 0) zeroSince = -1;
            else if (zeroSince < 0) zeroSince = position;
            if (crc == 0 && firstZero < 0) firstZero = position;
        }

        // Nothing begins behind the last frame to confirm it: zeros keep a CRC of 0 as it is, other garbage does not.
        // A CRC that itself ends in zeros is 0 up to two bytes before the frame ends: so few are the frame's own.
        var end = zeroSince < 0 ? firstZero : position - zeroSince <= CrcBytes ? position : zeroSince;
        if (_inFrame) Close(end, end >= 0);
    }

    private bool Follows(FlacFrameHeader header)
    {
        if (header.Channels != channels) return false;
        if (!_inFrame) return true;
        return header.Format == _format && header.NumbersSamples == _current.NumbersSamples && header.Number > _current.Number;
    }

    private void Close(long end, bool isWhole)
    {
        if (!isWhole)
        {
            Damaged++;
            return;
        }

        var start = _current.NumbersSamples ? _current.Number : _current.Number * _blockFrames;
        if (start > EndFrame)
        {
            if (Holes++ == 0) FirstHoleOffset = ValidBytes;
        }

        Frames += _current.BlockFrames;
        EndFrame = Math.Max(EndFrame, start) + _current.BlockFrames;
        ValidBytes = end;
    }

    private bool Slide(int at)
    {
        if (_filled < _buffer.Length) return false;
        _buffer.AsSpan(at, _filled - at).CopyTo(_buffer);
        _bufferOffset += at;
        _filled -= at;
        _filled += stream.ReadAtLeast(_buffer.AsSpan(_filled), _buffer.Length - _filled, throwOnEndOfStream: false);
        return true;
    }
}
